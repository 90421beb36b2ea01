/**
 * This tab, which holds records of its own: what it is called, when somebody is at it, and that it lets go when it is closed.
 *
 * Each load has a new name. What it was called before it was loaded again is kept by the browser for this tab alone, and only
 * between leaving the page and coming back, so that a tab made as a copy of this one does not claim the same records.
 */

import { letGo } from "./server.js";

const NAME = "glmv-review-tab";
const IDLE_MS = 600000;
const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"];

function draw() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((part) => part.toString(16).padStart(2, "0")).join("");
}

function takeFormer() {
  try {
    const name = sessionStorage.getItem(NAME);
    sessionStorage.removeItem(NAME);
    return name || "";
  } catch {
    return "";
  }
}

/** What the server knows this tab by, and what it was called before; empty once the server knows that they are one. */
export const tab = { name: draw(), former: takeFormer() };

let lastSign = Date.now();

/** Whether nobody has touched the page for long: then it keeps no records from colleagues. */
export function isIdle() {
  return Date.now() - lastSign > IDLE_MS;
}

/** Hears that somebody is back at the page. */
export function onReturn(handler) {
  function sign() {
    const wasIdle = isIdle();
    lastSign = Date.now();
    if (wasIdle) handler();
  }
  for (const kind of SIGNS) window.addEventListener(kind, sign, { passive: true, capture: true });
  // The browser may keep the page that was left, and show it again as it was.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) handler();
  });
}

window.addEventListener("pagehide", () => {
  try {
    sessionStorage.setItem(NAME, tab.name);
  } catch {
    // After loading again, the next record comes.
  }
  letGo(tab.name);
});
