/** One picture on its way into a question: shrunk if need be, uploaded, converted if need be. */

import { Refusal, request, signInUrl, upload } from "./server.js";
import { shrink } from "./shrink.js";
import { announce, build, say, show, size, within } from "./words.js";

const MEGABYTE = 2 ** 20;

/** A picture in the tray; `state` is `uploading`, `conversion`, `ready`, `failed` or, beyond help, `unusable`. */
export class Attachment {
  constructor(limits, { file = null, image = null, onChange, onRemove }) {
    this.limits = limits;
    this.file = file;
    this.image = image;
    this.name = file?.name || image?.name || "image.png"; // what is pasted may have no name
    this.state = "uploading";
    this.onChange = onChange;
    this.aborter = new AbortController();
    this.element = build("ask-attachment");
    this.parts = Object.fromEntries(
      ["name", "note", "progress", "pages", "turn", "convert", "retry", "sign-in", "remove", "format"].map((name) => [
        name,
        within(this.element, name),
      ]),
    );
    this.parts.name.textContent = this.name;
    this.parts.remove.setAttribute("aria-label", say("remove", { name: this.name }));
    this.parts.remove.addEventListener("click", () => onRemove(this));
    this.parts.convert.addEventListener("click", () => this.convert());
    this.parts.turn.addEventListener("click", () => this.convert());
    this.parts.retry.addEventListener("click", () => this.start());
    this.pageField.addEventListener("keydown", (event) => this.#pageKey(event));
    if (file) this.#preview(URL.createObjectURL(file));
  }

  get pageField() {
    return this.parts.pages.querySelector("input");
  }

  /** Brings the file to the server. Called again, it tries again. */
  async start() {
    this.#become("uploading");
    try {
      const sent = await this.#small();
      this.#progress(0);
      const image = await upload(this.limits.url, sent, this.#sentName(sent), {
        signal: this.aborter.signal,
        onProgress: (share) => this.#progress(share),
      });
      this.take(image);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Has the server make a JPEG of the chosen page. */
  async convert() {
    const page = Math.min(Math.max(Math.trunc(this.pageField.valueAsNumber) || 1, 1), this.image.pages);
    this.pageField.value = page;
    const focused = this.element.contains(document.activeElement);
    this.#become("uploading", say("upload-converting"));
    this.parts.progress.hidden = false;
    this.parts.progress.removeAttribute("value");
    if (focused) this.parts.remove.focus(); // what was pressed is gone
    try {
      const response = await request(`${this.limits.url}${this.image.id}/convert/`, {
        body: { page: page - 1 },
        signal: this.aborter.signal,
      });
      this.take(await response.json(), say("upload-converted"));
    } catch (error) {
      this.#fail(error);
      if (this.image) this.#offerConversion();
    }
  }

  /** Lets go of it, here and on the server. */
  discard() {
    this.aborter.abort();
    this.#release();
    // One that stays behind is removed by the server in its own time.
    if (this.image) request(`${this.limits.url}${this.image.id}/`, { method: "DELETE" }).catch(() => {});
  }

  /** Puts the focus on what has to be done. */
  focus() {
    const { convert, retry, remove, "sign-in": signIn } = this.parts;
    [convert, retry, signIn, remove].find((button) => !button.hidden).focus();
    // The reason stands beside the button.
    this.element.scrollIntoView({ block: "nearest" });
  }

  async #small() {
    const { maxRequest, maxUpload, leastSides } = this.limits;
    if (this.file.size <= maxRequest) return this.file;
    const before = size(this.file.size);
    show(this.parts.note, say("upload-shrinking", { before }));
    const small = await shrink(this.file, maxRequest, leastSides);
    if (small) {
      const { width, height, blob } = small;
      this.shrunk = say("upload-shrunk", { before, width, height, after: size(blob.size) });
      show(this.parts.note, this.shrunk);
      return blob;
    }
    if (this.file.size > maxUpload) {
      const limit = maxUpload / MEGABYTE;
      throw new Refusal(say("upload-too-large", { size: before, limit }), { final: true });
    }
    return this.file;
  }

  #sentName(sent) {
    return sent === this.file ? this.name : `${this.name.replace(/\.[^.]*$/, "")}.jpg`;
  }

  #progress(share) {
    this.parts.progress.hidden = false;
    this.parts.progress.value = share;
    const words = share < 1 ? say("upload", { percent: Math.round(share * 100) }) : say("upload-checking");
    if (!this.shrunk) show(this.parts.note, words);
  }

  /** Shows a picture that the server has. */
  take(image, note = this.shrunk ?? "") {
    this.image = image;
    this.pageField.value = image.page + 1;
    if (image.thumbnail) this.#preview(`${image.thumbnail}?page=${this.pageField.value}`);
    this.parts.format.textContent = image.format;
    if (image.needs_conversion) {
      this.#become("conversion");
      this.#offerConversion();
      announce(image.message);
    } else {
      this.#become("ready", note || (image.message && say("sendable")));
      this.#offer();
      announce([note || say("added", { name: this.name }), image.message].filter(Boolean).join(" "));
    }
    this.onChange();
  }

  #offerConversion() {
    this.parts.retry.hidden = true;
    show(this.parts.convert, this.image.message || say("again"));
    this.#offerPages();
  }

  /** Offers what may be done with a picture that can be sent: to convert it, and to choose another page. */
  #offer() {
    show(this.parts.convert, this.image.message);
    this.#offerPages();
    this.parts.turn.hidden = this.parts.pages.hidden;
  }

  #offerPages() {
    const { pages } = this.image;
    this.parts.pages.hidden = !this.image.convertible || pages < 2;
    this.pageField.max = pages;
    within(this.parts.pages, "pages-words").textContent = say("pages", { pages });
  }

  #pageKey(event) {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault(); // the field stands in the question's form
    this.convert();
  }

  #fail(error) {
    if (error.name === "AbortError") return;
    this.#become(error.final ? "unusable" : "failed", error.message);
    this.parts.note.classList.add("field-error");
    const signedOut = error.code === "login_required";
    this.parts.retry.hidden = Boolean(error.final) || signedOut;
    this.parts["sign-in"].hidden = !signedOut;
    this.parts["sign-in"].href = signInUrl();
    announce(`${this.name}：${error.message}`);
    this.onChange();
  }

  #become(state, note = "") {
    const { convert, retry, pages, turn, progress, "sign-in": signIn } = this.parts;
    this.state = state;
    this.element.dataset.state = state;
    for (const part of [convert, retry, pages, turn, progress, signIn]) part.hidden = true;
    this.parts.note.classList.remove("field-error");
    show(this.parts.note, note);
  }

  #preview(address) {
    const picture = this.element.querySelector("img");
    picture.onload = () => {
      picture.hidden = false;
      this.parts.format.hidden = true;
    };
    picture.onerror = () => {
      picture.hidden = true; // a TIFF: its format is shown instead
      this.parts.format.hidden = false;
    };
    this.#release();
    picture.src = address;
  }

  /** Lets go of the browser's own copy of the file. */
  #release() {
    const { src } = this.element.querySelector("img");
    if (src.startsWith("blob:")) URL.revokeObjectURL(src);
  }
}
