// A shop with printed product codes that speaks V2: places orders, prints links, answers scans. From
// node:crypto and the protocol reference (D.2, D.3, D.9) alone.

import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";

const STEM = "weixin://wxpay/bizpayurl?";

const cdata = (text) => `<![CDATA[${String(text).replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;

/** A message of these fields. */
export const xml = (fields) =>
  `<xml>${Object.entries(fields).map(([name, text]) => `<${name}>${cdata(text)}</${name}>`).join("")}</xml>`;

/** The fields of a message, as the sandbox writes it. */
export function fieldsOf(text) {
  const fields = text.matchAll(/<(\w+)>(?:<!\[CDATA\[([^]*?)\]\]>|([^<]*))<\/\1>/g);
  return Object.fromEntries([...fields].map(([, name, quoted, plain]) => [name, quoted ?? plain]));
}

export class PrintedCodes {
  /** What the shop says when it is asked: a function of the callback's fields. */
  answers = (asked) => this.offer(asked);
  /** Every callback that came, oldest first. */
  asked = [];
  #orders = 0;

  constructor(merchant) {
    this.merchant = merchant;
    this.who = merchant.who;
  }

  /** Opens the address where it is asked, and tells the sandbox of it. */
  async listen() {
    this.server = createServer(async (request, reply) => {
      const text = (await request.toArray()).join("");
      this.asked.push(text);
      reply.writeHead(200, { "Content-Type": "text/xml" });
      reply.end(await this.answers(fieldsOf(text)));
    });
    await new Promise((done) => { this.server.listen(0, "127.0.0.1", done); });
    this.url = `http://127.0.0.1:${this.server.address().port}/native`;
    await this.merchant.sandbox.addresses({ native_url: this.url });
  }

  sign(fields, key = this.who.api_v2_key) {
    const pairs = Object.entries(fields).filter(([name, value]) => name !== "sign" && value !== "").sort();
    const text = `${pairs.map(([name, value]) => `${name}=${value}`).join("&")}&key=${key}`;
    return createHash("md5").update(text).digest("hex").toUpperCase();
  }

  /** These fields with the merchant's own, a nonce and the sign. */
  signed(fields, key) {
    const { appid, mchid: mch_id } = this.who;
    const whole = { appid, mch_id, nonce_str: randomBytes(16).toString("hex"), ...fields };
    return { ...whole, sign: this.sign(whole, key) };
  }

  /** The printed code of a product. */
  link(product_id) {
    return STEM + new URLSearchParams(this.signed({ product_id, time_stamp: "1735700000" }));
  }

  /** Places a V2 order: its fields, and those of the answer. */
  async place(terms = {}) {
    const { url } = this.merchant.sandbox;
    const order = {
      body: "Oolong 250 g", out_trade_no: `P${process.pid}n${(this.#orders += 1)}`, total_fee: 8_800,
      spbill_create_ip: "127.0.0.1", notify_url: this.merchant.notifyUrl, trade_type: "NATIVE",
      product_id: "oolong-250", ...terms,
    };
    const reply = await fetch(`${url}/pay/unifiedorder`, { method: "POST", body: xml(this.signed(order)) });
    return { ...order, ...fieldsOf(await reply.text()) };
  }

  /** A new order for whoever scanned, as a signed answer. */
  async offer({ product_id }) {
    const { prepay_id } = await this.place({ product_id });
    return this.yes({ prepay_id });
  }

  yes(fields, key) {
    return xml(this.signed({ return_code: "SUCCESS", result_code: "SUCCESS", ...fields }, key));
  }

  no(err_code_des) {
    return this.yes({ result_code: "FAIL", err_code_des });
  }

  close() {
    this.server?.closeAllConnections();
    return new Promise((done) => { this.server ? this.server.close(done) : done(); });
  }
}
