// WeChat at the moment of a scan (protocol reference D.9, G.15): it asks the merchant what a payer who
// has scanned a printed code is to pay, and looks at the answer as closely as it would.

import assert from "node:assert/strict";

import { fieldsOf, signOf, signed, xmlOf } from "./v2-platform.mjs";

/** Where the default profile is asked. */
export const NATIVE_PATH = "/wechatpay/v2/native";

/** A payer who has not been here before. */
let payers = 0;
export const payer = () => `oTESTopenid${String((payers += 1)).padStart(16, "0")}`;

/** What the platform asks: `changed` fields are signed too. */
export function callback(merchant, product_id, { key = merchant.api_v2_key, openid = payer(), ...changed } = {}) {
  const { appid, mchid: mch_id } = merchant;
  return signed({ appid, openid, mch_id, is_subscribe: "N", product_id, ...changed }, key, "MD5");
}

/** Asks, and gives `{ status, fields, text }`. */
export async function ask(worker, body, path = NATIVE_PATH) {
  const headers = { "Content-Type": "text/xml" };
  const sent = typeof body === "string" ? body : xmlOf(body);
  const reply = await worker.fetch(path, { method: "POST", headers, body: sent });
  const text = await reply.text();
  assert.match(reply.headers.get("content-type"), /^text\/xml\b/, text);
  return { status: reply.status, fields: fieldsOf(text), text };
}

/** Asks, and expects an answer that the platform believes. */
export async function answered(worker, merchant, fields, path) {
  const reply = await ask(worker, fields, path);
  assert.equal(reply.status, 200, reply.text);
  const { return_code, appid, mch_id, nonce_str, sign } = reply.fields;
  assert.deepEqual({ return_code, appid, mch_id }, { return_code: "SUCCESS", appid: merchant.appid, mch_id: merchant.mchid });
  assert.match(nonce_str, /^[0-9A-Za-z]{1,32}$/);
  assert.equal(sign, signOf(reply.fields, merchant.api_v2_key, "MD5"), "signed by MD5, whatever else the merchant signs by");
  return reply.fields;
}

/** The order that the payer is given: its `prepay_id`. */
export async function given(worker, merchant, fields, path) {
  const answer = await answered(worker, merchant, fields, path);
  assert.equal(answer.result_code, "SUCCESS", answer.err_code_des);
  assert.equal(answer.err_code_des, undefined);
  return answer.prepay_id;
}

/** The words that the payer reads instead. */
export async function refusedWith(worker, merchant, fields, path) {
  const answer = await answered(worker, merchant, fields, path);
  assert.equal(answer.result_code, "FAIL");
  assert.equal(answer.prepay_id, undefined);
  return answer.err_code_des;
}
