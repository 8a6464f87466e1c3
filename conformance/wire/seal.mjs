// What is closed with a key: AES-256-GCM for resources and certificates (protocol reference A.7),
// RSA-OAEP with SHA-1 for single fields (A.8).

import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from "node:crypto";

import { expect } from "../verdict.mjs";
import { publicKey } from "./signature.mjs";

/** The algorithm's name in messages. */
export const ALGORITHM = "AEAD_AES_256_GCM";

const TAG_BYTES = 16;

/** The text inside a sealed resource; a check fails if it is not sealed by the rule (A.7). */
export function opened({ algorithm, nonce, associated_data = "", ciphertext }, apiV3Key) {
  expect(algorithm === ALGORITHM, `the algorithm is ${algorithm}`);
  expect(Buffer.byteLength(nonce ?? "") === 12, `the nonce is ${nonce}, not of 12 bytes`);
  const bytes = Buffer.from(ciphertext ?? "", "base64");
  expect(bytes.length >= TAG_BYTES, `the ciphertext has ${bytes.length} bytes`);
  return openedBytes(bytes, { key: apiV3Key, nonce, aad: associated_data }).toString("utf8");
}

/** The same for bare bytes with the tag behind them. */
export function openedBytes(bytes, { key, nonce, aad = "" }) {
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce));
  decipher.setAAD(Buffer.from(aad)).setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch {
    expect(false, "it does not open with this key");
  }
}

/** A text sealed as the platform does. */
export function sealed(
  text,
  apiV3Key,
  { nonce = randomBytes(6).toString("hex"), aad = "transaction" } = {},
) {
  const cipher = createCipheriv("aes-256-gcm", apiV3Key, Buffer.from(nonce));
  cipher.setAAD(Buffer.from(aad));
  const bytes = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  return {
    algorithm: ALGORITHM,
    ciphertext: bytes.toString("base64"),
    associated_data: aad,
    nonce,
  };
}

const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha1" };

/** A short text that only the holder of this key reads, in Base64. */
export const encryptedFor = (pem, text) =>
  publicEncrypt({ key: publicKey(pem), ...OAEP }, Buffer.from(text)).toString("base64");

/** What was encrypted for us, as bytes; a check fails if it does not open. */
export function decryptedBy(privatePem, base64) {
  try {
    return privateDecrypt(
      { key: createPrivateKey(privatePem), ...OAEP },
      Buffer.from(base64, "base64"),
    );
  } catch {
    expect(false, "it is not encrypted for this key with OAEP and SHA-1");
  }
}
