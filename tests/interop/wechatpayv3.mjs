// wechatpayv3 (Python) as a merchant, in a process of its own. It, too, verifies by itself and
// throws at an answer that it does not believe.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { python } from "../../scripts/python.mjs";
import { built, inProject } from "../harness/project.mjs";
import { platformKeys } from "./identity.mjs";

const BRIDGE = inProject("tests/interop/wechatpayv3_bridge.py");

/** How a client is called inside the bridge; each bridge has one. */
const CLIENT = "merchant";

/** The library's process: one question, one answer, in order. */
class Bridge {
  constructor(gateway) {
    this.waiting = [];
    this.words = "";
    // It knows nothing of proxies: the platform is on this machine.
    const env = { PATH: process.env.PATH, SAOMA_GATEWAY: gateway, NO_PROXY: "*", PYTHONUTF8: "1" };
    this.child = spawn(built(python()), ["-u", BRIDGE], { env });
    this.child.stderr.on("data", (chunk) => { this.words += chunk; });
    createInterface(this.child.stdout).on("line", (line) => this.waiting.shift().resolve(JSON.parse(line)));
    this.child.on("exit", (code) => {
      const error = new Error(`the bridge ended (${code}): ${this.words}`);
      this.waiting.splice(0).forEach(({ reject }) => reject(error));
    });
  }

  async ask(command, ...args) {
    const question = Promise.withResolvers();
    this.waiting.push(question);
    this.child.stdin.write(`${JSON.stringify([command, args])}\n`);
    const { answer, refused } = await question.promise;
    if (refused !== undefined) throw new Error(`wechatpayv3: ${refused}`);
    return answer;
  }

  end() {
    this.child.stdin.end();
  }
}

const named = (headers) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

function read({ status, text, bytes }) {
  if (bytes !== undefined) return { status, data: Buffer.from(bytes, "base64") };
  return { status, data: text ? JSON.parse(text) : undefined };
}

export class Wechatpayv3 {
  /** `who` calls the platform at `url`; `keys` names those of its keys that are trusted. */
  static async open({ merchant, url, who, keys = ["public key", "certificate"] }) {
    const bridge = new Bridge(url);
    const publicKey = platformKeys(merchant)["public key"];
    await bridge.ask("open_client", CLIENT, {
      mchid: who.mchid,
      private_key: who.private_key_pem,
      cert_serial_no: who.serial_no,
      appid: who.appid,
      apiv3_key: who.api_v3_key,
      partner_mode: who.mode === "partner",
      // Without a public key the library fetches certificates before anything else.
      ...(keys.includes("public key") && {
        public_key: publicKey.pem, public_key_id: publicKey.serial,
      }),
    });
    return new Wechatpayv3(bridge, who);
  }

  constructor(bridge, who) {
    this.bridge = bridge;
    this.who = who;
    this.sub = who.sub_mchid && { sub_mchid: who.sub_mchid };
  }

  /** A call for the sub-merchant, where there is one. */
  #call(method, args) {
    return this.#own(method, { ...this.sub, ...args });
  }

  /** A call that has no sub-merchant. */
  async #own(method, args) {
    return read(await this.bridge.ask("call", CLIENT, method, args));
  }

  /** What lies beneath all of its calls: signs, sends, verifies. */
  async #request(method, path, body) {
    return read(await this.bridge.ask("request", CLIENT, method, path, body));
  }

  place(order) {
    const { sub_appid } = this.who;
    return this.#call("pay", { ...order, ...(sub_appid && { sub_appid }) });
  }

  byNumber(out_trade_no) {
    return this.#call("query", { out_trade_no });
  }

  byTransaction(transaction_id) {
    return this.#call("query", { transaction_id });
  }

  close(out_trade_no) {
    return this.#call("close", { out_trade_no });
  }

  refund(application) {
    return this.#call("refund", application);
  }

  refundStatus(out_refund_no) {
    return this.#call("query_refund", { out_refund_no });
  }

  /** To the payer's card, which only the platform may read. */
  refundToCard(refund_id, application) {
    return this.#call("abnormal_refund", { refund_id, type: "USER_BANK_CARD", ...application });
  }

  /** Its own calls always name a packing; a plain file is asked for beneath them. */
  tradeBill(bill_date, bill_type, tar_type = "GZIP") {
    if (!tar_type) {
      const query = new URLSearchParams({ bill_date, bill_type, ...this.sub });
      return this.#request("GET", `/v3/bill/tradebill?${query}`);
    }
    return this.#call("trade_bill", { bill_date, bill_type, tar_type });
  }

  fundFlowBill(bill_date, account_type, tar_type = "GZIP") {
    if (!tar_type) {
      const query = new URLSearchParams({ bill_date, account_type });
      return this.#request("GET", `/v3/bill/fundflowbill?${query}`);
    }
    return this.#own("fundflow_bill", { bill_date, account_type, tar_type });
  }

  /** The library has no call for the self-test, which is younger; it signs and verifies as always. */
  echo(shout) {
    return this.#request("POST", "/v3/security/echo", shout);
  }

  /** The list again, which the library reads without verifying, verified as any other answer. */
  certificateList() {
    return this.#request("GET", "/v3/certificates");
  }

  subMerchantFundFlowBill(bill_date, account_type) {
    return this.#call("submch_fundflow_bill", { bill_date, account_type });
  }

  /** The file behind an answer's address, as it is on the wire. */
  download(url) {
    return this.#own("download_bill", { url });
  }

  /** The serials of the certificates that the platform hands out; each is opened. */
  async certificates() {
    const serials = await this.bridge.ask("certificates", CLIENT);
    return { status: serials.length ? 200 : undefined, serials };
  }

  /** What a letter tells, or nothing where the library does not believe it. */
  async open({ headers, body }) {
    return (await this.bridge.ask("callback", CLIENT, named(headers), body)) ?? undefined;
  }

  /** A letter in the platform's place, sealed and signed with the library's own primitives. */
  letter({ private_key_pem, serial }, event, told) {
    return this.bridge.ask("letter", private_key_pem, this.who.api_v3_key, serial, event, told);
  }

  encrypt(text) {
    return this.bridge.ask("encrypt", CLIENT, text);
  }

  decrypt(text) {
    return this.bridge.ask("decrypt", CLIENT, text);
  }

  /** What a file holds that was sealed for this merchant alone. */
  unseal(file, { encrypt_key, nonce }) {
    return this.bridge.ask("unseal", CLIENT, file.toString("base64"), encrypt_key, nonce);
  }

  sha1(bytes) {
    return this.bridge.ask("sha1", Buffer.from(bytes).toString("base64"));
  }

  end() {
    this.bridge.end();
  }
}
