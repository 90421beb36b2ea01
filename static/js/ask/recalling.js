/** A conversation of the past: shown as it was left, and looked up again until its last answer is written. */

import { request } from "./server.js";

const FIRST_LOOK_MS = 500;
const LOOK_EVERY_MS = 5000;

/** Returns what was said so far. */
export async function earlier(url) {
  const response = await request(url, { method: "GET" });
  const { exchanges } = await response.json();
  return exchanges;
}

/** Shows exchanges that `earlier` returned; `add` makes one on the page from a question and its images. */
export function recall(exchanges, { add, url }) {
  const unfinished = new Map();
  for (const kept of exchanges) {
    const exchange = add(kept.question, kept.images);
    exchange.recall(kept);
    if (kept.state === "running") unfinished.set(kept.exchange, exchange);
  }
  complete(unfinished, url, FIRST_LOOK_MS);
}

/** Looks at the unfinished ones: shows what is written by now, and lets go of what was deleted. */
async function look(unfinished, url) {
  const exchanges = new Map();
  try {
    for (const kept of await earlier(url)) exchanges.set(kept.exchange, kept);
  } catch (error) {
    if (error.code !== "not_found") throw error; // the whole conversation was deleted
  }
  for (const [number, exchange] of unfinished) {
    const kept = exchanges.get(number);
    if (kept?.state === "running") continue;
    if (kept) exchange.recall(kept);
    else exchange.lose();
    unfinished.delete(number);
  }
}

/** Looks until nothing is unfinished: an answer that was just stopped, or one that another window is waiting for. */
function complete(unfinished, url, pause) {
  if (!unfinished.size) return;
  setTimeout(async () => {
    try {
      await look(unfinished, url);
    } catch (error) {
      console.warn(error); // the page says that it is unfinished; the next look may succeed
    }
    complete(unfinished, url, Math.min(2 * pause, LOOK_EVERY_MS));
  }, pause);
}
