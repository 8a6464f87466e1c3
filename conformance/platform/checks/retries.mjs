// How often the platform tells (protocol reference C.3): until it is answered 200 or 204 in time, on the
// published schedule, and not once more.

import { expect } from "../../verdict.mjs";
import { SILENCE } from "../letterbox.mjs";

/** The waits after the first try and each further one, in seconds: 24 hours and 4 minutes in all (C.3). */
export const WAITS_S = [
  15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800, 3_600, 10_800, 10_800, 10_800, 21_600, 21_600,
];

/** A clock that is moved also goes by itself; so much earlier nothing may have come yet. */
const MARGIN_S = 6;

/** A clock that was moved has sent what came due; so long a slow one may take. */
const DUE_MS_MAX = 2_000;

/** A letter that was sent is here after so long; also how long we look for one that must not come. */
const GRACE_MS = 300;

const pause = (ms) => new Promise((resume) => setTimeout(resume, ms));

const check = (name, rule, expects, run, needs = []) => ({
  id: `notify.${name}`,
  rule,
  expects,
  needs: ["pay", ...needs],
  run,
});

/** A payment whose letters are answered by this plan, its first letter already there. */
async function answered(bench, ...plan) {
  const body = bench.order();
  bench.box.plan(body.out_trade_no, ...plan);
  const order = await bench.placed(body);
  await bench.pay(order.code_url);
  await bench.box.nth(order.number);
  return order;
}

/** How many letters have come an hour later. */
export async function lettersLater(bench, number) {
  await pause(GRACE_MS);
  await bench.driver.advance(3_600);
  await pause(GRACE_MS);
  return bench.box.at(number).length;
}

const accepts = (name, what, answer) =>
  check(
    name,
    "C.3",
    `${what} accepts: nothing more comes`,
    async (bench) => {
      const { number } = await answered(bench, answer);
      const count = await lettersLater(bench, number);
      expect(count === 1, `${count} notifications came`);
      return "one notification";
    },
    ["advance"],
  );

const repeats = (name, what, answer) =>
  check(
    name,
    "C.3",
    `${what} does not accept: it comes again`,
    async (bench) => {
      const { number } = await answered(bench, answer, 204);
      await pause(GRACE_MS);
      await bench.driver.advance(WAITS_S[0]);
      await bench.box.nth(number, 2, DUE_MS_MAX);
      return "it came again";
    },
    ["advance"],
  );

export const checks = [
  accepts("takes-200", "200", 200),
  accepts("takes-204", "204", 204),
  accepts("takes-200-fail", '200 with {"code":"FAIL"}', { status: 200, body: '{"code":"FAIL"}' }),
  ...[
    [201, "201"],
    [202, "202"],
    [302, "302"],
    [401, "401"],
    [404, "404"],
    [500, "500"],
    [503, "503"],
  ].map(([status, what]) =>
    repeats(`repeats-${status}`, what, {
      status,
      headers: status === 302 ? { Location: "/conformance/elsewhere" } : {},
    }),
  ),
  check(
    "five-seconds",
    "C.3",
    "an answer after 4 s is taken, none within 5 s is a failure",
    async (bench) => {
      const [slow, silent] = await Promise.all([
        answered(bench, { status: 204, after_ms: 4_000 }),
        answered(bench, SILENCE, 204),
      ]);
      await pause(5_600);
      await bench.driver.advance(WAITS_S[0]);
      await bench.box.nth(silent.number, 2, DUE_MS_MAX);
      const count = bench.box.at(slow.number).length;
      expect(count === 1, "what was answered after 4 s came again");
      return "4 s taken, silence repeated";
    },
    ["advance"],
  ),
  check(
    "fresh",
    "C.3",
    "the retry is signed anew: another nonce and signature, the same event",
    async (bench) => {
      const { number } = await answered(bench, 500, 204);
      await pause(GRACE_MS);
      await bench.driver.advance(WAITS_S[0]);
      const [one, two] = [await bench.notified(number), await bench.notified(number, { count: 2 })];
      for (const name of ["wechatpay-nonce", "wechatpay-signature"]) {
        expect(one.letter.headers[name] !== two.letter.headers[name], `the same ${name}`);
      }
      expect(JSON.stringify(one.inside) === JSON.stringify(two.inside), "it says something else");
      return "signed anew";
    },
    ["advance"],
  ),
  check(
    "schedule",
    "C.3",
    "refused 16 times: 15s 15s 30s 3m 10m 20m 30m ×3 60m 3h ×3 6h ×2 apart, then no more",
    schedule,
    ["advance", "now"],
  ),
];

/**
 * Steps from try to try. A platform may count from when a try was due or from when it was made, and its
 * clock also goes by itself: so early is early by the first reckoning, and late is late by the second.
 */
async function schedule(bench) {
  const { number } = await answered(bench, 500);
  const goTo = async (ms) => {
    const left_s = Math.ceil((ms - (await bench.driver.now())) / 1_000);
    if (left_s > 0) await bench.driver.advance(left_s);
    return left_s > 0;
  };
  let due = await bench.driver.now();
  let made = due;
  for (const [at, wait_s] of WAITS_S.entries()) {
    due += wait_s * 1_000;
    const isBefore = await goTo(due - MARGIN_S * 1_000);
    const early = isBefore && bench.box.at(number).length > at + 1;
    expect(!early, `retry ${at + 1} came more than ${MARGIN_S} s before its time`);
    await goTo(made + (wait_s + 1) * 1_000);
    const came = await bench.box.nth(number, at + 2, DUE_MS_MAX).catch(() => undefined);
    expect(came, `retry ${at + 1} did not come ${wait_s} s after the last try`);
    made = await bench.driver.now();
  }
  await bench.driver.advance(2 * 86_400);
  await pause(GRACE_MS);
  const count = bench.box.at(number).length;
  expect(count === WAITS_S.length + 1, `${count} tries`);
  return `${count} tries, each in its time`;
}
