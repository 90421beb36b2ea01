/** The keys: which does what, the bar that shows them, and the list in which a person chooses others. */

import { post, settings } from "./server.js";
import { button, element, say } from "./words.js";

const NAMES = { Enter: "Enter ⏎", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", " ": "␣" };
let keys = settings.keys;

const named = (key) => NAMES[key] || (key.length === 1 ? key.toUpperCase() : key);

/** While an input method composes, and with keys that belong to the browser, nothing is meant for the page. */
export function isForOthers(event) {
  return event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey;
}

/** Returns what a key press means, or an empty text. */
export function actionOf(event) {
  const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const found = keys.find(({ key }) => key === pressed);
  return found ? found.name : "";
}

/** Fills the bar: what stands in it can be pressed, too. `act(name)` does it. */
export function tellBar(act) {
  const bar = document.getElementById("key-bar");
  tellKeysOf(document);
  bar.replaceChildren(
    ...keys
      .filter(({ short }) => short)
      .map(({ name, label, short, key }) => {
        const made = button("", () => act(name), name === "accept_all" ? "button-primary" : "");
        made.dataset.key = name;
        made.title = label;
        made.append(element("span", short), element("kbd", named(key)));
        return made;
      }),
  );
}

/** Names the keys beside buttons that stand elsewhere on the page. */
export function tellKeysOf(place) {
  for (const shown of place.querySelectorAll("[data-key-of]")) {
    const found = keys.find(({ name }) => name === shown.dataset.keyOf);
    shown.textContent = found ? named(found.key) : "";
  }
}

/** Opens the list of keys. `changed()` hears that others were chosen. */
export function openKeys(changed) {
  const dialog = document.getElementById("keys");
  const list = document.getElementById("key-list");
  const error = document.getElementById("key-error");

  async function save(chosen) {
    error.textContent = "";
    try {
      keys = (await post("keys", { keys: chosen })).keys;
    } catch (refused) {
      error.textContent = refused.message;
    }
    fill();
    changed();
  }

  const own = () => Object.fromEntries(keys.filter(({ key, usual }) => key !== usual).map(({ name, key }) => [name, key]));

  function choose(name, made) {
    made.textContent = say("press");
    made.addEventListener(
      "keydown",
      (event) => {
        event.preventDefault();
        event.stopPropagation();
        if (event.key === "Escape" || event.key === "Tab" || isForOthers(event)) {
          fill();
          return;
        }
        save({ ...own(), [name]: event.key.length === 1 ? event.key.toLowerCase() : event.key });
      },
      { once: true },
    );
    made.addEventListener("blur", fill, { once: true });
  }

  function fill() {
    const focused = document.activeElement && document.activeElement.dataset.name;
    list.replaceChildren(
      ...keys.flatMap(({ name, label, key }) => {
        const made = button(named(key), () => choose(name, made), "desk-key");
        made.dataset.name = name;
        const term = element("dt");
        term.append(made);
        return [term, element("dd", label)];
      }),
    );
    const again = focused && list.querySelector(`[data-name="${focused}"]`);
    if (again) again.focus();
  }

  document.getElementById("usual-keys").onclick = () => save({});
  error.textContent = "";
  fill();
  dialog.showModal();
}
