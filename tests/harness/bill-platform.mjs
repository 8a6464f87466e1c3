// WeChat Pay as far as bills go, made from the protocol reference (A.2, A.4, B.8, B.9) and node:crypto:
// signed answers that name a digest and an address, and files that are whatever a test wants them
// to be.

import assert from "node:assert/strict";
import {
  constants, createCipheriv, createHash, generateKeyPairSync, publicEncrypt, randomBytes, sign, verify,
} from "node:crypto";
import { createServer } from "node:http";
import { pipeline } from "node:stream/promises";

import { freePorts } from "./port.mjs";
import { assertProblem } from "./shop.mjs";
import { Worker, variables } from "./worker.mjs";

const KEY_ID = "PUB_KEY_ID_0114232134912410000000000000000003";
const pair = () => generateKeyPairSync("rsa", { modulusLength: 2_048 });
const pem = (key, type) => key.export({ type, format: "pem" });

/** A Worker whose platform this is. */
export async function startWith(platform, overrides = {}) {
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const bindings = { ...variables(platform.merchant, { url, platformUrl: platform.url }), ...overrides };
  for (const [name, value] of Object.entries(bindings)) if (value === undefined) delete bindings[name];
  return Worker.start({ port, bindings, alone: true });
}

/** The variables of another profile of the same keys. */
export function profile({ merchant }, { prefix, mchid, key }) {
  const variables = {
    MCHID: mchid,
    APPID: merchant.appid,
    MERCHANT_SERIAL: merchant.serial_no,
    MERCHANT_PRIVATE_KEY: merchant.private_key_pem,
    API_V3_KEY: merchant.api_v3_key,
    PLATFORM_PUBLIC_KEY_ID: merchant.platform_public_key_id,
    PLATFORM_PUBLIC_KEY: merchant.platform_public_key_pem,
    SECRET_KEYS: key,
  };
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [prefix + name, value]));
}

export class BillPlatform {
  static async start() {
    const platform = new BillPlatform();
    await new Promise((ready) => platform.server.listen(0, "127.0.0.1", ready));
    platform.url = `http://127.0.0.1:${platform.server.address().port}`;
    return platform;
  }

  constructor() {
    this.keys = { ours: pair(), merchants: pair() };
    /** In the shape of the sandbox's. */
    this.merchant = {
      mchid: "1900000001",
      appid: "wxd678efh567hg6787",
      serial_no: "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
      private_key_pem: pem(this.keys.merchants.privateKey, "pkcs8"),
      api_v3_key: randomBytes(16).toString("hex"),
      platform_public_key_id: KEY_ID,
      platform_public_key_pem: pem(this.keys.ours.publicKey, "spki"),
    };
    this.server = createServer((request, reply) => this.#serve(request, reply));
    // Between two questions a long bill is read; the connection of the first is not to be missed.
    this.server.keepAliveTimeout = 60_000;
    this.offer();
  }

  /**
   * What the platform does from now on. `answer(origin, token)` is its answer to a question for a
   * bill: `{ status, body, signed }`; `file(reply, download)` serves the address, `download` counting
   * from 1.
   */
  offer({ answer, file } = {}) {
    this.answer = answer ?? (() => ({ status: 404, body: {} }));
    this.file = file ?? ((reply) => reply.writeHead(404).end());
    /** The paths that were asked for, in order, and the merchants who asked. */
    this.asked = [];
    this.callers = [];
    this.downloads = 0;
    this.tokens = 0;
  }

  /** Offers `bytes` as a bill, the same at each download, compressed or not. */
  offerBytes(bytes, { hash = sha1(bytes), wire = bytes } = {}) {
    this.offer({
      answer: (origin, token) => ready(origin, token, hash),
      file: (reply) => reply.writeHead(200).end(wire),
    });
  }

  async #serve(request, reply) {
    request.resume();
    this.asked.push(request.url);
    const refused = this.#refusal(request);
    if (refused) {
      reply.writeHead(401).end(JSON.stringify({ code: "SIGN_ERROR", message: refused }));
      return;
    }
    if (request.url.startsWith("/v3/billdownload/file?")) {
      this.downloads += 1;
      try {
        await this.file(reply, this.downloads);
      } catch {
        reply.destroy(); // The caller hung up.
      }
      return;
    }
    this.tokens += 1;
    const { status, body, signed = true } = this.answer(this.url, `TOKEN${this.tokens}`);
    const text = JSON.stringify(body);
    reply.writeHead(status, signed ? signature(text, this.keys.ours.privateKey) : {}).end(text);
  }

  /** Why a call is not the merchant's (A.2, A.3); nothing when it is. */
  #refusal({ method, url, headers }) {
    const [, pairs] = /^WECHATPAY2-SHA256-RSA2048 (.*)$/.exec(headers.authorization ?? "") ?? [];
    if (!pairs) return "no authorization";
    const claim = Object.fromEntries([...pairs.matchAll(/(\w+)="([^"]*)"/g)].map(([, k, v]) => [k, v]));
    const message = `${method}\n${url}\n${claim.timestamp}\n${claim.nonce_str}\n\n`;
    const signed = Buffer.from(claim.signature ?? "", "base64");
    if (!verify("sha256", message, this.keys.merchants.publicKey, signed)) return "sign not match";
    this.callers.push(claim.mchid);
    return headers.accept && headers["user-agent"] ? undefined : "no Accept or User-Agent";
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}

/** The platform's answer that a file is ready (B.8). */
export function ready(origin, token, hash) {
  const download_url = `${origin}/v3/billdownload/file?token=${token}&tartype=gzip`;
  return { status: 200, body: { hash_type: "SHA1", hash_value: hash, download_url } };
}

/** Lower-case hex of the SHA-1. */
export const sha1 = (bytes) => createHash("sha1").update(bytes).digest("hex");

/** A bill's file under a key of its own, sealed as a sub-merchant's is: no associated data. */
export function sealedBill(platform, wire, nonce = "abcdefghijklmnop") {
  const key = randomBytes(32);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = Buffer.concat([cipher.update(wire), cipher.final(), cipher.getAuthTag()]);
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const publicKey = platform.keys.merchants.publicKey;
  const encrypt_key = publicEncrypt({ key: publicKey, padding, oaepHash: "sha1" }, key);
  return { sealed, nonce, encrypt_key: encrypt_key.toString("base64") };
}

function signature(body, key) {
  const [timestamp, nonce] = [String(Math.trunc(Date.now() / 1_000)), randomBytes(16).toString("hex")];
  const message = Buffer.from(`${timestamp}\n${nonce}\n${body}\n`);
  return {
    "Content-Type": "application/json",
    "Wechatpay-Timestamp": timestamp,
    "Wechatpay-Nonce": nonce,
    "Wechatpay-Signature": sign("sha256", message, key).toString("base64"),
    "Wechatpay-Serial": KEY_ID,
  };
}

const HEADINGS = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,"
  + "交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,"
  + "充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const SUMMARY = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,"
  + "申请退款总金额";

/** Rows of one chunk: some 150 KB. */
const CHUNK_ROWS = 500;

/** The bytes of a trade bill of `rows` payments (B.10), made as they are read. */
export function* tradeBill(rows) {
  yield Buffer.from(`\ufeff${HEADINGS}\r\n`);
  for (let first = 0; first < rows; first += CHUNK_ROWS) {
    let text = "";
    for (let n = first; n < Math.min(rows, first + CHUNK_ROWS); n += 1) text += row(n);
    yield Buffer.from(text);
  }
  const total = yuan(rows * 8_800);
  yield Buffer.from(`${SUMMARY}\r\n\`${rows},\`${total},\`0.00,\`0.00,\`${rows * 0.5}0000,\`${total},\`0.00\r\n`);
}

function row(n) {
  const number = String(n).padStart(10, "0");
  const time = new Date(Date.UTC(2025, 0, 1) + (n % 86_400) * 1_000).toISOString().slice(11, 19);
  return `\`2025-01-01 ${time},\`wxd678efh567hg6787,\`1900000001,\`0,\`,`
    + `\`420000000020250101${number},\`abcdefghijklmnopqrst01${number.slice(2)},`
    + `\`oUpF8uMuAJO_M2pxb1Q${number},\`NATIVE,\`SUCCESS,\`OTHERS,\`CNY,\`88.00,\`0.00,\`0,\`0,\`0.00,`
    + `\`0.00,\`,\`,\`乌龙茶 250 克，清香型\\ 第 ${number} 号,\`cart=${number},\`0.53000,\`0.60%,`
    + "`88.00,`0.00,`\r\n";
}

const yuan = (fen) => `${Math.trunc(fen / 100)}.${String(fen % 100).padStart(2, "0")}`;

/** A bill's size and digest, found by reading it once. */
export function measured(chunks) {
  const hash = createHash("sha1");
  let bytes = 0;
  for (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, hash: hash.digest("hex") };
}

/** Serves chunks as they are made, no faster than they are taken. */
export async function stream(reply, chunks) {
  reply.writeHead(200);
  await pipeline(chunks, reply);
}

/** Asserts that a reply is this problem, and gives its document. */
export async function refused(reply, status, code) {
  const body = await reply.json();
  assertProblem({ status: reply.status, headers: reply.headers, body }, status, code);
  return body;
}

/** All that came, and whether it came to its end. */
export async function taken(reply) {
  assert.equal(reply.status, 200, await (reply.status === 200 ? "" : reply.text()));
  const chunks = [];
  try {
    for await (const chunk of reply.body) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks), whole: true };
  } catch {
    return { bytes: Buffer.concat(chunks), whole: false };
  }
}
