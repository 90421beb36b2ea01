/**
 * What was typed on a record's page of the workbench and is not saved: it is offered again, and nobody leaves it unasked.
 *
 * The text of a field is kept in this browser as the review page keeps its own (so either offers it), and survives going
 * on, reloading and a lost session. What is not kept (a reason, the columns of the record, a text beside a draft) is asked
 * about before the page is left in any way that would lose it. The page's own 保存 sends the columns alone: with an unsaved
 * text it says so instead.
 */

import { keep, kept } from "./review/kept.js";
import { button, element, say } from "./review/words.js";

const page = document.getElementById("review");
const image = Number(page.dataset.image);
const columns = document.getElementById("image_form");
const plain = (text) => text.replaceAll("\r\n", "\n").trim();

function when(at) {
  return new Date(at).toLocaleString(document.documentElement.lang, {
    month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit",
  });
}

/** Watches the text of a field. `isTyped` and `isKept` tell how it stands. */
function watch(text) {
  const { field, label, original, value, words } = text.dataset;
  const draft = text.form.elements.annotation;
  const base = { draft: draft ? Number(draft.value) : null, words: words ?? null, value };
  // Beside a draft, whose text has the field's place.
  const isBeside = text.hasAttribute("data-beside");
  const told = element("p", "", "review-typed");
  const said = element("span");

  const watched = {
    text,
    label,
    get isTyped() {
      return plain(text.value) !== plain(original);
    },
    get isKept() {
      return !isBeside && kept(image, field)?.text === text.value;
    },
  };

  function tell(sentence) {
    said.textContent = sentence;
    told.hidden = !watched.isTyped;
  }

  function remember() {
    const { isTyped } = watched;
    if (!isBeside) {
      keep(image, field, isTyped ? { text: text.value, base, name: page.dataset.name, label, at: Date.now() } : null);
    }
    tell(say("typed"));
  }

  function drop() {
    text.value = original;
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  }

  told.append(said, " ", button(say("drop"), drop, "review-button"));
  text.after(told);
  text.addEventListener("input", remember);

  const found = isBeside ? null : kept(image, field);
  if (found && plain(found.text) !== plain(original) && !text.hasAttribute("aria-invalid")) {
    text.value = found.text;
    text.dispatchEvent(new Event("input", { bubbles: true }));
    const isSame = found.base && found.base.draft === base.draft && found.base.value === base.value;
    // What it was begun from is still what counts, however often the page is opened.
    keep(image, field, found);
    tell(say(isSame ? "kept" : "kept_changed", { when: when(found.at) }));
    text.closest("details")?.setAttribute("open", "");
  } else {
    remember();
  }
  return watched;
}

const texts = [...page.querySelectorAll("textarea[data-field]")].map(watch);
const reasons = [...page.querySelectorAll("input[name=reason]")].map((text) => ({
  text,
  isKept: false,
  get isTyped() {
    return text.value.trim() !== "";
  },
}));

const written = () => new URLSearchParams(new FormData(columns)).toString();
const opened = columns && written();
const areColumnsTyped = () => Boolean(columns) && (written() !== opened || columns.querySelector(".errornote") !== null);
const typed = () => [...texts, ...reasons].filter(({ isTyped }) => isTyped);

const refusal = element("p", "", "review-error");
refusal.setAttribute("role", "alert");

/** Says which texts stand in the way of saving the columns, and leads to the first of them. */
function refuse(open) {
  const labels = open.map(({ label }) => say("quoted", { label })).join(say("between"));
  refusal.textContent = say("save_first", { fields: labels });
  const [{ text }] = open;
  text.closest("details")?.setAttribute("open", "");
  text.form.before(refusal);
  text.focus();
}

let isSent = false;

document.addEventListener("submit", (event) => {
  const form = event.target;
  const open = texts.filter(({ isTyped }) => isTyped);
  if (form === columns && open.length) {
    event.preventDefault();
    refuse(open);
    return;
  }
  const isLost = typed().some((one) => one.text.form !== form && !one.isKept) || (form !== columns && areColumnsTyped());
  isSent = (form === columns || page.contains(form)) && !isLost;
});

window.addEventListener("pageshow", () => {
  isSent = false;
});

window.addEventListener("beforeunload", (event) => {
  if (!isSent && (typed().length || areColumnsTyped())) event.preventDefault();
});
