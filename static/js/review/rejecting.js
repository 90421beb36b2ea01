/** Asks what is wrong with a draft: a figure chooses, words explain, Enter rejects. */

import { settings } from "./server.js";
import { element, say } from "./words.js";

const dialog = document.getElementById("rejecting");
const form = dialog.querySelector("form");
const list = document.getElementById("objections");
const words = document.getElementById("objection-words");
const redraft = document.getElementById("redraft");
const leaveOpen = document.getElementById("leave-open");

list.append(
  ...settings.objections.map(({ code, label }, at) => {
    const made = element("label", "", "desk-objection");
    const choice = document.createElement("input");
    choice.type = "radio";
    choice.name = "objection";
    choice.value = code;
    made.append(choice, element("kbd", String(at + 1)), element("span", label));
    return made;
  }),
);

// What is wrong is most often what the field is about.
const LIKELY = { people: "wrong_person", photographer: "wrong_person", date: "wrong_date", place: "wrong_place" };

let answer = () => {};

function finish(result) {
  dialog.close();
  answer(result);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const chosen = form.elements.objection.value;
  finish({ code: chosen, reason: words.value, redraft: redraft.checked && !redraft.disabled });
});
leaveOpen.addEventListener("click", () => finish({ leaveOpen: true, reason: words.value }));
dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  finish(null);
});

dialog.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target === words) {
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    }
    return;
  }
  const choice = form.querySelectorAll('input[name="objection"]')[Number(event.key) - 1];
  if (choice) {
    choice.checked = true;
    choice.focus();
    if (choice.value === "other") words.focus();
  } else if (event.key.toLowerCase() === "r" && !redraft.disabled) {
    redraft.checked = !redraft.checked;
  } else if (event.key.toLowerCase() === "d" && !leaveOpen.hidden) {
    leaveOpen.click();
  } else if (event.key === "Enter" && event.target.type !== "button" && event.target.type !== "submit") {
    form.requestSubmit();
  } else {
    return;
  }
  event.preventDefault();
});

/**
 * Asks about the draft of a field; resolves to `{code, reason, redraft}`, `{leaveOpen, reason}`, or null where nothing is to be done.
 */
export function askWhy({ name, label, draft, accepted, wants_evidence: wantsEvidence }) {
  document.getElementById("rejecting-title").textContent = say("rejecting", { field: label });
  document.getElementById("rejecting-text").textContent = draft.value;
  words.value = "";
  redraft.disabled = Boolean(accepted);
  redraft.closest("label").hidden = Boolean(accepted);
  leaveOpen.hidden = !wantsEvidence || Boolean(accepted);
  const likely = LIKELY[name] || "invented";
  for (const choice of form.querySelectorAll('input[name="objection"]')) choice.checked = choice.value === likely;
  dialog.showModal();
  form.querySelector("input:checked").focus();
  return new Promise((resolve) => {
    answer = resolve;
  });
}
