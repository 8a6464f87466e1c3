// What an operator decides, as openapi.test.mjs asks for it: each answer is judged by `expect`.

import assert from "node:assert/strict";

import { REFUND_PATH, delivered, genuine, refundLetter } from "../harness/notification.mjs";
import { OPERATOR_KEY, SECRET_KEY } from "../harness/worker.mjs";

const FORM = { body: "x", headers: { "Content-Type": "text/plain" } };

/** A refund of a yuan ends by a yuan and a fen, and the operator accepts it. */
export async function refundIsResolved(expect, { merchant, sandbox, shop, worker }) {
  const opened = await shop.opened();
  await sandbox.pay(opened.attempt.code_url);
  const { id, payment } = await shop.untilPaid(opened.id);
  const { body: refund } = await shop.giveBack(id);
  const told = {
    mchid: merchant.mchid, out_trade_no: opened.attempt.out_trade_no, transaction_id: payment.transaction_id,
    out_refund_no: refund.out_refund_no, refund_id: refund.refund_id, refund_status: "SUCCESS",
    success_time: "2026-11-21T12:00:00+08:00", user_received_account: "支付用户零钱",
    amount: { total: 8_800, refund: 101, payer_total: 8_800, payer_refund: 101 },
  };
  await delivered(worker, refundLetter(merchant, told), REFUND_PATH);
  const of = { bearer: OPERATOR_KEY, params: refund };
  const body = { disagreement: "amount" };
  await expect(409, "resolveRefund", { ...of, body: { disagreement: "end" } });
  const { amount } = await expect(200, "resolveRefund", { ...of, body });
  assert.equal(amount.total, 101);
  await expect(200, "resolveRefund", { ...of, body: { ...body, checkout: id } });
  await expect(400, "resolveRefund", { ...of, body: { disagreement: "mood" } });
  await expect(401, "resolveRefund", { params: refund, body });
  await expect(404, "resolveRefund", { ...of, params: { out_refund_no: "nobody" }, body });
  await expect(413, "resolveRefund", { ...of, body: { ...body, checkout: "x".repeat(100_000) } });
  await expect(415, "resolveRefund", { ...of, ...FORM });
}

/** A payment of another amount is dismissed, and the history tells of it. */
export async function paymentIsResolved(expect, { merchant, shop, worker }) {
  const { id, attempt } = await shop.opened();
  const transaction_id = "4200000001202611210000000077";
  const amount = { total: 1, payer_total: 1, currency: "CNY", payer_currency: "CNY" };
  await delivered(worker, genuine(merchant, attempt.out_trade_no, { transaction_id, amount }));
  const body = { transaction_id, how: "dismiss" };
  const to = { bearer: OPERATOR_KEY, params: { id } };
  await expect(400, "resolveCheckout", { ...to, body: { ...body, how: "burn" } });
  await expect(409, "resolveCheckout", { ...to, body: { ...body, transaction_id: "1" } });
  await expect(200, "resolveCheckout", { ...to, body });
  await expect(401, "resolveCheckout", { params: { id }, body });
  await expect(404, "resolveCheckout", { ...to, params: { id: "nobody" }, body });
  await expect(413, "resolveCheckout", { ...to, body: { ...body, transaction_id: "x".repeat(100_000) } });
  await expect(415, "resolveCheckout", { ...to, ...FORM });
  const reader = { bearer: SECRET_KEY, params: { id } };
  const { data } = await expect(200, "readHistory", reader);
  assert.deepEqual(data.map(({ what }) => what), ["placed", "paid", "resolved"]);
  await expect(400, "readHistory", { ...to, query: "?profile=nobody" });
  await expect(401, "readHistory", { params: { id } });
  await expect(404, "readHistory", { ...reader, params: { id: "nobody" } });
}
