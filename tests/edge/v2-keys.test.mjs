// A merchant who has nothing but V2 keys, while one replaces the other: WeChat Pay knows one of the two
// and does not tell which. The platform is played by hand, after the protocol reference (D.1, D.2).

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";

import { V2Platform, startV2 } from "../harness/v2-platform.mjs";
import { OPERATOR_KEY } from "../harness/worker.mjs";

let platform;
let stage;
/** Path of every call that came for the last checkout, rightly signed or not. */
const came = [];
/** The same of all of them. */
const all = [];
let older;
let newer;

before(async () => {
  platform = await V2Platform.start();
  platform.server.on("request", ({ url }) => [came, all].forEach((list) => list.push(url)));
  older = platform.merchant.api_v2_key;
  newer = randomBytes(16).toString("hex");
  stage = await startV2(platform, { overrides: { API_V2_KEY: `${older} ${newer}`, RAW_CALLS: "on" } });
});
after(async () => {
  await stage?.worker.stop();
  await platform.close();
});

/** Opens a checkout, and gives it with what came at the platform for it. */
async function opened() {
  came.length = 0;
  const view = await stage.shop.opened();
  assert.equal(view.api, "v2");
  assert.match(view.attempt.code_url, /^weixin:/);
  return { view, paths: [...came] };
}

/** Somebody pays, and WeChat Pay tells it, signed with `key`. */
async function paid({ id, attempt: { out_trade_no } }, key) {
  platform.pay(out_trade_no);
  const reply = await platform.tell(out_trade_no, platform.notice(out_trade_no, { key }));
  return { reply, view: await stage.shop.checkout(id) };
}

test("the key that WeChat Pay knows signs, and the other one after the change, from then on", async () => {
  assert.deepEqual((await opened()).paths, ["/pay/unifiedorder"]);
  platform.merchant.api_v2_key = newer;
  // Refused under the older one, and taken under the newer: the shopper waits for both, and no longer.
  const first = await opened();
  assert.deepEqual(first.paths, ["/pay/unifiedorder", "/pay/unifiedorder"]);
  assert.deepEqual((await opened()).paths, ["/pay/unifiedorder"]);
  const { fields } = platform.calls.at(-1);
  assert.equal(fields.sign_type, "HMAC-SHA256");
  // The merchant platform was set back: it goes both ways.
  platform.merchant.api_v2_key = older;
  assert.deepEqual((await opened()).paths, ["/pay/unifiedorder", "/pay/unifiedorder"]);
});

test("what WeChat Pay tells is believed under either key, and under no third", async () => {
  for (const key of [older, newer]) {
    const { reply, view } = await paid((await opened()).view, key);
    assert.deepEqual([reply.status, reply.fields.return_code, view.status], [200, "SUCCESS", "paid"]);
  }
  const { reply, view } = await paid((await opened()).view, randomBytes(16).toString("hex"));
  assert.deepEqual([reply.status, reply.fields.return_code, view.status], [401, "FAIL", "open"]);
});

test("a key that is neither is the shop's to mend, and is told in WeChat Pay's words", async () => {
  platform.merchant.api_v2_key = randomBytes(16).toString("hex");
  const { status, body } = await stage.shop.open();
  platform.merchant.api_v2_key = older;
  assert.deepEqual([status, body.code], [502, "wechatpay_refused"]);
  assert.deepEqual([body.wechatpay.code, body.wechatpay.message], ["SIGNERROR", "签名错误"]);
});

test("a merchant of V2 alone has nobody asked by APIv3", async () => {
  const call = { method: "GET", target: "/v3/certificates" };
  const { status, body } = await stage.shop.ask("POST", "/v1/wechatpay", { body: call, bearer: OPERATOR_KEY });
  assert.deepEqual([status, body.code], [400, "invalid_request"]);
  assert.match(body.detail, /APIv3/);
  assert.deepEqual(all.filter((path) => path.startsWith("/v3/")), []);
});
