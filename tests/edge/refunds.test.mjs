// Money goes back, through the real Worker and the real sandbox: in parts, in doubt, short of funds,
// another way, and told by others. Whatever goes wrong, one wish of the shop's is one refund.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";

import { REFUND_PATH, deliver, delivered, refundLetter } from "../harness/notification.mjs";
import { Shop, assertProblem } from "../harness/shop.mjs";
import { openStage, useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";
import { PARTNER_KEY, Worker, partnerVariables } from "../harness/worker.mjs";

const stage = useStage({ overrides: partnerVariables });

/** A checkout of 88 yuan that was paid. */
async function paid(shop = stage.shop, overrides = {}) {
  const opened = await shop.opened(overrides);
  await stage.sandbox.pay(opened.attempt.code_url);
  return shop.untilPaid(opened.id);
}

/** Lets business time pass until the refund fits. */
function untilInTime(number, what, fits, shop = stage.shop) {
  return until(what, async () => {
    const view = await shop.refund(number);
    if (fits(view)) return view;
    await stage.sandbox.advance(30);
    return false;
  });
}

const untilStatus = (number, status, shop) =>
  untilInTime(number, `${number} is ${status}`, (view) => view.status === status, shop);

/** A refund that is under way. */
async function refunded(checkout, fen = 4_000) {
  const reply = await stage.shop.giveBack(checkout.id, { amount: { total: fen, currency: "CNY" } });
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  return reply.body;
}

/** The platform knows one refund of the checkout's payment, and it is this one. */
async function assertTheOnlyOne(checkout, view) {
  const known = await stage.sandbox.refundsOf(checkout.attempt.out_trade_no);
  assert.deepEqual(known.map((refund) => refund.out_refund_no), [view.out_refund_no]);
}

test("a refund is accepted at once and ends by the platform's notification", async () => {
  const { sandbox, shop } = stage;
  const checkout = await paid();
  const view = await refunded(checkout);
  assert.equal(view.status, "processing");
  assert.equal(view.checkout, checkout.id);
  assert.equal(view.transaction_id, checkout.payment.transaction_id);
  assert.match(view.out_refund_no, new RegExp(`^${checkout.id.slice(4)}r01[a-z2-7]{8}$`));
  await sandbox.advance(25);
  const ended = await until("told", async () => {
    const now = await shop.refund(view.out_refund_no);
    return now.status === "success" && now;
  });
  assert.equal(typeof ended.success_time, "string");
  const after = await shop.checkout(checkout.id);
  assert.equal(after.status, "paid");
  assert.deepEqual([after.refunded, after.refunds], [4_000, 1]);
  await assertTheOnlyOne(checkout, view);
  const told = await sandbox.notificationsOf(checkout.attempt.out_trade_no);
  assert.ok(told.every(({ attempts }) => attempts.length === 1), "accepted at the first try");
  assert.equal(told.length, 2);
});

test("the same reference is the same refund, and with other content it is refused", async () => {
  const { shop } = stage;
  const checkout = await paid();
  const wish = { reference: "R-1", amount: { total: 1_000, currency: "CNY" }, reason: "一包退回" };
  const first = await shop.giveBack(checkout.id, wish);
  assert.equal(first.status, 201);
  assert.equal(first.body.reason, "一包退回");
  const again = await shop.giveBack(checkout.id, wish);
  assert.equal(again.status, 200);
  assert.equal(again.body.out_refund_no, first.body.out_refund_no);
  const other = await shop.giveBack(checkout.id, { ...wish, amount: { total: 1_001 } });
  assertProblem(other, 409, "reference_taken");
  await assertTheOnlyOne(checkout, first.body);
});

test("ten at once, and no more goes back than was paid", async () => {
  const { shop } = stage;
  const checkout = await paid();
  const wishes = Array.from({ length: 10 }, () => shop.giveBack(checkout.id, { amount: { total: 3_000 } }));
  const replies = await Promise.all(wishes);
  assert.equal(replies.filter(({ status }) => status === 201).length, 2);
  for (const reply of replies.filter(({ status }) => status !== 201)) {
    assertProblem(reply, 409, "refund_exceeds_payment");
  }
  const list = await shop.refunds(checkout.id);
  assert.equal(list.length, 2);
  for (const { out_refund_no: number } of list) await untilStatus(number, "success");
  assert.equal((await shop.checkout(checkout.id)).refunded, 6_000);
  assert.equal((await stage.sandbox.refundsOf(checkout.attempt.out_trade_no)).length, 2);
});

test("refunds of one payment are a minute apart", async () => {
  const checkout = await paid();
  await refunded(checkout, 1_000);
  const second = await refunded(checkout, 2_000);
  assert.deepEqual([second.status, second.waiting_for], ["queued", "turn"]);
  await stage.sandbox.advance(30);
  assert.equal((await stage.shop.refund(second.out_refund_no)).status, "queued");
  await stage.sandbox.advance(31);
  assert.equal((await stage.shop.refund(second.out_refund_no)).status, "processing");
});

test("what nobody has paid, and what nobody knows, is not refunded", async () => {
  const { shop } = stage;
  const open = await shop.opened();
  assertProblem(await shop.giveBack(open.id, {}), 409, "not_paid");
  assertProblem(await shop.giveBack(`chk_${"a".repeat(20)}`, {}), 404, "checkout_not_found");
  const checkout = await paid();
  const another = { transaction_id: "4200000000000000000000000000" };
  assertProblem(await shop.giveBack(checkout.id, another), 409, "not_paid");
  for (const number of [`${"a".repeat(20)}r01${"b".repeat(8)}`, "R20250101000001"]) {
    const reply = await shop.ask("GET", `/v1/refunds/${number}`, { bearer: shop.secretKey });
    assertProblem(reply, 404, "refund_not_found");
  }
  for (const bearer of [undefined, "not-a-key-0123456789abcdefghijklmnop"]) {
    const reply = await shop.ask("GET", `/v1/checkouts/${checkout.id}/refunds`, { bearer });
    assertProblem(reply, 401, "unauthorized");
  }
});

const IN_DOUBT = [
  "reply-dropped", "error-but-done", "unsigned", "probe-signed", "rate-limited", "rate-limited-but-done",
];

for (const kind of IN_DOUBT) {
  test(`after an answer that was ${kind} there is one refund, under the same number`, async () => {
    const { sandbox } = stage;
    const checkout = await paid();
    const number = checkout.attempt.out_trade_no;
    await sandbox.faults({ route: "refund", out_trade_no: number, kind, times: 1 });
    const view = await refunded(checkout);
    await sandbox.faults();
    assert.deepEqual([view.status, view.waiting_for], ["queued", "answer"], "nothing is promised");
    await untilStatus(view.out_refund_no, "success");
    await assertTheOnlyOne(checkout, view);
  });
}

test("an empty balance is waited for, and the same number goes through in the end", async () => {
  const { sandbox, shop } = stage;
  const checkout = await paid();
  const number = checkout.attempt.out_trade_no;
  await sandbox.faults({ route: "refund", out_trade_no: number, kind: "not-enough", times: 2 });
  const view = await refunded(checkout);
  assert.deepEqual([view.status, view.waiting_for], ["queued", "balance"]);
  assert.equal(view.wechatpay.code, "NOT_ENOUGH");
  const taken = await shop.giveBack(checkout.id, { amount: { total: 8_000 } });
  assertProblem(taken, 409, "refund_exceeds_payment");
  const ended = await untilStatus(view.out_refund_no, "success");
  assert.equal(ended.wechatpay, undefined);
  await assertTheOnlyOne(checkout, view);
});

test("a refund that failed for good frees its sum for another number", async () => {
  const { sandbox } = stage;
  const checkout = await paid();
  const number = checkout.attempt.out_trade_no;
  await sandbox.faults({ route: "refund", out_trade_no: number, kind: "closed", times: 1 });
  const failed = await refunded(checkout, 8_800);
  await untilStatus(failed.out_refund_no, "closed");
  await sandbox.advance(60);
  const next = await refunded(checkout, 8_800);
  assert.notEqual(next.out_refund_no, failed.out_refund_no);
  await untilStatus(next.out_refund_no, "success");
});

test("what the platform refuses is closed, with its words", async () => {
  const { sandbox } = stage;
  const checkout = await paid();
  // A year later nothing can be refunded (protocol reference B.5).
  await sandbox.advance(366 * 86_400);
  const view = await refunded(checkout);
  assert.equal(view.status, "closed");
  assert.equal(view.wechatpay.code, "INVALID_REQUEST");
  assert.equal((await stage.shop.checkout(checkout.id)).refunded, 0);
});

const CARD = {
  type: "USER_BANK_CARD", bank_type: "ICBC_DEBIT", bank_account: "6222021234567890123", real_name: "张三",
};

// The sandbox really decrypts card and name; what does not open is refused there.
for (const [what, way] of [["the merchant's account", { type: "MERCHANT_BANK_CARD" }], ["another card", CARD]]) {
  test(`money that did not reach the payer goes to ${what}`, async () => {
    const { sandbox, shop } = stage;
    const checkout = await paid();
    const number = checkout.attempt.out_trade_no;
    await sandbox.faults({ route: "refund", out_trade_no: number, kind: "abnormal", times: 1 });
    const view = await refunded(checkout);
    assertProblem(await shop.redirect(view.out_refund_no, way), 409, "refund_not_abnormal");
    await untilStatus(view.out_refund_no, "abnormal");
    await sandbox.faults({ route: "abnormal-refund", out_trade_no: number, kind: "reply-dropped", times: 1 });
    const chosen = await shop.redirect(view.out_refund_no, way);
    assert.equal(chosen.status, 200, JSON.stringify(chosen.body));
    assert.deepEqual([chosen.body.status, chosen.body.waiting_for], ["abnormal", "answer"]);
    await untilStatus(view.out_refund_no, "success");
    await assertTheOnlyOne(checkout, view);
    const shown = JSON.stringify([await shop.refunds(checkout.id), stage.worker.words]);
    assert.ok(!shown.includes(CARD.bank_account) && !shown.includes(CARD.real_name));
  });
}

test("a card that cannot be meant is refused before anything is encrypted", async () => {
  const { shop } = stage;
  const checkout = await paid();
  const { out_refund_no: number } = await refunded(checkout);
  for (const way of [
    { ...CARD, bank_type: "ICBC_CREDIT" }, { ...CARD, bank_account: "" }, { ...CARD, real_name: 7 },
    { type: "USER_BANK_CARD" }, { type: "CASH" }, {},
  ]) {
    assertProblem(await shop.redirect(number, way), 400, "invalid_request");
  }
});

test("a refund that nobody was told of is found by asking", async () => {
  const { sandbox } = stage;
  const checkout = await paid();
  const number = checkout.attempt.out_trade_no;
  await sandbox.faults({ route: "notify", out_trade_no: number, kind: "dropped", times: 16 });
  const view = await refunded(checkout);
  await untilStatus(view.out_refund_no, "success");
  await sandbox.faults();
});

test("a notification of a refund is believed once, under a signature and nothing less", async () => {
  const { merchant, shop, worker } = stage;
  const checkout = await paid();
  const view = await refunded(checkout);
  const told = { ...about(checkout), out_refund_no: view.out_refund_no, refund_id: view.refund_id };
  const forged = refundLetter(merchant, told, { key: merchant.private_key_pem });
  assert.equal((await deliver(worker, forged, REFUND_PATH)).status, 401);
  assert.equal((await shop.refund(view.out_refund_no)).status, "processing");
  const genuine = refundLetter(merchant, told);
  await delivered(worker, genuine, REFUND_PATH);
  await delivered(worker, genuine, REFUND_PATH);
  const ended = await shop.refund(view.out_refund_no);
  assert.equal(ended.status, "success");
  const late = refundLetter(merchant, { ...told, refund_status: "ABNORMAL" });
  await delivered(worker, late, REFUND_PATH);
  assert.deepEqual(await shop.refund(view.out_refund_no), ended);
});

test("an amount that disagrees stops the refunds of that payment for a person", async () => {
  const { merchant, shop, worker } = stage;
  const checkout = await paid();
  const view = await refunded(checkout);
  const amount = { ...about(checkout).amount, refund: 4_001, payer_refund: 4_001 };
  const told = { ...about(checkout), out_refund_no: view.out_refund_no, amount };
  // Acknowledged: sending it again could not cure it.
  await delivered(worker, refundLetter(merchant, told), REFUND_PATH);
  const frozen = await shop.refund(view.out_refund_no);
  assert.equal(frozen.status, "processing");
  assert.equal(typeof frozen.conflict, "string");
  assertProblem(await shop.giveBack(checkout.id, { amount: { total: 1 } }), 409, "in_conflict");
});

test("a refund made elsewhere counts, and one of nobody's payment is kept and listed", async () => {
  const { merchant, shop, worker } = stage;
  const checkout = await paid();
  const elsewhere = { ...about(checkout), out_refund_no: "CONSOLE-1" };
  await delivered(worker, refundLetter(merchant, elsewhere), REFUND_PATH);
  const [listed] = await shop.refunds(checkout.id);
  assert.equal(listed.external, true);
  assert.deepEqual([listed.status, listed.amount.total], ["success", 4_000]);
  assertProblem(await shop.giveBack(checkout.id, { amount: { total: 4_801 } }), 409, "refund_exceeds_payment");
  await refunded(checkout, 4_800);

  const stray = { ...about(checkout), out_trade_no: "T20250101000001", out_refund_no: "R20250101000001" };
  const letter = refundLetter(merchant, stray);
  await delivered(worker, letter, REFUND_PATH);
  await delivered(worker, letter, REFUND_PATH);
  const kept = (await shop.orphans()).filter((orphan) => orphan.out_refund_no === "R20250101000001");
  assert.equal(kept.length, 1, "kept once");
  assert.deepEqual([kept[0].refund_status, kept[0].refund], ["SUCCESS", 4_000]);
});

test("a notification in the form of V2 is refused and changes nothing", async () => {
  const body = "<xml><return_code><![CDATA[SUCCESS]]></return_code><req_info>bm9uc2Vuc2U=</req_info></xml>";
  const letter = { headers: { "Content-Type": "text/xml" }, body };
  const reply = await deliver(stage.worker, letter, REFUND_PATH);
  assert.equal(reply.status, 401);
  assert.equal(JSON.parse(reply.body).code, "FAIL");
});

test("a service provider refunds for its sub-merchant, and others see nothing of it", async () => {
  const partner = new Shop(stage.worker, PARTNER_KEY);
  const [, second] = stage.merchant.partner.sub_merchants;
  const checkout = await paid(partner, { sub_mchid: second.sub_mchid });
  const reply = await partner.giveBack(checkout.id, { amount: { total: 4_000 } });
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  const number = reply.body.out_refund_no;
  const [known] = await stage.sandbox.refundsOf(checkout.attempt.out_trade_no);
  assert.equal(known.sub_mchid, second.sub_mchid);
  assert.match(known.notify_url, /\/wechatpay\/partner\/v3\/notify\/refunds$/);
  await untilStatus(number, "success", partner);

  const bearer = stage.shop.secretKey;
  const read = await stage.shop.ask("GET", `/v1/refunds/${number}`, { bearer });
  assertProblem(read, 404, "refund_not_found");
  const list = await stage.shop.ask("GET", `/v1/checkouts/${checkout.id}/refunds`, { bearer });
  assertProblem(list, 404, "checkout_not_found");
  assertProblem(await stage.shop.giveBack(checkout.id, {}), 404, "checkout_not_found");
});

test("a refund in doubt and one that waits outlive the Worker's process", async () => {
  const { sandbox, worker, bindings, close } = await openStage();
  const [kept, port] = [new Shop(worker), Number(new URL(worker.url).port)];
  let again;
  try {
    const opened = await kept.opened();
    await sandbox.pay(opened.attempt.code_url);
    const checkout = await kept.untilPaid(opened.id);
    const number = checkout.attempt.out_trade_no;
    await sandbox.faults({ route: "refund", out_trade_no: number, kind: "reply-dropped", times: 1 });
    const doubtful = (await kept.giveBack(checkout.id)).body;
    const waiting = (await kept.giveBack(checkout.id)).body;
    assert.deepEqual([doubtful.waiting_for, waiting.waiting_for], ["answer", "turn"]);
    await worker.pause();
    again = await Worker.start({ port, bindings, state: worker.state });
    const shop = new Shop(again);
    for (const view of [doubtful, waiting]) {
      await until(`${view.reference} is through`, async () => {
        await sandbox.advance(30);
        return (await shop.refund(view.out_refund_no)).status === "success";
      });
    }
    const known = (await sandbox.refundsOf(number)).map((refund) => refund.out_refund_no);
    assert.deepEqual(known, [waiting.out_refund_no, doubtful.out_refund_no]);
  } finally {
    await again?.stop();
    await close();
  }
});

/** A successful refund of 40 yuan of that payment, as a notification tells it (reference C.2). */
function about(checkout) {
  return {
    mchid: stage.merchant.mchid,
    out_trade_no: checkout.attempt.out_trade_no,
    transaction_id: checkout.payment.transaction_id,
    refund_id: `50300${randomUUID().replaceAll(/\D/g, "")}`.padEnd(28, "0").slice(0, 28),
    refund_status: "SUCCESS",
    success_time: "2026-11-21T12:00:05+08:00",
    user_received_account: "支付用户零钱",
    amount: { total: 8_800, refund: 4_000, payer_total: 8_800, payer_refund: 4_000 },
  };
}
