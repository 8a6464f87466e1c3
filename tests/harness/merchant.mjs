// A merchant's program of our own: signs its calls with node:crypto and the protocol reference (A.2,
// A.3) alone, may sign something else than it sends, and has an address where it is told.

import { createPrivateKey, randomBytes, sign } from "node:crypto";
import { createServer } from "node:http";
import { after, before } from "node:test";

import { freePorts } from "./port.mjs";
import { Sandbox } from "./sandbox.mjs";

const NATIVE = "/v3/pay/transactions/native";

export class Merchant {
  /** What it answers when it is told something. */
  answer = 204;
  /** Every body that it was told, oldest first. */
  told = [];
  #orders = 0;

  constructor(sandbox) {
    this.sandbox = sandbox;
    this.who = sandbox.merchant;
    this.key = createPrivateKey(this.who.private_key_pem);
  }

  /** Opens the address where it is told. */
  async listen() {
    this.server = createServer(async (request, reply) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      this.told.push(Buffer.concat(chunks).toString());
      reply.writeHead(this.answer, { "Content-Type": "application/json" });
      reply.end(this.answer < 300 ? "" : JSON.stringify({ code: "FAIL", message: "not today" }));
    });
    await new Promise((done) => { this.server.listen(0, "127.0.0.1", done); });
    this.notifyUrl = `http://127.0.0.1:${this.server.address().port}/told`;
  }

  /**
   * One call; `body` is sent as it is, `change` makes of the string to sign what is signed, and
   * `headers` come besides. Answers `{ status, body }`, or undefined where nobody answered.
   */
  async call(method, target, body, { change = (text) => text, headers = {} } = {}) {
    const [timestamp, nonce] = [Math.trunc(Date.now() / 1_000), randomBytes(16).toString("hex")];
    const text = body === undefined ? "" : JSON.stringify(body);
    const signed = change(`${method}\n${target}\n${timestamp}\n${nonce}\n${text}\n`);
    const signature = sign("sha256", Buffer.from(signed), this.key).toString("base64");
    const { mchid, serial_no } = this.who;
    const authorization = `WECHATPAY2-SHA256-RSA2048 mchid="${mchid}",nonce_str="${nonce}",` +
      `signature="${signature}",timestamp="${timestamp}",serial_no="${serial_no}"`;
    try {
      const reply = await fetch(this.sandbox.url + target, {
        method,
        headers: { Accept: "application/json", "Content-Type": "application/json", "User-Agent": "a merchant", Authorization: authorization, ...headers },
        body: text || undefined,
      });
      const said = await reply.text();
      return { status: reply.status, body: said ? JSON.parse(said) : null };
    } catch {
      return undefined;
    }
  }

  /** Places an order, over 88 yuan of oolong unless `terms` say otherwise: its number and its code. */
  async order(terms = {}, options) {
    const { appid, mchid } = this.who;
    const out_trade_no = `T${process.pid}n${(this.#orders += 1)}`;
    const reply = await this.call("POST", NATIVE, {
      appid, mchid, out_trade_no, description: "Oolong 250 g", notify_url: this.notifyUrl, amount: { total: 8_800 }, ...terms,
    }, options);
    return { out_trade_no: terms.out_trade_no ?? out_trade_no, code_url: reply?.body?.code_url, reply };
  }

  /** Asks for money back. */
  refund(out_trade_no, out_refund_no, refund, total = 8_800) {
    return this.call("POST", "/v3/refund/domestic/refunds", {
      out_trade_no, out_refund_no, notify_url: this.notifyUrl, amount: { refund, total, currency: "CNY" },
    });
  }

  close() {
    this.server?.closeAllConnections();
    return new Promise((done) => { this.server ? this.server.close(done) : done(); });
  }
}

/**
 * A sandbox without a Worker and its merchant, for all tests of a file; filled before the first,
 * when `prepare(stage)` has done what it likes.
 */
export function useMerchant(prepare = async () => {}) {
  const stage = {};
  before(async () => {
    const [port] = await freePorts(1);
    stage.sandbox = await Sandbox.start({ port });
    stage.merchant = new Merchant(stage.sandbox);
    await stage.merchant.listen();
    await prepare(stage);
  });
  after(async () => {
    await stage.merchant?.close();
    await stage.sandbox?.stop();
  });
  return stage;
}
