// Orders of V2 are refunded, through the real Worker and the real sandbox: by V2 over mutual TLS, where
// the sandbox really looks at the certificate, or by APIv3; and refunds that others make are heard, in
// the form of V2, whatever the merchant's own orders go by.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

import { deliver, delivered } from "../harness/notification.mjs";
import { SANDBOX } from "../harness/project.mjs";
import { Shop, assertProblem } from "../harness/shop.mjs";
import { openStage, useStage } from "../harness/stage.mjs";
import {
  V2_PAYMENT_PATH, V2_REFUND_PATH, WITHOUT_V3, certified, v2PaymentLetter, v2RefundLetter, v2Variables,
} from "../harness/v2.mjs";
import { until } from "../harness/wait.mjs";
import { Worker } from "../harness/worker.mjs";

/** The binding that shows the merchant's certificate. */
const BOUND = async (sandbox, tlsPort) => ({
  WECHATPAY_MTLS: await certified(sandbox, tlsPort, sandbox.merchant),
});

/** A merchant who holds a V2 key and nothing else, with its certificate bound. */
const stage = useStage({
  overrides: (merchant) => ({ ...WITHOUT_V3, ...v2Variables(merchant) }),
  services: BOUND,
});

/** A V2 checkout of 88 yuan that was paid. */
async function paid({ sandbox, shop } = stage) {
  const opened = await shop.opened();
  await sandbox.pay(opened.attempt.code_url);
  return shop.untilPaid(opened.id);
}

/** A refund that is under way. */
async function refunded({ shop }, checkout, fen = 4_000) {
  const reply = await shop.giveBack(checkout.id, { amount: { total: fen, currency: "CNY" } });
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  return reply.body;
}

/** Lets business time pass, `step` seconds at a time, until the refund stands so. */
function untilStatus({ sandbox, shop }, number, status, step = 60) {
  return until(`${number} is ${status}`, async () => {
    const view = await shop.refund(number);
    if (view.status === status) return view;
    await sandbox.advance(step);
    return false;
  });
}

/** Paths of the calls that the platform has had about refunds, oldest first. */
async function refundCalls({ sandbox }) {
  const calls = await sandbox.requests({ limit: 1_000 });
  const paths = calls.map(({ target }) => target.split("?")[0]).reverse();
  return paths.filter((path) => path.includes("refund"));
}

/** The platform knows one refund of the checkout's payment, and it is this one. */
async function assertTheOnlyOne({ sandbox }, checkout, view) {
  const known = await sandbox.refundsOf(checkout.attempt.out_trade_no);
  assert.deepEqual(known.map((refund) => refund.out_refund_no), [view.out_refund_no]);
}

test("a refund by V2 is taken over mutual TLS, told of, asked about and ends", async () => {
  const { sandbox, shop } = stage;
  const checkout = await paid();
  const view = await refunded(stage, checkout);
  assert.equal(view.status, "processing", JSON.stringify(view));
  assert.equal(view.transaction_id, checkout.payment.transaction_id);
  await sandbox.advance(25);
  const ended = await until("told", async () => {
    const now = await shop.refund(view.out_refund_no);
    return now.status === "success" && now;
  });
  assert.equal(typeof ended.success_time, "string");
  assert.equal((await shop.checkout(checkout.id)).refunded, 4_000);
  await assertTheOnlyOne(stage, checkout, view);
  const calls = await refundCalls(stage);
  assert.deepEqual(calls, ["/secapi/pay/refund", "/pay/refundquery"], "applied, told, asked; no more");
  const told = await sandbox.notificationsOf(checkout.attempt.out_trade_no);
  assert.ok(told.every(({ attempts }) => attempts.length === 1), "accepted at the first try");
});

for (const kind of ["reply-dropped", "system-error", "tampered", "html"]) {
  test(`after an answer that was ${kind} there is one refund, under the same number`, async () => {
    const checkout = await paid();
    const number = checkout.attempt.out_trade_no;
    await stage.sandbox.faults({ route: "refund_v2", out_trade_no: number, kind, times: 1 });
    const view = await refunded(stage, checkout);
    await stage.sandbox.faults();
    assert.deepEqual([view.status, view.waiting_for], ["queued", "answer"], "nothing is promised");
    await untilStatus(stage, view.out_refund_no, "success");
    await assertTheOnlyOne(stage, checkout, view);
  });
}

test("money that did not reach the payer has no other way by V2", async () => {
  const { sandbox, shop } = stage;
  const checkout = await paid();
  const view = await refunded(stage, checkout);
  await sandbox.endRefund(view.out_refund_no, "ABNORMAL");
  await untilStatus(stage, view.out_refund_no, "abnormal");
  for (const way of [
    { type: "MERCHANT_BANK_CARD" },
    { type: "USER_BANK_CARD", bank_type: "ICBC_DEBIT", bank_account: "6222021234567890123", real_name: "张三" },
  ]) {
    assertProblem(await shop.redirect(view.out_refund_no, way), 409, "refund_made_by_v2");
  }
});

test("what is sealed under no key of ours is refused, and what is sealed is not believed", async () => {
  const { merchant, shop, worker } = stage;
  const checkout = await paid();
  const view = await refunded(stage, checkout);
  const told = { out_refund_no: view.out_refund_no, refund_status: "SUCCESS", refund_fee: "4000" };
  const other = v2RefundLetter(merchant, told, { key: "0123456789abcdefghijklmnopqrstuv" });
  const refused = await deliver(worker, other, V2_REFUND_PATH);
  assert.deepEqual([refused.status, /<return_code>.*FAIL/.test(refused.body)], [401, true], refused.body);
  // Whoever knows the key says that the money has arrived: the platform says that it has not.
  const early = await deliver(worker, v2RefundLetter(merchant, told), V2_REFUND_PATH);
  assert.equal(early.status, 500, early.body);
  assert.equal((await shop.refund(view.out_refund_no)).status, "processing");
  const stranger = v2RefundLetter(merchant, { ...told, out_refund_no: "NOBODYS-1" });
  assert.equal((await deliver(worker, stranger, V2_REFUND_PATH)).status, 500);
  assert.equal((await shop.refunds(checkout.id)).length, 1);
  // Nor does it have to say what has become of it.
  await stage.sandbox.endRefund(view.out_refund_no, "SUCCESS");
  const bare = v2RefundLetter(merchant, { out_refund_no: view.out_refund_no });
  const heard = await deliver(worker, bare, V2_REFUND_PATH);
  assert.deepEqual([heard.status, /SUCCESS/.test(heard.body)], [200, true], heard.body);
  assert.equal((await shop.refund(view.out_refund_no)).status, "success");
});

/** Whether the shop's list marks the checkout for a person. */
async function needsAttention({ shop }, id) {
  const list = await shop.ask("GET", "/v1/checkouts?attention=true", { bearer: shop.secretKey });
  return list.body.data.some((listed) => listed.id === id);
}

test("without a certificate nothing is stored; money that waits for one goes back by itself", async () => {
  let later;
  const own = await openStage({
    overrides: (merchant) => ({ ...WITHOUT_V3, ...v2Variables(merchant), SECOND_PAYMENTS: "refund" }),
    services: async (sandbox, tlsPort) => { later = await BOUND(sandbox, tlsPort); },
  });
  const { sandbox, shop, worker, merchant, bindings, close } = own;
  let again;
  try {
    // Told of one payment, and then of another, which alone the platform knows.
    const opened = await shop.opened();
    const first = v2PaymentLetter(merchant, opened.attempt.out_trade_no, `4200${"0".repeat(24)}`);
    await delivered(worker, first, V2_PAYMENT_PATH);
    const problem = await shop.giveBack(opened.id);
    assertProblem(problem, 501, "certificate_missing");
    assert.match(problem.body.detail, /^WECHATPAY_MTLS: /);
    const { transaction_id: second } = await sandbox.pay(opened.attempt.code_url);
    const held = await shop.until(opened.id, "the second is known", ({ set_aside }) => set_aside?.length);
    assert.deepEqual(held.set_aside.map(({ transaction_id, fate }) => [transaction_id, fate]), [[second, "returning"]]);
    await until("somebody is told", () => needsAttention(own, opened.id));
    assert.match(worker.words, /certificate_missing/);
    assert.deepEqual(await shop.refunds(opened.id), []);
    assert.deepEqual(await sandbox.refundsOf(opened.attempt.out_trade_no), []);

    await worker.pause();
    const port = Number(new URL(worker.url).port);
    again = await Worker.start({ port, bindings, state: worker.state, services: later });
    const bound = new Shop(again);
    const [back] = await until("it goes back", async () => {
      const refunds = await bound.refunds(opened.id);
      if (refunds.some(({ status }) => status === "success")) return refunds;
      await sandbox.advance(600);
      return false;
    });
    assert.deepEqual([back.reference, back.amount.total], [`return:${second}`, 8_800]);
    assert.equal((await sandbox.refundsOf(opened.attempt.out_trade_no)).length, 1);
  } finally {
    await again?.pause();
    await close();
  }
});

test("a certificate that goes missing loses no refund", async () => {
  const { sandbox, shop, worker, bindings, services, close } = await openStage({
    overrides: (merchant) => ({ ...WITHOUT_V3, ...v2Variables(merchant) }),
    services: BOUND,
  });
  const port = Number(new URL(worker.url).port);
  const start = (more) => Worker.start({ port, bindings, state: worker.state, ...more });
  let again;
  try {
    const checkout = await paid({ sandbox, shop });
    await refunded({ shop }, checkout, 1_000);
    const waiting = await refunded({ shop }, checkout, 2_000);
    assert.equal(waiting.waiting_for, "turn");
    await worker.pause();
    again = await start();
    await sandbox.advance(180);
    const kept = await new Shop(again).refund(waiting.out_refund_no);
    assert.deepEqual([kept.status, kept.waiting_for], ["queued", "answer"]);
    assert.match(again.words, /certificate_missing/);
    await again.pause();
    again = await start({ services });
    await untilStatus({ sandbox, shop: new Shop(again) }, waiting.out_refund_no, "success", 300);
    assert.equal((await sandbox.refundsOf(checkout.attempt.out_trade_no)).length, 2);
  } finally {
    await again?.pause();
    await close();
  }
});

test("a certificate that is not taken is no refusal: nobody has looked at the refund", async () => {
  const own = await openStage({
    overrides: (merchant) => ({ ...WITHOUT_V3, ...v2Variables(merchant) }),
    services: async (sandbox, tlsPort) => ({
      WECHATPAY_MTLS: await certified(sandbox, tlsPort, sandbox.merchant.partner),
    }),
  });
  try {
    const checkout = await paid(own);
    const view = await refunded(own, checkout);
    assert.deepEqual([view.status, view.waiting_for], ["queued", "answer"]);
    assert.match(view.wechatpay.message, /证书/);
    await own.sandbox.advance(600);
    const still = await own.shop.refund(view.out_refund_no);
    assert.deepEqual([still.status, still.waiting_for], ["queued", "answer"], "its sum stays spoken for");
  } finally {
    await own.close();
  }
});

test("an order of V2 is refunded by APIv3 where the merchant says so, and heard by it", async () => {
  const own = await openStage({
    overrides: (merchant) => ({ ...v2Variables(merchant), REFUNDS_API: "v3" }),
  });
  try {
    const checkout = await paid(own);
    const view = await refunded(own, checkout);
    assert.equal(view.status, "processing", JSON.stringify(view));
    await untilStatus(own, view.out_refund_no, "success");
    const calls = await refundCalls(own);
    assert.ok(calls.length > 0 && calls.every((path) => path.startsWith("/v3/refund/")), calls.join(" "));
    await assertTheOnlyOne(own, checkout, view);
  } finally {
    await own.close();
  }
});

/** A refund that somebody makes without us: signed by the merchant, and told to no address of ours. */
async function refundElsewhere(sandbox, checkout, number, fen) {
  const body = JSON.stringify({
    transaction_id: checkout.payment.transaction_id, out_refund_no: number,
    amount: { refund: fen, total: 8_800, currency: "CNY" },
  });
  const call = ["call", "POST", "/v3/refund/domestic/refunds", "--url", sandbox.url, "--body", body];
  await promisify(execFile)(SANDBOX, call);
}

for (const api of ["v3", "v2"]) {
  test(`a refund made at the platform's console is heard where orders go by ${api}`, async () => {
    const own = await openStage({ overrides: (merchant) => v2Variables(merchant, api) });
    const { sandbox, shop, worker, merchant } = own;
    try {
      const address = `${worker.url}${V2_REFUND_PATH}`;
      const set = await fetch(`${sandbox.url}/sandbox/addresses`, {
        method: "PUT",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ mchid: merchant.mchid, refund_notify_url: address }),
      });
      assert.equal(set.status, 200, await set.text());
      const checkout = await paid(own);
      await refundElsewhere(sandbox, checkout, "CONSOLE-1", 4_000);
      const [listed] = await until("it is heard", async () => {
        const refunds = await shop.refunds(checkout.id);
        if (refunds.length > 0) return refunds;
        await sandbox.advance(30);
        return false;
      });
      assert.deepEqual(
        [listed.external, listed.out_refund_no, listed.status, listed.amount.total],
        [true, "CONSOLE-1", "success", 4_000],
      );
      const rest = await shop.giveBack(checkout.id, { amount: { total: 4_801 } });
      const [status, code] = api === "v3" ? [409, "refund_exceeds_payment"] : [501, "certificate_missing"];
      assertProblem(rest, status, code);
    } finally {
      await own.close();
    }
  });
}
