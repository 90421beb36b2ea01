/** The page's sentences and building blocks: both come from its templates, in the reader's language. */

const sentences = new Map(
  [...document.getElementById("review-words").content.querySelectorAll("[data-word]")].map((element) => [
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

/** Returns a new element with a text, and a class where it has one. */
export function element(tag, text = "", className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** Returns a button that does something. */
export function button(text, act, className = "") {
  const made = element("button", text, className);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

/** Shows an element with a text, or hides it where there is none. */
export function show(target, text) {
  target.hidden = !text;
  target.textContent = text || "";
}

const status = document.getElementById("status");

/** Tells a screen reader, and nobody else. */
export function announce(text) {
  status.textContent = text;
}
