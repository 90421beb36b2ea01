/** Takes text to the clipboard, on pages that came by plain http as well. */

function copyByCommand(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  const before = document.activeElement;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  before?.focus({ preventScroll: true });
  return copied;
}

/** Copies a text; tells whether the browser let it. */
export async function copy(text) {
  try {
    // There on secure pages only; on a local network the page often comes by plain http.
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text);
  }
}
