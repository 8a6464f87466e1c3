// The operator's key and whose orders are looked at: kept in this tab, and nowhere else.
//
// Session storage ends with the tab and is not shared with others. The key goes out in the header of
// requests to this very origin; it never stands in an address, where histories and logs would keep it.

const KEPT_AS = "orders-key";

// Where the browser forbids storage, the page asks again after a reload.
let held;

/** `{ key, profile }`, or nothing before somebody has come in. */
export function keyring() {
  if (held) return held;
  try {
    held = JSON.parse(sessionStorage.getItem(KEPT_AS)) ?? undefined;
  } catch {
    held = undefined;
  }
  return held;
}

/** Keeps both for as long as the tab is there. */
export function keep(key, profile) {
  held = { key, profile };
  try {
    sessionStorage.setItem(KEPT_AS, JSON.stringify(held));
  } catch {
    return;
  }
}

/** Forgets the key; the profile may be typed in again. */
export function forget() {
  held = undefined;
  try {
    sessionStorage.removeItem(KEPT_AS);
  } catch {
    return;
  }
}
