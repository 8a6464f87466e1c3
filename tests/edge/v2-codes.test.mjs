// What surrounds a printed code: the code itself, products that are sold out, the payments that V2
// tells of, and what the doctor says of it all. The platform is played from the protocol reference.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { DECODERS } from "../harness/decoders.mjs";
import { freePorts } from "../harness/port.mjs";
import { ask, callback, given } from "../harness/scanning.mjs";
import { Shop, assertProblem } from "../harness/shop.mjs";
import { V2Platform, signOf, startV2 } from "../harness/v2-platform.mjs";
import { OPERATOR_KEY, PRODUCTS, SECRET_KEY, Worker } from "../harness/worker.mjs";

const ON_SALE = {
  ...PRODUCTS,
  "keemun-200": { description: "Keemun 200 g", price: 7_600, sold_out: true },
  "tea.1": { description: "Tea", price: 100 },
};
const PAYMENTS = "/wechatpay/v2/notify/transactions";

let platform;
let stage;
before(async () => {
  platform = await V2Platform.start();
  stage = await startV2(platform, { overrides: { PRODUCTS: JSON.stringify(ON_SALE) } });
});
after(async () => {
  await stage?.worker.stop();
  await platform?.close();
});

/** Asks for what is printed, as the operator unless somebody else is named. */
const code = (id, { what = "code", query = "", bearer = OPERATOR_KEY, shop = stage.shop } = {}) =>
  shop.ask("GET", `/v1/products/${id}/${what}${query}`, { bearer });

/** Another Worker at the same platform, whose variables and rates differ. */
async function withWorker(overrides, look, rates) {
  const [port] = await freePorts(1);
  const bindings = { ...stage.bindings, PUBLIC_URL: `http://127.0.0.1:${port}`, ...overrides };
  for (const [name, value] of Object.entries(bindings)) if (value === undefined) delete bindings[name];
  const worker = await Worker.start({ port, bindings, rates });
  try {
    return await look(new Shop(worker), worker);
  } finally {
    await worker.stop();
  }
}

/** The pixels of a drawing of our own: strokes of one module, `Mx y.5hN` and `mX 0hN`. */
function pixels(svg) {
  const side = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)[1]);
  const scale = 8;
  const width = side * scale;
  const data = new Uint8ClampedArray(width * width * 4).fill(255);
  const dark = (x, y) => {
    for (let row = y * scale; row < (y + 1) * scale; row += 1) {
      data.fill(0, (row * width + x * scale) * 4, (row * width + (x + 1) * scale) * 4);
      for (let at = row * width + x * scale; at < row * width + (x + 1) * scale; at += 1) data[at * 4 + 3] = 255;
    }
  };
  let [x, y] = [0, 0];
  const strokes = / d="([^"]+)"/.exec(svg)[1].matchAll(/M(\d+) (\d+)\.5|m(-?\d+) 0|h(\d+)/g);
  for (const [, toX, toY, byX, run] of strokes) {
    if (toX !== undefined) [x, y] = [Number(toX), Number(toY)];
    else if (byX !== undefined) x += Number(byX);
    else for (let left = Number(run); left > 0; left -= 1, x += 1) dark(x, y);
  }
  return { data, width, height: width, side };
}

test("a product's code is a link that WeChat takes, the same each time", async () => {
  const { merchant } = platform;
  const { status, headers, body } = await code("oolong-250");
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(headers.get("cache-control"), "no-store");
  assert.deepEqual(body.product, { id: "oolong-250", description: "Oolong 250 g", price: { total: 8_800, currency: "CNY" } });
  const [scheme, query] = body.link.split("?");
  assert.equal(scheme, "weixin://wxpay/bizpayurl");
  const link = Object.fromEntries(query.split("&").map((pair) => pair.split("=")));
  assert.deepEqual(Object.keys(link).sort(), ["appid", "mch_id", "nonce_str", "product_id", "sign", "time_stamp"]);
  assert.deepEqual([link.appid, link.mch_id, link.product_id], [merchant.appid, merchant.mchid, "oolong-250"]);
  assert.match(link.time_stamp, /^\d{10}$/);
  assert.match(link.nonce_str, /^[0-9A-Za-z]{1,32}$/);
  assert.equal(link.sign, signOf(link, merchant.api_v2_key, "MD5"));
  assert.equal((await code("oolong-250")).body.link, body.link);
  assert.equal((await code("keemun-200")).body.product.sold_out, true, "the code on the shelf stays");
});

test("its picture says the same to two readers, with a white border of four", async () => {
  const { body: { link } } = await code("puer-cake");
  const { status, headers, body: svg } = await code("puer-cake", { what: "code.svg" });
  assert.equal(status, 200);
  assert.equal(headers.get("content-type"), "image/svg+xml");
  assert.equal(headers.get("cache-control"), "no-store");
  const { side, ...image } = pixels(svg);
  for (const [name, read] of Object.entries(DECODERS)) assert.equal(await read({ ...image }), link, name);
  const isDark = (x, y) => image.data[(y * 8 * image.width + x * 8) * 4] === 0;
  for (let at = 0; at < side; at += 1) {
    for (let border = 0; border < 4; border += 1) {
      assert.ok(!isDark(at, border) && !isDark(border, at) && !isDark(at, side - 1 - border) && !isDark(side - 1 - border, at));
    }
  }
  assert.ok(isDark(4, 4), "the code begins behind it");
});

test("a code may be of a checkout, while it can be paid", async () => {
  const { id, amount, attempt } = await stage.shop.opened();
  const { body } = await code(id);
  assert.deepEqual(body.product, { id, description: "Oolong 250 g", price: amount });
  const product = new URLSearchParams(body.link.split("?")[1]).get("product_id");
  const prepay = await given(stage.worker, platform.merchant, callback(platform.merchant, product));
  assert.equal(platform.orders.get(attempt.out_trade_no).prepay_id, prepay);
  platform.pay(attempt.out_trade_no);
  await platform.tell(attempt.out_trade_no);
  assertProblem(await code(id), 409, "product_has_no_code");
});

test("what has no code says why, and nobody but the operator asks", async () => {
  for (const what of ["code", "code.svg"]) {
    assertProblem(await code("coffee", { what }), 404, "product_not_found");
    assertProblem(await code(`chk_${"a".repeat(20)}`, { what }), 404, "product_not_found");
    assertProblem(await code("tea.1", { what }), 409, "product_has_no_code");
    assertProblem(await code("oolong-250", { what, query: "?profile=nobody" }), 400, "invalid_request");
    assertProblem(await code("oolong-250", { what, query: "?size=25" }), 400, "invalid_request");
    assertProblem(await code("oolong-250", { what, bearer: SECRET_KEY }), 401, "unauthorized");
    assertProblem(await code("oolong-250", { what, bearer: "" }), 401, "unauthorized");
  }
});

test("what is sold out stays in the list, and no page buys it", async () => {
  const { body: { data } } = await stage.shop.ask("GET", "/v1/products");
  assert.deepEqual(data.map(({ id, sold_out: soldOut }) => [id, soldOut]), [
    ["oolong-250", undefined], ["puer-cake", undefined], ["keemun-200", true], ["tea.1", undefined],
  ]);
  assertProblem(await stage.shop.session({ product: "keemun-200" }), 409, "sold_out");
});

test("a payment that V2 tells of counts once, by its sign, and is acknowledged once it is stored", async () => {
  const { attempt: { out_trade_no: number }, id } = await stage.shop.opened();
  platform.pay(number);
  const told = platform.notice(number);
  const forged = [
    { ...told, total_fee: "1" }, { ...told, sign: told.sign.toLowerCase() }, { ...told, sign: undefined },
    platform.notice(number, { key: "0".repeat(32) }),
  ].map((fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)));
  for (const fields of forged) {
    const { status, fields: answer } = await platform.tell(number, fields);
    assert.deepEqual([status, answer.return_code], [401, "FAIL"]);
  }
  assert.equal((await stage.shop.checkout(id)).status, "open");
  for (let times = 0; times < 3; times += 1) {
    const answer = await platform.tell(number, told);
    assert.deepEqual(answer, { status: 200, fields: { return_code: "SUCCESS", return_msg: "OK" } });
  }
  const { status, payment } = await stage.shop.checkout(id);
  assert.deepEqual([status, payment.total, payment.out_trade_no], ["paid", 8_800, number]);
  const { data } = (await stage.shop.ask("GET", `/v1/checkouts/${id}/history`, { bearer: SECRET_KEY })).body;
  assert.equal(data.filter(({ what }) => what === "paid").length, 1, "a repeat is no second payment");
});

test("a payment of nobody's order is kept for a person, once", async () => {
  const { attempt: { out_trade_no: number } } = await stage.shop.opened();
  platform.pay(number);
  const stranger = platform.notice(number, { out_trade_no: "T20250101000001", transaction_id: "4200000000202501010000000001" });
  for (let times = 0; times < 2; times += 1) {
    assert.equal((await platform.tell(number, stranger)).status, 200);
  }
  const orphans = (await stage.shop.orphans()).filter(({ out_trade_no: of }) => of === "T20250101000001");
  assert.deepEqual(orphans.map(({ notification_id, total, trade_state }) => [notification_id, total, trade_state]), [
    ["v2:4200000000202501010000000001", 8_800, "SUCCESS"],
  ]);
});

test("who asks too often is told so in XML, and the platform comes again", async () => {
  await withWorker({}, async (_, worker) => {
    for (const path of [PAYMENTS, "/wechatpay/v2/native", "/wechatpay/v2/notify/refunds"]) {
      const seen = [];
      while (seen.length < 50 && seen.at(-1) !== 429) {
        const { status, fields } = await ask(worker, "<xml></xml>", path);
        assert.equal(fields.return_code, "FAIL");
        seen.push(status);
      }
      assert.equal(seen.at(-1), 429, path);
    }
  }, { NOTIFY_RATE: 1 });
});

test("a merchant without a V2 key prints nothing, and sends V2's messages back", async () => {
  const fixture = (name) => new URL(`../../edge/src/config/fixtures/${name}.pem`, import.meta.url);

  const v3 = {
    API: undefined, API_V2_KEY: undefined, SPBILL_CREATE_IP: undefined,
    MERCHANT_CERTIFICATE: await readFile(fixture("merchant_certificate"), "utf8"),
    MERCHANT_PRIVATE_KEY: await readFile(fixture("merchant_key"), "utf8"),
    API_V3_KEY: "0123456789abcdef0123456789abcdef",
  };
  await withWorker(v3, async (shop, worker) => {
    assertProblem(await code("oolong-250", { shop }), 409, "v2_key_missing");
    for (const path of [PAYMENTS, "/wechatpay/v2/native"]) {
      const { status, fields } = await ask(worker, callback(platform.merchant, "oolong-250"), path);
      assert.deepEqual([status, fields.return_code], [500, "FAIL"]);
    }
    assert.match(worker.words, /v2_key_missing/, "somebody has to look");
  });
});

test("the doctor proves the key, and names what mode 1 and refunds need", async () => {
  const of = ({ findings }, name) => findings.filter(({ check }) => check === name);
  const found = await stage.shop.doctor({ order: true });
  const shown = JSON.stringify(found.findings);
  assert.equal(found.healthy, true, shown);
  assert.deepEqual(of(found, "v2_key").map(({ state, variable }) => [state, variable]), [["ok", "API_V2_KEY"]], shown);
  assert.equal(of(found, "reachable")[0].state, "ok", shown);
  assert.equal(of(found, "order")[0].state, "ok", shown);
  const tried = [...platform.orders.values()].filter(({ fields }) => fields.out_trade_no.startsWith("doctor0"));
  assert.deepEqual(tried.map(({ state }) => state), ["CLOSED"]);
  const [native] = of(found, "native_callback");
  assert.equal(native.state, "skipped");
  assert.ok(native.words.includes(`${stage.worker.url}/wechatpay/v2/native`), native.words);
  assert.equal(of(found, "refund_certificate")[0].state, "warning");
  const paths = ["notify/transactions", "notify/refunds", "native"];
  assert.deepEqual(found.notify_urls, paths.map((path) => `${stage.worker.url}/wechatpay/v2/${path}`));
  const right = platform.merchant.api_v2_key;
  await withWorker({ API_V2_KEY: "0".repeat(32) }, async (shop) => {
    const sick = await shop.doctor();
    assert.equal(sick.healthy, false);
    const [key] = of(sick, "v2_key");
    assert.deepEqual([key.state, key.variable], ["wrong", "API_V2_KEY"]);
    assert.ok(key.mend.includes("账户中心 → API安全"), key.mend);
    assert.ok(!JSON.stringify(sick).includes("0".repeat(32)) && !JSON.stringify(found).includes(right), "no secrets");
  });
  await withWorker({ API_V2_KEY: `${"0".repeat(32)} ${right}` }, async (shop) => {
    const states = of(await shop.doctor(), "v2_key").map(({ state }) => state);
    assert.deepEqual(states, ["warning", "ok"], "while one key replaces the other");
  });
});
