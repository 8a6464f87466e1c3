// Who may call (protocol reference A.2, A.3): each way of being wrong is 401 SIGN_ERROR, and the few
// freedoms that merchants have are taken.

import { generateKeyPairSync } from "node:crypto";

import { expect } from "../../verdict.mjs";
import { authorization, requestText, unixNow } from "../../wire/signature.mjs";
import { fresh } from "../bench.mjs";
import { refused, summary } from "../merchant.mjs";

/** A key that no merchant has. */
const strangersKey = (bench) =>
  bench.once("stranger", () =>
    generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    }),
  );

const without = (name) => (said) => {
  const { [name]: _, ...rest } = said;
  return authorization(rest, Object.keys(rest));
};

/** Each makes a wrong call out of a right one: options of the call, and whether an order is placed. */
const WRONG = {
  missing: ["no Authorization", () => ({ authorization: null })],
  bearer: ["another scheme (Bearer)", () => ({ authorization: "Bearer 0123456789" })],
  sm2: [
    "the scheme WECHATPAY2-SM2-WITH-SM3",
    () => ({
      authorization: (said) => authorization(said).replace(/^\S+/, "WECHATPAY2-SM2-WITH-SM3"),
    }),
  ],
  ...Object.fromEntries(
    ["mchid", "nonce_str", "signature", "timestamp", "serial_no"].map((name) => [
      `without-${name.replace("_", "-")}`,
      [`no ${name} among the five`, () => ({ authorization: without(name) })],
    ]),
  ),
  stale: ["a timestamp of 310 s ago", () => ({ later_s: -310 })],
  future: ["a timestamp 310 s ahead", () => ({ later_s: 310 })],
  "timestamp-text": ["a timestamp that is no number", () => ({ says: { timestamp: "soon" } })],
  "unknown-serial": [
    "a serial number of nobody",
    () => ({ says: { serial_no: "0".repeat(39) + "1" } }),
  ],
  "strangers-key": ["signed with a stranger's key", (bench) => ({ key: strangersKey(bench) })],
  "empty-signature": ["an empty signature", () => ({ says: { signature: "" } })],
  "not-base64": ["a signature that is not Base64", () => ({ says: { signature: "***" } })],
  "changed-nonce": ["another nonce than the signed one", () => ({ says: { nonce_str: fresh() } })],
  "changed-timestamp": [
    "another timestamp than the signed one",
    () => ({ says: { timestamp: String(unixNow() - 7) } }),
  ],
  "changed-method": ["another method than the signed one", () => ({ signs: { method: "POST" } })],
  "changed-path": [
    "another path than the signed one",
    () => ({ signs: { target: "/v3/certificates" } }),
  ],
  "unsigned-query": [
    "the query left out of what is signed",
    (bench, target) => ({ signs: { target: target.split("?")[0] } }),
  ],
  "signed-host": [
    "the host in what is signed",
    (bench, target) => ({ signs: { target: bench.base + target } }),
  ],
  "no-last-newline": [
    "no newline at the end of what is signed",
    (bench, target) => ({
      text: (stamp) => requestText({ method: "GET", target, ...stamp, body: "" }).subarray(0, -1),
    }),
  ],
};

async function isRefused(bench, options) {
  const target = `${bench.who.orders}/out-trade-no/${fresh()}?${new URLSearchParams(bench.who.parties)}`;
  return refused(await bench.who.call("GET", target, options(bench, target)), 401, "SIGN_ERROR");
}

async function changedBody(bench) {
  const body = bench.order();
  const dearer = { ...body, amount: { total: 1, currency: "CNY" } };
  const answer = await bench.who.place(body, {
    signs: { body: Buffer.from(JSON.stringify(dearer)) },
  });
  return refused(answer, 401, "SIGN_ERROR");
}

async function reserialised(bench) {
  const body = bench.order();
  const answer = await bench.who.place(JSON.stringify(body, null, 1), {
    signs: { body: Buffer.from(JSON.stringify(body)) },
  });
  return refused(answer, 401, "SIGN_ERROR");
}

/** A right signature must lead to the order's own answer: 404 for a number of nobody. */
async function isTaken(bench, options, number = fresh()) {
  const target = `${bench.who.orders}/out-trade-no/${number}?${new URLSearchParams(bench.who.parties)}`;
  return refused(await bench.who.call("GET", target, options), 404, "ORDER_NOT_EXIST");
}

export const checks = [
  ...Object.entries(WRONG).map(([name, [what, options]]) => ({
    id: `auth.${name}`,
    rule: "A.3",
    expects: `${what}: 401 SIGN_ERROR`,
    run: (bench) => isRefused(bench, options),
  })),
  {
    id: "auth.changed-body",
    rule: "A.2",
    expects: "a body other than the signed one: 401 SIGN_ERROR",
    run: changedBody,
  },
  {
    id: "auth.reserialised",
    rule: "A.2",
    expects: "the signed JSON with other spaces: 401 SIGN_ERROR",
    run: reserialised,
  },
  {
    id: "auth.others-serial",
    rule: "A.3",
    expects: "another merchant's serial number and key: 401 SIGN_ERROR",
    needs: ["direct", "partner"],
    run: async (bench) => {
      const { serial_no, private_key_pem } = bench.partner.row;
      return isRefused(bench, () => ({ says: { serial_no }, key: private_key_pem }));
    },
  },
  {
    id: "auth.any-order",
    rule: "A.3",
    expects: "the five may stand in any order",
    run: (bench) =>
      isTaken(bench, { order: ["signature", "serial_no", "timestamp", "mchid", "nonce_str"] }),
  },
  {
    id: "auth.inside-window",
    rule: "A.2",
    expects: "a timestamp of four minutes ago is taken",
    run: (bench) => isTaken(bench, { later_s: -240 }),
  },
  {
    id: "auth.encoded-as-sent",
    rule: "A.2",
    expects: "what is signed is the path as sent, percent signs and all",
    run: (bench) => isTaken(bench, {}, `${fresh()}%2A`),
  },
  {
    id: "auth.body-with-newline",
    rule: "A.2",
    expects: "a body that ends in a newline is signed with one more",
    run: async (bench) => {
      const answer = await bench.who.place(`${JSON.stringify(bench.order())}\n`);
      bench.good(answer);
      return summary(answer);
    },
  },
  {
    id: "auth.body-of-another",
    rule: "A.3",
    expects: "a body that names another merchant than the header is refused",
    run: async (bench) => {
      const field = bench.who.isPartner ? "sp_mchid" : "mchid";
      const answer = await bench.who.place({ ...bench.order(), [field]: "1900000109" });
      expect(answer.status >= 400 && answer.status < 500, `answered ${summary(answer)}`);
      return summary(answer);
    },
  },
];
