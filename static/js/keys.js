/**
 * Copies a new key. Without it the key can be marked and copied by hand.
 *
 * Browsers offer the clipboard to pages on HTTPS and on this machine only; elsewhere on the network the older way works.
 */

const field = document.getElementById("issued-key");
const button = document.getElementById("copy-key");
const told = document.getElementById("key-copied");

async function copied() {
  field.select();
  if (navigator.clipboard === undefined) return document.execCommand("copy");
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}

button.hidden = false;
button.addEventListener("click", async () => {
  told.value = (await copied()) ? button.dataset.copied : "";
});
field.addEventListener("focus", () => field.select());
