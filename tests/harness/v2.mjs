// Merchants who speak V2, and V2 notifications built here, from the protocol reference (D.2, D.7, D.8)
// and node:crypto alone.

import { createCipheriv, createHash } from "node:crypto";
import { once } from "node:events";
import { request } from "node:https";

import { Response } from "miniflare";

import { signed, xmlOf } from "./v2-platform.mjs";

/** The address that the Worker gives to the platform for V2 payments. */
export const V2_PAYMENT_PATH = "/wechatpay/v2/notify/transactions";

/** The address that the Worker gives to the platform for V2 refunds. */
export const V2_REFUND_PATH = "/wechatpay/v2/notify/refunds";

/** The variables of a merchant who holds a V2 key besides; its orders go by `api`. */
export function v2Variables(merchant, api = "v2") {
  return { API: api, API_V2_KEY: merchant.api_v2_key, SPBILL_CREATE_IP: "127.0.0.1" };
}

/** The variables that only APIv3 needs, unset. */
export const WITHOUT_V3 = {
  MERCHANT_SERIAL: undefined, MERCHANT_CERTIFICATE: undefined, MERCHANT_PRIVATE_KEY: undefined,
  API_V3_KEY: undefined, PLATFORM_PUBLIC_KEY_ID: undefined, PLATFORM_PUBLIC_KEY: undefined,
  PLATFORM_CERTIFICATES: undefined,
};

/**
 * What a binding of the runtime's `mtls_certificates` does: a call goes out over TLS, with this
 * certificate shown, to the sandbox's door that really asks for it. Its path is the call's; miniflare
 * lets no client certificate be configured for such a service itself.
 */
export async function certified(sandbox, tlsPort, { certificate_pem, private_key_pem }) {
  const authority = await fetch(`${sandbox.url}/sandbox/files/tls_ca.pem`);
  const door = {
    host: "127.0.0.1", port: tlsPort, agent: false,
    ca: await authority.text(), cert: certificate_pem, key: private_key_pem,
  };
  return async (call) => {
    const { pathname: path } = new URL(call.url);
    const body = Buffer.from(await call.arrayBuffer());
    const type = { "Content-Type": call.headers.get("Content-Type") };
    const sent = request({ ...door, path, method: call.method, headers: type });
    sent.end(body);
    const [answer] = await once(sent, "response");
    const parts = await answer.toArray();
    const { connection: _, "keep-alive": __, "transfer-encoding": ___, ...headers } = answer.headers;
    return new Response(Buffer.concat(parts), { status: answer.statusCode, headers });
  };
}

const letter = (fields) => ({ headers: { "Content-Type": "text/xml" }, body: xmlOf(fields) });

/** A notification of a payment of 88 yuan, signed under the merchant's key. */
export function v2PaymentLetter(merchant, outTradeNo, transactionId) {
  const fields = {
    return_code: "SUCCESS", result_code: "SUCCESS", appid: merchant.appid, mch_id: merchant.mchid,
    openid: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", is_subscribe: "N", trade_type: "NATIVE", bank_type: "OTHERS",
    total_fee: "8800", cash_fee: "8800", fee_type: "CNY", transaction_id: transactionId,
    out_trade_no: outTradeNo, time_end: "20261121120000",
  };
  return letter(signed(fields, merchant.api_v2_key, "HMAC-SHA256"));
}

/** A notification about a refund, sealed under `key`; `more` stands outside of the seal. */
export function v2RefundLetter(merchant, told, { key = merchant.api_v2_key, more = {} } = {}) {
  const secret = createHash("md5").update(key).digest("hex");
  const cipher = createCipheriv("aes-256-ecb", secret, null);
  const plaintext = xmlOf(told).replace(/^<xml>/, "<root>").replace(/<\/xml>$/, "</root>");
  const sealed = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final()]);
  const outer = {
    return_code: "SUCCESS", appid: merchant.appid, mch_id: merchant.mchid,
    nonce_str: "6K8264ILTKCH16CQ2502SI8ZNMTM67V9", ...more, req_info: sealed.toString("base64"),
  };
  return letter(outer);
}
