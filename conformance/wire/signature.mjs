// Both directions of the platform's signatures (protocol reference A.2 to A.4), written from the
// reference alone.

import {
  constants,
  createPublicKey,
  randomBytes,
  sign,
  verify,
  X509Certificate,
} from "node:crypto";

/** The only scheme of RSA merchants (A.3). */
export const SCHEME = "WECHATPAY2-SHA256-RSA2048";

/** What a deliberately wrong signature begins with (A.4). */
export const PROBE = "WECHATPAY/SIGNTEST/";

/** Messages as far off as this, or farther, are refused (A.4). */
export const WINDOW_S = 300;

/** Seconds since 1970. */
export const unixNow = () => Math.trunc(Date.now() / 1_000);

/** 32 characters, upper-case hexadecimal. */
export const nonce = () => randomBytes(16).toString("hex").toUpperCase();

/** RSASSA-PKCS1-v1_5 with SHA-256, in standard Base64. */
export function signed(text, privatePem) {
  const key = { key: privatePem, padding: constants.RSA_PKCS1_PADDING };
  return sign("sha256", Buffer.from(text), key).toString("base64");
}

/** The five lines that a merchant signs (A.2). */
export const requestText = ({ method, target, timestamp, nonce_str, body }) =>
  Buffer.concat([
    Buffer.from(`${method}\n${target}\n${timestamp}\n${nonce_str}\n`),
    Buffer.from(body),
    Buffer.from("\n"),
  ]);

/** The three lines that the platform signs (A.4). */
export const messageText = ({ timestamp, nonce_str, body }) =>
  Buffer.concat([
    Buffer.from(`${timestamp}\n${nonce_str}\n`),
    Buffer.from(body),
    Buffer.from("\n"),
  ]);

/** The header's value for these five; `order` is the order in which they stand. */
export function authorization(
  said,
  order = ["mchid", "nonce_str", "signature", "timestamp", "serial_no"],
) {
  return `${SCHEME} ${order.map((name) => `${name}="${said[name]}"`).join(",")}`;
}

/** The public key inside a PEM, be it a certificate or a bare key. */
export function publicKey(pem) {
  return pem.includes("CERTIFICATE") ? new X509Certificate(pem).publicKey : createPublicKey(pem);
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Why an answer or a notification is not to be believed, or undefined if it is the platform's. `keys`
 * maps serial numbers to PEM texts.
 */
export function distrust({ headers, body }, keys, now = unixNow()) {
  const value = (name) => headers[`wechatpay-${name}`];
  const missing = ["timestamp", "nonce", "signature", "serial"].filter((name) => !value(name));
  if (missing.length) return `no Wechatpay-${missing.join(", no Wechatpay-")}`;
  const scheme = value("signature-type");
  if (scheme !== undefined && scheme !== SCHEME) return `Wechatpay-Signature-Type is ${scheme}`;
  if (!/^\d{1,12}$/.test(value("timestamp"))) return "Wechatpay-Timestamp is no number of seconds";
  const age_s = now - Number(value("timestamp"));
  if (Math.abs(age_s) >= WINDOW_S) return `Wechatpay-Timestamp is ${age_s} s old`;
  const pem = keys[value("serial")];
  if (!pem) return `Wechatpay-Serial ${value("serial")} is no key that the platform gave out`;
  if (value("signature").startsWith(PROBE)) return "the signature is a probe";
  if (!BASE64.test(value("signature"))) return "the signature is not standard Base64";
  const text = messageText({ timestamp: value("timestamp"), nonce_str: value("nonce"), body });
  const bytes = Buffer.from(value("signature"), "base64");
  const isRight = verify(
    "sha256",
    text,
    { key: publicKey(pem), padding: constants.RSA_PKCS1_PADDING },
    bytes,
  );
  return isRight ? undefined : "the signature does not verify over the bytes that came";
}
