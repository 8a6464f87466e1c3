// Payment notifications built here, from the protocol reference (C.1, C.2, A.4, A.7) and
// node:crypto alone: genuine ones with the sandbox's own platform key, and every kind of forgery.

import assert from "node:assert/strict";
import { createCipheriv, randomBytes, randomUUID, sign } from "node:crypto";

/** The address that the Worker gives to the platform. */
export const NOTIFY_PATH = "/wechatpay/v3/notify/transactions";

/** A paid order as the platform describes it (reference B.3). */
export function transaction(merchant, outTradeNo, overrides = {}) {
  return {
    mchid: merchant.mchid,
    appid: merchant.appid,
    out_trade_no: outTradeNo,
    transaction_id: `42000${Date.now()}${Math.trunc(Math.random() * 1e10)}`.padEnd(28, "0").slice(0, 28),
    trade_type: "NATIVE",
    trade_state: "SUCCESS",
    trade_state_desc: "支付成功",
    bank_type: "OTHERS",
    attach: "",
    success_time: "2026-11-21T12:00:00+08:00",
    payer: { openid: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
    amount: { total: 8_800, payer_total: 8_800, currency: "CNY", payer_currency: "CNY" },
    ...overrides,
  };
}

/** Seals a text as the platform does: AES-256-GCM, the tag behind the ciphertext. */
export function seal(apiV3Key, plaintext, { nonce = randomBytes(6).toString("hex"), aad = "transaction" } = {}) {
  const cipher = createCipheriv("aes-256-gcm", apiV3Key, nonce);
  cipher.setAAD(Buffer.from(aad));
  const sealed = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return {
    original_type: "transaction",
    algorithm: "AEAD_AES_256_GCM",
    ciphertext: sealed.toString("base64"),
    associated_data: aad,
    nonce,
  };
}

/** The body of a notification about `paid`. */
export function envelope(merchant, paid, overrides = {}) {
  return JSON.stringify({
    id: randomUUID(),
    create_time: "2026-11-21T12:00:00+08:00",
    resource_type: "encrypt-resource",
    event_type: "TRANSACTION.SUCCESS",
    summary: "支付成功",
    resource: seal(merchant.api_v3_key, JSON.stringify(paid)),
    ...overrides,
  });
}

/** Signs a body with the platform's public-key-mode key, or another key under another serial. */
export function signed(merchant, body, {
  key = merchant.platform_private_key_pem,
  serial = merchant.platform_public_key_id,
  timestamp = Math.trunc(Date.now() / 1_000),
  nonce = randomBytes(16).toString("hex"),
} = {}) {
  const message = Buffer.from(`${timestamp}\n${nonce}\n${body}\n`);
  const signature = sign("sha256", message, key).toString("base64");
  const headers = {
    "Content-Type": "application/json",
    "Wechatpay-Timestamp": String(timestamp),
    "Wechatpay-Nonce": nonce,
    "Wechatpay-Signature": signature,
    "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    "Wechatpay-Serial": serial,
  };
  return { headers, body };
}

/** A genuine notification that `outTradeNo` was paid; `overrides` change the transaction. */
export function genuine(merchant, outTradeNo, overrides) {
  return signed(merchant, envelope(merchant, transaction(merchant, outTradeNo, overrides)));
}

/** Where the Worker wants to be told of refunds. */
export const REFUND_PATH = "/wechatpay/v3/notify/refunds";

/** A notification about a refund, `told` as in reference C.2; `how` may sign it otherwise. */
export function refundLetter(merchant, told, how) {
  const sealed = seal(merchant.api_v3_key, JSON.stringify(told), { aad: "refund" });
  const overrides = {
    event_type: `REFUND.${told.refund_status}`,
    summary: "退款",
    resource: { ...sealed, original_type: "refund" },
  };
  return signed(merchant, envelope(merchant, {}, overrides), how);
}

/** Posts a notification to an address of the Worker and answers the status and body. */
export async function deliver(worker, { headers, body }, path = NOTIFY_PATH) {
  const reply = await worker.fetch(path, { method: "POST", headers, body });
  return { status: reply.status, body: await reply.text() };
}

/** Delivers one and sees it acknowledged: the platform counts 200 and 204, nothing else (C.3). */
export async function delivered(worker, letter, path) {
  const { status, body } = await deliver(worker, letter, path);
  assert.ok([200, 204].includes(status), `${status} ${body}`);
}
