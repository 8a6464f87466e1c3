// Time passing, by the development clocks of sandbox and Worker together. Nothing here waits for
// the wall clock.

import assert from "node:assert/strict";
import { test } from "node:test";

import { delivered, genuine } from "../harness/notification.mjs";
import { assertProblem } from "../harness/shop.mjs";
import { useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const stage = useStage({ overrides: { CHECKOUT_LIFETIME_S: String(HOUR_S) } });

/** Lets business time pass in small steps until the checkout fits. */
function untilInTime(id, what, fits) {
  return until(what, async () => {
    const view = await stage.shop.checkout(id);
    if (fits(view)) return view;
    await stage.sandbox.advance(30);
    return false;
  });
}

test("an unpaid checkout expires, and its order is closed at the platform", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened();
  await sandbox.advance(HOUR_S + 1);
  const expired = await untilInTime(opened.id, "expired", ({ status }) => status === "expired");
  assert.equal(expired.attempt.code_url, undefined);
  const order = await sandbox.order(opened.attempt.out_trade_no);
  assert.equal(order.trade_state, "CLOSED", "said only after the platform confirmed it");
  const seen = await shop.look(opened.client_token);
  assert.equal(seen.body.status, "expired");
  assert.equal(seen.body.code_url, undefined);
});

test("a payment that nobody was told of is found before the checkout expires", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened();
  const number = opened.attempt.out_trade_no;
  await sandbox.faults({ route: "notify", out_trade_no: number, kind: "dropped", times: 16 });
  await sandbox.pay(opened.attempt.code_url);
  await sandbox.advance(HOUR_S + 1);
  const view = await untilInTime(opened.id, "decided", ({ status }) => status !== "open");
  await sandbox.faults();
  assert.equal(view.status, "paid", "query comes before close");
});

test("a checkout is not called expired while the platform cannot be asked", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened();
  const number = opened.attempt.out_trade_no;
  await sandbox.faults({ route: "query", out_trade_no: number, kind: "rate-limited", times: 3 });
  await sandbox.advance(HOUR_S + 1);
  const during = await shop.checkout(opened.id);
  assert.deepEqual([during.status, during.phase], ["open", "closing"]);
  const expired = await untilInTime(opened.id, "expired", ({ status }) => status === "expired");
  await sandbox.faults();
  assert.equal((await sandbox.order(number)).trade_state, "CLOSED");
  assert.equal(expired.status, "expired");
});

test("a notification that was lost comes again fifteen seconds later", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened();
  const number = opened.attempt.out_trade_no;
  await sandbox.faults({ route: "notify", out_trade_no: number, kind: "dropped", times: 1 });
  await sandbox.pay(opened.attempt.code_url);
  await until("the first try failed", async () =>
    (await sandbox.notificationsOf(number))[0]?.attempts.length === 1);
  await sandbox.advance(16);
  await shop.untilPaid(opened.id);
});

for (const kind of ["tampered", "stale", "probe-signed"]) {
  test(`a notification that was ${kind} is refused, and its retry settles the checkout`, async () => {
    const { sandbox, shop } = stage;
    const opened = await shop.opened();
    const number = opened.attempt.out_trade_no;
    await sandbox.faults({ route: "notify", out_trade_no: number, kind, times: 1 });
    await sandbox.pay(opened.attempt.code_url);
    await until("the first try was refused", async () => {
      const [told] = await sandbox.notificationsOf(number);
      return JSON.stringify(told?.attempts[0] ?? "").includes("401");
    });
    assert.equal((await shop.checkout(opened.id)).status, "open");
    await sandbox.advance(16);
    await shop.untilPaid(opened.id);
  });
}

test("a stale code is renewed by the same order while the checkout lives on", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened({ expires_in: 24 * HOUR_S });
  await sandbox.advance(2 * HOUR_S + MINUTE_S);
  const seen = await until("a fresh code", async () => {
    const { body } = await shop.look(opened.client_token);
    return body.code_url && body.code_url !== opened.attempt.code_url && body;
  });
  const view = await shop.checkout(opened.id);
  assert.equal(view.attempt.out_trade_no, opened.attempt.out_trade_no);
  await assert.rejects(sandbox.pay(opened.attempt.code_url), "the old code is void");
  await sandbox.pay(seen.code_url);
  await shop.untilPaid(opened.id);
});

test("a cancelled checkout is closed at the platform before it is called cancelled", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened();
  const reply = await shop.cancel(opened.id);
  assert.ok([200, 202].includes(reply.status), JSON.stringify(reply.body));
  const view = await untilInTime(opened.id, "cancelled", ({ status }) => status === "cancelled");
  assert.equal((await sandbox.order(opened.attempt.out_trade_no)).trade_state, "CLOSED");
  assert.equal(view.attempt.code_url, undefined);
  await assert.rejects(sandbox.pay(opened.attempt.code_url));
  assert.equal((await shop.cancel(opened.id)).status, 200, "again is no mistake");
});

test("a paid checkout cannot be cancelled", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened();
  await sandbox.pay(opened.attempt.code_url);
  await shop.untilPaid(opened.id);
  assertProblem(await shop.cancel(opened.id), 409, "already_paid");
});

test("money beats the cancel: what was paid just before is paid", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened();
  const number = opened.attempt.out_trade_no;
  await sandbox.faults({ route: "notify", out_trade_no: number, kind: "dropped", times: 16 });
  await sandbox.pay(opened.attempt.code_url);
  await shop.cancel(opened.id);
  const view = await untilInTime(opened.id, "decided", ({ status }) => status !== "open");
  await sandbox.faults();
  assert.equal(view.status, "paid");
});

test("money that comes after the end is never lost: it settles late", async () => {
  const { merchant, shop, worker } = stage;
  const opened = await shop.opened();
  await shop.cancel(opened.id);
  await untilInTime(opened.id, "cancelled", ({ status }) => status === "cancelled");
  const letter = genuine(merchant, opened.attempt.out_trade_no);
  await delivered(worker, letter);
  const view = await shop.checkout(opened.id);
  assert.equal(view.status, "paid");
  assert.equal(view.payment.late, true);
});
