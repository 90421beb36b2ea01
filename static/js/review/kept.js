/**
 * What was typed and is not saved: it stays in this browser until it is, whatever becomes of the tab or the session.
 *
 * Under the user's number: somebody else at the same computer is not offered it. `base` is what the text was begun from, so that
 * one can see whether that has changed since. What the browser has no room for is kept in the page, and the page says so.
 */

import { settings } from "./server.js";

const PREFIX = `glmv-review-${settings.user}-`;
const KEY = /-(\d+)-(\w+)$/;

const unstored = new Map();
let hear = () => {};

const key = (image, field) => `${PREFIX}${image}-${field}`;

/** Hears whether there is a text that this page alone has: `handler(isThere)`, whenever that changes. */
export function onUnstored(handler) {
  hear = handler;
}

/** Whether there is a text that is lost with this page. */
export function isPageNeeded() {
  return unstored.size > 0;
}

function store(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
    unstored.delete(name);
  } catch {
    unstored.set(name, value);
  }
}

function forget(name) {
  unstored.delete(name);
  try {
    localStorage.removeItem(name);
  } catch {
    // Storage is forbidden: there was nothing in it.
  }
  // There may be room now.
  for (const [other, value] of [...unstored]) store(other, value);
}

/** Keeps a text `{text, base, name, label, at}` of a field, or forgets it where it is null. */
export function keep(image, field, value) {
  const was = isPageNeeded();
  if (value === null) forget(key(image, field));
  else store(key(image, field), value);
  if (was !== isPageNeeded()) hear(isPageNeeded());
}

/** Returns what was kept of a field, or null. */
export function kept(image, field) {
  const name = key(image, field);
  if (unstored.has(name)) return unstored.get(name);
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

function storedNames() {
  const names = [];
  try {
    for (let at = 0; at < localStorage.length; at += 1) names.push(localStorage.key(at));
  } catch {
    return [];
  }
  return names.filter((name) => name.startsWith(PREFIX));
}

/** Returns all that is kept, the newest first: `{image, field, …}`. */
export function allKept() {
  const found = [];
  for (const name of new Set([...storedNames(), ...unstored.keys()])) {
    const [, image, field] = KEY.exec(name) || [];
    const value = image ? kept(image, field) : null;
    if (value) found.push({ image: Number(image), field, ...value });
  }
  return found.sort((one, other) => other.at - one.at);
}

/** Returns a setting of this browser, or null. */
export function remembered(name) {
  try {
    return localStorage.getItem(`glmv-review-setting-${settings.user}-${name}`);
  } catch {
    return null;
  }
}

/** Remembers a setting in this browser. */
export function remember(name, value) {
  try {
    localStorage.setItem(`glmv-review-setting-${settings.user}-${name}`, value);
  } catch {
    // It holds until the page is left.
  }
}
