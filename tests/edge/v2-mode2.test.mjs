// Native mode 2 over V2, end to end: a merchant with a V2 key and nothing of APIv3, in the same Worker
// as one who signs by MD5, one who speaks APIv3 and a service provider, each against the sandbox.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Receiver, SECRET, verified } from "../harness/receiver.mjs";
import { Shop, assertProblem } from "../harness/shop.mjs";
import { openStage } from "../harness/stage.mjs";
import { WITHOUT_V3, v2Variables } from "../harness/v2.mjs";
import { signed, xmlOf } from "../harness/v2-platform.mjs";
import { until } from "../harness/wait.mjs";
import { SHOP_ORIGIN, variables } from "../harness/worker.mjs";

const HOUR_S = 3_600;
const CODE_LIFE_S = 2 * HOUR_S;
const prefixed = (name, values) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`${name}__${key}`, value]));
const keyOf = (name) => `${name}-secret-key-0123456789abcdefghij`;

/** The profiles beside the default one: by MD5, by APIv3, and a service provider's. */
function profiles(merchant) {
  const { mchid, appid, partner } = merchant;
  const [{ sub_mchid }] = partner.sub_merchants;
  const own = (name, values) => prefixed(name, { MCHID: mchid, APPID: appid, SECRET_KEYS: keyOf(name), ...values });
  const all = variables(merchant, {});
  const v3 = Object.fromEntries(Object.keys(WITHOUT_V3).map((name) => [name, all[name]]));
  return {
    PROFILES: "legacy newer partner",
    ...own("LEGACY", { ...v2Variables(merchant), V2_SIGN_TYPE: "MD5", PRODUCTS: all.PRODUCTS }),
    ...own("NEWER", { ...v3, PRODUCTS: all.PRODUCTS }),
    ...own("PARTNER", {
      ...v2Variables(partner), MCHID: partner.sp_mchid, APPID: partner.sp_appid,
      SUB_MERCHANTS: JSON.stringify({ [sub_mchid]: {} }),
    }),
  };
}

let receiver;
let stage;
before(async () => {
  receiver = await Receiver.start();
  stage = await openStage({
    overrides: (merchant) => ({
      ...WITHOUT_V3, ...v2Variables(merchant), ...profiles(merchant),
      WEBHOOK_URL: receiver.url, WEBHOOK_SECRETS: SECRET,
    }),
  });
});
after(async () => {
  await stage?.close();
  await receiver?.stop();
});

const shopOf = (name) => new Shop(stage.worker, keyOf(name));
const numberOf = ({ attempt }) => attempt.out_trade_no;
const keysOf = (value) => (value && typeof value === "object" && !Array.isArray(value)
  ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, keysOf(value[key])]))
  : typeof value);

/** The V2 endpoints that were called about an order, oldest first. */
async function called(number) {
  const requests = await stage.sandbox.requests({ out_trade_no: number, limit: 100 });
  return requests.map(({ target }) => target.split("?")[0]).reverse();
}

/** A payment of this order as the platform would tell it. */
function notice(opened, changed = {}) {
  const { appid, mchid, api_v2_key } = stage.merchant;
  const { key = api_v2_key, ...fields } = changed;
  return xmlOf(signed({
    return_code: "SUCCESS", result_code: "SUCCESS", appid, mch_id: mchid, openid: "oTESTopenid", is_subscribe: "N",
    trade_type: "NATIVE", bank_type: "OTHERS", total_fee: "8800", fee_type: "CNY", cash_fee: "8800",
    transaction_id: "4200000000202501010000000001", out_trade_no: numberOf(opened), time_end: "20250101112030", ...fields,
  }, key, "HMAC-SHA256"));
}

const tell = (body, path = "/wechatpay/v2/notify/transactions") =>
  stage.worker.fetch(path, { method: "POST", headers: { "Content-Type": "text/xml" }, body });

test("an order is placed, scanned, paid, told of, and the shop's server hears of it", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened();
  assert.equal(opened.api, "v2");
  const { transaction_id } = await sandbox.pay(opened.attempt.code_url);
  const { payment } = await shop.untilPaid(opened.id);
  assert.equal(payment.transaction_id, transaction_id);
  const [letter] = await until("the shop has heard", () => {
    const letters = receiver.of(opened.id);
    return letters.length > 0 && letters;
  });
  assert.equal(verified(letter).data.id, opened.id);
  assert.deepEqual(await called(numberOf(opened)), ["/pay/unifiedorder"]);
});

test("either way to sign and either API do the same, side by side in one Worker", async () => {
  const views = {};
  for (const name of ["LEGACY", "NEWER", "PARTNER"]) {
    const shop = shopOf(name);
    const opened = await shop.opened();
    assert.equal(opened.api, name === "NEWER" ? undefined : "v2");
    const [path] = await called(numberOf(opened));
    assert.equal(path, name === "NEWER" ? "/v3/pay/transactions/native" : "/pay/unifiedorder");
    await stage.sandbox.pay(opened.attempt.code_url);
    await shop.untilPaid(opened.id);
    const order = await stage.sandbox.order(numberOf(opened));
    assert.equal(order.sub_mchid ?? null, name === "PARTNER" ? stage.merchant.partner.sub_merchants[0].sub_mchid : null);
    views[name] = (await stage.shop.look(opened.client_token)).body;
  }
  // A page cannot tell them apart.
  assert.deepEqual(keysOf(views.LEGACY), keysOf(views.NEWER));
  assert.deepEqual(keysOf(views.PARTNER), keysOf(views.NEWER));
});

test("what a page sees of an open session has nothing that APIv3's has not", async () => {
  const seen = [];
  for (const product of ["oolong-250", "newer/oolong-250"]) {
    const { status, body } = await stage.shop.session({ product });
    assert.equal(status, 201, JSON.stringify(body));
    assert.ok(!/prepay|"api"/.test(JSON.stringify(body)));
    seen.push(keysOf((await stage.shop.look(body.client_token)).body));
  }
  assert.deepEqual(seen[0], seen[1]);
});

test("a payment that nobody tells of is found by asking", async () => {
  const { sandbox, shop } = stage;
  await sandbox.faults({ route: "notify", kind: "dropped", times: 99 });
  const opened = await shop.opened();
  await sandbox.pay(opened.attempt.code_url);
  assert.equal((await shop.checkout(opened.id)).status, "open");
  await sandbox.advance(600);
  await shop.untilPaid(opened.id);
  await sandbox.faults();
  assert.ok((await called(numberOf(opened))).includes("/pay/orderquery"));
});

test("an order that nobody pays is asked for, closed, asked for again, and has expired", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened({ expires_in: HOUR_S });
  await sandbox.advance(HOUR_S + 60);
  await shop.until(opened.id, "it has expired", ({ status }) => status === "expired");
  assert.deepEqual((await called(numberOf(opened))).slice(-3), ["/pay/orderquery", "/pay/closeorder", "/pay/orderquery"]);
  assert.equal((await sandbox.order(numberOf(opened))).trade_state, "CLOSED");
  await assert.rejects(sandbox.pay(opened.attempt.code_url));
});

test("a shop cancels, and money that comes all the same counts", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened();
  const { status, body } = await shop.cancel(opened.id);
  assert.deepEqual([status, body.status], [200, "cancelled"]);
  await assert.rejects(sandbox.pay(opened.attempt.code_url));
  assert.equal((await tell(notice(opened, { transaction_id: "4200000000202501010000000002" }))).status, 200);
  await shop.untilPaid(opened.id);
});

test("a stale code is renewed by the same order, a live one by another", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened();
  const renew = () => shop.ask("POST", "/v1/session/renew", { bearer: opened.client_token, origin: SHOP_ORIGIN });
  await sandbox.advance(CODE_LIFE_S + 60);
  const stale = await renew();
  assert.equal(stale.body.phase, "waiting", JSON.stringify(stale.body));
  assert.notEqual(stale.body.code_url, opened.attempt.code_url);
  assert.equal(numberOf(await shop.checkout(opened.id)), numberOf(opened));
  await sandbox.advance(60);
  const fresh = await renew();
  const { attempt } = await shop.checkout(opened.id);
  assert.notEqual(attempt.out_trade_no, numberOf(opened));
  assert.equal((await sandbox.order(numberOf(opened))).trade_state, "CLOSED");
  await sandbox.pay(fresh.body.code_url);
  await shop.untilPaid(opened.id);
});

test("a letter under another key, or to another's address, is refused and changes nothing", async () => {
  const { shop, merchant } = stage;
  const opened = await shop.opened();
  for (const [body, path] of [
    [notice(opened, { key: "0".repeat(32) })],
    [notice(opened).replace("8800", "1")],
    [notice(opened, { key: merchant.partner.api_v2_key })],
    // The same key, and an address at which MD5 is spoken.
    [notice(opened), "/wechatpay/legacy/v2/notify/transactions"],
  ]) {
    const reply = await tell(body, path);
    assert.equal(reply.status, 401, await reply.text());
  }
  assert.equal((await shop.checkout(opened.id)).status, "open");
});

test("another amount is acknowledged, and a person has to look", async () => {
  const { shop } = stage;
  const opened = await shop.opened();
  const letter = notice(opened, { total_fee: "8700", cash_fee: "8700", transaction_id: "4200000000202501010000000003" });
  for (let n = 0; n < 2; n += 1) assert.equal((await tell(letter)).status, 200);
  assert.equal((await shop.checkout(opened.id)).trouble, "conflict");
  assertProblem(await shop.cancel(opened.id), 409, "in_conflict");
});

test("a lost answer, a busy platform and a wrong signature never become a no", async () => {
  const { sandbox, shop } = stage;
  for (const kind of ["reply-dropped", "system-error", "wrong-signature"]) {
    await sandbox.faults({ route: "unifiedorder", kind, times: 1 });
    const { status, body } = await shop.open();
    await sandbox.faults();
    assert.equal(status, 201, `${kind}: ${JSON.stringify(body)}`);
    const opened = await shop.until(body.id, `${kind}: it waits`, ({ phase }) => phase === "waiting");
    await sandbox.pay(opened.attempt.code_url);
    await shop.untilPaid(body.id);
  }
});
