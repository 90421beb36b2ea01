/**
 * The review page: one record after the other, decided by keys.
 *
 * What is decided is sent while the next record is shown already; where the server refuses it, the record comes back with
 * what was typed. Nothing is sent twice, and nothing that was typed is forgotten before the server has it.
 */

import { tell } from "./banner.js";
import { complain } from "./complaint.js";
import "./dialogs.js";
import { createRegrouping } from "./grouping.js";
import { openKeys, tellBar } from "./keys.js";
import { isPageNeeded, onUnstored, remember, remembered } from "./kept.js";
import { listen } from "./listening.js";
import { toggleWriting, toggleZoom, turnOver } from "./picture.js";
import { progress } from "./progress.js";
import { createRecords } from "./records.js";
import { askWhy } from "./rejecting.js";
import { post, Refused } from "./server.js";
import { at, leaveText, onAct, onSettle, rows, select, showRecord } from "./sheet.js";
import { onReturn, tab } from "./tab.js";
import { composed, followTyping } from "./typing.js";
import { listUnsaved, tellUnsaved } from "./unsaved.js";
import { announce, say } from "./words.js";

const byId = (id) => document.getElementById(id);
const desk = byId("desk");
const fieldsPane = byId("fields");
let isBlind = remembered("blind") === "1";
let isBusy = false;
// The record that was decided and is shown still, because the next one has not come, with its texts as they were sent.
let behind = null;
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

async function goOn() {
  showRecord(await records.next());
  behind = null;
}

/** Sends a decision about a record; the counter waits for what becomes of it. */
async function send(body, record) {
  progress.begun();
  try {
    return await post("decide", body, record.id);
  } finally {
    progress.answered();
  }
}

/** Sends a decision about a record that is left already; what is refused comes back. */
function sendBehind(record, body, left) {
  const sent = left.map((row) => [row, row.text.value]);
  behind = { record, texts: new Map(rows.map(({ field, text }) => [field.name, text.value])) };
  const done = send(body, record).then(
    () => {
      for (const [row, text] of sent) row.saved(text);
      tellUnsaved(records.current ? records.current.id : 0);
      if (record.fields.some(({ draft }) => draft)) progress.done(record.id);
    },
    (refused) => {
      if (behind && behind.record === record) behind = null;
      comeBack(record, left, refused);
    },
  );
  sending.add(done);
  done.finally(() => sending.delete(done));
}

/** Goes on from a record that was sent already: nothing is sent twice. What was typed since is put into what it has become. */
async function goOnFromSent({ record, texts }) {
  await Promise.all(sending);
  if (!behind) return;
  const since = rows.filter(({ field, text }) => texts.get(field.name) !== text.value);
  if (!since.length) {
    await goOn();
    return;
  }
  showRecord(await records.open(record.id));
  putBack(since.map(({ field, text }) => ({ field, text, base: null })));
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
  showRecord(now ? records.between(now) : await records.open(record.id));
  putBack(left);
}

/** Puts texts into the record that is shown now; where their field has changed since, all three are laid side by side. */
function putBack(left) {
  for (const { field, text, base } of left) {
    const row = rows.find((other) => other.field.name === field.name);
    if (row && (!base || text.value !== row.text.value)) row.restore(text.value, base);
  }
}

// --- Deciding --------------------------------------------------------------------------------------------------------

const typedRows = () => rows.filter(({ isTyped }) => isTyped);
const drafts = () => rows.filter(({ field }) => field.draft);

/** Tells why what is in some fields cannot be saved or accepted as it is; true where it was told. */
function isForbidden(some, isAccepting) {
  const { secrecy } = records.current;
  if (some.some(({ isInConflict }) => isInConflict)) tell(say("changed"), [], true);
  else if (isAccepting && secrecy) tell(secrecy.refusal, [], true);
  else return false;
  return true;
}

function acceptAll() {
  const record = records.current;
  if (!record) return undefined;
  if (record.blind) return isForbidden(rows, false) ? undefined : alone(writeBlind);
  if (behind && behind.record === record) return alone(() => goOnFromSent(behind));
  const typed = typedRows();
  if (isForbidden(rows, drafts().length > 0)) return undefined;
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
  if (!answer || !records.current) return;
  for (const [name, draft] of Object.entries(answer.behind)) {
    const row = rows.find(({ field }) => field.name === name);
    if (row) row.tellBehind(draft);
  }
  if (record.id === records.current.id) tell(say("compare"));
}

/**
 * Carries out a decision about the record and shows it as it is then; returns the answer, or null where it was refused. `left`
 * are the fields whose texts go with it. What is typed meanwhile stays.
 */
async function decide(body, left = []) {
  const record = records.current;
  const sent = new Map(left.map((row) => [row, row.text.value]));
  const whereNow = followTyping();
  let answer = null;
  let refused = null;
  try {
    answer = await send({ ...body, keep: true, blind: record.blind }, record);
  } catch (error) {
    if (!(error instanceof Refused) || !error.record) throw error;
    refused = error;
  }
  await composed();
  const putCursor = whereNow();
  const focus = rows[at].field.name;
  // What was sent and typed on goes on from what was sent; all the rest was begun from what was there before.
  const isSent = (row) => !refused && sent.has(row);
  const others = typedRows().filter((row) => !isSent(row));
  const further = left.filter((row) => isSent(row) && row.text.value !== sent.get(row));
  if (!refused) for (const [row, text] of sent) row.saved(text);
  tell(refused ? refused.message : answer.message || "", [], Boolean(refused));
  const told = (refused || answer).record;
  if (!told) {
    await goOn();
    return null;
  }
  showRecord(records.replace(told), focus);
  putBack([...others, ...further.map(({ field, text }) => ({ field, text, base: null }))]);
  putCursor();
  return answer;
}

/** After the last draft of a record there is nothing to wait for, unless somebody has typed something. */
async function goOnWhereDone(answer) {
  if (!answer || drafts().length || records.current.conflicts.length) return;
  progress.done(records.current.id);
  if (typedRows().length) return;
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
    if (isForbidden([row], true)) return;
    const body = { do: "accept", annotation: row.field.draft.id };
    if (row.isTyped) body.value = row.text.value;
    await goOnWhereDone(await decide(body, row.isTyped ? [row] : []));
  });

/** What was typed into the field is not saved by this, and stays to be chosen. */
const leaveOpen = (reason = "") =>
  onDraft(async (row) => {
    await goOnWhereDone(await decide({ do: "leave_open", annotation: row.field.draft.id, reason }));
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
  if (isForbidden([row], false)) return undefined;
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
    const answer = await post("undo", { tab: tab.name, blind: isBlind });
    if (answer.record) showRecord(records.between(answer.record));
    tell(answer.message);
    if (answer.record) progress.undone(answer.record.id);
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

onAct(actOnRow);
onSettle(settle);
listen({ act, save: acceptAll });
fieldsPane.addEventListener("focusin", (event) => {
  const number = rows.findIndex(({ root }) => root.contains(event.target));
  if (number >= 0 && number !== at) select(number, { scroll: false });
});
for (const pressed of document.querySelectorAll("[data-act]")) {
  if (!pressed.closest(".viewer-tools")) pressed.addEventListener("click", () => act(pressed.dataset.act));
}
byId("open-keys").addEventListener("click", showKeys);
listUnsaved((key) => alone(async () => showRecord(await records.open(key))));
window.addEventListener("beforeunload", (event) => {
  if (sending.size || isPageNeeded()) event.preventDefault();
});
onUnstored((isThere) => {
  byId("unstored").hidden = !isThere;
});
onReturn(async () => {
  const isMine = await records.renew().catch(() => true);
  if (!isMine) tell(say("held"));
});
window.addEventListener("resize", () => rows.forEach((row) => row.grow()));

tellBar(act);
tell("");
alone(goOn);
