/**
 * Which record is before the reviewer, which came before it and which comes next. The next one is asked for, and its
 * picture loaded, before it is wanted; both are held for the reviewer as long as the page is open.
 */

import { conditions, get, post } from "./server.js";

const HOLD_MS = 60000;
const MOST_BEFORE = 200;

/** `isBlind()` tells whether drafts are to be hidden at first. */
export function createRecords(isBlind) {
  const before = [];
  const passed = new Set();
  let current = null;
  let upcoming = null;
  let place = null;

  function load(scan) {
    if (!scan || !scan.screen) return;
    const picture = new Image();
    picture.src = scan.screen;
  }

  async function ask(more = {}) {
    const present = current ? current.id : null;
    const asked = { after: place, passed: [...passed], present, blind: isBlind(), ...more };
    const answer = await post("next", asked, 0, conditions);
    if (answer.record) load(answer.record.scans[0]);
    return answer.record;
  }

  /** Asks for the next record ahead of time; where that fails, it is asked for when it is wanted. */
  function fetchAhead() {
    upcoming = ask();
    upcoming.catch(() => {
      upcoming = null;
    });
  }

  function put(record) {
    current = record;
    if (!record) return;
    if (record.place !== undefined) place = record.place;
    if (record.came_back) passed.add(record.id);
  }

  async function take() {
    const asked = upcoming;
    upcoming = null;
    if (asked) {
      try {
        return await asked;
      } catch {
        // Asked for too early, perhaps; now it counts.
      }
    }
    return ask();
  }

  setInterval(async () => {
    const ahead = upcoming ? await upcoming.catch(() => null) : null;
    const images = [current, ahead].filter(Boolean).map(({ id }) => id);
    if (images.length) post("hold", { images }).catch(() => {});
  }, HOLD_MS);

  return {
    get current() {
      return current;
    },

    /** Goes on to the next record and returns it, or null where there is none. */
    async next() {
      if (current) before.push(current.id);
      if (before.length > MOST_BEFORE) before.shift();
      const record = await take();
      put(record);
      if (record) fetchAhead();
      return record;
    },

    /** Goes on to the next record with a doubtful draft and returns it; where there is none, nothing changes. */
    async nextDoubtful() {
      const record = await ask({ doubtful: true });
      if (!record) return null;
      if (current) before.push(current.id);
      put(record);
      fetchAhead();
      return record;
    },

    /** Goes back to the record before; returns null where there is none. */
    async previous() {
      const key = before.pop();
      if (key === undefined) return null;
      return this.open(key);
    },

    /** Opens a record by its key; the one that was there comes next. */
    async open(key) {
      const { record } = await get("record", key, isBlind() ? "?blind=1" : "");
      this.comeNext();
      put(record);
      return record;
    },

    /** Puts a record that the server told before the reviewer, in place of the one that is there. */
    replace(record) {
      const { place: at, came_back: cameBack } = current || {};
      current = current && record.id === current.id ? { ...record, place: at, came_back: cameBack } : record;
      return current;
    },

    /** Lets the present record be the next one: another has come between. */
    comeNext() {
      if (!current) return;
      upcoming = Promise.resolve(current);
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
