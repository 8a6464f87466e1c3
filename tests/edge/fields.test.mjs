// What an order may say besides what it must, and what a payment says besides its amount.

import assert from "node:assert/strict";
import { test } from "node:test";

import { delivered, envelope, signed, transaction } from "../harness/notification.mjs";
import { assertProblem } from "../harness/shop.mjs";
import { useStage } from "../harness/stage.mjs";

const stage = useStage();

// Protocol reference G.1, the body with every optional field.
const FIELDS = {
  attach: "cart=42",
  goods_tag: "WXG",
  support_fapiao: false,
  detail: {
    cost_price: 8_800,
    invoice_id: "INV-0001",
    goods_detail: [{
      merchant_goods_id: "SKU-88888", wechatpay_goods_id: "1001", goods_name: "红茶500g",
      quantity: 1, unit_price: 8_800,
    }],
  },
  scene_info: {
    payer_client_ip: "203.0.113.7",
    device_id: "POS-01",
    store_info: { id: "S-0001", name: "示例一店", area_code: "440305", address: "深圳市南山区示例路1号" },
  },
  settle_info: { profit_sharing: false },
};

test("every field of an order reaches the platform, and what it gives back reaches the shop", async () => {
  const opened = await stage.shop.opened(FIELDS);
  const order = await stage.sandbox.order(opened.attempt.out_trade_no);
  const { appid, mchid, description, out_trade_no, time_expire, notify_url, amount, ...rest } = order.request;
  assert.deepEqual(rest, FIELDS);
  assert.equal(time_expire, opened.expires_at);
  await stage.sandbox.pay(opened.attempt.code_url, { coupon: 300 });
  const { payment } = await stage.shop.untilPaid(opened.id);
  assert.equal(payment.attach, "cart=42");
  assert.deepEqual([payment.total, payment.payer_total], [8_800, 8_500]);
  assert.equal(payment.promotion_detail.length, 1);
  assert.equal(payment.promotion_detail[0].amount, 300);
});

test("a field that the platform would refuse is refused before anything is stored", async () => {
  for (const [fields, words] of [
    [{ attach: "x".repeat(128) }, /attach is 1 to 127 bytes/],
    [{ goods_tag: "🍵" }, /emoji/],
    [{ detail: { goods_detail: [] } }, /at least one item/],
    [{ scene_info: { device_id: "POS-01" } }, /payer_client_ip/],
    [{ settle_info: { profit_sharing: "no" } }, /boolean/],
    [{ limit_pay: ["no_credit"] }, /unknown field `limit_pay`/],
  ]) {
    const reply = await stage.shop.open(fields);
    assertProblem(reply, 400, "invalid_request");
    assert.match(reply.body.detail, words);
  }
});

test("the same reference with other fields is another purchase", async () => {
  const reference = "fields-conflict";
  await stage.shop.opened({ reference, attach: "one" });
  assertProblem(await stage.shop.open({ reference, attach: "two" }), 409, "reference_taken");
  assert.equal((await stage.shop.open({ reference, attach: "one" })).status, 200);
});

test("a state that nobody knows is shown in the platform's word and decides nothing", async () => {
  const opened = await stage.shop.opened();
  const number = opened.attempt.out_trade_no;
  const frozen = transaction(stage.merchant, number, { trade_state: "FROZEN" });
  await delivered(stage.worker, signed(stage.merchant, envelope(stage.merchant, frozen)));
  const seen = await stage.shop.checkout(opened.id);
  assert.equal(seen.attempt.unknown_trade_state, "FROZEN");
  assert.equal(seen.status, "open");
  await stage.sandbox.pay(opened.attempt.code_url);
  const paid = await stage.shop.untilPaid(opened.id);
  assert.equal(paid.attempt.unknown_trade_state, undefined);
});
