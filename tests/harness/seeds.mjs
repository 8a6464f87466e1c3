// What each fuzz target begins with: the test vectors in the target's own form, and what lies ready
// in fuzz/seeds/.

import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { inProject } from "./project.mjs";

const VECTORS = inProject("tests/vectors");

/** An HTTP message's head and body, as `notification_forged` reads them. */
const message = ({ headers, body }) =>
  `${Object.entries(headers).map(([name, value]) => `${name}: ${value}`).join("\n")}\n\n${body}`;

const probe = ({ timestamp, nonce, serial, signature, body }) => message({
  headers: {
    "Wechatpay-Timestamp": timestamp,
    "Wechatpay-Nonce": nonce,
    "Wechatpay-Serial": serial,
    "Wechatpay-Signature": signature,
  },
  body,
});

/** The bytes below PEM or bare Base64, as far as they can be had. */
const unwrapped = ({ text }) =>
  Buffer.from(text.replaceAll(/-----[^-]*-----/g, "").replaceAll("\\n", ""), "base64");

/** The first byte says into what pieces a bill is cut. */
const inPieces = (...parts) => Buffer.concat([Buffer.from([63]), ...parts.map((part) => Buffer.from(part))]);

/** As a message, whose values need no escaping where they stand in CDATA. */
const fieldsAndSign = ({ fields, sign }) => `<xml>${[...fields, ["sign", sign]]
  .map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`).join("")}</xml>`;

/** By kind of vector: what it gives to which target. */
const SEEDS = {
  bill_answer: { reply: ({ body }) => `200${body}` },
  bill: {
    bill_rows: ({ text }) => inPieces(text),
    bill_packed: ({ text }) => inPieces(gzipSync(text)),
  },
  bill_packed: { bill_packed: ({ packed }) => inPieces(Buffer.from(packed, "base64")) },
  bill_sealed: { bill_sealed: ({ sealed }) => inPieces(Buffer.from(sealed, "base64")) },
  certificates: { certificates: ({ body }) => body },
  refund_answer: { reply: ({ body }) => `200${body}` },
  answer: { reply: ({ status, body }) => `${status}${body}` },
  error: { reply: ({ status, body }) => `${status}${body}` },
  query_answer: {
    reply: ({ body }) => `200${body}`,
    notification_resource: ({ body }) => body,
  },
  key_text: { key_text: ({ text }) => text, key_der: unwrapped, certificate_sealed: ({ text }) => text },
  message: { order_fields: ({ body }) => body },
  notification: {
    notification_forged: message,
    notification_envelope: ({ body }) => body,
    notification_resource: ({ plaintext }) => plaintext,
  },
  probe: { notification_forged: probe, notification_envelope: ({ body }) => body },
  request: { order_fields: ({ body }) => body },
  v2_message: { v2_xml: ({ xml }) => xml, v2_message: ({ xml }) => xml },
  v2_unsigned: { v2_xml: ({ xml }) => xml, v2_message: ({ xml }) => xml },
  v2_req_info: { v2_xml: ({ plaintext }) => plaintext.replaceAll("root>", "xml>") },
  v2_sign: { v2_sign: fieldsAndSign },
};

/** Fills `folder` with the seeds of `target`, and says how many there are. */
export function plantSeeds(target, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const byHand = inProject("fuzz/seeds", target);
  if (existsSync(byHand)) cpSync(byHand, folder, { recursive: true });
  for (const name of readdirSync(VECTORS)) {
    const vector = JSON.parse(readFileSync(join(VECTORS, name), "utf8"));
    const seed = SEEDS[vector.kind]?.[target]?.(vector);
    if (seed?.length) writeFileSync(join(folder, name), seed);
  }
  return readdirSync(folder).length;
}
