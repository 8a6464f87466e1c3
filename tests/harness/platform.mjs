// A platform of our own, for what the sandbox keeps to itself: which calls arrived, at which host,
// signed by whom, and every way in which its keys can change. It checks signatures with node:crypto
// and knows orders only as far as a code, a query and a close need.

import {
  createCipheriv, createDecipheriv, createPrivateKey, createPublicKey, randomBytes, sign, verify,
} from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import { inProject } from "./project.mjs";

const vector = (name) => JSON.parse(readFileSync(inProject("tests/vectors", name), "utf8"));
const seconds = () => Math.trunc(Date.now() / 1_000);

/** The merchant's APIv3 key in these tests. */
export const API_V3_KEY = "0123456789abcdefghijklmnopqrstuv";

/** Two certificates of a platform, older and newer, as `{ serial, pem, key }`. */
export const CERTIFICATES = (() => {
  const list = vector("certificates_two.json");
  const sealed = JSON.parse(list.body).data.map((entry) => entry.encrypt_certificate);
  return list.certificates.map(({ serial, private_key_pem }, at) => ({
    serial, key: private_key_pem, pem: opened(list.api_v3_key, sealed[at]),
  }));
})();

/** A key in the platform's newer scheme: an id and no certificate. */
export const PUBLIC_KEY = {
  serial: "PUB_KEY_ID_0119000000012025010100000000000001",
  key: vector("notification_transaction.json").platform_private_key_pem,
};

/** The public half of a PEM, as SubjectPublicKeyInfo. */
export const publicPem = (pem) =>
  createPublicKey(createPrivateKey(pem)).export({ type: "spki", format: "pem" });

function opened(key, { nonce, associated_data, ciphertext }) {
  const bytes = Buffer.from(ciphertext, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, nonce);
  decipher.setAAD(Buffer.from(associated_data)).setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString("utf8");
}

function seal(key, { nonce, aad, text }) {
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(aad));
  const parts = [cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()];
  return { algorithm: "AEAD_AES_256_GCM", nonce, associated_data: aad, ciphertext: Buffer.concat(parts).toString("base64") };
}

export class Platform {
  /** Listens on a port of its own, or on the one given. */
  static async start({ port = 0, merchants = {} } = {}) {
    const platform = new Platform(merchants);
    await platform.listen(port);
    return platform;
  }

  constructor(merchants) {
    /** Serial of a merchant's certificate → public PEM; whoever else signs gets a 401. */
    this.merchants = merchants;
    /** What signs answers. */
    this.signer = PUBLIC_KEY;
    /** What `GET /v3/certificates` lists; `undefined` for a merchant in public-key mode. */
    this.certificates = undefined;
    /** What they are sealed with. */
    this.apiV3Key = API_V3_KEY;
    /** Every call: `{ method, target, headers, body, serial }`. */
    this.calls = [];
    /** Answers that take the place of the next ones: `(call) => [status, body, headers?]`. */
    this.next = [];
    /** Neither answers nor hangs up. */
    this.isMute = false;
    /** Takes a call and breaks the connection. */
    this.hangsUp = false;
    this.orders = new Map();
  }

  async listen(port) {
    this.server = createServer((request, reply) => {
      const chunks = [];
      request.on("data", (chunk) => chunks.push(chunk));
      request.on("end", () => this.#hear(request, Buffer.concat(chunks), reply));
    });
    await new Promise((ready) => this.server.listen(port, "127.0.0.1", ready));
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
  }

  /** The calls of one kind: `native`, `certificates`, `close`, `query` or `echo`. */
  callsOf(kind) {
    return this.calls.filter(({ target }) => kindOf(target) === kind);
  }

  #hear(request, body, reply) {
    const { method, url, headers } = request;
    const fields = [...(headers.authorization ?? "").matchAll(/(\w+)="([^"]*)"/g)];
    const said = Object.fromEntries(fields.map(([, name, value]) => [name, value]));
    const call = { method, target: url, headers, body: body.toString("utf8"), said, serial: said.serial_no };
    this.calls.push(call);
    if (this.hangsUp) request.socket.destroy();
    if (this.isMute || this.hangsUp) return;
    const scripted = this.next.shift();
    const [status, answer = "", extra = {}] = scripted ? scripted(call) : this.#answer(call);
    // Errors come unsigned, as the platform's do when it refuses a signature.
    const signed = status < 400 ? this.signed(answer) : {};
    reply.writeHead(status, { "Content-Type": "application/json", ...signed, ...extra }).end(answer);
  }

  /** The headers that vouch for `body`. */
  signed(body, { serial, key } = this.signer) {
    const [timestamp, nonce] = [String(seconds()), randomBytes(16).toString("hex")];
    const message = Buffer.from(`${timestamp}\n${nonce}\n${body}\n`);
    return {
      "Wechatpay-Timestamp": timestamp,
      "Wechatpay-Nonce": nonce,
      "Wechatpay-Signature": sign("sha256", message, key).toString("base64"),
      "Wechatpay-Serial": serial,
    };
  }

  #answer(call) {
    if (!this.#isAuthentic(call)) return refuse(401, "SIGN_ERROR");
    switch (kindOf(call.target)) {
      case "native": return this.#place(call);
      case "query": return this.#query(call);
      case "close": return [204];
      case "certificates": return this.#list();
      default: return refuse(404, "NOT_FOUND");
    }
  }

  #isAuthentic({ method, target, body, said }) {
    const pem = this.merchants[said.serial_no];
    if (!pem) return false;
    const message = Buffer.from(`${method}\n${target}\n${said.timestamp}\n${said.nonce_str}\n${body}\n`);
    return verify("sha256", message, pem, Buffer.from(said.signature, "base64"));
  }

  #place({ body }) {
    const { out_trade_no } = JSON.parse(body);
    if ((this.orders.get(out_trade_no) ?? body) !== body) return refuse(400, "INVALID_REQUEST");
    this.orders.set(out_trade_no, body);
    const code_url = `weixin://wxpay/bizpayurl?pr=${randomBytes(6).toString("hex")}`;
    return [200, JSON.stringify({ code_url })];
  }

  #query({ target }) {
    const number = target.split("?")[0].split("/").at(-1);
    const order = this.orders.get(number);
    if (!order) return refuse(404, "ORDER_NOT_EXIST");
    const { appid, mchid } = JSON.parse(order);
    return [200, JSON.stringify({ appid, mchid, out_trade_no: number, trade_state: "NOTPAY", trade_state_desc: "" })];
  }

  #list() {
    if (!this.certificates) return refuse(404, "RESOURCE_NOT_EXISTS");
    const moment = (days) => new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+Z/, "Z");
    const data = this.certificates.map(({ serial, pem }, at) => ({
      serial_no: serial,
      // The later in the list, the newer.
      effective_time: moment(at - 100),
      expire_time: moment(at + 100),
      encrypt_certificate: seal(this.apiV3Key, { nonce: "nonce0123456", aad: "certificate", text: pem }),
    }));
    return [200, JSON.stringify({ data })];
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}

const refuse = (status, code) => [status, JSON.stringify({ code, message: code })];

function kindOf(target) {
  const path = target.split("?")[0];
  if (path === "/v3/certificates") return "certificates";
  if (path === "/v3/security/echo") return "echo";
  if (path.endsWith("/native")) return "native";
  if (path.endsWith("/close")) return "close";
  return path.includes("/out-trade-no/") ? "query" : "other";
}
