/**
 * Which record is before the reviewer, which came before it and which comes next. The next one is asked for, and its
 * picture loaded, before it is wanted; both are held for this tab as long as somebody is at the page.
 */

import { conditions, get, post, Refused } from "./server.js";
import { isIdle, tab } from "./tab.js";

const HOLD_MS = 60000;
const MOST_BEFORE = 200;
const MOST_PASSED = 400;
const MOST_NOTED = 40;

const last = (list) => list[list.length - 1];
const showsDrafts = (record) => !record.blind && record.fields.some(({ draft }) => draft && !draft.hidden);

/** `isBlind()` tells whether drafts are to be hidden at first. */
export function createRecords(isBlind) {
  // Keys of the records that were left, and records that others have come before, each the nearest last.
  const before = [];
  const coming = [];
  const passed = new Set();
  const shown = new Set();
  const held = new Set();
  let current = null;
  let ahead = null;
  let place = null;
  let asked = 0;
  let letting = Promise.resolve();

  function load(scan) {
    if (!scan || !scan.screen) return;
    const picture = new Image();
    picture.src = scan.screen;
  }

  async function ask(more = {}) {
    const noted = [...shown].slice(0, MOST_NOTED);
    asked += 1;
    try {
      // What is being let go may be the very record that comes.
      await letting;
      const answer = await post("next", {
        after: place, passed: [...passed].slice(-MOST_PASSED), present: current ? current.id : null, blind: isBlind(),
        tab: tab.name, before: tab.former, shown: noted, ...more,
      }, 0, conditions);
      tab.former = "";
      for (const key of noted) shown.delete(key);
      if (answer.record) {
        held.add(answer.record.id);
        load(answer.record.scans[0]);
      }
      return answer.record;
    } finally {
      asked -= 1;
    }
  }

  /** Asks for the next record ahead of time; where that fails, it is asked for when it is wanted. */
  function fetchAhead() {
    const asking = ask();
    ahead = asking;
    asking.catch(() => {
      if (ahead === asking) ahead = null;
    });
  }

  function put(record) {
    current = record;
    if (!record) return;
    held.add(record.id);
    if (record.place !== undefined) place = record.place;
    if (record.came_back) passed.add(record.id);
  }

  /** Puts a record that the queue gave before the reviewer; that its drafts are seen goes with the next question. */
  function putNew(record) {
    put(record);
    if (record && showsDrafts(record)) shown.add(record.id);
    if (record) fetchAhead();
  }

  function leave() {
    if (current) before.push(current.id);
    if (before.length > MOST_BEFORE) before.shift();
  }

  async function take() {
    const asking = ahead;
    ahead = null;
    if (asking) {
      try {
        const record = await asking;
        // What was not there a while ago may have come; and at the end of a queue the present one may be its beginning.
        if (record && !(current && record.id === current.id)) return record;
      } catch {
        // Asked for too early, perhaps; now it counts.
      }
    }
    return ask();
  }

  async function fetchOne(key) {
    await letting;
    // What was seen stays seen, though the server has not heard of it yet.
    const hide = isBlind() && !shown.has(key);
    const query = new URLSearchParams({ tab: tab.name, ...(hide ? { blind: "1" } : {}) });
    return (await get("record", key, `?${query}`)).record;
  }

  /** Lets the present record come next where another takes its place, and puts that one before the reviewer. */
  function putBetween(record) {
    for (let at = coming.length - 1; at >= 0; at -= 1) if (coming[at].id === record.id) coming.splice(at, 1);
    if (current && current.id !== record.id) coming.push(current);
    const { place: where, came_back: cameBack } = current && current.id === record.id ? current : {};
    put(where === undefined ? record : { ...record, place: where, came_back: cameBack });
    return current;
  }

  /** Holds what is on the page and what comes next, and lets go of the rest; tells whether the present record is held. */
  async function renew() {
    const next = ahead ? await ahead.catch(() => null) : null;
    const kept = [current, next, last(coming)].filter(Boolean).map(({ id }) => id);
    const left = asked ? [] : [...held].filter((key) => !kept.includes(key)).slice(0, MOST_PASSED);
    if (!kept.length && !left.length) return true;
    const call = post("hold", { images: kept, left, tab: tab.name });
    letting = call.catch(() => {});
    const answer = await call;
    for (const key of left) held.delete(key);
    // A colleague has it by now.
    if (next && !answer.held.includes(next.id)) ahead = null;
    return !current || answer.held.includes(current.id);
  }

  setInterval(() => {
    if (!isIdle()) renew().catch(() => {});
  }, HOLD_MS);

  return {
    renew,

    get current() {
      return current;
    },

    /** Goes on to the next record and returns it, or null where there is none. */
    async next() {
      if (coming.length) {
        leave();
        put(coming.pop());
        renew().catch(() => {});
        return current;
      }
      const record = await take();
      leave();
      putNew(record);
      return record;
    },

    /** Goes on to the next record with a doubtful draft and returns it; where there is none, nothing changes. */
    async nextDoubtful() {
      const record = await ask({ doubtful: true });
      if (!record) return null;
      leave();
      putNew(record);
      return record;
    },

    /** Goes back to the record before; returns null where there is none. */
    async previous() {
      const key = last(before);
      if (key === undefined) return null;
      try {
        const record = putBetween(await fetchOne(key));
        before.pop();
        return record;
      } catch (refused) {
        // It will not be there the next time either.
        if (refused instanceof Refused && refused.code === "lost_record") before.pop();
        throw refused;
      }
    },

    /** Opens a record by its key; the one that was there comes next. */
    async open(key) {
      return putBetween(await fetchOne(key));
    },

    /** Puts a record that the server told before the reviewer; another that was there comes next. */
    between: putBetween,

    /** Puts the record as the server told it in place of what is shown of it. */
    replace(record) {
      const { place: where, came_back: cameBack } = current || {};
      current = current && record.id === current.id ? { ...record, place: where, came_back: cameBack } : record;
      return current;
    },

    /** Lets a record that was drafted again come back. */
    welcome(key) {
      passed.delete(key);
    },

    /** Forgets what was asked for ahead of time: it was asked for on other terms. */
    askAnew() {
      fetchAhead();
    },
  };
}
