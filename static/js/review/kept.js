/**
 * What was typed and is not saved: it stays in this browser until it is, whatever becomes of the tab or the session.
 *
 * Under the user's number: somebody else at the same computer is not offered it. `base` is what the text was begun from, so that
 * one can see whether that has changed since.
 */

import { settings } from "./server.js";

const PREFIX = `glmv-review-${settings.user}-`;
const KEY = /-(\d+)-(\w+)$/;

const key = (image, field) => `${PREFIX}${image}-${field}`;

/** Keeps a text `{text, base, name, label, at}` of a field, or forgets it where it is null. */
export function keep(image, field, value) {
  try {
    if (value === null) localStorage.removeItem(key(image, field));
    else localStorage.setItem(key(image, field), JSON.stringify(value));
  } catch {
    // Storage is full or forbidden; what is on the page is still there.
  }
}

/** Returns what was kept of a field, or null. */
export function kept(image, field) {
  try {
    return JSON.parse(localStorage.getItem(key(image, field)));
  } catch {
    return null;
  }
}

/** Returns all that is kept, the newest first: `{image, field, …}`. */
export function allKept() {
  const found = [];
  try {
    for (let at = 0; at < localStorage.length; at += 1) {
      const name = localStorage.key(at);
      if (!name.startsWith(PREFIX)) continue;
      const [, image, field] = KEY.exec(name) || [];
      const value = JSON.parse(localStorage.getItem(name));
      if (image && value) found.push({ image: Number(image), field, ...value });
    }
  } catch {
    return found;
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
