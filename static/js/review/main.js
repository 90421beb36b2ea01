/**
 * The review page: one record after the other, decided by keys.
 *
 * What is decided is sent while the next record is shown already; where the server refuses it, the record comes back with
 * what was typed. Nothing is sent twice, and nothing that was typed is forgotten before the server has it.
 */

import { tell } from "./banner.js";
import { createRegrouping } from "./grouping.js";
import { actionOf, isForOthers, openKeys, tellBar } from "./keys.js";
import { remember, remembered } from "./kept.js";
import { toggleWriting, toggleZoom, turnOver } from "./picture.js";
import { progress } from "./progress.js";
import { createRecords } from "./records.js";
import { askWhy } from "./rejecting.js";
import { conditions, post, Refused, settings } from "./server.js";
import { at, leaveText, onAct, onSettle, rows, select, showRecord } from "./sheet.js";
import { listUnsaved, tellUnsaved } from "./unsaved.js";
import { announce, say } from "./words.js";

const byId = (id) => document.getElementById(id);
const desk = byId("desk");
const fieldsPane = byId("fields");
let isBlind = remembered("blind") === "1";
let isBusy = false;
const sending = new Set();

const records = createRecords(() => isBlind);

// --- Going on --------------------------------------------------------------------------------------------------------

/** Does something that waits for the server, one such thing at a time. */
async function alone(work) {
  if (isBusy) return;
  isBusy = true;
  desk.classList.add("is-waiting");
  try {
    await work();
  } catch (refused) {
    complain(refused);
  } finally {
    isBusy = false;
    desk.classList.remove("is-waiting");
  }
}

function complain(refused) {
  if (!(refused instanceof Refused)) throw refused;
  if (refused.code === "login_required") {
    const back = encodeURIComponent(window.location.pathname + conditions);
    const signIn = () => window.open(`${settings.addresses.login}?next=${back}`, "_blank", "noopener");
    tell(say("signed_out"), [[say("sign_in"), signIn], [say("close"), () => tell("")]], true);
  } else if (refused.code === "other_user") {
    tell(refused.message, [[say("reload"), () => window.location.reload()]], true);
  } else {
    tell(refused.message, [], true);
  }
}

async function goOn() {
  showRecord(await records.next());
}

/** Sends a decision about a record that is left already; what is refused comes back. */
function sendBehind(record, body, left) {
  const done = post("decide", body, record.id).then(
    () => {
      for (const row of left) row.saved();
      tellUnsaved(records.current ? records.current.id : 0);
      progress.done();
    },
    (refused) => comeBack(record, left, refused),
  );
  sending.add(done);
  done.finally(() => sending.delete(done));
}

function comeBack(record, left, refused) {
  if (refused.code === "login_required" || !(refused instanceof Refused)) complain(refused);
  const reopen = () => alone(async () => reopenRecord(record, left, refused.record));
  const isIdle = !isBusy && !rows.some(({ isTyped }) => isTyped);
  if (refused.record && isIdle) {
    reopen();
    tell(refused.message, [], true);
  } else if (refused.code !== "login_required") {
    tell(say("not_saved", { name: record.name, reason: refused.message }), [[say("go_back"), reopen]], true);
  }
}

async function reopenRecord(record, left, now) {
  if (now) {
    records.comeNext();
    showRecord(records.replace(now));
  } else {
    showRecord(await records.open(record.id));
  }
  putBack(left);
}

/** Puts texts into the record that is shown now; where their field has changed since, all three are laid side by side. */
function putBack(left) {
  for (const { field, text, base } of left) {
    const row = rows.find((other) => other.field.name === field.name);
    if (row && text.value !== row.text.value) row.restore(text.value, base);
  }
}

// --- Deciding --------------------------------------------------------------------------------------------------------

const typedRows = () => rows.filter(({ isTyped }) => isTyped);
const drafts = () => rows.filter(({ field }) => field.draft);

function acceptAll() {
  const record = records.current;
  if (!record) return undefined;
  if (record.blind) return alone(writeBlind);
  const typed = typedRows();
  if (typed.some(({ isInConflict }) => isInConflict)) {
    tell(say("changed"), [], true);
    return undefined;
  }
  if (!drafts().length && !typed.length) return next();
  const body = {
    do: "accept_all",
    seen: drafts().map(({ field }) => field.draft.id),
    edits: Object.fromEntries(typed.filter(({ field }) => field.draft).map(({ field, text }) => [field.draft.id, text.value])),
    written: Object.fromEntries(typed.filter(({ field }) => !field.draft).map(({ field, written }) => [field.name, written])),
  };
  return alone(async () => {
    tell("");
    sendBehind(record, body, typed);
    announce(say("accepted", { name: record.name }));
    await goOn();
  });
}

async function writeBlind() {
  const record = records.current;
  const typed = typedRows();
  const written = Object.fromEntries(typed.map(({ field, written: typedIn }) => [field.name, typedIn]));
  const answer = await decide({ do: "write_blind", written }, typed);
  if (!answer) return;
  for (const [name, draft] of Object.entries(answer.behind)) {
    const row = rows.find(({ field }) => field.name === name);
    if (row) row.tellBehind(draft);
  }
  if (record.id === records.current.id) tell(say("compare"));
}

/** Carries out a decision about the record and shows it as it is then; returns the answer, or null where it was refused. */
async function decide(body, left = []) {
  const others = typedRows().filter((row) => !left.includes(row));
  try {
    const answer = await post("decide", { ...body, keep: true }, records.current.id);
    for (const row of left) row.saved();
    const focus = rows[at].field.name;
    tell(answer.message || "");
    showRecord(records.replace(answer.record), focus);
    putBack(others);
    return answer;
  } catch (refused) {
    if (!(refused instanceof Refused) || !refused.record) throw refused;
    showRecord(records.replace(refused.record), rows[at].field.name);
    putBack([...left, ...others]);
    tell(refused.message, [], true);
    return null;
  }
}

/** After the last draft of a record there is nothing to wait for, unless somebody has typed something. */
async function goOnWhereDone(answer) {
  if (!answer || drafts().length || typedRows().length || records.current.conflicts.length) return;
  progress.done();
  await goOn();
  if (answer.message) tell(answer.message);
}

function onDraft(work) {
  const row = rows[at];
  if (!row || !row.field.draft || row.field.draft.hidden) {
    announce(say("nothing_here"));
    return undefined;
  }
  return alone(() => work(row));
}

const acceptOne = () =>
  onDraft(async (row) => {
    const body = { do: "accept", annotation: row.field.draft.id };
    if (row.isTyped) body.value = row.text.value;
    await goOnWhereDone(await decide(body, row.isTyped ? [row] : []));
  });

const leaveOpen = (reason = "") =>
  onDraft(async (row) => {
    await goOnWhereDone(await decide({ do: "leave_open", annotation: row.field.draft.id, reason }, [row]));
  });

async function reject() {
  const row = rows[at];
  if (!row || !row.field.draft || row.field.draft.hidden || isBusy) return;
  const why = await askWhy(row.field);
  leaveText();
  if (!why) return;
  if (why.leaveOpen) {
    await leaveOpen(why.reason);
    return;
  }
  await onDraft(async () => {
    if (why.redraft) records.welcome(records.current.id);
    const body = { do: "reject", annotation: row.field.draft.id, ...why };
    await goOnWhereDone(await decide(body));
  });
}

function save(row) {
  return alone(async () => {
    await decide({ do: "write", written: { [row.field.name]: row.written } }, [row]);
  });
}

/** Takes the draft's words after all, in place of what was written before it was shown; they keep the draft's label. */
function restore({ field, behind }) {
  return alone(async () => {
    await decide({ do: "restore", annotation: behind, seen: field.accepted ? field.accepted.id : null });
  });
}

/** Settles a conflict that a table has brought. */
function settle({ id, now }, choice) {
  return alone(async () => {
    await goOnWhereDone(await decide({ do: "settle", conflict: id, take: choice === "mine", seen: now }));
  });
}

function actOnRow(name, row) {
  select(rows.findIndex(({ field }) => field.name === row.field.name), { scroll: false });
  if (name === "accept") acceptOne();
  else if (name === "reject") reject();
  else if (name === "leave_open") leaveOpen();
  else if (name === "save") save(row);
  else if (name === "restore") restore(row);
}

// --- Moving ----------------------------------------------------------------------------------------------------------

const next = () =>
  alone(async () => {
    tell("");
    await goOn();
  });

const previous = () =>
  alone(async () => {
    await Promise.all(sending);
    const record = await records.previous();
    if (record) showRecord(record);
    else announce(say("no_previous"));
    tell(record ? "" : say("no_previous"));
  });

const isDoubtful = ({ field }) => Boolean(field.draft && !field.draft.hidden && field.draft.flag);

async function nextDoubtful() {
  const here = rows.findIndex((row, number) => number > at && isDoubtful(row));
  if (here >= 0) {
    select(here);
    return;
  }
  await alone(async () => {
    const record = await records.nextDoubtful();
    if (!record) {
      tell(say("no_doubtful"));
      return;
    }
    tell("");
    showRecord(record);
    const there = rows.findIndex(isDoubtful);
    if (there >= 0) select(there);
  });
}

const undo = () =>
  alone(async () => {
    await Promise.all(sending);
    const answer = await post("undo", { since: settings.since });
    records.comeNext();
    showRecord(records.replace(answer.record));
    tell(answer.message);
    progress.undone();
  });

function edit() {
  const row = rows[at];
  if (!row) return;
  row.text.focus();
  row.text.setSelectionRange(row.text.value.length, row.text.value.length);
}

function toggleBlind() {
  isBlind = !isBlind;
  remember("blind", isBlind ? "1" : "");
  records.askAnew();
  tell(say(isBlind ? "blind_on" : "blind_off"));
}

const regroup = createRegrouping({ records, alone, typedRows, putBack });
const showKeys = () => openKeys(() => tellBar(act));

const ACTS = {
  accept_all: acceptAll,
  accept: acceptOne,
  edit,
  reject,
  leave_open: () => leaveOpen(),
  next,
  previous,
  next_doubtful: nextDoubtful,
  undo,
  up: () => select(at - 1),
  down: () => select(at + 1),
  zoom: toggleZoom,
  side: turnOver,
  writing: () => toggleWriting().catch(complain),
  group_split: () => regroup("split"),
  group_join: () => regroup("join"),
  blind: toggleBlind,
  help: showKeys,
};

function act(name) {
  return ACTS[name]();
}

// --- Listening -------------------------------------------------------------------------------------------------------

/** Tells whether a key saves wherever the cursor is: not one of those that a person chooses. */
function isSaving(event) {
  return event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing && event.keyCode !== 229;
}

function onKey(event) {
  const isText = event.target.matches("textarea, input, select");
  if (isText) {
    onTyping(event);
    return;
  }
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (isSaving(event)) {
    event.preventDefault();
    acceptAll();
    return;
  }
  if (isForOthers(event)) return;
  // The picture has its own keys, and a button that was reached by Tab is pressed by Enter.
  const isOwn = event.target.closest(".viewer-frame") && (event.key.startsWith("Arrow") || "+-_=01rli[]".includes(event.key));
  const isPressed = event.key === "Enter" && event.target.closest("button, a, summary");
  const name = actionOf(event);
  if (isOwn || isPressed || !name) return;
  event.preventDefault();
  if (!event.repeat || name === "up" || name === "down") act(name);
}

function onTyping(event) {
  const row = rows.find(({ text }) => text === event.target);
  if (!row || event.isComposing || event.keyCode === 229 || row.handleTerms(event)) return;
  if (event.key === "Escape") {
    event.preventDefault();
    leaveText();
  } else if (isSaving(event)) {
    event.preventDefault();
    acceptAll();
  }
}

onAct(actOnRow);
onSettle(settle);
document.addEventListener("keydown", onKey);
fieldsPane.addEventListener("focusin", (event) => {
  const number = rows.findIndex(({ root }) => root.contains(event.target));
  if (number >= 0 && number !== at) select(number, { scroll: false });
});
for (const pressed of document.querySelectorAll("[data-act]")) {
  if (!pressed.closest(".viewer-tools")) pressed.addEventListener("click", () => act(pressed.dataset.act));
}
for (const close of document.querySelectorAll("[data-close]")) {
  close.addEventListener("click", () => {
    const dialog = close.closest("dialog");
    if (dialog.dispatchEvent(new Event("cancel", { cancelable: true }))) dialog.close();
  });
}
byId("open-filters").addEventListener("click", () => byId("filters").showModal());
byId("open-keys").addEventListener("click", showKeys);
listUnsaved((key) => alone(async () => showRecord(await records.open(key))));
window.addEventListener("beforeunload", (event) => {
  if (sending.size) event.preventDefault();
});
window.addEventListener("resize", () => rows.forEach((row) => row.grow()));

tellBar(act);
tell("");
alone(goOn);
