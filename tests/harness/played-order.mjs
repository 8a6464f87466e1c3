// An order as a played Worker keeps it: what a page may see of it, and who waits for news.
//
// Its code's modules come from ZXing's writer, so that neither side of what is tested draws them.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

import { prepareZXingModule, writeBarcode } from "zxing-wasm/writer";

import { inProject } from "./project.mjs";

// Left alone, it would fetch its wasm from a public server.
const wasm = await readFile(inProject("node_modules/zxing-wasm/dist/writer/zxing_writer.wasm"));
await prepareZXingModule({ overrides: { wasmBinary: wasm }, fireImmediately: true });

/** The two forms of `code_url` that the platform documents: 35 and 61 characters. */
export const CODES = {
  short: "weixin://wxpay/bizpayurl?pr=abc1234",
  long: "weixin://pay.weixin.qq.com/bizpayurl/up?pr=NwY5Mz9&groupid=00",
};

/** The modules of `text` as the Worker answers them: dark = 1, rows without padding, base64. */
export async function modules(text) {
  const { symbol, error } = await writeBarcode(text, {
    format: "QRCode", options: "ecLevel=M", addQuietZones: false, scale: 1,
  });
  if (error) throw new Error(`no code for ${text}: ${error}`);
  const bytes = new Uint8Array(Math.ceil(symbol.data.length / 8));
  symbol.data.forEach((brightness, index) => {
    if (brightness === 0) bytes[index >> 3] |= 0x80 >> (index & 7);
  });
  return Buffer.from(bytes).toString("base64");
}

const CODE_LIVES_MS = 7_200_000;
const ORDER_LIVES_MS = 86_400_000;

/** A token in the real one's form for an order of this name; only its looks are genuine. */
export function tokenOf(name) {
  const digest = createHash("sha256").update(name).digest();
  const id = [...digest.subarray(0, 20)].map((byte) => "abcdefghijklmnopqrstuvwxyz234567"[byte & 31]).join("");
  return `chk_${id}.4102444800.${digest.toString("base64url")}`;
}

export class PlayedOrder {
  /** One that can be paid by whoever scans `code_url`. */
  static async placed(name, { code_url = CODES.short, description = "Oolong 250 g", total = 8_800 } = {}) {
    const order = new PlayedOrder(tokenOf(name), { description, amount: { total, currency: "CNY" } });
    order.fields = { status: "open", phase: "waiting", code_url, qr: await modules(code_url) };
    order.code_ends = performance.now() + CODE_LIVES_MS;
    return order;
  }

  constructor(token, goods) {
    this.token = token;
    this.goods = goods;
    this.version = 1;
    this.ends = performance.now() + ORDER_LIVES_MS;
    this.listeners = new Set();
  }

  /** What the browser is told, without the token. */
  get view() {
    const left = (end) => Math.max(0, Math.round(end - performance.now()));
    const { code_url } = this.fields;
    return {
      ...this.fields,
      ...this.goods,
      ...(code_url ? { code_expires_in_ms: left(this.code_ends) } : {}),
      expires_in_ms: left(this.ends),
      version: this.version,
    };
  }

  /** Something happened: `fields` replace what was seen before, and whoever waits is told. */
  become(fields) {
    this.fields = fields;
    this.version += 1;
    for (const tell of [...this.listeners]) tell();
  }

  paid() {
    this.become({ status: "paid" });
  }

  expired() {
    this.become({ status: "expired" });
  }

  /** The same code, with so long to live. */
  codeLives(ms) {
    this.code_ends = performance.now() + ms;
    this.become(this.fields);
  }

  /** Another code in place of the one before. */
  async renewed(code_url) {
    const qr = await modules(code_url);
    this.code_ends = performance.now() + CODE_LIVES_MS;
    this.become({ status: "open", phase: "waiting", code_url, qr });
  }

  /** Resolves at the next change after `version`, or when `wait_ms` are over. */
  async changed(version, wait_ms, signal) {
    if (this.version > version) return;
    await new Promise((resolve) => {
      const timer = setTimeout(done, wait_ms);
      const { listeners } = this;
      function done() {
        clearTimeout(timer);
        listeners.delete(done);
        resolve();
      }
      listeners.add(done);
      signal?.addEventListener("abort", done);
    });
  }
}
