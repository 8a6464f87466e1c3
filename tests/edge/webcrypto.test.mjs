// What the Worker signs in its runtime, checked by node:crypto: a platform of three lines catches
// its requests. PKCS#1 v1.5 has one right signature per message, so bytes are compared.

import assert from "node:assert/strict";
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { freePorts } from "../harness/port.mjs";
import { Shop } from "../harness/shop.mjs";
import { Worker, variables } from "../harness/worker.mjs";

const MCHID = "1900000001";
const SERIAL = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1";
const PLATFORM = "PUB_KEY_ID_0114232134912410000000000000000001";
const merchantKeys = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const platformKeys = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const pem = (key, type) => key.export({ type, format: "pem" });

const caught = [];
let platform;
let worker;

function answer(body) {
  const [timestamp, nonce] = [String(Math.trunc(Date.now() / 1_000)), "0123456789abcdef"];
  const message = Buffer.from(`${timestamp}\n${nonce}\n${body}\n`);
  return {
    "Content-Type": "application/json",
    "Wechatpay-Timestamp": timestamp,
    "Wechatpay-Nonce": nonce,
    "Wechatpay-Signature": sign("sha256", message, platformKeys.privateKey).toString("base64"),
    "Wechatpay-Serial": PLATFORM,
  };
}

before(async () => {
  platform = createServer((request, reply) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      caught.push({ method, target: url, headers, body: Buffer.concat(chunks).toString("utf8") });
      const body = JSON.stringify({ code_url: "weixin://wxpay/bizpayurl?pr=p4lpSuKzz" });
      reply.writeHead(200, answer(body)).end(body);
    });
  });
  await new Promise((ready) => platform.listen(0, "127.0.0.1", ready));
  const [port] = await freePorts(1);
  const merchant = {
    mchid: MCHID,
    appid: "wxd678efh567hg6787",
    serial_no: SERIAL,
    private_key_pem: pem(merchantKeys.privateKey, "pkcs1"),
    api_v3_key: "0123456789abcdef0123456789abcdef",
    platform_public_key_id: PLATFORM,
    platform_public_key_pem: pem(platformKeys.publicKey, "spki"),
  };
  const platformUrl = `http://127.0.0.1:${platform.address().port}`;
  const bindings = variables(merchant, { url: `http://127.0.0.1:${port}`, platformUrl });
  for (const [name, value] of Object.entries(bindings)) if (value === undefined) delete bindings[name];
  worker = await Worker.start({ port, bindings });
});

after(async () => {
  await worker?.stop();
  platform?.close();
});

test("an order is signed over the very bytes that are sent", async () => {
  const opened = await new Shop(worker).opened({ description: "Image形象店-深圳腾大-QQ公仔" });
  assert.equal(opened.attempt.code_url, "weixin://wxpay/bizpayurl?pr=p4lpSuKzz");
  const [{ method, target, headers, body }] = caught;
  assert.equal(`${method} ${target}`, "POST /v3/pay/transactions/native");

  const [scheme, fields] = headers.authorization.split(/ (.*)/s);
  assert.equal(scheme, "WECHATPAY2-SHA256-RSA2048");
  const said = Object.fromEntries([...fields.matchAll(/(\w+)="([^"]*)"/g)].map(([, k, v]) => [k, v]));
  assert.deepEqual(Object.keys(said).sort(), ["mchid", "nonce_str", "serial_no", "signature", "timestamp"]);
  assert.equal(said.mchid, MCHID);
  assert.equal(said.serial_no, SERIAL);
  assert.match(said.nonce_str, /^[0-9A-Za-z]{32}$/);
  assert.ok(Math.abs(Number(said.timestamp) - Date.now() / 1_000) < 60, "the wall clock");

  const message = Buffer.from(`${method}\n${target}\n${said.timestamp}\n${said.nonce_str}\n${body}\n`);
  assert.equal(said.signature, sign("sha256", message, merchantKeys.privateKey).toString("base64"));
  assert.ok(verify("sha256", message, merchantKeys.publicKey, Buffer.from(said.signature, "base64")));
});

test("an order says what the platform wants to know and nothing else", () => {
  const [{ headers, body }] = caught;
  const order = JSON.parse(body);
  assert.deepEqual(order.amount, { total: 8_800, currency: "CNY" });
  assert.equal(order.mchid, MCHID);
  assert.equal(order.notify_url, `${worker.url}/wechatpay/v3/notify/transactions`);
  assert.match(order.time_expire, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/);
  for (const name of Object.keys(order)) {
    const known = ["appid", "mchid", "description", "out_trade_no", "time_expire", "notify_url", "amount", "attach"];
    assert.ok(known.includes(name), name);
  }
  assert.equal(headers["wechatpay-serial"], PLATFORM);
  assert.match(headers.accept, /application\/json/);
  assert.match(headers["content-type"], /^application\/json/);
  assert.ok(headers["user-agent"], "the platform refuses calls without one");
});
