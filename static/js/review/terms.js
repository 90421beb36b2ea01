/** Terms while they are typed: what the catalogue has to go on from, and which of the terms are new to it. */

import { get } from "./server.js";
import { button, element, say } from "./words.js";

const PAUSE_MS = 150;
const SEPARATORS = /[、，,;；\n]/;

/** The term at the cursor: where it begins and ends, and its letters up to the cursor. */
function termAt(text) {
  const { value, selectionStart: cursor } = text;
  let start = cursor;
  while (start > 0 && !SEPARATORS.test(value[start - 1])) start -= 1;
  let end = cursor;
  while (end < value.length && !SEPARATORS.test(value[end])) end += 1;
  return { start, end, typed: value.slice(start, cursor) };
}

/** Shows which terms are new, and which are almost like one that is there. `replace(old, new)` puts another one in. */
export function tellTerms(list, terms, replace) {
  list.replaceChildren(
    ...terms
      .filter(({ known }) => !known)
      .map(({ text, near }) => {
        const item = element("li");
        item.append(element("b", text), " ", element("span", say("new_term"), "row-mark"));
        for (const term of near) item.append(" ", button(say("use_term", { term }), () => replace(text, term)));
        return item;
      }),
  );
  list.hidden = !list.children.length;
}

/**
 * Completes terms in a text. `choices` is the list to show them in, `told(terms)` hears what the catalogue knows. Returns
 * `handle(event)`, which tells whether it took a key.
 */
export function completeTerms({ text, choices, field, told }) {
  let timer = 0;
  let asked = 0;
  let chosen = -1;

  choices.id = `choices-${field}`;
  text.setAttribute("role", "combobox");
  text.setAttribute("aria-autocomplete", "list");
  text.setAttribute("aria-haspopup", "listbox");
  text.setAttribute("aria-controls", choices.id);
  text.setAttribute("aria-expanded", "false");

  const isOpen = () => !choices.hidden;
  function close() {
    choices.hidden = true;
    chosen = -1;
    text.setAttribute("aria-expanded", "false");
    text.removeAttribute("aria-activedescendant");
  }

  function choose(number) {
    chosen = (number + choices.children.length) % choices.children.length;
    for (const [at, item] of [...choices.children].entries()) item.setAttribute("aria-selected", String(at === chosen));
    text.setAttribute("aria-activedescendant", choices.children[chosen].id);
    choices.children[chosen].scrollIntoView({ block: "nearest" });
  }

  function take(term) {
    const { start, end } = termAt(text);
    text.setRangeText(term, start, end, "end");
    close();
    text.dispatchEvent(new Event("input", { bubbles: true }));
    close();
  }

  async function ask() {
    const number = (asked += 1);
    const { typed } = termAt(text);
    const query = new URLSearchParams({ field, typed: typed.trim().slice(0, 200), text: text.value.slice(0, 1000) });
    let answer;
    try {
      answer = await get("suggest", 0, `?${query}`);
    } catch {
      return; // nothing is offered; typing goes on
    }
    if (number !== asked) return;
    told(answer.terms);
    if (document.activeElement !== text || !typed.trim() || !answer.completions.length) {
      close();
      return;
    }
    choices.replaceChildren(
      ...answer.completions.map((term, at) => {
        const item = element("li", term);
        item.id = `choice-${field}-${at}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        // Before the text loses the focus.
        item.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          take(term);
        });
        return item;
      }),
    );
    choices.hidden = false;
    text.setAttribute("aria-expanded", "true");
    chosen = -1;
  }

  function askSoon() {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  }

  text.addEventListener("input", (event) => {
    // Letters of a sound that is still to become a character are no term.
    if (!event.isComposing) askSoon();
  });
  text.addEventListener("compositionend", askSoon);
  text.addEventListener("blur", close);

  return function handle(event) {
    if (!isOpen()) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      choose(chosen + (event.key === "ArrowDown" ? 1 : chosen < 0 ? 0 : -1));
    } else if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0 && !event.ctrlKey && !event.metaKey) {
      take(choices.children[chosen].textContent);
    } else if (event.key === "Escape") {
      close();
    } else {
      return false;
    }
    event.preventDefault();
    return true;
  };
}
