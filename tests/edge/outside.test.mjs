// The doctor from outside: what stands before the notify URL is named, and the command says so with
// its exit code.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { execFile } from "node:child_process";
import { createServer } from "node:https";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { lookFromOutside } from "../../scripts/outside.mjs";
import { certificate } from "../harness/certificate.mjs";
import { openGateway } from "../harness/gateway.mjs";
import { NOTIFY_PATH } from "../harness/notification.mjs";
import { freePorts } from "../harness/port.mjs";
import { freshFolder, inProject } from "../harness/project.mjs";
import { Shop } from "../harness/shop.mjs";
import { useStage } from "../harness/stage.mjs";
import { v2Variables } from "../harness/v2.mjs";
import { OPERATOR_KEY, Worker } from "../harness/worker.mjs";

const stage = useStage();

test("a notify URL that leads to the Worker is in order", async () => {
  const [finding, ...more] = await lookFromOutside(stage.worker.url + NOTIFY_PATH, stage.worker.url);
  assert.deepEqual([finding.state, more], ["ok", []], finding.words);
});

test("V2's addresses are tried in their own language", async () => {
  const V2 = v2Variables(stage.merchant, "v3");
  const [port] = await freePorts(1);
  const bindings = { ...stage.bindings, PUBLIC_URL: `http://127.0.0.1:${port}`, ...V2 };
  const worker = await Worker.start({ port, bindings });
  try {
    const { notify_urls: urls } = await new Shop(worker).doctor();
    assert.equal(urls.length, 5);
    for (const url of urls) {
      const [finding, ...more] = await lookFromOutside(url, worker.url);
      assert.deepEqual([finding.state, more], ["ok", []], finding.words);
    }
  } finally {
    await worker.stop();
  }
  // The stage's own has no V2 key.
  const [sick] = await lookFromOutside(`${stage.worker.url}/wechatpay/v2/native`, stage.worker.url);
  assert.deepEqual([sick.state, /misconfigured/.test(sick.words)], ["wrong", true], sick.words);
  for (const [answer, says] of [
    [{ status: 403, body: "<html>Just a moment</html>" }, /challenge or a firewall/],
    [{ status: 200, body: "<xml><return_code>SUCCESS</return_code></xml>" }, /acknowledges a forged/],
    [{ status: 401, body: "<xml><return_code>FAIL</return_code><return_msg>x</return_msg></xml>" }, /answers 401/],
  ]) {
    const before = await openGateway(stage.worker.url, { answer: () => ({ headers: {}, ...answer }) });
    try {
      const [finding] = await lookFromOutside(`${before.url}/wechatpay/v2/notify/transactions`, before.url);
      assert.equal(finding.state, "wrong", finding.words);
      assert.match(finding.words, says);
    } finally {
      await before.close();
    }
  }
});

const page = (status, headers = {}) => () => ({
  status, headers: { "Content-Type": "text/html", ...headers }, body: "<!DOCTYPE html><title>Just a moment…</title>",
});
const json = (status, body, headers = {}) => () => ({
  status, headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body),
});
const REFUSED = { code: "FAIL", message: "the signature is not accepted" };

/** What stands before the Worker, and the words that must name it. */
const BEFORE_IT = {
  "a challenge page": { answer: page(403, { "cf-mitigated": "challenge" }), says: /challenge or a firewall/ },
  "a challenge page that says 200": { answer: page(200), says: /challenge or a firewall/ },
  "a redirect": {
    answer: () => ({ status: 308, headers: { Location: "https://www.example.com/" }, body: "" }),
    says: /redirects to https:\/\/www\.example\.com\//,
  },
  "a cache": { answer: json(401, REFUSED, { Age: "17" }), says: /from a cache/ },
  "a server that takes anything": { answer: json(200, { code: "SUCCESS" }), says: /acknowledges a forged/ },
  "a firewall without words": { answer: () => ({ status: 403, headers: {}, body: "" }), says: /answers 403 ""/ },
  "another body under the right status": { answer: json(401, { error: "unauthorized" }), says: /answers 401/ },
  "a proxy that drops the signature's headers": {
    drop: (name) => name.startsWith("wechatpay-"), says: /without the Wechatpay-\* headers/,
  },
};

for (const [what, { says, ...gateway }] of Object.entries(BEFORE_IT)) {
  test(`${what} before the notify URL is named`, async () => {
    const before = await openGateway(stage.worker.url, gateway);
    try {
      const [finding] = await lookFromOutside(before.url + NOTIFY_PATH, before.url);
      assert.equal(finding.state, "wrong", finding.words);
      assert.match(finding.words, says);
      assert.equal(typeof finding.mend, "string");
    } finally {
      await before.close();
    }
  });
}

test("an address of the wrong shape is not even called", async () => {
  const base = "https://pay.example.com";
  for (const [url, says] of [
    ["https://pay.example.com/notify?from=wechat", /query/],
    ["http://pay.example.com/notify", /not https/],
    ["/notify", /no address/],
    [`https://pay.example.com/${"x".repeat(250)}`, /255/],
  ]) {
    const [finding] = await lookFromOutside(url, base);
    assert.equal(finding.state, "wrong");
    assert.match(finding.words, says);
  }
});

test("a certificate that nobody believes is named", async () => {
  const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" });
  const server = createServer({ key, cert: certificate(key, { fromDays: -1, untilDays: 30 }).pem }, (_, reply) => reply.end());
  await once(server.listen(0, "127.0.0.1"), "listening");
  try {
    const url = `https://127.0.0.1:${server.address().port}`;
    const [finding] = await lookFromOutside(url + NOTIFY_PATH, url);
    assert.equal(finding.state, "wrong");
    assert.match(finding.words, /no certificate that clients believe/);
  } finally {
    server.close();
  }
});

test("nobody at the address, and another address than was asked, are named", async () => {
  const [port] = await freePorts(1);
  const nobody = `http://127.0.0.1:${port}`;
  const [gone] = await lookFromOutside(nobody + NOTIFY_PATH, nobody);
  assert.match(gone.words, /is not reached/);
  const found = await lookFromOutside(stage.worker.url + NOTIFY_PATH, nobody);
  assert.deepEqual(found.map(({ state }) => state), ["warning", "ok"]);
});

/** Runs the command as an operator does: its exit code and what it said. */
function command(args, env = {}) {
  const program = [inProject("scripts/doctor.mjs"), ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, program, { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, said: stdout + stderr });
    });
  });
}

test("the command ends with 0 where nothing is wrong, and tells no key", async () => {
  const folder = freshFolder("operator");
  const file = join(folder, "key");
  await writeFile(file, `${OPERATOR_KEY}\n`, { mode: 0o600 });
  try {
    for (const [args, env] of [
      [[stage.worker.url, "--order"], { SAOMA_OPERATOR_KEY: OPERATOR_KEY }],
      [[stage.worker.url, "--key-file", file, "--profile", "default"], {}],
    ]) {
      const { code, said } = await command(args, env);
      assert.equal(code, 0, said);
      assert.match(said, /\n0 wrong, /);
      assert.match(said, /ok +outside: .* a forged notification is refused/);
      assert.ok(!said.includes(OPERATOR_KEY));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the command ends with 1 where something is wrong, and says how to mend it", async () => {
  const [port] = await freePorts(1);
  const bindings = { ...stage.bindings, PUBLIC_URL: `http://127.0.0.1:${port}`, API_V3_KEY: "x".repeat(32) };
  const worker = await Worker.start({ port, bindings });
  try {
    const { code, said } = await command([worker.url], { SAOMA_OPERATOR_KEY: OPERATOR_KEY });
    assert.equal(code, 1, said);
    assert.match(said, /WRONG +api_v3_key: API_V3_KEY does not open/);
    assert.match(said, /variable: API_V3_KEY\n +to mend: set the APIv3 key/);
  } finally {
    await worker.stop();
  }
});

test("the command refuses in words what it cannot do", async () => {
  const silent = { SAOMA_OPERATOR_KEY: "" };
  for (const [args, env, says] of [
    [[stage.worker.url], silent, /SAOMA_OPERATOR_KEY/],
    [["http://pay.example.com"], { SAOMA_OPERATOR_KEY: OPERATOR_KEY }, /over https only/],
    [["pay"], { SAOMA_OPERATOR_KEY: OPERATOR_KEY }, /no address/],
    [[stage.worker.url, "--ordr"], { SAOMA_OPERATOR_KEY: OPERATOR_KEY }, /--ordr/],
    [[stage.worker.url], { SAOMA_OPERATOR_KEY: "x".repeat(32) }, /401: this is not the OPERATOR_KEY/],
  ]) {
    const { code, said } = await command(args, env);
    assert.equal(code, 1, said);
    assert.match(said, says);
    assert.ok(!/\n +at /.test(said), `no stack: ${said}`);
  }
});
