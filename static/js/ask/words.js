/** The page's sentences and building blocks: both come from its templates, in the reader's language. */

const sentences = new Map(
  [...document.getElementById("ask-words").content.querySelectorAll("[data-word]")].map((element) => [
    element.dataset.word,
    element.textContent.trim(),
  ]),
);

/** Returns a sentence with its braces filled in. */
export function say(name, values = {}) {
  return sentences.get(name).replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

/** Returns a new element made from one of the page's templates. */
export function build(template) {
  return document.getElementById(template).content.firstElementChild.cloneNode(true);
}

/** Finds the part of a block that is marked with `data-NAME`. */
export function within(block, name) {
  return block.querySelector(`[data-${name}]`);
}

/** Shows an element with a text, or hides it where there is none. */
export function show(element, text) {
  element.hidden = !text;
  element.textContent = text;
}

/** Words a file's size. */
export function size(bytes) {
  const megabytes = bytes / 2 ** 20;
  return `${megabytes < 9.95 ? megabytes.toFixed(1) : Math.round(megabytes)} MB`;
}

const status = document.getElementById("ask-status");

/** Tells a screen reader, and nobody else. */
export function announce(text) {
  // The same words twice would be heard once: the region is emptied in between.
  status.textContent = "";
  requestAnimationFrame(() => {
    status.textContent = text;
  });
}
