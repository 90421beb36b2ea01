/** Takes answers to the clipboard. The label that says who wrote them goes with them, whichever way they leave. */

import { copy } from "../clipboard.js";
import { say } from "./words.js";

const labelled = (text, label) => `${text}\n${say("labelled", { label })}`;

/** Copies an answer with its label; tells whether the browser let it. */
export function copyAnswer(text, label) {
  return copy(labelled(text, label));
}

/** Adds the label to whatever of an answer is selected and copied by hand. */
export function labelCopies(conversation) {
  document.addEventListener("copy", (event) => {
    const selection = document.getSelection();
    if (!selection || selection.isCollapsed || event.target.matches?.("textarea, input")) return;
    const answers = [...conversation.querySelectorAll(".answer")].filter((answer) =>
      [".answer-text", ".reasoning-text"].some((part) => selection.containsNode(answer.querySelector(part), true)),
    );
    if (!answers.length) return;
    const { label } = answers[0].dataset;
    const holder = document.createElement("div");
    for (let at = 0; at < selection.rangeCount; at += 1) holder.append(selection.getRangeAt(at).cloneContents());
    const note = document.createElement("p");
    note.textContent = say("labelled", { label });
    holder.append(note);
    event.clipboardData.setData("text/plain", labelled(selection.toString(), label));
    event.clipboardData.setData("text/html", holder.innerHTML);
    event.preventDefault();
  });
}
