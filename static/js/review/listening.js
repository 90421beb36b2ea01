/** The keyboard of the review page: which press means what, where one types and elsewhere. */

import { actionOf, isForOthers } from "./keys.js";
import { leaveText, rows } from "./sheet.js";

/** Tells whether a key saves wherever the cursor is: not one of those that a person chooses. */
function isSaving(event) {
  return event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing && event.keyCode !== 229;
}

/** Hears the keys: `act(name)` does what one means, `save()` what Ctrl and Enter mean everywhere. */
export function listen({ act, save }) {
  /** A key that is held down decides once: what comes next has not been looked at. */
  function saveOnce(event) {
    event.preventDefault();
    if (!event.repeat) save();
  }

  function onTyping(event) {
    const row = rows.find(({ text }) => text === event.target);
    if (!row || event.isComposing || event.keyCode === 229 || row.handleTerms(event)) return;
    if (event.key === "Escape") {
      event.preventDefault();
      leaveText();
    } else if (isSaving(event)) {
      saveOnce(event);
    }
  }

  function onKey(event) {
    if (event.target.matches("textarea, input, select")) {
      onTyping(event);
      return;
    }
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (isSaving(event)) {
      saveOnce(event);
      return;
    }
    if (isForOthers(event)) return;
    // The picture has its own keys, and a button that was reached by Tab is pressed by Enter.
    const isOwn = event.target.closest(".viewer-frame") && (event.key.startsWith("Arrow") || "+-_=01rli[]".includes(event.key));
    const isPressed = event.key === "Enter" && event.target.closest("button, a, summary");
    if (isPressed && event.repeat) event.preventDefault();
    const name = actionOf(event);
    if (isOwn || isPressed || !name) return;
    event.preventDefault();
    if (!event.repeat || name === "up" || name === "down") act(name);
  }

  document.addEventListener("keydown", onKey);
}
