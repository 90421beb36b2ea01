/** The record that is shown: its name, its fields with the one that keys are about, its picture. */

import { tell } from "./banner.js";
import { tellBrought } from "./conflict.js";
import { lightLines, showPictures } from "./picture.js";
import { progress } from "./progress.js";
import { createRow } from "./row.js";
import { tellUnsaved } from "./unsaved.js";
import { announce, element, say, show } from "./words.js";

const byId = (id) => document.getElementById(id);
let act = () => {};
let settle = () => {};

/** The fields, in the order in which they stand, and the number of the one that keys are about. */
export let rows = [];
export let at = 0;

/** Hears what the buttons of a field mean: `handler(name, row)`. */
export function onAct(handler) {
  act = handler;
}

/** Hears how a conflict is to be settled: `handler(conflict, "theirs" | "mine")`. */
export function onSettle(handler) {
  settle = handler;
}

/** Puts the keys' aim away from all texts. */
export function leaveText() {
  byId("fields").focus({ preventScroll: true });
}

function tellFields(record) {
  rows = record.fields.map((field) => createRow(record, field, { act: (name, row) => act(name, row), changed: () => tellUnsaved(record.id) }));
  const isBlank = ({ field, isTyped }) =>
    !field.draft && !field.accepted && !field.rejected.length && !field.redraft && !isTyped;
  const blank = record.blind ? [] : rows.filter(isBlank);
  const told = rows.filter((row) => !blank.includes(row));
  byId("field-list").replaceChildren(...told.map(({ root }) => root));
  byId("blank-list").replaceChildren(...blank.map(({ root }) => root));
  byId("blank-fields").hidden = !blank.length;
  byId("blank-fields").open = !told.length;
  byId("blank-fields").querySelector(".quiet").textContent = blank.map(({ field }) => field.label).join("、");
  rows = [...told, ...blank];
}

/** Tells whose record it is, and what forbids going on with it, above its fields. */
function tellAbout({ collection, restricted, secrecy }) {
  byId("record-collection").textContent = say("collection", { title: collection });
  show(byId("record-restricted"), restricted);
  const block = byId("record-secrecy");
  block.hidden = !secrecy;
  if (!secrecy) return;
  const part = (name) => block.querySelector(`[data-part="${name}"]`);
  part("heading").textContent = secrecy.heading;
  part("told").textContent = secrecy.told;
  part("marks").replaceChildren(...secrecy.marks.map((mark) => element("li", mark)));
}

/** Tells which group of photographs the record is in, above its fields. */
function tellGroup(group) {
  const line = byId("record-group");
  line.hidden = !group;
  if (!group) return;
  const link = line.querySelector("a");
  link.href = group.address;
  link.textContent = say("photo_group", { title: group.title });
  line.querySelector("span").textContent = group.place;
}

/** Shows a record. `focus` is the name of a field to begin with. */
export function showRecord(record, focus = "") {
  byId("empty").hidden = Boolean(record);
  byId("desk").hidden = !record;
  progress.shown(Boolean(record));
  if (!record) {
    byId("record-name").textContent = "";
    return;
  }
  byId("record-name").textContent = record.name;
  document.title = say("page_title", { name: record.name });
  byId("open-record").href = record.address;
  byId("blind-notice").hidden = !record.blind;
  tellAbout(record);
  tellGroup(record.photo_group);
  tellBrought(byId("record-conflicts"), record.conflicts, (conflict, choice) => settle(conflict, choice));
  tellFields(record);
  showPictures(record);
  for (const row of rows) row.grow();
  const begin = rows.findIndex(({ field }) => (focus ? field.name === focus : field.draft));
  select(Math.max(begin, 0), { scroll: Boolean(focus) });
  if (!focus) byId("fields").scrollTop = 0;
  leaveText();
  tellUnsaved(record.id);
  if (record.held_by_another) tell(say("held"));
  else if (record.came_back) tell(say("came_back"));
  announce(`${record.name} ${byId("record-place").textContent}`);
}

/** Makes a field the one that keys are about. */
export function select(number, { scroll = true } = {}) {
  if (!rows.length) return;
  at = Math.min(Math.max(number, 0), rows.length - 1);
  for (const [other, { root }] of rows.entries()) root.classList.toggle("is-current", other === at);
  const { root, field } = rows[at];
  if (byId("blank-list").contains(root)) byId("blank-fields").open = true;
  if (scroll) root.scrollIntoView({ block: "nearest" });
  lightLines(field.draft && !field.draft.hidden ? field.draft.fold : "");
}
