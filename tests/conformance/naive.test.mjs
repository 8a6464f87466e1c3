// Each check of an endpoint can fail: against an address that does everything right all pass, and of
// each that makes a mistake the right ones find it out.

import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { CHECKS, openEndpoint as openBench } from "../../conformance/endpoint/endpoint.mjs";
import { RULES } from "../../conformance/rules.mjs";
import { chosen, run } from "../../conformance/run.mjs";
import { freePorts } from "../harness/port.mjs";
import { freshFolder } from "../harness/project.mjs";
import { Sandbox } from "../harness/sandbox.mjs";
import { CAREFUL, gcm, openEndpoint, stream } from "./naive.mjs";

const folder = freshFolder("conformance");
const [merchantFile, orderFile] = ["merchant.json", "order.json"].map((name) => join(folder, name));
let merchant;

before(async () => {
  const [port] = await freePorts(1);
  const sandbox = await Sandbox.start({ port });
  ({ merchant } = sandbox);
  await sandbox.stop();
  await writeFile(merchantFile, JSON.stringify(merchant));
  const { mchid, appid } = merchant;
  await writeFile(
    orderFile,
    JSON.stringify({ out_trade_no: "T20250101000001", total: 8_800, mchid, appid }),
  );
});
after(() => rm(folder, { recursive: true, force: true }));

const ids = (group, ...but) =>
  CHECKS.map(({ id }) => id).filter((id) => id.startsWith(`${group}.`) && !but.includes(id));

const pause = (ms) => new Promise((resume) => setTimeout(resume, ms));
const json = (body) => JSON.parse(body.toString("utf8"));

/** Answers 500 from the moment that `isFatal` has seen its letter. */
function poisoned(isFatal) {
  let isDead = false;
  return (request, reply, close) => {
    if (isFatal(request)) isDead = true;
    if (isDead) close(500);
    return isDead;
  };
}

function oncePerPayment() {
  const first = new Map();
  return (inside, told, body) => {
    const key = inside.transaction_id;
    if (!first.has(key)) first.set(key, body);
    return first.get(key).equals(body) ? 204 : 409;
  };
}

function oneAtATime() {
  let isBusy = false;
  return async () => {
    if (isBusy) return 503;
    isBusy = true;
    await pause(20);
    isBusy = false;
    return 204;
  };
}

function onlyOnce() {
  const seen = new Set();
  return (inside, told, body) =>
    seen.has(body.toString()) ? 409 : seen.add(body.toString()) && 204;
}

const KNOWN = ["id", "create_time", "resource_type", "event_type", "summary", "resource"];

const whole = (order) =>
  order.mchid === merchant.mchid &&
  order.appid === merchant.appid &&
  order.trade_state === "SUCCESS" &&
  order.amount?.total === 8_800 &&
  order.amount.currency === "CNY" &&
  order.out_trade_no === "T20250101000001";

/** Of each mistake: what it is, the checks that must notice, and what it puts in a step's place. */
const MISTAKES = () => [
  [
    "accepts everything",
    ids("forged"),
    { instead: (request, reply, close) => request.on("end", () => close(204)).resume() },
  ],
  [
    "verifies nothing",
    [
      "forged.probe",
      "forged.signature-changed",
      "forged.strangers-key",
      "forged.stale",
      "forged.unknown-serial",
      "forged.without-signature",
      "forged.reserialised",
    ],
    { window_s: Infinity, instead: verifiesNothing },
  ],
  [
    "re-serialises the body",
    ["forged.reserialised", "forged.newline-added", "genuine.whitespace", "genuine.escaped"],
    { signedBytes: (body) => JSON.stringify(json(body)) },
  ],
  [
    "ignores the time",
    [
      "forged.stale",
      "forged.future",
      "forged.301-s-old",
      "forged.301-s-ahead",
      "forged.milliseconds",
    ],
    { window_s: Infinity },
  ],
  ["allows ten seconds", ["genuine.299-s-old", "genuine.299-s-ahead"], { window_s: 10 }],
  [
    "crashes after a probe",
    ["forged.probe", "forged.probe-not-base64"],
    {
      instead: poisoned(({ headers }) =>
        headers["wechatpay-signature"]?.startsWith("WECHATPAY/SIGNTEST/"),
      ),
    },
  ],
  [
    "crashes after a nonce of another length",
    ["forged.nonce-long", "forged.nonce-short"],
    (() => {
      let isDead = false;
      return {
        open: (resource, key) => {
          isDead ||= resource.nonce.length !== 12;
          if (isDead) throw new Error("poisoned");
          return CAREFUL.open(resource, key);
        },
      };
    })(),
  ],
  ["answers 201", ids("genuine", "genuine.in-time"), { settle: () => 201 }],
  ["takes six seconds", ["genuine.in-time"], { settle: () => pause(6_000).then(() => 204) }],
  ["answers a forgery 302", ["forged.probe"], { refuses: 302 }],
  ["takes each letter once", ["genuine.again", "genuine.twenty"], { settle: onlyOnce() }],
  [
    "takes each payment once",
    ["genuine.sent-anew", "genuine.other-id"],
    { settle: oncePerPayment() },
  ],
  ["takes one at a time", ["genuine.twenty"], { settle: oneAtATime() }],
  [
    "wants a UUID",
    ["genuine.other-id"],
    { settle: (_, told) => (/^[0-9a-f-]{36}$/.test(told.id) ? 204 : 400) },
  ],
  [
    "knows certificates only",
    ["genuine.accepted", "genuine.public-key"],
    { key: (keys) => keys[merchant.platform_certificate_serial] },
  ],
  [
    "knows the public key only",
    ["genuine.certificate"],
    { key: (keys, serial) => (serial.startsWith("PUB_KEY") ? keys[serial] : undefined) },
  ],
  [
    "takes the usual key for every serial number",
    ["forged.unknown-serial"],
    { key: (keys) => keys[merchant.platform_public_key_id] },
  ],
  [
    "refuses new fields",
    ["genuine.new-fields"],
    { settle: (_, told) => (Object.keys(told).every((name) => KNOWN.includes(name)) ? 204 : 400) },
  ],
  [
    "insists on associated data",
    ["genuine.empty-aad", "genuine.missing-aad"],
    { open: (resource, key) => (resource.associated_data ? CAREFUL.open(resource, key) : "") },
  ],
  [
    "insists on nonces of 32",
    ["genuine.short-nonce"],
    { takesNonce: (nonce) => nonce.length === 32 },
  ],
  ["insists on the signature's type", ["genuine.no-signature-type"], { takesScheme: Boolean }],
  [
    "looks for headers in one spelling",
    ["genuine.header-case"],
    {
      header: ({ rawHeaders }, name) => {
        const spelt = `Wechatpay-${name
          .split("-")
          .map((part) => part[0].toUpperCase() + part.slice(1))
          .join("-")}`;
        return rawHeaders[rawHeaders.indexOf(spelt) + 1 || -1];
      },
    },
  ],
  [
    "reads the first piece only",
    ["genuine.in-pieces"],
    {
      read: (request) => new Promise((resolve) => request.once("data", (chunk) => resolve(chunk))),
    },
  ],
  ["ignores the seal's tag", ["forged.other-aad"], { open: stream }],
  [
    "ignores the algorithm's name",
    ["forged.algorithm"],
    {
      open: ({ associated_data = "", ...resource }, key) =>
        gcm({ associated_data, ...resource }, key),
    },
  ],
  [
    "takes what it cannot read",
    [
      "forged.not-json",
      "forged.nothing",
      "forged.xml",
      "forged.deep",
      "forged.inside-text",
      "forged.no-resource",
      "forged.damaged",
      "forged.other-key",
    ],
    {
      onError: ({ message }, request, reply) =>
        !["headers", "window", "key or signature", "signature", "method"].includes(message) &&
        reply.writeHead(200).end(),
    },
  ],
  [
    "hangs up on what it does not know",
    ids("odd", "odd.cut-short", "odd.paid-twice"),
    {
      settle: (inside, told) => {
        if (told.event_type !== "TRANSACTION.SUCCESS" || !whole(inside)) throw new Error("odd");
        return 204;
      },
      onError: (_, request) => request.socket.destroy(),
    },
  ],
  [
    "falls over a second payment",
    ["odd.paid-twice"],
    (() => {
      const paid = new Set();
      return { settle: ({ transaction_id }) => (paid.add(transaction_id).size > 1 ? 500 : 204) };
    })(),
  ],
  [
    "falls over a broken line",
    ["odd.cut-short"],
    (() => {
      let isDead = false;
      return {
        instead: (request, reply, close) => {
          request.on("aborted", () => {
            isDead = true;
          });
          if (isDead) close(500);
          return isDead;
        },
      };
    })(),
  ],
];

/** Opens the seal and asks for nothing else. */
function verifiesNothing(request, reply, close) {
  CAREFUL.read(request)
    .then((body) => close(CAREFUL.open(json(body).resource, merchant.api_v3_key) && 204))
    .catch(() => close(500));
  return true;
}

async function rowsOf(mistake, only, { order = orderFile } = {}) {
  const endpoint = await openEndpoint(merchant, mistake);
  try {
    return await run(
      chosen(CHECKS, only),
      await openBench({ endpoint: endpoint.url, merchant: merchantFile, order }),
    );
  } finally {
    await endpoint.close();
  }
}

const failed = (rows) => rows.filter(({ outcome }) => outcome === "fail").map(({ id }) => id);
const others = (rows) =>
  rows
    .filter(({ outcome }) => outcome !== "pass")
    .map(({ id, outcome, happened }) => `${id} ${outcome}: ${happened}`);

test("an endpoint that does everything right passes every check", async () => {
  assert.deepEqual(others(await rowsOf({})), []);
});

// Side by side: each has an endpoint of its own, and most of their time is waiting.
const SIDE_BY_SIDE = { concurrency: 8 };

test("a mistake is found out by the checks beside it", SIDE_BY_SIDE, async (t) => {
  const found = MISTAKES().map(([what, expected, mistake]) =>
    t.test(what, async () => {
      const rows = await rowsOf(mistake, expected);
      assert.deepEqual(failed(rows).sort(), [...expected].sort(), JSON.stringify(rows, null, 1));
    }),
  );
  await Promise.all(found);
});

test("every check has a mistake that it must notice", () => {
  const noticed = new Set(MISTAKES().flatMap(([, expected]) => expected));
  assert.deepEqual(
    CHECKS.map(({ id }) => id).filter((id) => !noticed.has(id)),
    [],
  );
});

test("where unknown orders are refused, a refusal proves nothing", async () => {
  const rows = await rowsOf({ settle: () => 404 }, undefined, { order: null });
  assert.deepEqual(failed(rows), []);
  const untried = rows.filter(({ outcome }) => outcome === "untried");
  assert.deepEqual(
    untried.map(({ id }) => id),
    [...ids("genuine"), ...ids("forged")],
  );
  for (const { id, happened } of untried) assert.match(happened, /without --order/, id);
});

test("and taking a forgery still fails there", async () => {
  const trusting = (request, reply, close) =>
    request.headers["wechatpay-signature"]?.startsWith("WECHATPAY/SIGNTEST/")
      ? request.on("end", () => close(200)).resume()
      : false;
  const rows = await rowsOf(
    { settle: () => 404, instead: trusting },
    ["forged.probe", "forged.not-base64"],
    { order: null },
  );
  assert.deepEqual(
    rows.map(({ outcome }) => outcome),
    ["fail", "untried"],
  );
});

test("every check has an id of its own and a rule that is named", () => {
  assert.equal(new Set(CHECKS.map(({ id }) => id)).size, CHECKS.length);
  for (const { id, rule } of CHECKS) assert.ok(RULES[rule], `${id}: ${rule}`);
});
