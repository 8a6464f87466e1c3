// How messages travel: headers, signatures of answers, unknown paths (protocol reference A.1, A.4, A.9).

import { expect } from "../../verdict.mjs";
import { SCHEME, distrust, unixNow } from "../../wire/signature.mjs";
import { fresh } from "../bench.mjs";
import { refused, summary } from "../merchant.mjs";

const NUMBER_CHARS = 344;

/** An answer of 200 that checks only look at. */
const sample = (bench) => bench.once("answer", async () => bench.who.place(bench.order()));

const header = async (bench, name) => (await sample(bench)).headers[name];

async function proven(bench, answer) {
  const why = distrust(answer, bench.platform.trusted);
  expect(!why, why);
  return `${answer.status}, signed by ${answer.headers["wechatpay-serial"]}`;
}

/** Only certificates: on orders the signature may be looked at first (A.1). */
const withoutHeader = (name) => async (bench) =>
  refused(
    await bench.who.call("GET", "/v3/certificates", { [name]: null }),
    400,
    "INVALID_REQUEST",
  );

const takes = (accept) => async (bench) => {
  const answer = await bench.who.place(bench.order(), { accept });
  bench.good(answer);
  return summary(answer);
};

async function emptyWith(status, answer) {
  expect(answer.status === status, `answered ${summary(answer)}`);
  expect(!answer.body.length, `${status} with a body: ${summary(answer)}`);
  return `${status}, empty`;
}

export const checks = [
  {
    id: "transport.status",
    rule: "B.0",
    expects: "an order is answered 200",
    run: async (bench) => {
      const answer = await sample(bench);
      expect(answer.status === 200, `answered ${summary(answer)}`);
      return summary(answer);
    },
  },
  {
    id: "transport.json",
    rule: "A.1",
    expects: "a 200 is application/json and parses",
    run: async (bench) => {
      const { json, headers } = await sample(bench);
      const type = headers["content-type"];
      expect(/^application\/json\b/i.test(type ?? ""), `Content-Type is ${type}`);
      expect(json && typeof json === "object", "the body is no JSON object");
      return type;
    },
  },
  ...["timestamp", "nonce", "signature", "serial"].map((name) => ({
    id: `transport.has-${name}`,
    rule: "A.4",
    expects: `a 200 carries Wechatpay-${name}`,
    run: async (bench) => {
      const value = await header(bench, `wechatpay-${name}`);
      expect(value, "it is missing");
      return value.slice(0, 24);
    },
  })),
  {
    id: "transport.signature-type",
    rule: "A.4",
    expects: `Wechatpay-Signature-Type is absent or ${SCHEME}`,
    run: async (bench) => {
      const type = await header(bench, "wechatpay-signature-type");
      expect(type === undefined || type === SCHEME, `it is ${type}`);
      return type ?? "absent";
    },
  },
  {
    id: "transport.serial-known",
    rule: "A.6",
    expects: "Wechatpay-Serial names a key that merchants have",
    run: async (bench) => {
      const serial = await header(bench, "wechatpay-serial");
      expect(bench.platform.trusted[serial], `${serial} is unknown`);
      return serial;
    },
  },
  {
    id: "transport.signature-shape",
    rule: "A.2",
    expects: "the signature is standard Base64 on one line, 344 characters",
    run: async (bench) => {
      const signature = (await header(bench, "wechatpay-signature")) ?? "";
      expect(/^[A-Za-z0-9+/]+=*$/.test(signature), "other characters than Base64's");
      expect(signature.length === NUMBER_CHARS, `${signature.length} characters`);
      return `${signature.length} characters`;
    },
  },
  {
    id: "transport.timestamp",
    rule: "A.4",
    expects: "Wechatpay-Timestamp is now, in seconds, ± 5 minutes",
    run: async (bench) => {
      const stamp = await header(bench, "wechatpay-timestamp");
      const age_s = unixNow() - Number(stamp);
      expect(Math.abs(age_s) < 300, `${stamp}, ${age_s} s old`);
      return `${age_s} s old`;
    },
  },
  {
    id: "transport.signature-verifies",
    rule: "A.4",
    expects: "the signature verifies over the bytes that came",
    run: async (bench) => proven(bench, await sample(bench)),
  },
  {
    id: "transport.nonce-fresh",
    rule: "A.4",
    expects: "two answers have different nonces",
    run: async (bench) => {
      const nonces = [await sample(bench), await bench.who.place(bench.order())].map(
        ({ headers }) => headers["wechatpay-nonce"],
      );
      expect(nonces[0] !== nonces[1], `both have ${nonces[0]}`);
      return nonces.map((nonce) => nonce?.slice(0, 8)).join(", ");
    },
  },
  {
    id: "transport.request-id",
    rule: "A.1",
    expects: "a 200 has a Request-ID that ends in -0",
    run: async (bench) => {
      const id = await header(bench, "request-id");
      expect(/-0$/.test(id ?? ""), `Request-ID is ${id}`);
      return id;
    },
  },
  {
    id: "transport.204-signed",
    rule: "A.4",
    expects: "a 204 is signed over the empty body",
    run: async (bench) => {
      const { number } = await bench.placed();
      const answer = await bench.who.close(number);
      expect(answer.status === 204, `answered ${summary(answer)}`);
      return proven(bench, answer);
    },
  },
  {
    id: "transport.accept-missing",
    rule: "A.1",
    expects: "no Accept: 400 INVALID_REQUEST",
    run: withoutHeader("accept"),
  },
  {
    id: "transport.agent-missing",
    rule: "A.1",
    expects: "no User-Agent: 400 INVALID_REQUEST",
    run: withoutHeader("agent"),
  },
  { id: "transport.accept-any", rule: "A.1", expects: "Accept: */* is taken", run: takes("*/*") },
  {
    id: "transport.accept-list",
    rule: "A.1",
    expects: "a list in Accept is taken",
    run: takes("application/json, text/plain, */*"),
  },
  {
    id: "transport.unknown-path",
    rule: "A.9",
    expects: "an unknown path: 404, empty body",
    run: async (bench) => emptyWith(404, await bench.who.call("GET", "/v3/no/such/path")),
  },
  {
    id: "transport.wrong-method",
    rule: "A.9",
    expects: "a wrong method: 405, empty body",
    run: async (bench) =>
      emptyWith(405, await bench.who.call("DELETE", `${bench.who.orders}/native`)),
  },
  {
    id: "transport.401-unsigned",
    rule: "A.4",
    expects: "a 401 carries no Wechatpay-* header",
    run: async (bench) => {
      const answer = await bench.who.query(fresh(), { says: { timestamp: "1" } });
      expect(answer.status === 401, `answered ${summary(answer)}`);
      const found = Object.keys(answer.headers).filter((name) => name.startsWith("wechatpay-"));
      expect(!found.length, `it carries ${found.join(", ")}`);
      return "none";
    },
  },
  ...[
    ["not-found", 404, (bench) => bench.who.query(fresh())],
    [
      "bad-request",
      400,
      (bench) => bench.who.place(bench.order({ amount: { total: 0, currency: "CNY" } })),
    ],
    ["unauthorised", 401, (bench) => bench.who.query(fresh(), { says: { timestamp: "1" } })],
  ].map(([name, status, ask]) => ({
    id: `error.${name}`,
    rule: "A.9",
    expects: `a ${status} is JSON with the texts code and message`,
    run: async (bench) => {
      const answer = await ask(bench);
      expect(answer.status === status, `answered ${summary(answer)}`);
      expect(
        /^application\/json\b/i.test(answer.headers["content-type"] ?? ""),
        "it is not application/json",
      );
      for (const field of ["code", "message"]) {
        expect(
          typeof answer.json?.[field] === "string" && answer.json[field],
          `it has no ${field}`,
        );
      }
      return summary(answer);
    },
  })),
  {
    id: "error.detail",
    rule: "A.9",
    expects: "where a 400 has a detail, it is an object that names the field",
    run: async (bench) => {
      const answer = await bench.who.place(bench.order({ amount: { total: 0, currency: "CNY" } }));
      const { detail } = answer.json ?? {};
      expect(answer.status === 400, `answered ${summary(answer)}`);
      expect(detail === undefined || (detail && typeof detail === "object"), `detail is ${detail}`);
      expect(!detail?.field || /total/.test(detail.field), `detail.field is ${detail?.field}`);
      return detail ? `detail.field is ${detail.field}` : "no detail";
    },
  },
];
