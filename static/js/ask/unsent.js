/** What is written and attached but not sent: in this tab it survives a reload and the way to sign in. */

const key = (name) => `glmv-ask-${name}`;

/** Returns what was kept under a name, or null. */
export function kept(name) {
  try {
    return JSON.parse(sessionStorage.getItem(key(name)));
  } catch {
    return null; // storage is forbidden, or holds something else
  }
}

/** Keeps a value; without storage it simply does not survive. */
export function keep(name, value) {
  try {
    sessionStorage.setItem(key(name), JSON.stringify(value));
  } catch {
    // Storage is full or forbidden; what is on the page is still there.
  }
}
