/**
 * What is written and attached but has not reached the server: in this tab it survives a reload and the way to sign in.
 *
 * It is kept under its owner's mark, so that the next person at the same computer does not find it. What a visitor wrote
 * before signing in is the user's then.
 */

const { owner, visitor } = document.getElementById("ask").dataset;
const key = (whose, name) => `glmv-ask-${whose}-${name}`;

/** Returns what was kept under a name, or null. */
export function kept(name) {
  try {
    const mine = sessionStorage.getItem(key(owner, name));
    if (mine !== null || !visitor) return JSON.parse(mine);
    const before = sessionStorage.getItem(key(visitor, name));
    if (before !== null) sessionStorage.setItem(key(owner, name), before);
    sessionStorage.removeItem(key(visitor, name));
    return JSON.parse(before);
  } catch {
    return null; // storage is forbidden, or holds something else
  }
}

/** Keeps a value, or nothing where it is null; without storage it simply does not survive. */
export function keep(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(key(owner, name));
    else sessionStorage.setItem(key(owner, name), JSON.stringify(value));
  } catch {
    // Storage is full or forbidden; what is on the page is still there.
  }
}
