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

/** Looks until nothing is unfinished: an answer that was just stopped, or one that another window is waiting for. */
function complete(unfinished, url, pause) {
  if (!unfinished.size) return;
  setTimeout(async () => {
    try {
      for (const kept of await earlier(url)) {
        if (kept.state === "running" || !unfinished.has(kept.exchange)) continue;
        unfinished.get(kept.exchange).recall(kept);
        unfinished.delete(kept.exchange);
      }
    } catch (error) {
      console.warn(error); // the page says that it is unfinished; the next look may succeed
    }
    complete(unfinished, url, Math.min(2 * pause, LOOK_EVERY_MS));
  }, pause);
}
