/** Where somebody is typing while the fields are told anew: nothing they type is taken from them, or becomes a key. */

import { rows } from "./sheet.js";

let isComposing = false;
document.addEventListener("compositionstart", () => {
  isComposing = true;
});
document.addEventListener("compositionend", () => {
  isComposing = false;
});

/** Resolves when no input method has letters under way: they would be lost with the text that they stand in. */
export function composed() {
  if (!isComposing) return Promise.resolve();
  return new Promise((resolve) => {
    document.addEventListener("compositionend", () => setTimeout(resolve), { once: true });
  });
}

/**
 * Notes where somebody is now. Called later, what is returned notes whether they have typed since, and itself returns what
 * puts their cursor back into the same field.
 */
export function followTyping() {
  const started = document.activeElement;
  const begun = started ? started.value : "";
  return function whereNow() {
    const text = document.activeElement;
    const row = rows.find((other) => other.text === text);
    if (!row || (text === started && text.value === begun)) return () => {};
    const { selectionStart, selectionEnd } = text;
    return () => {
      const again = rows.find(({ field }) => field.name === row.field.name);
      if (!again) return;
      again.text.focus({ preventScroll: true });
      again.text.setSelectionRange(selectionStart, selectionEnd);
    };
  };
}
