// What a section asks for besides the feed, kept for as long as it stays the same.

import { ask } from "./ask.js";

/** How many answers are kept; beyond that the oldest goes. */
const KEPT_MAX = 60;
const kept = new Map();
let tell = () => {};

export const whenFetched = (onChange) => { tell = onChange; };

/**
 * What `path` answers: `{ value, error }`, both empty while the first answer is on its way. It is
 * asked for again when `stamp` is another one, and the old answer is shown until then.
 */
export function fetched(path, stamp = "") {
  const entry = kept.get(path) ?? { value: null, error: "", stamp: null };
  if (entry.stamp !== stamp) {
    entry.stamp = stamp;
    kept.delete(path);
    kept.set(path, entry);
    if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value);
    load(path, entry, stamp);
  }
  return entry;
}

/** Forgets what was answered, so that it is asked for again. */
export function forget(path) {
  const entry = kept.get(path);
  if (entry) entry.stamp = null;
}

/** Another program may be there than before: all of it is asked for again. */
export function forgetAll() {
  for (const entry of kept.values()) entry.stamp = null;
}

async function load(path, entry, stamp) {
  try {
    const value = await ask("GET", path);
    if (entry.stamp === stamp) Object.assign(entry, { value, error: "" });
  } catch (error) {
    if (entry.stamp === stamp) entry.error = error.message;
  }
  tell();
}
