// What may become of a request on a bad day, by name.

/** How often each happens. */
export const FATES = {
  fine: 60,
  slow: 8,
  late: 3,
  lost: 5,
  unanswered: 5,
  failing: 6,
  broken: 4,
  busy: 3,
  busyInWords: 3,
  patient: 3,
  html: 3,
  empty: 2,
  other: 2,
  old: 5,
  stale: 2,
  taken: 1,
  forbidden: 1,
  missing: 1,
};

/** Lets one happen to `request`; `answer` is the Worker's own way, which takes effect. */
export function meet(fate, { storm, request, answer }) {
  const fates = {
    fine: answer,
    slow: () => storm.later(7_000, answer),
    late: () => storm.later(60_000, answer),
    lost() {},
    // It takes effect, and nobody hears of it.
    unanswered() {
      request.isLost = true;
      answer();
    },
    failing: () => storm.later(300, () => request.fail()),
    broken: () => say(500, { code: "internal" }),
    busy: () => say(429, { code: "too_many_requests" }, { "Retry-After": String(storm.dice.between(1, 120)) }),
    busyInWords: () => say(503, { code: "unavailable", retry_after_s: storm.dice.between(1, 20) }),
    patient: () => say(429, { code: "too_many_sessions" }),
    html: () => request.answer(200, "<!doctype html><title>Sign in</title>"),
    empty: () => request.answer(204),
    other: () => request.answer(200, JSON.stringify({ status: "ok", version: 99, amount: { total: 1 } })),
    old: () => (isOfOrder(storm.old) ? say(200, storm.old) : request.fail()),
    stale: () => (request.body ? request.fail() : runOut()),
    taken: () => (request.body ? say(409, { code: "reference_retired" }) : request.fail()),
    forbidden: () => request.answer(403, "<h1>Forbidden</h1>"),
    missing: () => say(404, { code: "checkout_not_found" }),
  };
  const say = (...said) => storm.later(400, () => storm.worker.answerNow(request, ...said));
  const id = request.headers.Authorization?.split(/[ .]/)[1];
  const isOfOrder = (view) => id && view?.client_token.startsWith(`${id}.`);
  /** The token is worth nothing any more. */
  const runOut = () => {
    storm.worker.byId.get(id).serial += 1;
    say(401, { code: "expired_token" });
  };
  fates[fate]();
}
