// Notifications as the platform writes them (protocol reference C.1, C.2), and every place at which a
// check may have one written otherwise.

import { randomUUID } from "node:crypto";

import { sealed } from "../wire/seal.mjs";
import { SCHEME, messageText, nonce, signed, unixNow } from "../wire/signature.mjs";
import { beijing } from "../platform/bench.mjs";

/** A paid order as the platform describes it (B.3), out of what the `--order` file says. */
export function transaction(order, overrides = {}) {
  const { total, transaction_id, attach, success_time } = order;
  const isPartners = "sp_mchid" in order;
  const whose = isPartners
    ? ["sp_appid", "sp_mchid", "sub_appid", "sub_mchid"]
    : ["appid", "mchid"];
  const openid = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
  return {
    ...Object.fromEntries(whose.filter((name) => order[name]).map((name) => [name, order[name]])),
    out_trade_no: order.out_trade_no,
    transaction_id,
    trade_type: "NATIVE",
    trade_state: "SUCCESS",
    trade_state_desc: "支付成功",
    bank_type: "OTHERS",
    attach: attach ?? "",
    success_time: success_time ?? beijing(Date.now()),
    payer: order.payer ?? { [isPartners ? "sp_openid" : "openid"]: openid },
    amount: {
      total,
      payer_total: order.payer_total ?? total,
      currency: "CNY",
      payer_currency: "CNY",
    },
    ...overrides,
  };
}

/**
 * A letter about `inside`: `{ method, headers, body }`. Without options it is genuine. `key` seals it,
 * `seal` says how, `resource` and `envelope` change what stands around the ciphertext, `text` writes the
 * body (it gets the envelope), `sender` signs, `at` and `nonce_str` are what it signs besides.
 */
export function letter({ inside, key, sender, ...how }) {
  const told = typeof inside === "string" ? inside : JSON.stringify(inside);
  const resource = {
    original_type: "transaction",
    ...sealed(told, key, how.seal),
    ...how.resource,
  };
  const body = (how.text ?? JSON.stringify)({
    id: randomUUID(),
    create_time: beijing(Date.now()),
    resource_type: "encrypt-resource",
    event_type: "TRANSACTION.SUCCESS",
    summary: "支付成功",
    resource,
    ...how.envelope,
  });
  return stamped(body, sender, how);
}

/** Any body, signed by `sender` (`{ serial, key }`) as a notification. */
export function stamped(body, sender, { at = unixNow(), nonce_str = nonce() } = {}) {
  const bytes = Buffer.from(body);
  const text = messageText({ timestamp: at, nonce_str, body: bytes });
  const headers = {
    // As a real one had them (C.1).
    "User-Agent": "Mozilla/4.0",
    Accept: "*/*",
    "Cache-Control": "no-cache",
    Pragma: "no-cache",
    "Content-Type": "application/json",
    "Wechatpay-Timestamp": String(at),
    "Wechatpay-Nonce": nonce_str,
    "Wechatpay-Serial": sender.serial,
    "Wechatpay-Signature-Type": SCHEME,
    "Wechatpay-Signature": signed(text, sender.key),
  };
  return { method: "POST", headers, body: bytes };
}

/** The same letter with other headers; undefined takes one away. */
export function withHeaders(one, changes) {
  const headers = Object.fromEntries(
    Object.entries({ ...one.headers, ...changes }).filter(([, value]) => value !== undefined),
  );
  return { ...one, headers };
}

/** The same letter with another body, the signature as it was. */
export const withBody = (one, body) => ({ ...one, body: Buffer.from(body) });

/** A text with its middle letter exchanged, still of Base64's alphabet. */
export function flipped(text) {
  const middle = text.length >> 1;
  return text.slice(0, middle) + (text[middle] === "A" ? "B" : "A") + text.slice(middle + 1);
}
