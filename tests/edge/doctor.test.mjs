// The doctor: mistakes are planted one by one, and each must be named by its variable or cause.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";

import { certificate } from "../harness/certificate.mjs";
import { openGateway } from "../harness/gateway.mjs";
import { freePorts } from "../harness/port.mjs";
import { Shop, assertProblem } from "../harness/shop.mjs";
import { useStage } from "../harness/stage.mjs";
import { OPERATOR_KEY, SECRET_KEY, Worker } from "../harness/worker.mjs";

/** A shop's endpoint, which no doctor calls. */
const WEBHOOK = {
  WEBHOOK_URL: "https://shop.example.com/webhooks", WEBHOOK_SECRETS: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
};

const stage = useStage({ overrides: WEBHOOK });

/** A Worker whose variables differ from the stage's (`undefined`: not set), while `look` works. */
async function withWorker(overrides, look) {
  const [port] = await freePorts(1);
  const bindings = { ...stage.bindings, PUBLIC_URL: `http://127.0.0.1:${port}`, ...overrides };
  for (const [name, value] of Object.entries(bindings)) if (value === undefined) delete bindings[name];
  const worker = await Worker.start({ port, bindings });
  try {
    return await look(new Shop(worker), bindings);
  } finally {
    await worker.stop();
  }
}

const shown = ({ findings }) =>
  findings.map(({ state, check, variable, words }) => `${state} ${check} ${variable}: ${words}`).join("\n");

test("a deployment in order is told so, by every check", async () => {
  const { shop } = stage;
  const found = await shop.doctor({ order: true });
  assert.equal(found.healthy, true, shown(found));
  assert.deepEqual(found.findings.filter(({ state }) => state !== "ok"), [], shown(found));
  const checks = new Set(found.findings.map(({ check }) => check));
  assert.deepEqual([...checks].sort(), [
    "answers", "api_v3_key", "clock", "configuration", "echo", "index", "merchant_certificate",
    "notification", "notify_url", "order", "platform_certificate", "rate_limits", "reachable", "sealed_echo",
    "signature", "webhook",
  ]);
  const paths = ["transactions", "refunds"].map((what) => `/wechatpay/v3/notify/${what}`);
  assert.deepEqual(found.notify_urls, paths.map((path) => stage.worker.url + path));
});

test("an order is tried only when that is asked for, and is closed at once", async () => {
  const { shop, sandbox } = stage;
  const orders = async () => (await (await fetch(`${sandbox.url}/sandbox/orders`)).json()).data;
  const before = (await orders()).length;
  const { findings } = await shop.doctor();
  assert.equal(findings.find(({ check }) => check === "order").state, "skipped");
  assert.equal((await orders()).length, before);
  await shop.doctor({ order: true });
  const tried = (await orders()).filter(({ out_trade_no: number }) => number.startsWith("doctor0"));
  assert.ok(tried.length > 0);
  assert.ok(tried.every(({ trade_state: state }) => state === "CLOSED"), JSON.stringify(tried));
});

const otherKey = () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    privatePem: privateKey.export({ type: "pkcs8", format: "pem" }),
    publicPem: publicKey.export({ type: "spki", format: "pem" }),
  };
};
const aged = (days) => ({ private_key_pem: key }) => {
  const { pem } = certificate(key, days);
  return { MERCHANT_CERTIFICATE: pem, MERCHANT_SERIAL: undefined };
};
const withoutCertificate = { MERCHANT_CERTIFICATE: undefined };
const partner = ({ partner: own }, overrides) => ({
  MCHID: own.sp_mchid,
  APPID: own.sp_appid,
  SUB_MERCHANTS: JSON.stringify({ [own.sub_mchid]: {} }),
  MERCHANT_SERIAL: own.serial_no,
  MERCHANT_CERTIFICATE: own.certificate_pem,
  MERCHANT_PRIVATE_KEY: own.private_key_pem,
  API_V3_KEY: own.api_v3_key,
  ...overrides,
});

/** What is planted, and the finding that must name it. */
const PLANTED = {
  "the private key of another merchant beside a certificate": {
    variables: (m) => ({ MERCHANT_PRIVATE_KEY: m.partner.private_key_pem }),
    names: { check: "configuration", variable: "MERCHANT_PRIVATE_KEY", words: /does not belong/ },
  },
  "a public key pasted for the private one": {
    variables: (m) => ({ MERCHANT_PRIVATE_KEY: m.platform_public_key_pem }),
    names: { check: "configuration", variable: "MERCHANT_PRIVATE_KEY", words: /this is a public key/ },
  },
  "a certificate pasted for the platform's public key": {
    variables: (m) => ({ PLATFORM_PUBLIC_KEY: m.platform_certificate_pem }),
    names: { check: "configuration", variable: "PLATFORM_PUBLIC_KEY", words: /this is a certificate/ },
  },
  "an APIv3 key of 31 characters": {
    variables: () => ({ API_V3_KEY: "x".repeat(31) }),
    names: { check: "configuration", variable: "API_V3_KEY", words: /32 characters, not 31/ },
  },
  "the merchant's certificate for the platform's": {
    variables: (m) => ({ PLATFORM_CERTIFICATES: m.certificate_pem }),
    names: { check: "configuration", variable: "PLATFORM_CERTIFICATES", words: /merchant's certificate/ },
  },
  "a serial that is not the certificate's": {
    variables: () => ({ MERCHANT_SERIAL: "ABCDEF" }),
    names: { check: "configuration", variable: "MERCHANT_SERIAL", words: /has the serial/ },
  },
  "an address with a path": {
    variables: () => ({ PUBLIC_URL: "https://pay.example.com/shop" }),
    names: { check: "configuration", variable: "PUBLIC_URL", words: /ends after host and port/ },
  },
  "a notify address without encryption": {
    variables: () => ({ PUBLIC_URL: "http://pay.example.com" }),
    names: { check: "configuration", variable: "PUBLIC_URL", words: /https/ },
  },
  "an operator key that opens a shop's routes too": {
    variables: () => ({ SECRET_KEYS: OPERATOR_KEY }),
    names: { check: "configuration", variable: "OPERATOR_KEY", words: /same key/ },
  },
  "a notify address inside a private network": {
    variables: () => ({ PUBLIC_URL: "https://pay.internal" }),
    names: { check: "notify_url", variable: "PUBLIC_URL", words: /private network/ },
  },
  "a merchant's certificate that has expired": {
    variables: aged({ fromDays: -400, untilDays: -2 }),
    names: { check: "merchant_certificate", variable: "MERCHANT_CERTIFICATE", words: /expired at/ },
  },
  "a merchant's certificate that is not valid yet": {
    variables: aged({ fromDays: 2, untilDays: 400 }),
    names: { check: "merchant_certificate", variable: "MERCHANT_CERTIFICATE", words: /good from .* only/ },
  },
  "a merchant's certificate that ends in three weeks": {
    variables: aged({ fromDays: -300, untilDays: 21 }),
    names: { check: "merchant_certificate", state: "warning", words: /ends at/ },
  },
  "a serial that WeChat Pay does not know": {
    variables: () => ({ ...withoutCertificate, MERCHANT_SERIAL: "5157F09EFDC096DE15EBE81A47057A7232F1B8E1" }),
    names: { check: "signature", variable: "MERCHANT_SERIAL", words: /no valid certificate MERCHANT_SERIAL/ },
  },
  "the number of another merchant": {
    variables: () => ({ MCHID: "1999999999" }),
    names: { check: "signature", variable: "MERCHANT_SERIAL", words: /the merchant MCHID has no valid/ },
  },
  "a private key that is not the certificate's, which is not given": {
    variables: () => ({ ...withoutCertificate, MERCHANT_PRIVATE_KEY: otherKey().privatePem }),
    names: { check: "signature", variable: "MERCHANT_PRIVATE_KEY", words: /our signature is not of its key/ },
  },
  "an APIv3 key that is another one": {
    variables: () => ({ API_V3_KEY: "x".repeat(32) }),
    names: { check: "api_v3_key", variable: "API_V3_KEY", words: /does not open/ },
  },
  "the same where there are no platform certificates to try it on": {
    variables: () => ({ API_V3_KEY: "x".repeat(32) }),
    platform: { mode: "public-key" },
    names: { check: "notification", variable: "API_V3_KEY", words: /does not open it/ },
  },
  "the platform's public key of another merchant": {
    variables: () => ({ PLATFORM_PUBLIC_KEY: otherKey().publicPem }),
    names: { check: "answers", variable: "PLATFORM_PUBLIC_KEY", words: /another merchant's/ },
  },
  "an id that the platform's public key does not have": {
    variables: () => ({ PLATFORM_PUBLIC_KEY_ID: "PUB_KEY_ID_0119999999992026112100000001" }),
    names: { check: "echo", variable: "PLATFORM_PUBLIC_KEY_ID", words: /knows no key PUB_KEY_ID_0119999999992/ },
  },
  "an app that is not bound to the merchant": {
    variables: () => ({ APPID: "wx0000000000000000" }),
    wish: { order: true },
    names: { check: "order", variable: "APPID", words: /not bound to the merchant/ },
  },
  "a sub-merchant of another service provider": {
    variables: (m) => partner(m, { SUB_MERCHANTS: '{"1699999999":{}}' }),
    names: { check: "sub_merchant", variable: "SUB_MERCHANTS", words: /1699999999/ },
  },
  "a platform that nobody answers at": {
    variables: () => ({ WECHATPAY_URL: "http://127.0.0.1:9" }),
    names: { check: "reachable", variable: "WECHATPAY_URL", words: /nobody answers/ },
  },
  "a second site that nobody answers at": {
    variables: () => ({ WECHATPAY_BACKUP_URL: "http://127.0.0.1:9" }),
    names: { check: "reachable", variable: "WECHATPAY_BACKUP_URL", words: /nobody answers/ },
  },
};

for (const [what, { variables, platform, wish, names }] of Object.entries(PLANTED)) {
  test(`${what} is named`, async (t) => {
    if (platform) {
      t.after(() => stage.sandbox.keys({ mode: "both" }));
      await stage.sandbox.keys(platform);
    }
    await withWorker(variables(stage.merchant), async (shop, bindings) => {
      const found = await shop.doctor(wish);
      assertNamed(found, names);
      if (names.check === "configuration") assertProblem(await shop.open(), 500, "misconfigured");
      assertSilent(found, bindings);
    });
  });
}

function assertNamed(found, { check, variable, words, state = "wrong" }) {
  const finding = found.findings.find((one) => one.check === check && one.state === state && words.test(one.words));
  assert.ok(finding, shown(found));
  if (variable) assert.equal(finding.variable, variable);
  assert.equal(typeof finding.mend, "string");
  assert.equal(found.healthy, !found.findings.some((one) => one.state === "wrong"));
  assert.ok(state !== "wrong" || !found.healthy);
}

/** No secret stands in what was found. */
function assertSilent(found, bindings) {
  const told = JSON.stringify(found);
  for (const name of ["MERCHANT_PRIVATE_KEY", "API_V3_KEY", "SECRET_KEYS", "CLIENT_KEY", "OPERATOR_KEY"]) {
    assert.ok(!told.includes(JSON.stringify(bindings[name]).slice(1, -1)), `${name} leaked`);
  }
}

/** What stands between the Worker and the platform, and the finding that must name it. */
const GATEWAYS = {
  "a clock ten minutes off": {
    gateway: { change: (headers) => { headers.date = new Date(Date.now() - 600_000).toUTCString(); } },
    names: { check: "clock", words: /60\d s ahead of WeChat Pay's/ },
  },
  "a clock two minutes off": {
    gateway: { change: (headers) => { headers.date = new Date(Date.now() + 120_000).toUTCString(); } },
    names: { check: "clock", state: "warning", words: /1[12]\d s behind WeChat Pay's/ },
  },
  "a web page where WeChat Pay should be": {
    gateway: { answer: () => ({ status: 200, headers: { "Content-Type": "text/html" }, body: "<html>" }) },
    names: { check: "answers", words: /without a signature/ },
  },
  "a server without WeChat Pay's paths": {
    gateway: { answer: () => ({ status: 404, headers: {}, body: "" }) },
    names: { check: "reachable", variable: "WECHATPAY_URL", words: /is not WeChat Pay: it answers 404/ },
  },
  "a redirect where WeChat Pay should be": {
    gateway: { answer: () => ({ status: 302, headers: { Location: "https://example.com/" }, body: "" }) },
    names: { check: "reachable", variable: "WECHATPAY_URL", words: /is not WeChat Pay: it answers 302/ },
  },
  "a proxy that drops the platform's signature": {
    gateway: { change: (headers) => { delete headers["wechatpay-signature"]; } },
    names: { check: "echo", words: /without a signature/ },
  },
  "a proxy that drops ours": {
    gateway: { drop: (name) => name === "authorization" },
    names: { check: "signature", words: /SIGN_ERROR/ },
  },
};

for (const [what, { gateway, names }] of Object.entries(GATEWAYS)) {
  test(`${what} is named`, async () => {
    const between = await openGateway(stage.sandbox.url, gateway);
    try {
      await withWorker({ WECHATPAY_URL: between.url }, async (shop) => assertNamed(await shop.doctor(), names));
    } finally {
      await between.close();
    }
  });
}

test("a notify URL that WeChat Pay does not get through is named", async () => {
  const challenge = () => ({ status: 403, headers: { "Content-Type": "text/html" }, body: "<html>" });
  const before = await openGateway(stage.worker.url, { answer: challenge });
  try {
    await withWorker({ PUBLIC_URL: before.url }, async (shop) => {
      const names = { check: "notification", state: "warning", variable: "PUBLIC_URL", words: /none came/ };
      assertNamed(await shop.doctor(), names);
    });
  } finally {
    await before.close();
  }
});

test("a service provider in order is told so, for each sub-merchant", async () => {
  await withWorker(partner(stage.merchant), async (shop) => {
    const found = await shop.doctor({ order: true });
    assert.equal(found.healthy, true, shown(found));
    const told = (check) => found.findings.find((finding) => finding.check === check);
    assert.equal(told("sub_merchant").state, "ok");
    assert.equal(told("order").state, "ok");
  });
});

test("one profile of several is looked at alone, under its own names", async () => {
  const own = partner(stage.merchant, { SECRET_KEYS: "acme-secret-key-0123456789abcdefghijk", API_V3_KEY: "y".repeat(32) });
  const prefixed = Object.entries(own).map(([name, value]) => [`ACME__${name}`, value]);
  const keys = Object.fromEntries(
    ["PLATFORM_PUBLIC_KEY", "PLATFORM_PUBLIC_KEY_ID"].map((name) => [`ACME__${name}`, stage.bindings[name]]),
  );
  await withWorker({ PROFILES: "acme", ...keys, ...Object.fromEntries(prefixed) }, async (shop) => {
    const found = await shop.doctor({ profile: "acme" });
    const { variable, profile } = found.findings.find(({ check, state }) => check === "api_v3_key" && state === "wrong");
    assert.deepEqual({ variable, profile }, { variable: "ACME__API_V3_KEY", profile: "acme" });
    assert.ok(found.findings.every((finding) => finding.profile !== "default"), shown(found));
    assert.equal((await shop.doctor({ profile: "default" })).healthy, true);
    const nobody = await shop.ask("POST", "/v1/doctor", { bearer: OPERATOR_KEY, body: { profile: "nobody" } });
    assertProblem(nobody, 400, "invalid_request");
  });
});

test("only the operator is let in", async () => {
  const { shop } = stage;
  for (const bearer of [undefined, "x", SECRET_KEY, `${OPERATOR_KEY}x`]) {
    assertProblem(await shop.ask("POST", "/v1/doctor", { bearer, body: {} }), 401, "unauthorized");
  }
  assertProblem(await shop.open({}, OPERATOR_KEY), 401, "unauthorized");
  const misspelt = await shop.ask("POST", "/v1/doctor", { bearer: OPERATOR_KEY, body: { oder: true } });
  assertProblem(misspelt, 400, "invalid_request");
  await withWorker({ OPERATOR_KEY: undefined }, async (closed) => {
    assertProblem(await closed.ask("POST", "/v1/doctor", { bearer: OPERATOR_KEY }), 404, "not_found");
  });
  await withWorker({ OPERATOR_KEY: "short" }, async (weak) => {
    const reply = await weak.ask("POST", "/v1/doctor", { bearer: "short" });
    assertProblem(reply, 500, "misconfigured");
    assert.match(reply.body.detail, /OPERATOR_KEY/);
  });
});
