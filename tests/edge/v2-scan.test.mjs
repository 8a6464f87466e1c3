// A printed code at the real sandbox: its phone scans, it asks the Worker, believes the answer, and pays.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { OpenApi } from "../harness/openapi.mjs";
import { Receiver, SECRET, verified } from "../harness/receiver.mjs";
import { openStage } from "../harness/stage.mjs";
import { v2Variables } from "../harness/v2.mjs";
import { OPERATOR_KEY, PRODUCTS, partnerVariables } from "../harness/worker.mjs";

const api = new OpenApi();
const ON_SALE = { ...PRODUCTS, "keemun-200": { description: "Keemun 200 g", price: 7_600, sold_out: true } };

let receiver;
let stage;
before(async () => {
  receiver = await Receiver.start();
  stage = await openStage({ overrides: (merchant) => ({
    ...partnerVariables(merchant), ...v2Variables(merchant, "v3"),
    PARTNER__API_V2_KEY: merchant.partner.api_v2_key, PARTNER__SPBILL_CREATE_IP: "127.0.0.1",
    PRODUCTS: JSON.stringify(ON_SALE), WEBHOOK_URL: receiver.url, WEBHOOK_SECRETS: SECRET,
  }) });
  await stage.sandbox.addresses({ native_url: `${stage.worker.url}/wechatpay/v2/native` });
  const { sp_mchid: mchid } = stage.merchant.partner;
  await stage.sandbox.addresses({ mchid, native_url: `${stage.worker.url}/wechatpay/partner/v2/native` });
});
after(async () => {
  await stage?.close();
  await receiver?.stop();
});

/** What is printed for a product. */
async function printed(product, profile = "default") {
  const path = `/v1/products/${product}/code?profile=${profile}`;
  const { status, body } = await stage.shop.ask("GET", path, { bearer: OPERATOR_KEY });
  assert.equal(status, 200, JSON.stringify(body));
  return body.link;
}

const checkoutOf = (number) => `chk_${number.slice(0, 20)}`;

test("whoever scans pays, and the shop is told what was bought, by a checkout it never asked for", async () => {
  const link = await printed("oolong-250");
  const first = await stage.sandbox.pay(link, { payer: "ann" });
  const id = checkoutOf(first.out_trade_no);
  const view = await stage.shop.untilPaid(id);
  assert.deepEqual([view.source, view.product, view.api], ["counter", "oolong-250", "v2"]);
  const told = verified(await receiver.nth(1, id, "checkout.paid"));
  assert.equal(told.type, "checkout.paid");
  assert.deepEqual([told.data.source, told.data.product, told.data.api], ["counter", "oolong-250", "v2"]);
  api.tells(told);
  // The same payer buys another one, by the same paper.
  const second = await stage.sandbox.pay(link, { payer: "ann" });
  assert.notEqual(second.out_trade_no, first.out_trade_no);
  await stage.shop.untilPaid(checkoutOf(second.out_trade_no));
});

test("a callback that is sent twice is one order, and a forged one is none", async () => {
  const link = await printed("puer-cake");
  await stage.sandbox.faults({ route: "native_callback", kind: "duplicated", times: 1 });
  const scanned = await stage.sandbox.scan(link, "dora");
  const paid = await stage.sandbox.pay(link, { payer: "dora" });
  assert.equal(paid.out_trade_no, scanned.out_trade_no);
  await stage.sandbox.faults({ route: "native_callback", kind: "wrong-signature", times: 1 });
  await assert.rejects(stage.sandbox.pay(link, { payer: "eve" }), /callback_status/);
});

test("a sub-merchant's product is sold by its service provider's code", async () => {
  const { out_trade_no: number } = await stage.sandbox.pay(await printed("green-tea", "partner"), { payer: "bob" });
  const order = await stage.sandbox.order(number);
  assert.equal(order.sub_mchid, stage.merchant.partner.sub_merchants[1].sub_mchid);
});

test("what is sold out is told to the payer, in words", async () => {
  const link = await printed("keemun-200");
  await assert.rejects(stage.sandbox.pay(link, { payer: "cat" }), /callback_refused|商品已售罄/);
});
