// Several merchants in one deployment: a direct one, and a service provider with sub-merchants.
// Neither sees anything of the other.

import assert from "node:assert/strict";
import { test } from "node:test";

import { deliver, envelope, genuine, signed, transaction } from "../harness/notification.mjs";
import { Shop, assertProblem } from "../harness/shop.mjs";
import { useStage } from "../harness/stage.mjs";
import { PARTNER_KEY, partnerVariables } from "../harness/worker.mjs";

const PARTNER_PATH = "/wechatpay/partner/v3/notify/transactions";

const stage = useStage({ overrides: partnerVariables });

/** The service provider's shop, and its two sub-merchants. */
function partners() {
  const [first, second] = stage.merchant.partner.sub_merchants;
  return { partner: new Shop(stage.worker, PARTNER_KEY), first, second };
}

/** The partner's transaction, in the names of reference B.3. */
function partnerTransaction(outTradeNo, overrides = {}) {
  const { mchid, appid, payer, ...rest } = transaction(stage.merchant, outTradeNo);
  const { first } = partners();
  const { sp_mchid, sp_appid } = stage.merchant.partner;
  return { ...rest, sp_mchid, sp_appid, sub_mchid: first.sub_mchid, payer: { sp_openid: "oSP" }, ...overrides };
}

const asPartner = () => ({ ...stage.merchant, api_v3_key: stage.merchant.partner.api_v3_key });

test("a service provider's order is paid to the sub-merchant that was chosen", async () => {
  const { partner, second } = partners();
  const opened = await partner.opened({ sub_mchid: second.sub_mchid });
  assert.equal(opened.sub_mchid, second.sub_mchid);
  const { transaction_id } = await stage.sandbox.pay(opened.attempt.code_url);
  const paid = await partner.untilPaid(opened.id);
  assert.equal(paid.payment.transaction_id, transaction_id);
  assert.equal(typeof paid.payment.openid, "string");
  assert.equal(typeof paid.payment.sub_openid, "string", "the order named the sub-merchant's app");
  assert.notEqual(paid.payment.openid, paid.payment.sub_openid);
});

test("queries and closing name both merchants", async () => {
  const { partner, first } = partners();
  const opened = await partner.opened({ sub_mchid: first.sub_mchid });
  const cancelled = await partner.cancel(opened.id);
  assert.equal(cancelled.status, 200, JSON.stringify(cancelled.body));
  assert.equal(cancelled.body.status, "cancelled");
});

test("a sub-merchant that is not configured is refused, and so is none", async () => {
  const { partner, first } = partners();
  const refused = [{ sub_mchid: "1699999999" }, {}];
  for (const choice of refused) {
    const reply = await partner.open(choice);
    assertProblem(reply, 400, "invalid_request");
    assert.match(reply.body.detail, /SUB_MERCHANTS/);
  }
  const direct = await stage.shop.open({ sub_mchid: first.sub_mchid });
  assertProblem(direct, 400, "invalid_request");
  assert.match(direct.body.detail, /no service provider/);
});

test("the same reference with another sub-merchant is another purchase", async () => {
  const { partner, first, second } = partners();
  const reference = "sub-conflict";
  await partner.opened({ reference, sub_mchid: first.sub_mchid });
  const other = await partner.open({ reference, sub_mchid: second.sub_mchid });
  assertProblem(other, 409, "reference_taken");
});

test("a product names the sub-merchant whose it is", async () => {
  const { second } = partners();
  const listing = await stage.shop.ask("GET", "/v1/products?profile=partner");
  assert.deepEqual(listing.body.data.map(({ id }) => id), ["green-tea"]);
  const session = await stage.shop.session({ product: "partner/green-tea" });
  assert.equal(session.status, 201, JSON.stringify(session.body));
  assertProblem(await stage.shop.session({ product: "green-tea" }), 400, "unknown_product");
  assertProblem(await stage.shop.session({ product: "nobody/green-tea" }), 404, "not_found");
  const { out_trade_no } = await stage.sandbox.pay(session.body.code_url);
  const order = await stage.sandbox.order(out_trade_no);
  assert.equal(order.sub_mchid, second.sub_mchid);
  for (const unknown of ["nobody", "%00", "Partner"]) {
    assertProblem(await stage.shop.ask("GET", `/v1/products?profile=${unknown}`), 404, "not_found");
  }
});

test("one merchant's checkout does not exist for another's key", async () => {
  const { partner, first } = partners();
  const reference = "shared-reference";
  const ours = await stage.shop.opened({ reference });
  const theirs = await partner.opened({ reference, sub_mchid: first.sub_mchid });
  assert.notEqual(ours.id, theirs.id, "the same reference is two checkouts");
  for (const [shop, id] of [[stage.shop, theirs.id], [partner, ours.id]]) {
    const bearer = shop.secretKey;
    assertProblem(await shop.ask("GET", `/v1/checkouts/${id}`, { bearer }), 404, "checkout_not_found");
    assertProblem(await shop.cancel(id), 404, "checkout_not_found");
  }
  assert.equal((await partner.checkout(theirs.id)).status, "open");
});

test("a notification counts at its own merchant's address only", async () => {
  const { partner } = partners();
  const ours = await stage.shop.opened();
  const letter = genuine(stage.merchant, ours.attempt.out_trade_no);
  assert.equal((await deliver(stage.worker, letter, PARTNER_PATH)).status, 500, "another APIv3 key");
  // Sealed with the partner's key, rightly signed, and about an order that is not the partner's.
  const stray = partnerTransaction(ours.attempt.out_trade_no);
  const strayed = signed(stage.merchant, envelope(asPartner(), stray));
  assert.equal((await deliver(stage.worker, strayed, PARTNER_PATH)).status, 200);
  assert.equal((await stage.shop.checkout(ours.id)).status, "open");
  const orphans = await partner.orphans();
  assert.deepEqual(orphans.map(({ out_trade_no }) => out_trade_no), [ours.attempt.out_trade_no]);
  assert.deepEqual(await stage.shop.orphans(), []);
  assert.equal((await deliver(stage.worker, letter)).status, 200);
  assert.equal((await stage.shop.checkout(ours.id)).status, "paid");
});

test("a payment to another sub-merchant settles nothing", async () => {
  const { partner, first, second } = partners();
  const opened = await partner.opened({ sub_mchid: first.sub_mchid });
  const wrong = partnerTransaction(opened.attempt.out_trade_no, { sub_mchid: second.sub_mchid });
  const letter = signed(stage.merchant, envelope(asPartner(), wrong));
  assert.equal((await deliver(stage.worker, letter, PARTNER_PATH)).status, 200);
  const seen = await partner.checkout(opened.id);
  assert.equal(seen.status, "open");
  assert.match(seen.conflict, /another merchant/);
});

test("a notification for a merchant that is configured no more is asked for again", async () => {
  const path = "/wechatpay/nobody/v3/notify/transactions";
  const reply = await stage.worker.fetch(path, { method: "POST", body: "{}" });
  assert.equal(reply.status, 500);
  assert.equal((await reply.json()).code, "misconfigured");
  assert.match(stage.worker.words, /notification_for_nobody/);
});
