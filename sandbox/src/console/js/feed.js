// What the sandbox knows, kept fresh: it says when something has changed, and is asked each second
// while it cannot say so. Only the newest answer counts.

import { ask } from "./ask.js";
import { forgetAll } from "./fetched.js";
import { seconds } from "./words.js";

const POLL_EVERY_MS = 1_000;
/** Even a live line is checked now and then; time itself changes what can be paid. */
const CHECK_EVERY_MS = 15_000;
/** Where much happens at once, so long between two looks at it. */
const PAUSE_MS = 150;

/** The newest feed, when it came, and what is known of the line to the sandbox. */
export const known = { feed: null, at_ms: 0, isLive: false, isLost: false };

let codeOf = () => "";
let tell = () => {};
let events = null;
let asked = 0;
let isAsking = false;
let isStale = false;
let refreshed_ms = 0;

/** Business time now, in seconds: the feed's, and what has passed since it came. */
export const now = () => seconds(known.feed.now) + Math.floor((performance.now() - known.at_ms) / 1000);

/** Business time now, as the sandbox writes it. */
export const nowText = () => `${new Date((now() + 8 * 3600) * 1000).toISOString().slice(0, 19)}+08:00`;

/** Starts; `code` answers what is before the camera, `onChange` is called after every news. */
export function follow(code, onChange) {
  [codeOf, tell] = [code, onChange];
  if (!document.hidden) listen();
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : wake()));
  setInterval(tick, POLL_EVERY_MS);
  return refresh();
}

/**
 * A page that nobody sees hears nothing: a browser has six lines to one host, and a seventh tab
 * would wait for ever.
 */
function rest() {
  events?.close();
  known.isLive = false;
}

function wake() {
  listen();
  return refresh();
}

function listen() {
  events?.close();
  events = new EventSource("/sandbox/events");
  events.addEventListener("open", () => line(true));
  events.addEventListener("error", () => line(false));
  events.addEventListener("changed", (event) => {
    line(true);
    if (!(known.feed?.revision >= revisionIn(event.data))) freshen();
  });
}

function revisionIn(data) {
  try {
    return JSON.parse(data).revision;
  } catch {
    return Infinity;
  }
}

function line(isLive) {
  if (known.isLive === isLive) return;
  known.isLive = isLive;
  freshen();
}

function tick() {
  if (document.hidden) return;
  // A browser gives a line up for good when it was refused once; the sandbox may have come back.
  if (events?.readyState === EventSource.CLOSED && known.feed && !known.isLost && seldom()) listen();
  const isDue = performance.now() - refreshed_ms > CHECK_EVERY_MS;
  if (!known.isLive || known.isLost || isDue) freshen();
  else tell();
}

let tries = 0;
const seldom = () => tries++ % 30 === 29;

/** Asks once more, but never twice at the same time. */
function freshen() {
  if (isAsking) isStale = true;
  else refresh();
}

/** Whether this may be another run of the sandbox, which counts anew and may have other keys. */
const isOther = ({ mchid, revision }) =>
  known.isLost || (known.feed && (mchid !== known.feed.mchid || revision < known.feed.revision));

/** Asks now, whatever else is on its way. */
export async function refresh() {
  const turn = ++asked;
  isAsking = true;
  isStale = false;
  try {
    const code = codeOf();
    const feed = await ask("GET", `/sandbox/feed${code ? `?${new URLSearchParams({ code })}` : ""}`);
    if (turn !== asked) return;
    if (isOther(feed)) forgetAll();
    Object.assign(known, { feed, at_ms: performance.now(), isLost: false });
  } catch {
    if (turn !== asked) return;
    known.isLost = true;
  }
  refreshed_ms = performance.now();
  isAsking = false;
  tell();
  if (isStale) setTimeout(freshen, PAUSE_MS);
}
