/** How far the queue is: which record of how many, what was done today, and how long the rest takes. */

import { conditions, get, settings } from "./server.js";
import { say, show } from "./words.js";

const ASK_MS = 60000;

/** Counts what is done here at once, and asks the server now and then what others have done. */
function createProgress() {
  const decided = new Set();
  let { waiting, in_words: inWords } = settings.progress;
  let isShown = false;
  let underWay = 0;
  let changes = 0;

  function tell() {
    const total = waiting + decided.size;
    const number = Math.min(decided.size + 1, total);
    show(document.getElementById("record-place"), isShown && total ? say("place", { number, total }) : "");
    show(document.getElementById("queue-progress"), inWords);
  }

  async function ask() {
    // While a decision is under way nobody knows whether the server has counted it.
    if (underWay) return;
    const then = changes;
    try {
      const answer = await get("progress", 0, conditions);
      inWords = answer.in_words;
      if (then === changes) waiting = answer.waiting;
      tell();
    } catch {
      // The numbers of a minute ago will do.
    }
  }

  setInterval(ask, ASK_MS);
  return {
    /** A record is shown now, or none. */
    shown(isThere) {
      isShown = isThere;
      tell();
    },
    /** A decision is sent. */
    begun() {
      underWay += 1;
      changes += 1;
    },
    /** The server has answered it. */
    answered() {
      underWay -= 1;
    },
    /** A record waits no more. */
    done(key) {
      if (decided.has(key)) return;
      decided.add(key);
      waiting = Math.max(0, waiting - 1);
      changes += 1;
      tell();
      if (decided.size % 10 === 1) ask();
    },
    /** A decision about a record was taken back. */
    undone(key) {
      if (decided.delete(key)) waiting += 1;
      changes += 1;
      tell();
      ask();
    },
  };
}

export const progress = createProgress();
