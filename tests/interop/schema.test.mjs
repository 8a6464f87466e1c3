// The platform's document is a valid one, and can say no: to every way in which a message may differ
// from it. Where it draws a line, the sandbox draws the same.

import { test } from "node:test";

import { Validator } from "@seriousme/openapi-schema-validator";

import { useStage } from "../harness/stage.mjs";
import { number, order } from "./business.mjs";
import { clients } from "./clients.mjs";
import { assert } from "./count.mjs";
import { PlatformSchema, platformText } from "./schema.mjs";

const stage = useStage();
const all = clients(stage);
const schema = new PlatformSchema();

test("the document is valid OpenAPI 3.1", async () => {
  const { valid, errors } = await new Validator().validate(platformText());
  assert.ok(valid, JSON.stringify(errors, null, 1));
  assert.match(schema.document.openapi, /^3\.1\./);
});

/** The direct merchant of a library that we did not write, and what is said when it places an order. */
async function placing(more) {
  const client = await all.find(({ name }) => name === "wechatpay-axios-plugin, direct").open();
  const said = await all.spoilt(() => client.place(order(number("t"), more)));
  return said[0];
}

const inBody = (part, change) => (exchange) => {
  const body = JSON.parse(exchange[part]?.body ?? exchange.body);
  change(body);
  const bytes = Buffer.from(JSON.stringify(body));
  return part === "reply" ? { ...exchange, reply: { ...exchange.reply, body: bytes } } : { ...exchange, body: bytes };
};

const inReply = (change) => (exchange) => ({ ...exchange, reply: { ...exchange.reply, ...change(exchange.reply) } });

const without = (headers, name) =>
  Object.fromEntries(Object.entries(headers).filter(([is]) => is !== name));

/** What may be wrong, and what the judge says of it. */
const WRONGS = {
  "an undocumented field of a request": [
    inBody("request", (body) => { body.colour = "red"; }), /request must NOT have additional properties.*colour/],
  "one further inside": [
    inBody("request", (body) => { body.amount.colour = "red"; }), /request\/amount must NOT have.*colour/],
  "a number as text": [inBody("request", (body) => { body.amount.total = "1"; }), /\/amount\/total must be integer/],
  "a field that is not there": [inBody("request", (body) => { delete body.notify_url; }), /notify_url/],
  "null": [inBody("request", (body) => { body.attach = null; }), /\/attach must be string/],
  "an undocumented field of an answer": [
    inBody("reply", (body) => { body.prepay_id = "1"; }), /200 must NOT have unevaluated properties.*prepay_id/],
  "an answer's field that is not there": [inBody("reply", (body) => { delete body.code_url; }), /code_url/],
  "an undocumented status": [inReply(() => ({ status: 201 })), /undocumented status 201/],
  "a page in place of JSON": [
    inReply(({ headers }) => ({ headers: { ...headers, "content-type": "text/html" } })), /content type text\/html/],
  "an answer that is not signed": [
    inReply(({ headers }) => ({ headers: without(headers, "wechatpay-signature") })), /no Wechatpay-Signature/],
  "a probe's signature": [
    inReply(({ headers }) => ({ headers: { ...headers, "wechatpay-signature": "WECHATPAY/SIGNTEST/x" } })),
    /Wechatpay-Signature must match/],
  "an empty answer": [inReply(() => ({ body: Buffer.alloc(0) })), /200: not JSON/],
  "no answer": [(exchange) => ({ ...exchange, reply: null }), /no whole answer/],
  "a request without Accept": [
    (exchange) => ({ ...exchange, headers: without(exchange.headers, "accept") }), /no Accept/],
  "another scheme": [
    (exchange) => ({ ...exchange, headers: { ...exchange.headers, authorization: "Bearer x" } }), /authorization/],
  "an undocumented parameter": [
    (exchange) => ({ ...exchange, target: `${exchange.target}?a=1` }), /undocumented parameter a/],
  "a path that does not exist": [
    (exchange) => ({ ...exchange, target: "/v3/pay/transactions/jsapi" }), /no operation/],
};

test("a message that differs from the document is noticed, and why", async () => {
  const exchange = await placing();
  assert.deepEqual(schema.judge(exchange), []);
  for (const [what, [change, expected]] of Object.entries(WRONGS)) {
    const findings = schema.judge(change(exchange));
    assert.ok(findings.some((finding) => expected.test(finding)), `${what}: ${JSON.stringify(findings)}`);
  }
});

/** `n` characters of one byte. */
const letters = (n) => "a".repeat(n);

const shop = (store_info) => ({ scene_info: { payer_client_ip: "::1", store_info: { id: "1", ...store_info } } });
const goods = (one) =>
  ({ detail: { goods_detail: [{ merchant_goods_id: "1", quantity: 1, unit_price: 0, ...one }] } });

/** On either side of each line: what is just taken, and what is not any more. */
const LINES = {
  "out_trade_no, shortest": [{ out_trade_no: number("").slice(0, 6) }, { out_trade_no: letters(5) }],
  "out_trade_no, longest": [{ out_trade_no: number("").padEnd(32, "0") }, { out_trade_no: letters(33) }],
  "out_trade_no, characters": [{ out_trade_no: `${number("").slice(0, 20)}_-|*@` }, { out_trade_no: "Straße1" }],
  description: [{ description: letters(127) }, { description: letters(128) }],
  "description, empty": [{ description: "a" }, { description: "" }],
  "description, letters": [{ description: "红茶" }, { description: "😀" }],
  attach: [{ attach: letters(128) }, { attach: letters(129) }],
  goods_tag: [{ goods_tag: letters(32) }, { goods_tag: letters(33) }],
  support_fapiao: [{ support_fapiao: true }, { support_fapiao: "true" }],
  time_expire: [{ time_expire: "2099-01-01T00:00:00+08:00" }, { time_expire: "2099-01-01T00:00:00" }],
  notify_url: [
    { notify_url: `https://a.example/${letters(237)}` }, { notify_url: `https://a.example/${letters(238)}` }],
  "notify_url, query": [{ notify_url: "https://a.example/n" }, { notify_url: "https://a.example/n?a=1" }],
  "amount.total": [{ amount: { total: 1 } }, { amount: { total: 0 } }],
  "amount.currency": [{ amount: { total: 1, currency: "CNY" } }, { amount: { total: 1, currency: "USD" } }],
  "detail.invoice_id": [{ detail: { invoice_id: letters(32) } }, { detail: { invoice_id: letters(33) } }],
  "detail.goods_detail": [goods({}), { detail: { goods_detail: [] } }],
  merchant_goods_id: [goods({ merchant_goods_id: letters(32) }), goods({ merchant_goods_id: "红茶" })],
  goods_name: [goods({ goods_name: letters(256) }), goods({ goods_name: letters(257) })],
  quantity: [goods({ quantity: 1 }), goods({ quantity: 0 })],
  unit_price: [goods({ unit_price: 0 }), goods({ unit_price: -1 })],
  payer_client_ip: [
    { scene_info: { payer_client_ip: "14.23.150.211" } }, { scene_info: { payer_client_ip: "14.23.150" } }],
  device_id: [
    { scene_info: { payer_client_ip: "::1", device_id: letters(32) } },
    { scene_info: { payer_client_ip: "::1", device_id: letters(33) } }],
  "store_info.name": [shop({ name: letters(256) }), shop({ name: letters(257) })],
  "store_info.address": [shop({ address: letters(512) }), shop({ address: letters(513) })],
  "store_info.area_code": [shop({ area_code: letters(32) }), shop({ area_code: letters(33) })],
  profit_sharing: [{ settle_info: { profit_sharing: false } }, { settle_info: { profit_sharing: 1 } }],
  "settle_info, partner's field": [{ settle_info: {} }, { settle_info: { subsidy_amount: 1 } }],
};

for (const [line, [inside, outside]] of Object.entries(LINES)) {
  test(`document and sandbox draw the same line: ${line}`, async () => {
    const taken = await placing(inside);
    assert.equal(taken.reply.status, 200, `${taken.reply.body}`);
    assert.deepEqual(schema.judge(taken), []);
    const refused = await placing(outside);
    assert.equal(refused.reply.status, 400, `${refused.reply.body}`);
    const findings = schema.judge(refused);
    assert.ok(findings.length && findings.every((finding) => finding.includes("request")), findings.join("\n"));
  });
}
