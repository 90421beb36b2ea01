/** How far the queue is: which record of how many, what was done today, and how long the rest takes. */

import { conditions, get, settings } from "./server.js";
import { say, show } from "./words.js";

const ASK_MS = 60000;

/** Counts what is done here at once, and asks the server now and then what others have done. */
function createProgress() {
  let done = 0;
  let { waiting, in_words: inWords } = settings.progress;

  function tell() {
    const total = waiting + done;
    show(document.getElementById("record-place"), total ? say("place", { number: Math.min(done + 1, total), total }) : "");
    show(document.getElementById("queue-progress"), inWords);
  }

  async function ask() {
    try {
      const answer = await get("progress", 0, conditions);
      waiting = answer.waiting;
      inWords = answer.in_words;
      tell();
    } catch {
      // The numbers of a minute ago will do.
    }
  }

  setInterval(ask, ASK_MS);
  return {
    tell,
    /** A record was decided. */
    done() {
      done += 1;
      waiting = Math.max(0, waiting - 1);
      tell();
      if (done % 10 === 1) ask();
    },
    /** A decision was taken back. */
    undone() {
      done = Math.max(0, done - 1);
      waiting += 1;
      tell();
    },
  };
}

export const progress = createProgress();
