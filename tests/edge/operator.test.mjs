// Money that settles nothing is set aside, and a person decides, or the profile's policy does.
//
// A payment that the sandbox does not know of is told by a genuine letter, written with its own key.
// Where a refund has to succeed, it is the other way round: such a letter settles the checkout first,
// and the payment that the sandbox does know is the second.

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";

import { NOTIFY_PATH, REFUND_PATH, delivered, genuine, refundLetter } from "../harness/notification.mjs";
import { assertProblem } from "../harness/shop.mjs";
import { openStage, useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";
import { OPERATOR_KEY, SECRET_KEY } from "../harness/worker.mjs";

const stage = useStage();

const transactionId = () => `4200000001202611${String(randomInt(1e11)).padStart(12, "0")}`;

/** WeChat Pay tells of a payment, as `changes` describe it. */
async function told({ merchant, worker }, number, changes = {}) {
  const transaction_id = transactionId();
  await delivered(worker, genuine(merchant, number, { transaction_id, ...changes }), NOTIFY_PATH);
  return transaction_id;
}

const wrongAmount = (on, number) =>
  told(on, number, { amount: { total: 8_801, payer_total: 8_801, currency: "CNY", payer_currency: "CNY" } });

/** The operator decides. */
const decide = ({ shop }, id, body, bearer = OPERATOR_KEY) =>
  shop.ask("POST", `/v1/checkouts/${id}/resolve`, { bearer, body });

const asideOf = ({ set_aside = [] }) => set_aside.map(({ transaction_id, reason, fate }) => [transaction_id, reason, fate]);

async function history({ shop }, id) {
  const reply = await shop.ask("GET", `/v1/checkouts/${id}/history`, { bearer: SECRET_KEY });
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  return reply.body.data.map(({ what, detail }) => (what === "resolved" ? `${what} ${detail}` : what));
}

/** A cancelled checkout that is paid all the same. */
async function paidLate(on) {
  const opened = await on.shop.opened();
  assert.equal((await on.shop.cancel(opened.id)).body.status, "cancelled");
  const transaction = await told(on, opened.attempt.out_trade_no);
  return { opened, transaction };
}

/** A checkout that is settled by one payment, and paid in the sandbox by another. */
async function paidTwice(on) {
  const opened = await on.shop.opened();
  const first = await told(on, opened.attempt.out_trade_no);
  const { transaction_id: second } = await on.sandbox.pay(opened.attempt.code_url);
  const view = await on.shop.until(opened.id, "the second is known", ({ set_aside }) => set_aside?.length === 1);
  assert.equal(view.payment.transaction_id, first);
  return { id: opened.id, first, second };
}

/** Waits until the payment has gone back to the payer. */
function returned({ sandbox, shop }, id, transaction) {
  return until("the payer has it back", async () => {
    const [refund] = (await shop.refunds(id)).filter((one) => one.transaction_id === transaction);
    if (refund?.status === "success") return refund;
    await sandbox.advance(30);
    return false;
  });
}

test("another amount freezes the checkout, and is settled by a person", async () => {
  const opened = await stage.shop.opened();
  const transaction_id = await wrongAmount(stage, opened.attempt.out_trade_no);
  const frozen = await stage.shop.checkout(opened.id);
  assert.deepEqual([frozen.status, frozen.trouble], ["open", "conflict"]);
  assert.deepEqual(asideOf(frozen), [[transaction_id, "amount", "held"]]);
  assert.match(frozen.conflict, /another amount than the order's.*8801 fen/);
  const settled = await decide(stage, opened.id, { transaction_id, how: "settle" });
  assert.equal(settled.status, 200, JSON.stringify(settled.body));
  assert.deepEqual([settled.body.status, settled.body.payment.total], ["paid", 8_801]);
  const again = await decide(stage, opened.id, { transaction_id, how: "settle" });
  assert.deepEqual([again.status, again.body.version], [200, settled.body.version], "said twice is said once");
  assertProblem(await decide(stage, opened.id, { transaction_id, how: "refund" }), 409, "in_conflict");
  assert.equal((await history(stage, opened.id)).filter((line) => line === "resolved settle").length, 1);
});

test("another amount goes back, and the checkout goes on", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened();
  const transaction_id = await wrongAmount(stage, opened.attempt.out_trade_no);
  const sent = await decide(stage, opened.id, { transaction_id, how: "refund" });
  assert.equal(sent.status, 200, JSON.stringify(sent.body));
  assert.deepEqual(asideOf(sent.body), [[transaction_id, "amount", "returning"]]);
  const [refund] = await shop.refunds(opened.id);
  assert.deepEqual([refund.transaction_id, refund.amount.total], [transaction_id, 8_801], "whole, and of that payment");
  await sandbox.pay(opened.attempt.code_url);
  assert.equal((await shop.untilPaid(opened.id)).conflict, undefined);
});

test("another amount is dealt with elsewhere, and the checkout goes on", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened();
  const transaction_id = await wrongAmount(stage, opened.attempt.out_trade_no);
  const dismissed = await decide(stage, opened.id, { transaction_id, how: "dismiss" });
  assert.deepEqual(asideOf(dismissed.body), [[transaction_id, "amount", "dismissed"]]);
  assert.deepEqual([dismissed.body.trouble, dismissed.body.conflict], [undefined, undefined]);
  assert.deepEqual(await shop.refunds(opened.id), []);
  await sandbox.pay(opened.attempt.code_url);
  await shop.untilPaid(opened.id);
});

test("money of another merchant can only be dismissed", async () => {
  const opened = await stage.shop.opened();
  const transaction_id = await told(stage, opened.attempt.out_trade_no, { mchid: "1900009999" });
  const view = await stage.shop.checkout(opened.id);
  assert.deepEqual(asideOf(view), [[transaction_id, "merchant", "held"]]);
  for (const how of ["settle", "refund"]) {
    assertProblem(await decide(stage, opened.id, { transaction_id, how }), 409, "in_conflict");
  }
  const dismissed = await decide(stage, opened.id, { transaction_id, how: "dismiss" });
  assert.deepEqual([dismissed.status, dismissed.body.conflict], [200, undefined]);
});

test("only the operator decides, about payments that are there, in words that are known", async () => {
  const opened = await stage.shop.opened();
  const transaction_id = await wrongAmount(stage, opened.attempt.out_trade_no);
  const body = { transaction_id, how: "settle" };
  assertProblem(await decide(stage, opened.id, body, SECRET_KEY), 401, "unauthorized");
  assertProblem(await decide(stage, opened.id, body, opened.client_token), 401, "unauthorized");
  assertProblem(await decide(stage, opened.id, { ...body, how: "burn" }), 400, "invalid_request");
  assertProblem(await decide(stage, opened.id, { ...body, transaction_id: "1" }), 409, "not_paid");
  assertProblem(await decide(stage, `chk_${"a".repeat(20)}`, body), 404, "checkout_not_found");
  const after = await stage.shop.checkout(opened.id);
  assert.deepEqual(asideOf(after), [[transaction_id, "amount", "held"]]);
});

test("LATE_PAYMENTS = settle, by default: a late payment settles, and says so", async () => {
  const { opened, transaction } = await paidLate(stage);
  const { status, payment, set_aside } = await stage.shop.checkout(opened.id);
  assert.deepEqual([status, payment.transaction_id, payment.late, set_aside], ["paid", transaction, true, undefined]);
});

test("SECOND_PAYMENTS = hold, by default: a second payment waits, and goes back when a person says so", async () => {
  const { id, second } = await paidTwice(stage);
  const held = await stage.shop.checkout(id);
  assert.deepEqual(asideOf(held), [[second, "second_payment", "held"]]);
  assertProblem(await decide(stage, id, { transaction_id: second, how: "settle" }), 409, "in_conflict");
  const sent = await decide(stage, id, { transaction_id: second, how: "refund" });
  assert.equal(sent.status, 200, JSON.stringify(sent.body));
  const refund = await returned(stage, id, second);
  assert.equal(refund.amount.total, 8_800);
  assert.equal((await stage.shop.checkout(id)).status, "paid", "the first payment stays");
});

test("LATE_PAYMENTS and SECOND_PAYMENTS = refund: both go back by themselves", async () => {
  const on = await openStage({ overrides: { LATE_PAYMENTS: "refund", SECOND_PAYMENTS: "refund" } });
  try {
    const { opened, transaction } = await paidLate(on);
    const late = await on.shop.checkout(opened.id);
    assert.deepEqual([late.status, asideOf(late)], ["cancelled", [[transaction, "late", "returning"]]]);
    const refund = await until("it is applied for", async () => (await on.shop.refunds(opened.id))[0]);
    assert.deepEqual([refund.transaction_id, refund.amount.total], [transaction, 8_800]);
    const { id, second } = await paidTwice(on);
    await returned(on, id, second);
    assert.equal((await on.sandbox.refundsOf((await on.shop.checkout(id)).attempt.out_trade_no)).length, 1);
  } finally {
    await on.close();
  }
});

test("LATE_PAYMENTS = hold: a late payment waits, and settles when a person says so", async () => {
  const on = await openStage({ overrides: { LATE_PAYMENTS: "hold" } });
  try {
    const { opened, transaction } = await paidLate(on);
    const held = await on.shop.checkout(opened.id);
    assert.deepEqual([held.status, asideOf(held)], ["cancelled", [[transaction, "late", "held"]]]);
    const settled = await decide(on, opened.id, { transaction_id: transaction, how: "settle" });
    assert.deepEqual([settled.body.status, settled.body.payment.late], ["paid", true]);
  } finally {
    await on.close();
  }
});

test("a frozen ledger of refunds goes on once the operator accepts what WeChat Pay tells", async () => {
  const { merchant, sandbox, shop, worker } = stage;
  const opened = await shop.opened();
  await sandbox.pay(opened.attempt.code_url);
  const { id, payment } = await shop.untilPaid(opened.id);
  const { body: first } = await shop.giveBack(id);
  const letter = refundLetter(merchant, {
    mchid: merchant.mchid, out_trade_no: opened.attempt.out_trade_no, transaction_id: payment.transaction_id,
    out_refund_no: first.out_refund_no, refund_id: first.refund_id, refund_status: "SUCCESS",
    success_time: "2026-11-21T12:00:00+08:00", user_received_account: "支付用户零钱",
    amount: { total: 8_800, refund: 101, payer_total: 8_800, payer_refund: 101 },
  });
  await delivered(worker, letter, REFUND_PATH);
  const [frozen] = await shop.refunds(id);
  assert.deepEqual([frozen.disagreement, typeof frozen.conflict], ["amount", "string"]);
  assertProblem(await shop.giveBack(id), 409, "in_conflict");
  const accept = (body, bearer = OPERATOR_KEY) =>
    shop.ask("POST", `/v1/refunds/${first.out_refund_no}/resolve`, { bearer, body });
  assertProblem(await accept({ disagreement: "amount" }, SECRET_KEY), 401, "unauthorized");
  assertProblem(await accept({ disagreement: "end" }), 409, "in_conflict");
  const accepted = await accept({ disagreement: "amount" });
  assert.equal(accepted.status, 200, JSON.stringify(accepted.body));
  assert.deepEqual(
    [accepted.body.status, accepted.body.amount.total, accepted.body.conflict], ["success", 101, undefined],
  );
  assert.deepEqual((await accept({ disagreement: "amount" })).body, accepted.body);
  assert.equal((await shop.giveBack(id)).status, 201, "the shop may refund again");
  assert.equal((await shop.checkout(id)).refunded, 101);
});
