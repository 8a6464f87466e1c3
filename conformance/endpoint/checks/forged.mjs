// What must not be taken, whatever else it is answered (protocol reference A.4, A.7): everything that is
// not proven to be the platform's, and everything that does not open. After each, a genuine one must
// still work: an endpoint that falls over is an endpoint that loses payments.

import { generateKeyPairSync } from "node:crypto";

import { sealed } from "../../wire/seal.mjs";
import { PROBE, unixNow } from "../../wire/signature.mjs";
import { flipped, stamped, withBody, withHeaders } from "../letters.mjs";
import { early } from "./genuine.mjs";

const BIG_BYTES = 2 * 1_024 * 1_024;
const DEPTH = 20_000;

const strangersKey = (bench) =>
  bench.once("stranger", () =>
    generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    }),
  );

const signature = (one, change) => {
  const value = one.headers["Wechatpay-Signature"];
  return withHeaders(one, { "Wechatpay-Signature": change(value) });
};

const text = (one) => one.body.toString("utf8");

/** Name, rule, what it is, and how it is made out of a genuine letter. */
const FORGERIES = [
  [
    "probe",
    "A.4",
    "a probe: the signature begins with WECHATPAY/SIGNTEST/",
    (one) => signature(one, (value) => PROBE + value.slice(PROBE.length)),
  ],
  [
    "probe-not-base64",
    "A.4",
    "a probe that does not even decode",
    (one) => signature(one, (value) => `${PROBE}***${value.slice(PROBE.length + 3)}`),
  ],
  [
    "signature-changed",
    "A.4",
    "one letter of the signature changed",
    (one) => signature(one, flipped),
  ],
  ["signature-empty", "A.4", "an empty signature", (one) => signature(one, () => "")],
  ["signature-short", "A.4", "a signature of three bytes", (one) => signature(one, () => "AAAA")],
  ["not-base64", "A.4", "a signature that is not Base64", (one) => signature(one, () => "***")],
  [
    "tampered",
    "A.4",
    "one letter of the ciphertext changed after signing",
    (one) =>
      withBody(
        one,
        text(one).replace(/("ciphertext":")([^"]+)/, (_, key, value) => key + flipped(value)),
      ),
  ],
  [
    "summary-changed",
    "A.4",
    "another summary than the signed one",
    (one) => withBody(one, text(one).replace("支付成功", "支付失败")),
  ],
  [
    "reserialised",
    "A.4",
    "the signed JSON with other spaces",
    (one) => withBody(one, JSON.stringify(JSON.parse(text(one)), null, 1)),
  ],
  [
    "newline-added",
    "A.4",
    "a line feed behind the signed body",
    (one) => withBody(one, `${text(one)}\n`),
  ],
  [
    "nonce-changed",
    "A.4",
    "another nonce than the signed one",
    (one) => withHeaders(one, { "Wechatpay-Nonce": "0123456789AB" }),
  ],
  [
    "timestamp-changed",
    "A.4",
    "another timestamp than the signed one",
    (one) =>
      withHeaders(one, {
        "Wechatpay-Timestamp": String(Number(one.headers["Wechatpay-Timestamp"]) - 1),
      }),
  ],
  [
    "timestamp-text",
    "A.4",
    "a timestamp that is no number",
    (one) => withHeaders(one, { "Wechatpay-Timestamp": "soon" }),
  ],
  [
    "scheme",
    "A.4",
    "Wechatpay-Signature-Type WECHATPAY2-SM2-WITH-SM3",
    (one) => withHeaders(one, { "Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3" }),
  ],
  ...["Timestamp", "Nonce", "Signature", "Serial"].map((name) => [
    `without-${name.toLowerCase()}`,
    "A.4",
    `no Wechatpay-${name}`,
    (one) => withHeaders(one, { [`Wechatpay-${name}`]: undefined }),
  ]),
  ["empty-body", "A.4", "an empty body under another's signature", (one) => withBody(one, "")],
];

/** The same, of letters that are written and signed otherwise. */
const WRITTEN = [
  [
    "stale",
    "A.4",
    "rightly signed, 600 seconds ago",
    (bench) => bench.genuine({ at: unixNow() - 600 }),
  ],
  [
    "future",
    "A.4",
    "rightly signed, 600 seconds ahead",
    (bench) => bench.genuine({ at: unixNow() + 600 }),
  ],
  [
    "milliseconds",
    "A.4",
    "a timestamp in milliseconds",
    (bench) => bench.genuine({ at: Date.now() }),
  ],
  [
    "unknown-serial",
    "A.4",
    "rightly signed, under a serial number of nobody",
    (bench) =>
      bench.genuine({
        sender: { ...bench.sender(), serial: "PUB_KEY_ID_0000000000000000000000000000000000" },
      }),
  ],
  [
    "strangers-key",
    "A.4",
    "signed by a stranger under the platform's serial number",
    (bench) => bench.genuine({ sender: { ...bench.sender(), key: strangersKey(bench) } }),
  ],
  [
    "damaged",
    "A.7",
    "rightly signed, the ciphertext damaged",
    (bench) => {
      const { ciphertext } = sealed(JSON.stringify({}), bench.merchant.api_v3_key);
      return bench.genuine({ resource: { ciphertext: flipped(ciphertext) } });
    },
  ],
  [
    "other-key",
    "A.7",
    "rightly signed, sealed with another APIv3 key",
    (bench) => bench.genuine({ key: "0123456789abcdefghijklmnopqrstuv" }),
  ],
  [
    "other-aad",
    "A.7",
    "rightly signed, sealed with other associated data",
    (bench) => bench.genuine({ resource: { associated_data: "refund" } }),
  ],
  [
    "algorithm",
    "A.7",
    "rightly signed, another algorithm's name",
    (bench) => bench.genuine({ resource: { algorithm: "AEAD_SM4_GCM" } }),
  ],
  [
    "nonce-short",
    "A.7",
    "rightly signed, a resource nonce of 11 characters",
    (bench) => bench.genuine({ resource: { nonce: "01234567890" } }),
  ],
  [
    "nonce-long",
    "A.7",
    "rightly signed, sealed with a nonce of 16 characters",
    (bench) => bench.genuine({ seal: { nonce: "0123456789abcdef" } }),
  ],
  [
    "nonce-empty",
    "A.7",
    "rightly signed, an empty resource nonce",
    (bench) => bench.genuine({ resource: { nonce: "" } }),
  ],
  [
    "ciphertext-short",
    "A.7",
    "rightly signed, a ciphertext of three bytes",
    (bench) => bench.genuine({ resource: { ciphertext: "AAAA" } }),
  ],
  [
    "ciphertext-text",
    "A.7",
    "rightly signed, a ciphertext that is not Base64",
    (bench) => bench.genuine({ resource: { ciphertext: "支付" } }),
  ],
  [
    "no-resource",
    "C.1",
    "rightly signed, without a resource",
    (bench) => bench.genuine({ envelope: { resource: undefined } }),
  ],
  [
    "resource-null",
    "C.1",
    "rightly signed, the resource is null",
    (bench) => bench.genuine({ envelope: { resource: null } }),
  ],
  [
    "inside-text",
    "C.2",
    "rightly sealed, but what is inside is no JSON",
    (bench) => bench.genuine({ inside: "支付成功" }),
  ],
  ["not-json", "C.1", "rightly signed, not JSON", (bench) => stamped('{"id":', bench.sender())],
  [
    "not-utf8",
    "C.1",
    "rightly signed, not UTF-8",
    (bench) => stamped(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), bench.sender()),
  ],
  ["nothing", "C.1", "rightly signed, an empty body", (bench) => stamped("", bench.sender())],
  [
    "xml",
    "C.1",
    "rightly signed, XML",
    (bench) => stamped("<xml><return_code>SUCCESS</return_code></xml>", bench.sender()),
  ],
  [
    "deep",
    "C.1",
    `rightly signed, JSON ${DEPTH} arrays deep`,
    (bench) => stamped("[".repeat(DEPTH) + "]".repeat(DEPTH), bench.sender()),
  ],
  [
    "get",
    "C.1",
    "GET in place of POST",
    (bench) => ({ ...stamped("", bench.sender()), method: "GET" }),
  ],
];

const refuses = (name, rule, expects, make) => ({
  id: `forged.${name}`,
  rule,
  expects: `${expects}: 4xx or 5xx`,
  run: make,
});

export const checks = [
  ...FORGERIES.map(([name, rule, expects, change]) =>
    refuses(name, rule, expects, (bench) => bench.expectRefused(change(bench.genuine()))),
  ),
  ...WRITTEN.map(([name, rule, expects, write]) =>
    refuses(name, rule, expects, (bench) => bench.expectRefused(write(bench))),
  ),
  ...[
    ["301-s-old", -301, "old"],
    ["301-s-ahead", 301, "ahead"],
  ].map(([name, offset_s, word]) =>
    refuses(name, "A.4", `rightly signed, 301 seconds ${word}`, async (bench) => {
      await early(bench);
      return bench.expectRefused(bench.genuine({ at: unixNow() + offset_s }));
    }),
  ),
  {
    id: "forged.huge",
    rule: "C.1",
    expects: "2 MiB that nobody signed: 4xx, 5xx, or the connection is closed",
    run: (bench) =>
      bench.expectRefused(withBody(bench.genuine(), "x".repeat(BIG_BYTES)), { maySilence: true }),
  },
];
