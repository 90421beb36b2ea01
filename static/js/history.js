/**
 * Comfort for the history: choosing a whole page at once, and copying an answer together with its AI label.
 * Without it every checkbox and button still works as a plain form.
 */

import { copy } from "./clipboard.js";
import { linkBoxes } from "./linked-boxes.js";

function connectChoice(form) {
  const all = form.querySelector("[data-choose-all]");
  const said = form.querySelector("[data-chosen]");
  const boxes = [...form.querySelectorAll('input[name="chosen"]')];

  function show() {
    const chosen = boxes.filter((box) => box.checked).length;
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && !all.checked;
    said.textContent = `${said.dataset.chosen} ${chosen}`;
    said.hidden = chosen === 0;
  }

  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  for (const box of boxes) box.addEventListener("change", show);
  all.closest("label").hidden = false;
  // A browser that comes back to the page keeps what was ticked.
  window.addEventListener("pageshow", show);
  show();
}

/** Returns a text with the line that says who wrote it. */
const labelled = (text, label) => `${text.trim()}\n\n${label}`;

function connectCopying(button) {
  const told = button.parentElement.querySelector("[data-told]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    const copied = await copy(labelled(button.dataset.copy, button.dataset.label));
    told.textContent = copied ? button.dataset.copied : button.dataset.failed;
    button.focus({ preventScroll: true });
  });
}

/** What is marked in an answer and copied by hand takes the label along, too. */
function labelSelection(event) {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed) return;
  event.clipboardData.setData("text/plain", labelled(selection.toString(), event.currentTarget.dataset.label));
  event.preventDefault();
}

/** The places that an answer names light up on its picture, under the pointer and for the keyboard. */
function connectBoxes(turn) {
  for (const place of turn.querySelectorAll(".mention")) {
    place.tabIndex = 0;
    place.setAttribute("role", "button");
    place.addEventListener("keydown", (event) => event.key === "Enter" && place.click());
  }
  linkBoxes(turn);
}

for (const turn of document.querySelectorAll("article.turn")) connectBoxes(turn);
for (const form of document.querySelectorAll("form.history")) connectChoice(form);
for (const button of document.querySelectorAll("button[data-copy]")) connectCopying(button);
for (const text of document.querySelectorAll("[data-label].ai-text")) text.addEventListener("copy", labelSelection);
