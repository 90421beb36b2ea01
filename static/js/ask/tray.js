/** The pictures that go with the next question, and the ways by which they come in. */

import { Attachment } from "./attachment.js";
import { request } from "./server.js";
import { keep, kept } from "./unsent.js";
import { announce, say } from "./words.js";

const UNSENT = "pictures";

/**
 * Holds attachments; `onChange` is called whenever one gets further, `onRemoved` when one goes, `onEmptied` when that was
 * the last, `onTooMany` with the number of files that found no room, `onMissing` with those of pictures that are lost and of
 * pictures that cannot be fetched now.
 */
export class Tray {
  constructor(element, limits) {
    this.element = element;
    this.limits = limits;
    this.attachments = [];
    this.unreached = new Set(); // pictures that could not be fetched this time
    this.pending = new Set(); // pictures that are being fetched
    this.onChange = this.onRemoved = this.onEmptied = this.onTooMany = this.onMissing = () => {};
  }

  /** Takes files in and starts bringing them to the server. */
  add(files) {
    const room = Math.max(0, this.limits.mostImages - this.attachments.length - this.pending.size);
    for (const file of files.slice(0, room)) this.#insert({ file }).start();
    this.#keep();
    if (files.length > room) this.onTooMany(files.length - room);
  }

  /** Brings back what lay here when the page was left, and pictures of questions that were not sent. */
  recall(more = []) {
    const before = kept(UNSENT);
    const ids = Array.isArray(before?.ids) ? before.ids : [];
    return this.restore([...ids, ...more], before?.unfinished || 0);
  }

  /** Takes pictures back by their numbers, as far as the server still has them; tells of those that are `lost` anyway. */
  async restore(ids, lost = 0) {
    let missing = lost;
    let unreached = 0;
    for (const id of ids) this.pending.add(id);
    this.#keep();
    for (const id of new Set(ids)) {
      try {
        const response = await request(`${this.limits.url}${id}/`, { method: "GET" });
        const image = await response.json();
        this.#insert({ image }).take(image);
      } catch (error) {
        if (error.code === "not_found") {
          missing += 1;
        } else {
          this.unreached.add(id); // it is there the next time, perhaps
          unreached += 1;
        }
      }
      this.pending.delete(id);
    }
    // First: a question that waited for them is not to go without them.
    if (missing || unreached) this.onMissing(missing, unreached);
    this.#changed();
  }

  /** Hands the pictures over to a question and is empty. */
  take() {
    const images = this.attachments.map((attachment) => attachment.image);
    this.attachments = [];
    this.unreached.clear();
    this.element.replaceChildren();
    this.element.hidden = true;
    this.#keep();
    return images;
  }

  /** What keeps the question from being sent: `recalling`, `unusable`, `failed`, `conversion`, `uploading` or nothing. */
  get obstacle() {
    if (this.pending.size) return "recalling";
    return ["unusable", "failed", "conversion", "uploading"].find((state) => this.#first(state));
  }

  /** Puts the focus where something has to be done first. */
  focusObstacle() {
    const obstacle = this.obstacle;
    this.#first(obstacle === "uploading" ? "" : obstacle)?.focus();
  }

  #first(state) {
    return this.attachments.find((attachment) => attachment.state === state);
  }

  #insert(source) {
    const attachment = new Attachment(this.limits, {
      ...source,
      onChange: () => this.#changed(),
      onRemove: (gone) => this.#remove(gone),
    });
    this.attachments.push(attachment);
    this.element.append(attachment.element);
    this.element.hidden = false;
    this.element.scrollTop = this.element.scrollHeight;
    return attachment;
  }

  #remove(attachment) {
    const place = this.attachments.indexOf(attachment);
    this.attachments.splice(place, 1);
    attachment.discard();
    attachment.element.remove();
    announce(say("removed", { name: attachment.name }));
    const next = this.attachments[Math.min(place, this.attachments.length - 1)];
    if (next) {
      next.parts.remove.focus();
    } else {
      this.element.hidden = true;
      this.onEmptied();
    }
    this.#keep();
    this.onRemoved();
  }

  #changed() {
    this.#keep();
    this.onChange();
  }

  #keep() {
    const here = this.attachments.map(({ image }) => image?.id).filter(Boolean);
    const ids = [...new Set([...here, ...this.pending, ...this.unreached])];
    const unfinished = this.attachments.filter(({ image, state }) => !image && state !== "unusable").length;
    keep(UNSENT, ids.length || unfinished ? { ids, unfinished } : null);
  }
}

/** Lets pictures be dragged onto any part of the page; the zone shows that they may be let go. */
export function acceptDrops(zone, add) {
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0; // every element that is crossed tells that something enters and leaves
  const settle = (change) => {
    depth = change === 0 ? 0 : Math.max(0, depth + change);
    zone.hidden = depth === 0;
  };
  document.addEventListener("dragenter", (event) => carriesFiles(event) && settle(1));
  document.addEventListener("dragleave", (event) => carriesFiles(event) && settle(-1));
  document.addEventListener("dragover", (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    settle(0);
    add([...event.dataTransfer.files]);
  });
}

/** Takes pictures from the clipboard. */
export function acceptPastes(add) {
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    // Office programs put a picture of the text beside the text: there the text is meant.
    if (!files.length || event.clipboardData.getData("text/plain")) return;
    event.preventDefault();
    add(files);
  });
}

/** Lets a button open a file dialogue, or the camera. */
export function acceptChosen(button, input, add) {
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    add([...input.files]);
    input.value = ""; // the same file may be chosen again
  });
}
