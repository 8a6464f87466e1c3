// WeChat Pay's V2 API as far as Native mode 2 and bills go, made from the protocol reference (D.1 to
// D.7, D.11, G.11 to G.13) and node:crypto, by nobody who has seen the Worker's or the sandbox's: what
// all three agree on is in the reference.

import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

import { freePorts } from "./port.mjs";
import { Shop } from "./shop.mjs";
import { OPERATOR_KEY, PRODUCTS, SECRET_KEY, SHOP_ORIGIN, Worker } from "./worker.mjs";

const TEXT = /<!\[CDATA\[([^]*?)\]\]>|&(lt|gt|amp|#13);/g;
const NAMED = { lt: "<", gt: ">", amp: "&", "#13": "\r" };
const FIELD = /<([A-Za-z0-9_]+)>([^]*?)<\/\1>/g;

/** A message's fields (D.1). What no sample of the platform has is not read. */
export function fieldsOf(xml) {
  const [, inner] = /^\s*<xml>([^]*)<\/xml>\s*$/.exec(xml) ?? [];
  if (inner === undefined) throw new Error(`no message: ${xml.slice(0, 80)}`);
  const plain = (raw) => raw.replace(TEXT, (_, text, name) => text ?? NAMED[name]);
  return Object.fromEntries([...inner.matchAll(FIELD)].map(([, name, raw]) => [name, plain(raw)]));
}

/** A message of these fields, as the platform writes one: text in CDATA, numbers bare. */
export function xmlOf(fields) {
  const value = (text) => (/^\d+$/.test(text) ? text : `<![CDATA[${text}]]>`);
  return `<xml>\n${Object.entries(fields).map(([name, text]) => `<${name}>${value(String(text))}</${name}>\n`).join("")}</xml>`;
}

/** The sign of a message (D.2). */
export function signOf(fields, key, signType) {
  const names = Object.keys(fields).filter((name) => name !== "sign" && fields[name] !== "").sort();
  const text = `${names.map((name) => `${name}=${fields[name]}`).join("&")}&key=${key}`;
  const sum = signType === "MD5" ? createHash("md5") : createHmac("sha256", key);
  return sum.update(text).digest("hex").toUpperCase();
}

/** The same fields with a nonce and a sign. */
export function signed(fields, key, signType) {
  const all = { ...fields, nonce_str: randomBytes(16).toString("hex").toUpperCase() };
  return { ...all, sign: signOf(all, key, signType) };
}

const same = (one, other) => one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

/** `yyyyMMddHHmmss` in Beijing. */
export const beijing = (date) => new Date(date.getTime() + 8 * 3_600_000).toISOString().replace(/\D/g, "").slice(0, 14);

export class V2Platform {
  static async start(options) {
    const platform = new V2Platform(options);
    for (const server of [platform.server, platform.certified]) {
      await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    }
    platform.url = `http://127.0.0.1:${platform.server.address().port}`;
    return platform;
  }

  constructor({ mchid = "1900000001", appid = "wx0123456789abcdef" } = {}) {
    this.merchant = { mchid, appid, api_v2_key: randomBytes(16).toString("hex") };
    this.orders = new Map();
    /** Refunds that exist, by number: what a query answers. */
    this.refunds = new Map();
    /** By `yyyyMMdd`, followed by a sub_mch_id or an account: bytes of a file, or a failure's fields. */
    this.bills = new Map();
    /** Every call that was signed rightly, in order. */
    this.calls = [];
    /** Every path that was called, of whatever API. */
    this.paths = new Set();
    this.twists = [];
    /** The same at every call: `always(path, answer, fields)`. */
    this.always = undefined;
    /** What a fund-flow bill's header says, made of the file and of what goes over the wire. */
    this.digest = (file) => `SHA=${createHash("sha1").update(file).digest("hex")}`;
    this.now = () => new Date();
    const serve = (isCertified) => createServer((request, reply) => {
      this.#serve(request, reply, isCertified).catch(() => reply.destroy());
    });
    this.server = serve(false);
    /** The door at which the runtime has shown the merchant's certificate. */
    this.certified = serve(true);
  }

  /** A binding that leads to that door. */
  get binding() {
    return { external: { address: `127.0.0.1:${this.certified.address().port}`, http: {} } };
  }

  /**
   * Once, at the next call of `path`: `twist(answer, fields)` gives what goes out instead of the
   * answer's bytes, or a promise of that; `null` is to say nothing and hang up.
   */
  twist(path, twist) {
    this.twists.push({ path, twist });
  }

  /** How often `path` was called. */
  count(path) {
    return this.calls.filter((call) => call.path === path).length;
  }

  /** Somebody pays the order of that number; `paid` says what differs from what was asked for. */
  pay(outTradeNo, paid = {}) {
    const order = this.orders.get(outTradeNo);
    const transaction_id = `4200${String(this.orders.size).padStart(4, "0")}${randomBytes(10).toString("hex").replace(/\D/g, "7")}`.slice(0, 28);
    order.paid = {
      openid: "oTESTopenid0000000000000001", is_subscribe: "N", trade_type: "NATIVE", bank_type: "OTHERS",
      total_fee: order.fields.total_fee, fee_type: "CNY", cash_fee: order.fields.total_fee,
      transaction_id, out_trade_no: outTradeNo, time_end: beijing(this.now()), ...paid,
    };
    if (order.fields.attach) order.paid.attach = order.fields.attach;
    order.state = "SUCCESS";
    return order.paid;
  }

  /** The payment's notification (D.7), signed in the order's way, which it does not name. */
  notice(outTradeNo, { key = this.merchant.api_v2_key, ...changed } = {}) {
    const { fields, paid } = this.orders.get(outTradeNo);
    const told = { ...this.#parties(fields), return_code: "SUCCESS", result_code: "SUCCESS", ...paid, ...changed };
    return signed(told, key, fields.sign_type ?? "MD5");
  }

  /** Sends it, as these very fields. */
  async tell(outTradeNo, fields = this.notice(outTradeNo)) {
    const { notify_url } = this.orders.get(outTradeNo).fields;
    const headers = { "Content-Type": "text/xml" };
    const reply = await fetch(notify_url, { method: "POST", headers, body: xmlOf(fields) });
    return { status: reply.status, fields: fieldsOf(await reply.text()) };
  }

  async #serve(request, reply, isCertified) {
    this.paths.add(request.url);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const fields = fieldsOf(Buffer.concat(chunks).toString());
    const path = new URL(request.url, this.url).pathname;
    const signType = fields.sign_type ?? "MD5";
    const right = signOf(fields, this.merchant.api_v2_key, signType);
    let answer;
    const headers = { "Content-Type": "text/plain" };
    const wantsCertificate = path === "/pay/downloadfundflow";
    if (wantsCertificate && !isCertified) {
      answer = xmlOf({ return_code: "FAIL", return_msg: "证书校验失败" });
    } else if (!same(fields.sign ?? "", right)) {
      answer = xmlOf({ return_code: "FAIL", return_msg: "签名错误" });
    } else {
      this.calls.push({ path, fields });
      answer = this.#answer(path, fields, signType);
      if (wantsCertificate && Buffer.isBuffer(answer)) headers.Digest = this.digest(answer);
    }
    const at = this.twists.findIndex((one) => one.path === path);
    if (at >= 0) answer = await this.twists.splice(at, 1)[0].twist(answer, fields);
    if (this.always) answer = await this.always(path, answer, fields);
    if (answer === null) return reply.destroy();
    reply.writeHead(200, headers).end(answer);
  }

  #answer(path, fields, signType) {
    if (path === "/pay/downloadbill") return this.#bill(fields);
    if (path === "/pay/downloadfundflow") {
      if (signType !== "HMAC-SHA256") return xmlOf({ return_code: "FAIL", return_msg: "SIGN ERROR" });
      return this.#bill({ ...fields, sub_mch_id: fields.account_type });
    }
    const routes = {
      "/pay/unifiedorder": () => this.#place(fields),
      "/pay/orderquery": () => this.#query(fields),
      "/pay/closeorder": () => this.#close(fields),
      "/pay/refundquery": () => this.#refund(fields),
    };
    const result = routes[path]?.() ?? { err_code: "REQUIRE_POST_METHOD" };
    const told = result.err_code
      ? { result_code: "FAIL", err_code_des: "…", ...result }
      : { result_code: "SUCCESS", ...result };
    const answer = { return_code: "SUCCESS", return_msg: "OK", ...this.#parties(fields), ...told };
    return xmlOf(signed(answer, this.merchant.api_v2_key, signType));
  }

  #parties({ appid, mch_id, sub_appid, sub_mch_id }) {
    return { appid, mch_id, ...(sub_appid && { sub_appid }), ...(sub_mch_id && { sub_mch_id }) };
  }

  #place(fields) {
    const needed = ["body", "out_trade_no", "total_fee", "spbill_create_ip", "notify_url", "product_id"];
    const missing = needed.find((name) => !fields[name]);
    if (missing) return { err_code: "LACK_PARAMS", err_code_des: missing };
    if (fields.trade_type !== "NATIVE" || !/^[1-9]\d*$/.test(fields.total_fee)) return { err_code: "PARAM_ERROR" };
    const { nonce_str, sign, ...terms } = fields;
    const known = this.orders.get(fields.out_trade_no);
    if (known && JSON.stringify(known.terms) !== JSON.stringify(terms)) {
      return { err_code: "INVALID_REQUEST", err_code_des: "201 商户订单号重复" };
    }
    if (known?.state === "SUCCESS") return { err_code: "ORDERPAID", err_code_des: "该订单已支付" };
    if (known?.state === "CLOSED") return { err_code: "ORDERCLOSED", err_code_des: "该订单已关闭" };
    const order = known ?? { fields, terms, state: "NOTPAY", placed: 0 };
    order.placed += 1;
    const salt = `${this.orders.size}${order.placed}${randomBytes(4).toString("hex")}`;
    order.code_url = `weixin://wxpay/bizpayurl?pr=${salt}`;
    order.prepay_id = `wx01110000000000${salt.padEnd(20, "0")}`;
    this.orders.set(fields.out_trade_no, order);
    return { trade_type: "NATIVE", prepay_id: order.prepay_id, code_url: order.code_url };
  }

  #query({ out_trade_no }) {
    const order = this.orders.get(out_trade_no);
    if (!order) return { err_code: "ORDERNOTEXIST", err_code_des: "订单不存在" };
    const { state: trade_state, paid } = order;
    return { trade_state, out_trade_no, trade_state_desc: "…", ...(trade_state === "SUCCESS" && paid) };
  }

  #close({ out_trade_no }) {
    const order = this.orders.get(out_trade_no);
    if (order?.state === "SUCCESS") return { err_code: "ORDERPAID", err_code_des: "订单已支付" };
    if (!order) return { err_code: "ORDERNOTEXIST", err_code_des: "订单不存在" };
    order.state = "CLOSED";
    return { result_msg: "OK" };
  }

  #refund({ out_refund_no }) {
    const known = this.refunds.get(out_refund_no);
    return known ?? { err_code: "REFUNDNOTEXIST", err_code_des: "退款不存在" };
  }

  #bill({ bill_date, sub_mch_id }) {
    const offered = this.bills.get([bill_date, sub_mch_id].filter(Boolean).join(" "));
    if (Buffer.isBuffer(offered)) return offered;
    return xmlOf(offered ?? { return_code: "FAIL", return_msg: "No Bill Exist", error_code: "20002" });
  }

  close() {
    return Promise.all([this.server, this.certified].map((server) => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    }));
  }
}

/** The variables of a merchant of this platform who has nothing of APIv3. */
export function v2Variables(platform, { url, ...overrides }) {
  return {
    PUBLIC_URL: url,
    WECHATPAY_URL: platform.url,
    ALLOWED_ORIGINS: SHOP_ORIGIN,
    MCHID: platform.merchant.mchid,
    APPID: platform.merchant.appid,
    API: "v2",
    API_V2_KEY: platform.merchant.api_v2_key,
    SPBILL_CREATE_IP: "203.0.113.7",
    SECRET_KEYS: SECRET_KEY,
    OPERATOR_KEY,
    CLIENT_KEY: "test-client-key-0123456789abcdefghij",
    PRODUCTS: JSON.stringify(PRODUCTS),
    ...overrides,
  };
}

/** A Worker whose platform this is, whose business clock `advance` moves, and its shop. */
export async function startV2(platform, { overrides = {}, ...options } = {}) {
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const bindings = v2Variables(platform, { url, ...overrides });
  const worker = await Worker.start({ port, bindings, ...options });
  let ahead_s = 0;
  platform.now = () => new Date(Date.now() + ahead_s * 1_000);
  const shop = new Shop(worker);
  const advance = async (advance_s) => {
    const { status, body } = await shop.ask("POST", "/dev/clock", { body: { advance_s } });
    if (status !== 200) throw new Error(`the clock: ${status} ${JSON.stringify(body)}`);
    ahead_s += advance_s;
  };
  return { worker, shop, advance, bindings, port };
}
