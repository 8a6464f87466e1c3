// The path of every ordinary day: placed, paid, told, settled, once.

import assert from "node:assert/strict";
import { test } from "node:test";

import { delivered, envelope, genuine, signed, transaction } from "../harness/notification.mjs";
import { assertProblem } from "../harness/shop.mjs";
import { useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";

const stage = useStage();

test("a shop opens a checkout and gets a code that the platform knows", async () => {
  const opened = await stage.shop.opened({ reference: "A-1001" });
  assert.match(opened.id, /^chk_[a-z2-7]{20}$/);
  assert.equal(opened.status, "open");
  assert.equal(opened.reference, "A-1001");
  assert.deepEqual(opened.amount, { total: 8_800, currency: "CNY" });
  assert.match(opened.attempt.code_url, /^weixin:\/\//);
  assert.ok(opened.attempt.out_trade_no.startsWith(opened.id.slice("chk_".length)));
  assert.match(opened.expires_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/);
  assert.equal(typeof opened.client_token, "string");

  const order = await stage.sandbox.order(opened.attempt.out_trade_no);
  assert.equal(order.trade_state, "NOTPAY");
});

test("the same reference and content find the same checkout, at the platform too", async () => {
  const content = { reference: "A-1002" };
  const first = await stage.shop.opened(content);
  const again = await stage.shop.open(content);
  assert.equal(again.status, 200);
  assert.equal(again.body.id, first.id);
  assert.deepEqual(again.body.attempt, first.attempt);
});

test("the same reference with other content is refused", async () => {
  await stage.shop.opened({ reference: "A-1003" });
  const other = await stage.shop.open({ reference: "A-1003", description: "Pu'er" });
  assertProblem(other, 409, "reference_taken");
  const dearer = await stage.shop.open({
    reference: "A-1003", amount: { total: 8_801, currency: "CNY" },
  });
  assertProblem(dearer, 409, "reference_taken");
});

test("ten requests at once open one checkout and one order", async () => {
  const content = { reference: "A-1004" };
  const replies = await Promise.all(Array.from({ length: 10 }, () => stage.shop.open(content)));
  assert.deepEqual([...new Set(replies.map(({ status }) => status))].sort(), [200, 201]);
  assert.equal(replies.filter(({ status }) => status === 201).length, 1);
  const numbers = new Set(replies.map(({ body }) => body.attempt.out_trade_no));
  assert.equal(numbers.size, 1);
});

test("a payment on the phone settles the checkout by the platform's notification", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened();
  const { out_trade_no: number, transaction_id } = await sandbox.pay(opened.attempt.code_url);
  assert.equal(number, opened.attempt.out_trade_no);
  const paid = await shop.untilPaid(opened.id);
  assert.equal(paid.payment.transaction_id, transaction_id);
  assert.equal(paid.payment.total, 8_800);
  assert.equal(paid.payment.late, false);
  assert.equal(paid.phase, undefined);
  assert.equal(paid.attempt.code_url, undefined);
  assert.ok(paid.version > opened.version);

  const accepted = await until("the platform counts it as told", async () => {
    const [told] = await sandbox.notificationsOf(number);
    return JSON.stringify(told).includes("accepted") && told;
  });
  assert.equal(accepted.attempts.length, 1, "accepted at the first try");
});

test("a duplicate notification is acknowledged and changes nothing", async () => {
  const { merchant, shop, worker } = stage;
  const opened = await shop.opened();
  const letter = genuine(merchant, opened.attempt.out_trade_no);
  await delivered(worker, letter);
  const paid = await shop.untilPaid(opened.id);
  await delivered(worker, letter);
  assert.deepEqual(await shop.checkout(opened.id), paid);
});

test("a retry under a new notification id is acknowledged and changes nothing", async () => {
  const { merchant, shop, worker } = stage;
  const opened = await shop.opened();
  const paid = transaction(merchant, opened.attempt.out_trade_no);
  const letters = Array.from({ length: 5 }, () => signed(merchant, envelope(merchant, paid)));
  await Promise.all(letters.map((letter) => delivered(worker, letter)));
  const view = await shop.checkout(opened.id);
  assert.equal(view.status, "paid");
  assert.equal(view.payment.transaction_id, paid.transaction_id);
  assert.equal(view.conflict, undefined);
});

test("a duplicate from the platform itself settles the checkout once", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened();
  const number = opened.attempt.out_trade_no;
  await sandbox.faults({ route: "notify", out_trade_no: number, kind: "duplicated", times: 1 });
  await sandbox.pay(opened.attempt.code_url);
  const paid = await shop.untilPaid(opened.id);
  assert.equal(paid.conflict, undefined);
});

test("a second, different payment of one order freezes it for a person", async () => {
  const { merchant, shop, worker } = stage;
  const opened = await shop.opened();
  const number = opened.attempt.out_trade_no;
  await delivered(worker, genuine(merchant, number));
  const first = await shop.untilPaid(opened.id);
  await delivered(worker, genuine(merchant, number));
  const view = await shop.until(opened.id, "the conflict shows", ({ conflict }) => conflict);
  assert.equal(view.status, "paid");
  assert.equal(view.payment.transaction_id, first.payment.transaction_id);
});

test("a payment of the wrong amount is acknowledged, kept for a person, and not counted", async () => {
  const { merchant, shop, worker } = stage;
  const opened = await shop.opened();
  const amount = { total: 1, payer_total: 1, currency: "CNY", payer_currency: "CNY" };
  // Acknowledged: sending it again could not cure it.
  await delivered(worker, genuine(merchant, opened.attempt.out_trade_no, { amount }));
  const view = await shop.checkout(opened.id);
  assert.equal(view.status, "open");
  assert.equal(view.trouble, "conflict");
  assert.equal(typeof view.conflict, "string");
  assert.equal(view.payment, undefined);

  const seen = await shop.look(opened.client_token);
  assert.equal(seen.body.trouble, "conflict");
  assert.equal(seen.body.code_url, undefined, "nobody is asked to pay again");
});

for (const [what, overrides] of [
  ["another merchant", { mchid: "1900000109" }],
  ["another app", { appid: "wxd678efh567hg6787" }],
]) {
  test(`a payment to ${what} is acknowledged and not counted`, async () => {
    const { merchant, shop, worker } = stage;
    const opened = await shop.opened();
    const letter = genuine(merchant, opened.attempt.out_trade_no, overrides);
    await delivered(worker, letter);
    const view = await shop.checkout(opened.id);
    assert.equal(view.status, "open");
    assert.equal(view.trouble, "conflict");
  });
}

test("a genuine notification for an unknown order is acknowledged and listed", async () => {
  const { merchant, shop, worker } = stage;
  const ours = `${"a".repeat(20)}01${"b".repeat(8)}`;
  for (const number of [ours, "T20250101000001"]) {
    const letter = genuine(merchant, number);
    await delivered(worker, letter);
    await delivered(worker, letter);
    const listed = (await shop.orphans()).filter(({ out_trade_no }) => out_trade_no === number);
    assert.equal(listed.length, 1, "kept once");
    assert.equal(listed[0].total, 8_800);
    assert.equal(listed[0].trade_state, "SUCCESS");
  }
});

test("a payment of a checkout's number with another tail is nobody's", async () => {
  const { merchant, shop, worker } = stage;
  const opened = await shop.opened();
  const number = `${opened.attempt.out_trade_no.slice(0, 22)}aaaaaaaa`;
  await delivered(worker, genuine(merchant, number));
  assert.equal((await shop.checkout(opened.id)).status, "open");
  assert.ok((await shop.orphans()).some(({ out_trade_no }) => out_trade_no === number));
});
