// Bad days with names: each is asked for in one call, and our Worker comes out right.

import assert from "node:assert/strict";
import { test } from "node:test";

import { useStage } from "../harness/stage.mjs";
import {
  askedForBill, billed, bought, cancelled, givenBack, inTime, refundOf, settled, withCode,
} from "./shop-day.mjs";

const stage = useStage();

const play = (name, more = {}) => stage.sandbox.scenario(name, more);

/** Which faults have met whom so far: answers and letters are marked with theirs, and with no other. */
async function met() {
  const answers = await stage.sandbox.requests({ limit: 1_000 });
  const letters = (await stage.sandbox.notifications()).flatMap(({ id, attempts }) =>
    attempts.map(({ fault }, at) => ({ id: `${id} ${at}`, fault })));
  return new Map([...answers, ...letters].filter(({ fault }) => fault).map(({ id, fault }) => [id, fault]));
}

/** Made of keys and phones, and asserted where it is played; or a refund's end, likewise. */
const WITHOUT_A_MARK = [
  "key-switch", "public-key-only", "certificates-only", "certificate-rotation", "double-scan", "payer-refuses",
  "payer-waits", "refund-abnormal", "refund-closed",
];

/** An order that is open at `name`'s scenario, for it alone. */
async function openedUnder(name) {
  const opened = await stage.shop.opened();
  const { did } = await play(name, { out_trade_no: opened.attempt.out_trade_no });
  assert.ok(did.length > 0);
  return opened;
}

const pay = ({ attempt: { code_url } }, more) => stage.sandbox.pay(code_url, more);

/** Paid under a scenario, and in the end known to be. */
const toldUnder = (name) => async () => {
  const opened = await openedUnder(name);
  await pay(opened);
  await settled(stage, opened);
  const [{ attempts }] = await stage.sandbox.notificationsOf(opened.attempt.out_trade_no);
  return attempts.map(({ status }) => status);
};

/** The first try is refused, whatever has told the Worker since. */
const refusedUnder = (name) => async () => {
  const [first] = await toldUnder(name)();
  assert.equal(first, 401);
};

const refundUnder = (name, end) => async () => {
  const view = await bought(stage);
  await play(name, { out_trade_no: view.attempt.out_trade_no });
  await givenBack(stage, view, await refundOf(stage, view), end);
};

const billUnder = (name, told) => async () => {
  await billed(stage);
  await play(name);
  assert.equal(await askedForBill(stage), told);
  assert.equal(await askedForBill(stage), "whole");
};

/** An order that is closed, one that is paid, and a part of it that goes back. */
const dayUnder = (name) => async () => {
  await play(name);
  const given_up = (await stage.shop.open()).body;
  await cancelled(stage, await withCode(stage, given_up));
  // What this order had no use for would make the next one's day twice as bad.
  await stage.sandbox.faults();
  await play(name);
  const opened = (await stage.shop.open()).body;
  const view = await withCode(stage, opened);
  await pay(view);
  await settled(stage, { ...opened, ...view });
  await givenBack(stage, view, await refundOf(stage, view));
  await stage.sandbox.faults();
};

/** A purchase under other keys of the platform's, which are as they were afterwards. */
const keysUnder = (name) => async () => {
  const before = await stage.sandbox.keys({});
  await play(name);
  try {
    assert.notDeepEqual(await stage.sandbox.keys({}), before, "other keys are in force");
    await settled(stage, await boughtInTime());
  } finally {
    await stage.sandbox.keys({
      mode: "both", certificates: 1, sign_notifications: stage.merchant.platform_public_key_id,
    });
  }
};

async function boughtInTime() {
  const opened = await withCode(stage, (await stage.shop.open()).body);
  await pay(opened);
  return opened;
}

/** Somebody holds the order on another phone, and has not paid yet. */
const phoneUnder = (name, isHeld) => async () => {
  const opened = await openedUnder(name);
  const { trade_state } = await stage.sandbox.order(opened.attempt.out_trade_no);
  assert.equal(trade_state, "NOTPAY");
  assert.equal((await stage.shop.look(opened.client_token)).body.phase, "waiting");
  if (isHeld) await assert.rejects(pay(opened, { payer: "somebody-else" }), /other_payer/);
  await pay(opened);
  await settled(stage, opened);
};

const PLAYS = {
  async "lost-notification"() {
    const opened = await openedUnder("lost-notification");
    await pay(opened);
    const look = () => stage.shop.ask("POST", "/v1/session/check", { bearer: opened.client_token });
    assert.equal((await look()).body.status, "paid", "whoever asks finds it");
    await settled(stage, opened);
    await stage.sandbox.faults();
  },
  "late-notification": toldUnder("late-notification"),
  async "duplicate-notifications"() {
    const opened = await openedUnder("duplicate-notifications");
    await pay(opened);
    const { version } = await stage.shop.untilPaid(opened.id);
    await stage.sandbox.advance(16);
    await stage.sandbox.advance(16);
    const [{ attempts }] = await stage.sandbox.notificationsOf(opened.attempt.out_trade_no);
    assert.deepEqual(attempts.map(({ status }) => status), [200, 200, 200]);
    assert.equal((await stage.shop.checkout(opened.id)).version, version, "nothing changes by hearing it again");
    await settled(stage, opened);
  },
  "concurrent-notifications": toldUnder("concurrent-notifications"),
  async "notification-before-reply"() {
    await play("notification-before-reply");
    const { status, body } = await stage.shop.open();
    assert.equal(status, 201);
    await settled(stage, body);
  },
  "forged-notification": refusedUnder("forged-notification"),
  probe: refusedUnder("probe"),
  "stale-notification": refusedUnder("stale-notification"),
  async "amount-mismatch"() {
    const opened = await openedUnder("amount-mismatch");
    await pay(opened);
    await inTime(stage, "a person is called", async () => (await stage.shop.checkout(opened.id)).conflict);
    assert.notEqual((await stage.shop.look(opened.client_token)).body.status, "paid");
  },
  "key-switch": keysUnder("key-switch"),
  "public-key-only": keysUnder("public-key-only"),
  "certificates-only": keysUnder("certificates-only"),
  "double-scan": phoneUnder("double-scan", true),
  "payer-refuses": phoneUnder("payer-refuses", false),
  "payer-waits": phoneUnder("payer-waits", true),
  async "paid-while-closing"() {
    const opened = await openedUnder("paid-while-closing");
    // 202 where the platform's no to the closing has come, and its word about the payment has not.
    assert.ok([202, 409].includes((await stage.shop.cancel(opened.id)).status));
    await settled(stage, opened);
  },
  async "lost-order-reply"() {
    await play("lost-order-reply");
    await settled(stage, await boughtInTime());
  },
  async "lost-close-reply"() {
    await cancelled(stage, await openedUnder("lost-close-reply"));
  },
  "lost-refund-reply": refundUnder("lost-refund-reply"),
  "refund-abnormal": refundUnder("refund-abnormal", "abnormal"),
  "refund-closed": refundUnder("refund-closed", "closed"),
  "refund-not-enough": refundUnder("refund-not-enough"),
  "rate-limit": dayUnder("rate-limit"),
  outage: dayUnder("outage"),
  "gateway-trouble": dayUnder("gateway-trouble"),
  "bad-day": dayUnder("bad-day"),
  "bill-late": billUnder("bill-late", "409 bill_not_ready"),
  "bill-missing": billUnder("bill-missing", "404 no_bill"),
  "bill-wrong-hash": billUnder("bill-wrong-hash", "502 bill_corrupt"),
  "bill-expired": billUnder("bill-expired", "502 wechatpay_refused"),
  // The last one: from then on the platform has another certificate.
  "certificate-rotation": keysUnder("certificate-rotation"),
};

for (const [name, played] of Object.entries(PLAYS)) {
  test(`the Worker: ${name}`, async () => {
    const before = await met();
    await played();
    const happened = [...await met()].filter(([id]) => !before.has(id)).map(([, fault]) => fault);
    // A day on which nothing went wrong comes right by itself.
    if (!WITHOUT_A_MARK.includes(name)) assert.ok(happened.length > 0, "nothing went wrong");
  });
}

test("every scenario that the sandbox knows is played here, and no other", async () => {
  const known = (await stage.sandbox.knownScenarios()).map(({ name }) => name);
  assert.deepEqual(Object.keys(PLAYS).sort(), known.sort());
});
