// The V2 side of a client library that we did not write, as a direct merchant and as a service
// provider, signing by either method: it places, asks for and closes orders at the sandbox, and
// opens what it is told of them.

import { test } from "node:test";

import { useLetterbox, V2_SUCCESS } from "../harness/letterbox.mjs";
import { useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";
import { AxiosPluginV2, SIGN_TYPES, beijing, identityV2, read } from "./axios-v2.mjs";
import { number } from "./business.mjs";
import { assert } from "./count.mjs";
import { MODES } from "./identity.mjs";

const stage = useStage();
const box = useLetterbox({ words: V2_SUCCESS });

const merchants = MODES.flatMap((mode) => SIGN_TYPES.map((signType) => ({
  name: `wechatpay-axios-plugin, V2, ${mode}, ${signType}`,
  open: () => new AxiosPluginV2({ url: stage.sandbox.url, who: identityV2(stage.merchant, mode), signType }),
})));

const order = (out_trade_no, more = {}) => ({
  body: "Image形象店-深圳腾大-QQ公仔 <&>",
  out_trade_no,
  total_fee: 100,
  notify_url: `${box.url}/${out_trade_no}`,
  product_id: "SKU-88888",
  ...more,
});

/** A genuine answer: it says who is who, and carries a sign that the library works out itself. */
function genuine(client, answer, result = "SUCCESS") {
  assert.equal(answer.return_code, "SUCCESS", JSON.stringify(answer));
  assert.equal(answer.result_code, result, JSON.stringify(answer));
  for (const [name, value] of Object.entries(client.who.payee)) assert.equal(answer[name], value, name);
  assert.equal(answer.sign.length, client.signType === "MD5" ? 32 : 64);
  assert.equal(client.believes(answer), true, "its sign");
}

const refused = (client, answer, code) => {
  genuine(client, answer, "FAIL");
  assert.equal(answer.err_code, code);
};

for (const { name, open } of merchants) {
  test(`${name}: an order is placed, paid, told of and found by either of its numbers`, async () => {
    const client = open();
    const out_trade_no = number("t");
    const now = Date.now();
    const times = { time_start: beijing(now), time_expire: beijing(now + 3_600_000) };
    const placed = await client.place(order(out_trade_no, { attach: "购物车=42", ...times }));
    genuine(client, placed);
    assert.equal(placed.trade_type, "NATIVE");
    assert.match(placed.code_url, /^weixin:\/\/wxpay\/bizpayurl\?pr=/);
    assert.ok(placed.prepay_id.length <= 64 && placed.prepay_id.startsWith("wx"), placed.prepay_id);

    const waiting = await client.byNumber(out_trade_no);
    genuine(client, waiting);
    assert.equal(waiting.trade_state, "NOTPAY");
    assert.equal(waiting.out_trade_no, out_trade_no);

    const { transaction_id } = await stage.sandbox.pay(placed.code_url);
    const paid = {
      out_trade_no, transaction_id, attach: "购物车=42", total_fee: "100", cash_fee: "100", fee_type: "CNY", trade_type: "NATIVE",
    };
    for (const answer of [await client.byNumber(out_trade_no), await client.byTransaction(transaction_id)]) {
      genuine(client, answer);
      assert.equal(answer.trade_state, "SUCCESS");
      for (const [field, value] of Object.entries(paid)) assert.equal(answer[field], value, field);
      assert.match(answer.time_end, /^20\d{12}$/);
      assert.equal(Boolean(answer.sub_openid), client.who.mode === "partner");
    }

    const letter = read((await box.at(`/${out_trade_no}`)).body);
    genuine(client, letter);
    assert.equal("sign_type" in letter, false, "a notification names no method");
    assert.equal("trade_state" in letter, false, "nor a state");
    for (const [field, value] of Object.entries(paid)) assert.equal(letter[field], value, field);
    refused(client, await client.place(order(out_trade_no, { attach: "购物车=42", ...times })), "ORDERPAID");
    refused(client, await client.close(out_trade_no), "ORDERPAID");
  });

  test(`${name}: an order is closed, and then neither paid nor placed any more`, async () => {
    const client = open();
    const out_trade_no = number("t");
    const { code_url } = await client.place(order(out_trade_no));
    genuine(client, await client.close(out_trade_no));
    assert.equal((await client.byNumber(out_trade_no)).trade_state, "CLOSED");
    refused(client, await client.place(order(out_trade_no)), "ORDERCLOSED");
    await assert.rejects(stage.sandbox.pay(code_url), /order_closed/);
  });

  test(`${name}: a repeat gives a fresh code, and another order under the number is refused`, async () => {
    const client = open();
    const out_trade_no = number("t");
    const first = await client.place(order(out_trade_no));
    const again = await client.place(order(out_trade_no));
    genuine(client, again);
    assert.notEqual(again.code_url, first.code_url);
    await assert.rejects(stage.sandbox.pay(first.code_url), /code_void/);
    const other = await client.place(order(out_trade_no, { total_fee: 101 }));
    refused(client, other, "INVALID_REQUEST");
    assert.equal(other.err_code_des, "201 商户订单号重复");
    assert.equal((await stage.sandbox.pay(again.code_url)).out_trade_no, out_trade_no);
  });

  test(`${name}: what is unknown is said to be so, and a wrong key is told without a sign`, async () => {
    const client = open();
    refused(client, await client.byNumber(number("t")), "ORDERNOTEXIST");
    const { who, signType } = client;
    const stranger = new AxiosPluginV2({ url: client.url, who: { ...who, api_v2_key: "x".repeat(32) }, signType });
    const answer = await stranger.byNumber(number("t"));
    assert.deepEqual(Object.keys(answer).sort(), ["return_code", "return_msg"]);
    assert.deepEqual([answer.return_code, answer.return_msg], ["FAIL", "签名错误"]);
  });

  test(`${name}: a long link is made short`, async () => {
    const client = open();
    const answer = await client.shorten(client.link("SKU-88888"));
    genuine(client, answer);
    assert.match(answer.short_url, /^weixin:\/\/wxpay\/s\/\w+$/);
  });

  test(`${name}: a letter that is not taken comes again, each time signed anew`, async () => {
    const client = open();
    const out_trade_no = number("t");
    const { code_url } = await client.place(order(out_trade_no));
    await stage.sandbox.faults({ route: "notify", out_trade_no, kind: "dropped", times: 2 });
    await stage.sandbox.pay(code_url);
    await until("it was tried", async () => (await stage.sandbox.notificationsOf(out_trade_no))[0]?.attempts.length);
    await stage.sandbox.advance(31);
    genuine(client, read((await box.at(`/${out_trade_no}`)).body));
    const [told] = await stage.sandbox.notificationsOf(out_trade_no);
    assert.equal(told.attempts.length, 3);
  });
}
