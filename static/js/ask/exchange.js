/** Shows one question and its answer, from waiting to the end. */

import { showBoxes } from "./boxes.js";
import { copyAnswer } from "./copying.js";
import { signInUrl } from "./server.js";
import { announce, build, say, show, within } from "./words.js";

const PARTS = [
  "pictures", "question", "answer", "head", "label", "wait", "wait-words", "thought", "reasoning", "sight", "text", "note",
  "error", "error-words", "again", "edit", "sign-in", "foot", "copy", "copy-words", "figures",
];

function thumbnail(image) {
  const item = document.createElement("li");
  // Of what a program asked about, only the thumbnail is kept.
  const link = document.createElement(image.preview ? "a" : "span");
  if (image.preview) Object.assign(link, { href: image.preview, target: "_blank", rel: "noopener" });
  const picture = document.createElement("img");
  picture.src = image.thumbnail ?? "";
  picture.alt = image.name;
  link.append(picture);
  item.append(link);
  return item;
}

/** One exchange on the page; `onAgain` and `onEdit` are called with it. */
export class Exchange {
  constructor({ question, images, label, onAgain, onEdit }) {
    this.question = question;
    this.images = images; // its own
    this.seen = images; // those that its boxes may lie on: its own, or the last ones before it
    this.text = "";
    this.reasoning = "";
    this.element = build("ask-exchange");
    this.parts = Object.fromEntries(PARTS.map((name) => [name, within(this.element, name)]));
    this.parts.question.textContent = question;
    this.parts.pictures.hidden = !images.length;
    this.parts.pictures.append(...images.map(thumbnail));
    this.label = label;
    this.parts.again.addEventListener("click", () => this.parts.again.getAttribute("aria-disabled") || onAgain(this));
    this.parts.edit.addEventListener("click", () => onEdit(this));
    this.parts.copy.addEventListener("click", () => this.#copy());
  }

  set label(words) {
    this.parts.label.textContent = words;
    this.parts.answer.dataset.label = words;
  }

  get label() {
    return this.parts.answer.dataset.label;
  }

  /** Begins, or begins anew after an error. */
  begin() {
    clearInterval(this.countdown);
    this.text = "";
    this.words = null;
    this.reasoning = "";
    this.parts.text.textContent = "";
    this.parts.text.classList.add("raw");
    this.parts.reasoning.textContent = "";
    this.parts.sight.replaceChildren();
    for (const name of ["head", "thought", "error", "note", "foot"]) this.parts[name].hidden = true;
    this.parts.answer.setAttribute("aria-busy", "true");
    this.wait(say("sent"));
  }

  /** Says what is waited for; says it aloud where that is news. */
  wait(words) {
    if (this.parts["wait-words"].textContent === words && !this.parts.wait.hidden) return;
    this.parts.wait.hidden = false;
    this.parts["wait-words"].textContent = words;
    announce(words);
  }

  /** Tells the place in the queue, counted from one. */
  queue(place) {
    this.wait(place > 1 ? say("queue", { count: place - 1 }) : say("queue-next"));
  }

  /** The model has begun to read. */
  start() {
    this.wait(this.seen.length ? say("looking") : say("thinking-about"));
  }

  /** Adds what was written. */
  write({ text = "", reasoning = "" }) {
    if (!this.text && !this.reasoning) announce(say("writing"));
    this.parts.wait.hidden = true;
    this.parts.head.hidden = false;
    if (reasoning) this.#think(reasoning);
    if (!text) return;
    if (!this.text && this.reasoning) this.#thought();
    this.text += text;
    this.parts.text.append(text);
  }

  /** Shows the whole answer as the server tells it. */
  finish(answer) {
    this.#take(answer);
    this.parts.text.classList.remove("raw");
    this.parts.text.innerHTML = answer.html; // cleaned by the server
    for (const table of this.parts.text.querySelectorAll("table")) {
      const frame = document.createElement("div");
      frame.className = "table-frame";
      frame.tabIndex = 0;
      table.replaceWith(frame);
      frame.append(table);
    }
    const { answer: block, sight, text } = this.parts;
    showBoxes({ answer: block, place: sight, text, boxes: answer.boxes ?? [], images: this.seen });
    const incomplete = !this.text ? say("empty") : answer.finish_reason === "length" ? say("cut") : "";
    this.#end([incomplete, answer.notice].filter(Boolean).join(" "));
  }

  /** Ends where the reader stopped it. */
  stop() {
    this.#end(this.text || this.reasoning ? say("stopped") : say("stopped-early"));
    announce(this.parts.note.textContent);
  }

  /** Ends with an error; what was written stays until another try. */
  fail({ message, code = "", retryAfter = 0, final = false }) {
    const signedOut = code === "login_required";
    this.#end("");
    this.parts.error.hidden = false;
    this.parts.again.hidden = final || signedOut;
    this.parts["sign-in"].hidden = !signedOut;
    this.parts["sign-in"].href = signInUrl();
    this.parts["error-words"].textContent = message;
    announce(message);
    if (retryAfter) this.#countDown(retryAfter);
    else this.#allowAgain();
  }

  /** Reads the finished answer aloud. */
  announceAnswer() {
    announce(say("complete", { label: this.label, text: this.parts.text.innerText }));
  }

  /** Tells that it was deleted before it was written. */
  lose() {
    this.#end(say("deleted"));
  }

  /** Shows an exchange of the past. */
  recall(kept) {
    const { state } = kept;
    if (state === "answered") {
      this.finish(kept);
      return;
    }
    this.#take(kept);
    this.parts.text.classList.add("raw");
    this.parts.text.textContent = this.text;
    if (state === "failed") this.fail({ message: kept.error });
    else if (state === "running") this.#end(say("unfinished"));
    else this.#end(this.text ? say("stopped") : say("stopped-early"));
  }

  #take({ text, words, reasoning, label, model_version: model, output_tokens: tokens, seconds }) {
    this.text = text ?? "";
    // What is drawn goes by its number, not by its coordinates.
    this.words = this.seen.some((image) => image.preview) ? words ?? this.text : this.text;
    this.reasoning = reasoning ?? "";
    if (label) this.label = label;
    this.parts.head.hidden = !this.text && !this.reasoning;
    this.parts.reasoning.textContent = this.reasoning;
    this.parts.thought.hidden = !this.reasoning;
    this.#thought();
    const figures = tokens ? say("figures", { tokens, seconds: (seconds ?? 0).toFixed(1) }) : "";
    this.parts.figures.textContent = [model, figures].filter(Boolean).join(" · ");
  }

  #think(reasoning) {
    const { thought } = this.parts;
    if (!this.reasoning) {
      thought.hidden = false;
      thought.open = true;
      thought.firstElementChild.textContent = say("reasoning-now");
    }
    this.reasoning += reasoning;
    this.parts.reasoning.append(reasoning);
  }

  #thought() {
    this.parts.thought.open = false;
    this.parts.thought.firstElementChild.textContent = say("reasoning");
  }

  #end(note) {
    this.parts.answer.removeAttribute("aria-busy");
    this.parts.wait.hidden = true;
    if (this.reasoning && !this.text) this.parts.thought.firstElementChild.textContent = say("reasoning");
    show(this.parts.note, note);
    this.parts.foot.hidden = !this.text;
  }

  #countDown(seconds) {
    let left = Math.ceil(seconds);
    const tell = () => {
      this.parts.again.textContent = say("again-in", { seconds: left });
    };
    // Not `disabled`: the focus stays where it is while time passes.
    this.parts.again.setAttribute("aria-disabled", "true");
    tell();
    this.countdown = setInterval(() => {
      left -= 1;
      if (left > 0) tell();
      else this.#allowAgain();
    }, 1000);
  }

  #allowAgain() {
    clearInterval(this.countdown);
    this.parts.again.removeAttribute("aria-disabled");
    this.parts.again.textContent = say("again");
  }

  async #copy() {
    const copied = await copyAnswer(this.words ?? this.text, this.label);
    const words = this.parts["copy-words"];
    words.textContent = say(copied ? "copied" : "copy-failed");
    announce(words.textContent);
    setTimeout(() => {
      words.textContent = say("copy");
    }, 3000);
  }
}
