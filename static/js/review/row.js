/**
 * One field of a record: its draft or value in a text that can be typed into at once, and what belongs to it.
 *
 * What is typed is kept in this browser until it is saved. `base` is what it was begun from: the key and words of the draft,
 * and the value in the record.
 */

import { tellConflict } from "./conflict.js";
import { keep, kept } from "./kept.js";
import { completeTerms, tellTerms } from "./terms.js";
import { build, button, element, say, show } from "./words.js";

const baseOf = ({ draft, accepted }) => ({
  draft: draft ? draft.id : null,
  words: draft && !draft.hidden ? draft.value : null,
  value: accepted ? accepted.value : "",
});
const textOf = ({ draft, accepted }) => (draft ? (draft.hidden ? "" : draft.value) : accepted ? accepted.value : "");
const sameBase = (one, other) => one.draft === other.draft && one.value === other.value;

function when(at) {
  const moment = new Date(at);
  const isToday = moment.toDateString() === new Date().toDateString();
  const language = document.documentElement.lang;
  return isToday
    ? moment.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" })
    : moment.toLocaleString(language, { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });
}

/** `act(name, row)` is called for its buttons, `changed()` when what is unsaved has changed. */
export function createRow(record, field, { act, changed }) {
  const root = build("field-template");
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const text = root.querySelector("textarea");
  const present = textOf(field);
  let base = baseOf(field);
  let conflict = null;

  root.dataset.field = field.name;
  root.querySelector("h2").textContent = field.label;
  text.id = `text-${field.name}`;
  text.setAttribute("aria-label", say("field", { field: field.label }));
  text.placeholder = field.draft && field.draft.hidden ? say("hidden") : say("empty");
  text.classList.toggle("is-long", field.long);
  root.classList.toggle("has-draft", Boolean(field.draft));
  root.classList.toggle("is-doubtful", Boolean(field.draft && !field.draft.hidden && field.draft.flag));

  function grow() {
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight + 2}px`;
  }

  function put(value) {
    text.value = value;
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  }

  function tellMarks() {
    const { draft, accepted } = field;
    const shown = draft && !draft.hidden ? draft : null;
    show(part("ai"), shown ? shown.ai_label : !draft && accepted ? accepted.ai_label : "");
    show(part("evidence"), shown ? shown.evidence : "");
    show(part("flag"), shown ? shown.flag : "");
    show(part("source"), shown ? shown.source : !draft && accepted ? accepted.source : "");
    const value = accepted && (accepted.value || say("deliberately_empty"));
    show(part("current"), draft && accepted ? say("current", { value, source: accepted.source }) : "");
    part("redraft").hidden = !field.redraft;
    part("rejected").replaceChildren(
      ...field.rejected.map(({ value: words, reason, by }) =>
        element("li", say(reason ? "rejected_because" : "rejected", { value: words, reason, by })),
      ),
    );
    part("rejected").hidden = !field.rejected.length;
  }

  function tellNote() {
    const said = (field.draft && !field.draft.hidden ? field.draft : field.accepted) || {};
    const note = text.value === present ? said.note : null;
    const target = part("note");
    show(target, note ? (note.unread ? say("date_unread") : say("date_read", { date: note.understood })) : "");
    if (note && note.offered) target.append(" ", button(say("date_offer", { text: note.offered }), () => put(note.offered)));
  }

  function tellState() {
    const isTyped = text.value !== present;
    root.classList.toggle("is-typed", isTyped);
    const has = Boolean(field.draft && !field.draft.hidden);
    for (const [name, isThere] of Object.entries({
      accept: has, reject: has, leave_open: has && field.wants_evidence, save: !field.draft && isTyped && !record.blind,
    })) root.querySelector(`[data-do="${name}"]`).hidden = !isThere;
  }

  function tellKept(found) {
    const target = part("kept");
    target.hidden = !found;
    if (found) target.querySelector("span").textContent = say("kept", { when: when(found.at) });
  }

  const told = (terms) => tellTerms(part("terms"), terms, (old, term) => put(text.value.replace(old, term)));
  const handleTerms = field.terms
    ? completeTerms({ text, choices: root.querySelector(".row-choices"), field: field.name, told })
    : () => false;

  text.addEventListener("input", () => {
    grow();
    const isTyped = text.value !== present;
    keep(record.id, field.name, isTyped ? {
      text: text.value, base, name: record.name, label: field.label, at: Date.now(),
    } : null);
    if (!isTyped) tellKept(null);
    tellNote();
    tellState();
    changed();
  });

  function drop() {
    keep(record.id, field.name, null);
    conflict = null;
    part("conflict").hidden = true;
    text.value = present;
    grow();
    tellKept(null);
    tellNote();
    tellState();
    changed();
  }

  /** Lays what was typed beside what has changed since it was begun. */
  function confront(mine, begun) {
    conflict = { mine, begun };
    tellConflict(part("conflict"), { begun, now: baseOf(field), mine }, (choice) => {
      conflict = null;
      part("conflict").hidden = true;
      base = baseOf(field);
      if (choice === "theirs") drop();
      else put(mine);
      changed();
    });
  }

  root.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-do]");
    if (!pressed) return;
    if (pressed.dataset.do === "drop") drop();
    else act(pressed.dataset.do, row);
  });

  const row = {
    root,
    text,
    field,
    grow,
    put,
    /** Whether the reviewer has typed something that is not saved. */
    get isTyped() {
      return text.value !== present;
    },
    /** Whether what was typed is still to be held against what has changed. */
    get isInConflict() {
      return conflict !== null;
    },
    /** What was written, as the server takes it. */
    get written() {
      return { value: text.value, seen: base.value };
    },
    get base() {
      return base;
    },
    /** Forgets what was kept where it is the text that was sent, which is saved now; what was typed since stays. */
    saved(sent) {
      const now = kept(record.id, field.name);
      if (now && now.text === sent) keep(record.id, field.name, null);
    },
    /** Puts a text back, with what it was begun from; null where it goes on from what the field says now. */
    restore(mine, begun) {
      text.value = mine;
      grow();
      if (!begun || sameBase(begun, base)) {
        base = begun || baseOf(field);
        conflict = null;
        part("conflict").hidden = true;
      } else confront(mine, begun);
      const from = begun || base;
      keep(record.id, field.name, { text: mine, base: from, name: record.name, label: field.label, at: Date.now() });
      tellState();
      changed();
    },
    /** Shows what a hidden draft had said, beside what was written before it was shown. */
    tellBehind(draft) {
      const isOther = Boolean(draft) && draft.value !== text.value;
      show(part("behind"), draft ? say("behind", { value: draft.value }) : "");
      part("behind").classList.toggle("is-other", isOther);
      if (isOther) part("behind").append(" ", button(say("use_draft"), () => act("restore", { ...row, behind: draft.id })));
    },
    handleTerms,
  };

  text.value = present;
  tellMarks();
  const found = kept(record.id, field.name);
  if (found && found.text !== present) {
    text.value = found.text;
    tellKept(found);
    if (!sameBase(found.base, base)) confront(found.text, found.base);
  } else if (found) {
    keep(record.id, field.name, null);
  }
  tellNote();
  tellState();
  if (field.draft && field.draft.terms) told(field.draft.terms);
  return row;
}
