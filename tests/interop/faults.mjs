// What may go wrong with an answer, and what two client libraries make of it: each kind of fault of a
// merchant's call, with its verdict by library, what becomes of the call, and what differs by route.
// Where the libraries differ it is asserted what each does, not what it should.

/** A verdict: the status is handed through, with the code that the answer has. */
const handsOn = (status, code) => ({ status, code });

/** A verdict: the library throws, in these words. */
const refuses = (words) => ({ words });

/** A verdict: it is the right answer, and is believed. */
const RIGHT = { right: true };

/** A verdict: it is believed, and holds nothing. */
const NOTHING = { status: 200, nothing: true };

const BROKEN = refuses(/socket hang up|ECONNRESET|aborted|ConnectionError|IncompleteRead/);
const UNSIGNED = {
  "wechatpay-axios-plugin": refuses(/Headers incomplete/),
  wechatpayv3: refuses(/does not support this algorithm/),
};
const FORGED = {
  "wechatpay-axios-plugin": refuses(/Verify the response's data/),
  wechatpayv3: refuses(/failed to verify the signature/),
};

/** The same for both libraries. */
const both = (verdict) => ({ "wechatpay-axios-plugin": verdict, wechatpayv3: verdict });

/**
 * By kind: `verdict` by library; `takes`, whether the call has an effect all the same; `wait_ms`, for
 * kinds that wait.
 */
export const ANSWERS = {
  "reply-dropped": { takes: true, verdict: both(BROKEN) },
  hangs: { takes: true, wait_ms: 150, verdict: both(BROKEN) },
  delayed: { takes: true, wait_ms: 50, verdict: both(RIGHT) },
  "rate-limited": { takes: false, verdict: both(handsOn(429, "FREQUENCY_LIMITED")) },
  "error-but-done": { takes: true, verdict: both(handsOn(500, "SYSTEM_ERROR")) },
  "bad-gateway": { takes: true, verdict: both(handsOn(502)) },
  unavailable: { takes: false, verdict: both(handsOn(503, "SERVICE_UNAVAILABLE")) },
  accepted: { takes: false, verdict: both({ status: 202, nothing: true }) },
  empty: { takes: true, verdict: both(NOTHING) },
  html: { takes: true, verdict: UNSIGNED },
  unsigned: { takes: true, verdict: UNSIGNED },
  "probe-signed": { takes: true, verdict: FORGED },
  "probe-garbled": { takes: true, verdict: FORGED },
  "wrong-signature": { takes: true, verdict: FORGED },
  tampered: { takes: true, verdict: FORGED },
  // wechatpayv3 never looks at the age of what it verifies.
  "stale-signature": {
    takes: true,
    verdict: { "wechatpay-axios-plugin": refuses(/allowed time offset/), wechatpayv3: RIGHT },
  },
  "unknown-serial": {
    takes: true,
    verdict: {
      "wechatpay-axios-plugin": refuses(/Cannot found the serial/),
      wechatpayv3: refuses(/failed to verify the signature/),
    },
  },
};

/** A route's own kinds, and those of the above that are another thing there. */
const OWN = {
  native: {
    // Whoever repeats an order that was paid meanwhile hears so.
    "paid-before-reply": { takes: true, verdict: both(RIGHT), again: handsOn(400, "INVALID_REQUEST") },
  },
  close: {
    "user-paying": { takes: false, verdict: both(handsOn(202, "USER_PAYING")) },
    "paid-first": {
      takes: false, verdict: both(handsOn(400, "ORDER_PAID")), again: handsOn(400, "ORDER_PAID"),
    },
  },
  refund: {
    "rate-limited-but-done": { takes: true, verdict: both(handsOn(429, "FREQUENCY_LIMITED")) },
    "not-enough": { takes: false, verdict: both(handsOn(403, "NOT_ENOUGH")) },
    abnormal: { takes: true, verdict: both(RIGHT), ends: "ABNORMAL" },
    closed: { takes: true, verdict: both(RIGHT), ends: "CLOSED" },
  },
  "abnormal-refund": {
    "rate-limited-but-done": { takes: true, verdict: both(handsOn(429, "FREQUENCY_LIMITED")) },
  },
  bill: {
    late: { verdict: both(handsOn(400, "STATEMENT_CREATING")) },
    missing: { verdict: both(handsOn(400, "NO_STATEMENT_EXIST")) },
    // Neither library fetches and compares by itself; the digest that it makes is another.
    "wrong-hash": { verdict: both({ digest: false }) },
    "expired-url": { verdict: both({ file: handsOn(400, "INVALID_REQUEST") }) },
  },
  "bill-download": {
    "cut-short": { verdict: both(BROKEN) },
    // A file is never signed, so the libraries believe any page; the digest tells.
    html: { verdict: both({ digest: false }) },
    empty: { verdict: both({ digest: false }) },
  },
};

const OF_ANY_FILE = [
  "reply-dropped", "hangs", "delayed", "rate-limited", "error-but-done", "bad-gateway", "unavailable", "accepted",
];

/** The calls of a merchant; the last one is never signed. */
const CALLS = [
  "native", "query", "close", "refund", "refund-query", "abnormal-refund", "certificates", "echo", "bill",
];

/** Every pair of a merchant's call: `{ route, kind, ...what is known of it }`. */
export const PAIRS = [
  ...CALLS.flatMap((route) =>
    Object.entries({ ...ANSWERS, ...OWN[route] }).map(([kind, known]) => ({ route, kind, ...known }))),
  ...[...OF_ANY_FILE.map((kind) => [kind, ANSWERS[kind]]), ...Object.entries(OWN["bill-download"])]
    .map(([kind, known]) => ({ route: "bill-download", kind, ...known })),
];

/** A fault as the sandbox is asked for it. */
export const wish = ({ route, kind, wait_ms }, out_trade_no, times = 1) => ({
  route, kind, times, ...(out_trade_no && { out_trade_no }), ...(wait_ms && { delay_ms: wait_ms }),
});

/** A letter that is genuine, however odd: it opens, and tells what happened. */
const OPENS = both({ opens: true });
/** A letter that nobody believes. */
const SHUT = both({ shut: true });
/** It is signed, and does not open: one library throws, the other has nothing to say. */
const SEALED = {
  "wechatpay-axios-plugin": refuses(/unable to authenticate data|auth/i), wechatpayv3: { shut: true },
};

/**
 * What may go wrong with a notification, by kind: `verdict` by library; `tries`, what our Worker
 * answers to the first tries; `more`, so many seconds until the next one, where one comes all the same.
 */
export const NOTICES = {
  delayed: { wait_ms: 50, verdict: OPENS, tries: [200] },
  dropped: { verdict: OPENS, tries: [undefined, 200], more: 16 },
  duplicated: { verdict: OPENS, tries: [200], letters: 2 },
  repeated: { verdict: OPENS, tries: [200, 200], more: 16, letters: 2 },
  // Neither library looks at the age of a letter; whoever uses them has to.
  stale: { verdict: OPENS, tries: [401, 200], more: 16 },
  future: { verdict: OPENS, tries: [401, 200], more: 16 },
  tampered: { verdict: SHUT, tries: [401, 200], more: 16 },
  "probe-signed": { verdict: SHUT, tries: [401, 200], more: 16 },
  "probe-garbled": { verdict: SHUT, tries: [401, 200], more: 16 },
  "wrong-signature": { verdict: SHUT, tries: [401, 200], more: 16 },
  "unknown-serial": { verdict: SHUT, tries: [401, 200], more: 16 },
  "headers-missing": {
    verdict: {
      "wechatpay-axios-plugin": { shut: true }, wechatpayv3: refuses(/does not support this algorithm/),
    },
    tries: [401, 200],
    more: 16,
  },
  "key-switch": { verdict: OPENS, tries: [200] },
  "other-key": { verdict: SEALED, tries: [500, 200], more: 16 },
  damaged: { verdict: SEALED, tries: [500, 200], more: 16 },
  "empty-associated-data": { verdict: OPENS, tries: [200] },
  "missing-associated-data": { verdict: OPENS, tries: [200] },
  "amount-changed": { verdict: both({ opens: true, one_fen_more: true }), tries: [200], conflict: true },
  "extra-fields": { verdict: OPENS, tries: [200] },
  whitespace: { verdict: OPENS, tries: [200] },
};
