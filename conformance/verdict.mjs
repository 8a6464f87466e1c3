// What a check can come to, besides passing: what it found is not what the rule says (`Unmet`), it
// could not be asked here and now (`Untried`), or nobody answers at all (`Unreachable`).

/** The rule is broken; the message says what happened instead. */
export class Unmet extends Error {}

/** The check was not made; the message says why. */
export class Untried extends Error {}

/** There is nothing to check: the address does not answer. */
export class Unreachable extends Error {}

/** What the person at the keyboard got wrong: an argument, a file. */
export class Misuse extends Error {}

/** Goes on if `held`; otherwise the check has failed, and `words` say what happened. */
export function expect(held, words) {
  if (!held) throw new Unmet(typeof words === "function" ? words() : words);
}

/** Ends a check that cannot be made. */
export function untried(why) {
  throw new Untried(why);
}

/** A value in few words, for a table. */
export function brief(value, chars_max = 60) {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  return text.length > chars_max ? `${text.slice(0, chars_max - 1)}…` : text;
}
