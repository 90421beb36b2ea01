/** Takes answers to the clipboard. The label that says who wrote them goes with them, whichever way they leave. */

import { say } from "./words.js";

const labelled = (text, label) => `${text}\n${say("labelled", { label })}`;

function copyByCommand(text) {
  // navigator.clipboard exists on secure pages only; on a local network the page often comes by plain http.
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  const before = document.activeElement;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  before?.focus({ preventScroll: true });
  return copied;
}

/** Copies an answer with its label; tells whether the browser let it. */
export async function copyAnswer(text, label) {
  const content = labelled(text, label);
  try {
    await navigator.clipboard.writeText(content);
    return true;
  } catch {
    return copyByCommand(content);
  }
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
