// A printed code is scanned (Native payment, mode 1): whatever is repeated how often, a payer has one
// unpaid order, and an answer. The platform is played from the protocol reference.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { NATIVE_PATH, answered, ask, callback, given, payer, refusedWith } from "../harness/scanning.mjs";
import { V2Platform, fieldsOf, signed, startV2, xmlOf } from "../harness/v2-platform.mjs";
import { until } from "../harness/wait.mjs";
import { PRODUCTS, Worker } from "../harness/worker.mjs";

const ACME_KEY = "acme-secret-key-0123456789abcdefghijk";
const BUSY = "系统繁忙，请稍后重新扫码";
const ON_SALE = { ...PRODUCTS, "keemun-200": { description: "Keemun 200 g", price: 7_600, sold_out: true } };

let platform;
let stage;
before(async () => {
  platform = await V2Platform.start();
  const { merchant } = platform;
  const acme = {
    MCHID: merchant.mchid, APPID: merchant.appid, API: "v2", API_V2_KEY: merchant.api_v2_key,
    SPBILL_CREATE_IP: "203.0.113.8", SECRET_KEYS: ACME_KEY,
    PRODUCTS: JSON.stringify({ "green-tea": { description: "Green tea", price: 2_000 } }),
  };
  const prefixed = Object.fromEntries(Object.entries(acme).map(([name, value]) => [`ACME__${name}`, value]));
  stage = await startV2(platform, { overrides: { PRODUCTS: JSON.stringify(ON_SALE), PROFILES: "acme", ...prefixed } });
});
after(async () => {
  await stage?.worker.stop();
  await platform?.close();
});

const scan = (fields, path) => given(stage.worker, platform.merchant, fields, path);
const refused = (fields, path) => refusedWith(stage.worker, platform.merchant, fields, path);
const asked = (product, options) => callback(platform.merchant, product, options);
const orderOf = (prepay) => [...platform.orders.values()].find(({ prepay_id }) => prepay_id === prepay);
const numberOf = (prepay) => orderOf(prepay).fields.out_trade_no;
const checkoutOf = (number) => `chk_${number.slice(0, 20)}`;

/** Somebody pays the order of this `prepay_id`, and the Worker is told. */
async function paid(prepay) {
  const number = numberOf(prepay);
  platform.pay(number);
  const told = await platform.tell(number);
  assert.deepEqual(told, { status: 200, fields: { return_code: "SUCCESS", return_msg: "OK" } });
  return checkoutOf(number);
}

test("a scan is an order of one piece, and the payer is handed its prepay_id", async () => {
  const prepay = await scan(asked("oolong-250"));
  const { fields } = orderOf(prepay);
  assert.equal(fields.trade_type, "NATIVE");
  assert.equal(fields.product_id, "oolong-250");
  assert.equal(fields.total_fee, "8800");
  assert.equal(fields.body, "Oolong 250 g");
  assert.equal(fields.spbill_create_ip, "203.0.113.7");
  assert.equal(fields.notify_url, `${stage.worker.url}/wechatpay/v2/notify/transactions`);
  const { id, reference, ...view } = await stage.shop.checkout(checkoutOf(fields.out_trade_no));
  assert.match(reference, /^counter:oolong-250:[0-9a-f]{16}$/);
  assert.equal(view.attempt.out_trade_no, fields.out_trade_no);
  assert.deepEqual([view.source, view.product, view.api, view.status], ["counter", "oolong-250", "v2", "open"], id);
});

test("a repeat, and another scan while it is unpaid, is the same order", async () => {
  const openid = payer();
  const first = asked("oolong-250", { openid });
  const prepay = await scan(first);
  const earlier = platform.count("/pay/unifiedorder");
  assert.equal(await scan(first), prepay, "the same message again");
  assert.equal(await scan(asked("oolong-250", { openid })), prepay, "another scan");
  assert.equal(platform.count("/pay/unifiedorder"), earlier);
  assert.notEqual(await scan(asked("oolong-250")), prepay, "somebody else");
  assert.notEqual(await scan(asked("puer-cake", { openid })), prepay, "something else");
});

test("twenty callbacks at once are one order", async () => {
  const openid = payer();
  const earlier = platform.orders.size;
  const callbacks = Array.from({ length: 20 }, () => scan(asked("puer-cake", { openid })));
  const prepays = new Set(await Promise.all(callbacks));
  assert.equal(prepays.size, 1);
  assert.equal(platform.orders.size, earlier + 1);
});

test("once it is paid, the next scan buys again, and the shop knows what was bought", async () => {
  const openid = payer();
  const first = await scan(asked("oolong-250", { openid }));
  const id = await paid(first);
  const view = await stage.shop.checkout(id);
  assert.deepEqual([view.status, view.payment.total, view.source], ["paid", 8_800, "counter"]);
  const second = await scan(asked("oolong-250", { openid }));
  assert.notEqual(numberOf(second), numberOf(first));
  const listed = await stage.shop.ask("GET", "/v1/checkouts?source=counter&status=paid", { bearer: stage.shop.secretKey });
  assert.equal(listed.status, 200, JSON.stringify(listed.body));
});

test("who is not proven to be WeChat is told nothing, and nothing is opened", async () => {
  const { merchant } = platform;
  const earlier = platform.calls.length;
  const good = asked("oolong-250");
  const doctype = `<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]>${xmlOf(good)}`;
  const { sign: _, ...unsigned } = good;
  for (const [what, body] of [
    ["another key", asked("oolong-250", { key: "0".repeat(32) })],
    ["another product than was signed", { ...good, product_id: "puer-cake" }],
    ["another payer than was signed", { ...good, openid: payer() }],
    ["no sign", unsigned],
    ["another merchant", callback({ ...merchant, mchid: "1900000009" }, "oolong-250")],
    ["another app", callback({ ...merchant, appid: "wx9999999999999999" }, "oolong-250")],
    ["a document type", doctype],
    ["a field twice", xmlOf(good).replace("</xml>", "<product_id>puer-cake</product_id></xml>")],
    ["no XML", "{}"],
    ["nothing", ""],
  ]) {
    const { status, fields } = await ask(stage.worker, body);
    assert.equal(status, 401, what);
    assert.equal(fields.return_code, "FAIL", what);
    assert.deepEqual(Object.keys(fields).sort(), ["return_code", "return_msg"], "unsigned, and no words for a payer");
  }
  const long = await ask(stage.worker, "x".repeat(65 * 1_024));
  assert.deepEqual([long.status, long.fields.return_code], [413, "FAIL"]);
  assert.equal(platform.calls.length, earlier);
});

test("what is not on sale is told in words that the payer reads", async () => {
  const earlier = platform.calls.length;
  assert.equal(await refused(asked("coffee")), "商品不存在或已下架");
  assert.equal(await refused(asked("chk_aaaaaaaaaaaaaaaaaaaa")), "商品不存在或已下架");
  assert.equal(await refused(asked("keemun-200")), "商品已售罄");
  assert.equal(platform.calls.length, earlier);
});

test("each merchant has an address of its own, and its own products", async () => {
  const path = "/wechatpay/acme/v2/native";
  const order = orderOf(await scan(asked("green-tea"), path));
  assert.equal(order.fields.spbill_create_ip, "203.0.113.8");
  assert.equal(order.fields.notify_url, `${stage.worker.url}/wechatpay/acme/v2/notify/transactions`);
  assert.equal(await refused(asked("oolong-250"), path), "商品不存在或已下架");
  assert.equal(await refused(asked("green-tea"), NATIVE_PATH), "商品不存在或已下架");
  const nobody = await ask(stage.worker, asked("green-tea"), "/wechatpay/nobody/v2/native");
  assert.deepEqual([nobody.status, nobody.fields.return_code], [500, "FAIL"]);
});

test("a code may be of one checkout that the shop has opened", async () => {
  const opened = await stage.shop.opened();
  assert.equal(opened.api, "v2");
  const prepay = await scan(asked(opened.id));
  assert.equal(numberOf(prepay), opened.attempt.out_trade_no, "its own order");
  assert.equal(await refused(asked(opened.id), "/wechatpay/acme/v2/native"), "商品不存在或已下架");
  await paid(prepay);
  assert.equal(await refused(asked(opened.id)), "订单已支付");
  const other = await stage.shop.opened();
  await stage.shop.cancel(other.id);
  await stage.shop.until(other.id, "it is cancelled", ({ status }) => status === "cancelled");
  assert.equal(await refused(asked(other.id)), "订单已关闭");
});

test("an order that the platform refuses is not placed by every scan", async () => {
  const openid = payer();
  const earlier = platform.count("/pay/unifiedorder");
  const refusal = (answer) => xmlOf(resigned({ ...fieldsOf(answer), result_code: "FAIL", err_code: "NOAUTH", err_code_des: "商户无此接口权限" }));
  platform.twist("/pay/unifiedorder", refusal);
  for (let n = 0; n < 5; n += 1) assert.equal(await refused(asked("oolong-250", { openid })), BUSY);
  assert.equal(platform.count("/pay/unifiedorder"), earlier + 1);
  // The cause is mended.
  await stage.advance(30);
  await scan(asked("oolong-250", { openid }));
});

/** The same answer, signed for what it says now. */
function resigned({ sign: _, ...fields }) {
  return signed(fields, platform.merchant.api_v2_key, "HMAC-SHA256");
}

test("a platform that does not answer leaves the payer with words, and one order", async () => {
  const openid = payer();
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  platform.twist("/pay/unifiedorder", async (answer) => { await held; return answer; });
  const earlier = platform.orders.size;
  assert.equal(await refused(asked("oolong-250", { openid })), BUSY);
  release();
  const prepay = await until("the next scan is served", async () => {
    const answer = await answered(stage.worker, platform.merchant, asked("oolong-250", { openid }));
    return answer.prepay_id;
  });
  assert.equal(platform.orders.size, earlier + 1, "asked about, and not placed twice");
  await paid(prepay);
});

test("a prepay_id that has grown stale is renewed, and a deadline that has passed is a new order", async () => {
  const openid = payer();
  const first = await scan(asked("oolong-250", { openid }));
  const number = numberOf(first);
  await stage.advance(2 * 3_600);
  const renewed = await scan(asked("oolong-250", { openid }));
  assert.notEqual(renewed, first);
  assert.equal(numberOf(renewed), number, "the same order");
  await stage.advance(23 * 3_600);
  await stage.shop.until(checkoutOf(number), "it has expired", ({ status }) => status === "expired");
  const next = await scan(asked("oolong-250", { openid }));
  assert.notEqual(numberOf(next), number);
});

test("a new price counts from the next scan on, and the old order is closed", async () => {
  const openid = payer();
  const old = numberOf(await scan(asked("oolong-250", { openid })));
  const { worker, port, bindings } = stage;
  await worker.pause();
  const cheaper = { ...ON_SALE, "oolong-250": { ...ON_SALE["oolong-250"], price: 6_600 } };
  const again = await Worker.start({ port, bindings: { ...bindings, PRODUCTS: JSON.stringify(cheaper) }, state: worker.state });
  stage.worker = again;
  stage.shop.worker = again;
  const order = orderOf(await scan(asked("oolong-250", { openid })));
  assert.equal(order.fields.total_fee, "6600");
  await stage.advance(600);
  await stage.shop.until(checkoutOf(old), "nobody can pay the old price", ({ status }) => status === "cancelled");
  assert.equal(platform.orders.get(old).state, "CLOSED");
});
