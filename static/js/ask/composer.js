/** The sheet on which a question is written: its text, its keys, its buttons. */

import { keep, kept } from "./unsent.js";
import { announce, show } from "./words.js";

const UNSENT = "question";

/** Calls `onSend` when the question is sent, `onStop` when the answer is to end, `onInput` when somebody types. */
export class Composer {
  constructor(form) {
    const find = (id) => document.getElementById(`ask-${id}`);
    this.field = find("question");
    this.send = find("send");
    this.stop = find("stop");
    this.hintLine = find("hint");
    this.restLine = find("rest");
    this.thinkingSwitch = find("thinking");
    this.onSend = this.onStop = this.onInput = () => {};
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.onSend();
    });
    // The second click of a double click on "send" is no wish to stop.
    this.stop.addEventListener("click", (event) => event.detail > 1 || this.onStop());
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.field.addEventListener("input", () => this.#typed());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing && this.busy) this.onStop();
    });
    this.question = kept(UNSENT) ?? "";
  }

  get question() {
    return this.field.value.trim();
  }

  set question(text) {
    this.field.value = text;
    keep(UNSENT, text || null);
    this.#grow();
  }

  get thinking() {
    return this.thinkingSwitch.checked;
  }

  get busy() {
    return this.send.hidden;
  }

  /** While an answer is written there is a button to stop it instead of the one that sends. */
  set busy(on) {
    const held = [this.send, this.stop].includes(document.activeElement);
    this.send.hidden = on;
    this.stop.hidden = !on;
    if (held) this.focus();
  }

  /** Says what is missing below the text, and aloud; without words the line says what always holds. */
  hint(words = "") {
    show(this.hintLine, words);
    this.restLine.hidden = Boolean(words);
    if (words) announce(words);
  }

  /** Puts the cursor into the text, unless that would bring up a phone's keyboard. */
  focus() {
    if (!matchMedia("(pointer: coarse)").matches) this.field.focus({ preventScroll: true });
  }

  #key(event) {
    // While an input method composes, Enter chooses a word; Safari tells that by the key's number only.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.onSend();
  }

  #typed() {
    keep(UNSENT, this.field.value || null);
    this.hint();
    this.#grow();
    this.onInput();
  }

  #grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight + this.field.offsetHeight - this.field.clientHeight}px`;
  }
}
