// The real sandbox, started from its binary on a free port with an empty state folder, and its
// control surface as functions.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { MERCHANT, SANDBOX, built, freshFolder } from "./project.mjs";
import { until } from "./wait.mjs";

/** The file of a state folder that holds the keys. */
const CREDENTIALS = "credentials.json";

/** How much of what the program said is kept for a failure's message. */
const WORDS_MAX = 20_000;

async function json(reply) {
  const text = await reply.text();
  if (!reply.ok) {
    const said = text.startsWith("{") ? JSON.parse(text) : undefined;
    throw Object.assign(new Error(`sandbox ${reply.url}: ${reply.status} ${text}`), { said });
  }
  return text ? JSON.parse(text) : undefined;
}

/**
 * All tests share one merchant; a newer program makes a new one. Two files that begin at once may
 * both make it: each does so in a folder of its own, and the last one stays.
 */
async function merchantIn(state) {
  const made = await stat(MERCHANT).catch(() => undefined);
  if (!made || made.mtimeMs < (await stat(built(SANDBOX))).mtimeMs) {
    const folder = freshFolder("merchant");
    await promisify(execFile)(SANDBOX, ["credentials", "--state", folder]);
    await copyFile(join(folder, CREDENTIALS), `${MERCHANT}-${process.pid}`);
    await rename(`${MERCHANT}-${process.pid}`, MERCHANT);
    await rm(folder, { recursive: true, force: true });
  }
  await copyFile(MERCHANT, join(state, CREDENTIALS));
}

export class Sandbox {
  /** Starts one, with further `options`; `workerUrl`, if there is one, is told each step of the clock. */
  static async start({ port, workerUrl, options = [] }) {
    const state = freshFolder("sandbox");
    await merchantIn(state);
    const child = spawn(
      built(SANDBOX),
      ["serve", "--port", String(port), "--state", state, ...(workerUrl ? ["--worker-url", workerUrl] : []), ...options],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    const sandbox = new Sandbox(child, `http://127.0.0.1:${port}`, state);
    try {
      sandbox.merchant = await until("the sandbox answers", async () => {
        if (child.exitCode !== null) throw new Error(`it ended: ${sandbox.words}`);
        return json(await fetch(`${sandbox.url}/sandbox/merchant`));
      });
    } catch (error) {
      await sandbox.stop();
      throw error;
    }
    return sandbox;
  }

  constructor(child, url, state) {
    this.child = child;
    this.url = url;
    this.state = state;
    this.words = "";
    const hear = (chunk) => { this.words = (this.words + chunk).slice(-WORDS_MAX); };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
  }

  async #post(path, body, method = "POST") {
    return json(await fetch(this.url + path, {
      method,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }));
  }

  /**
   * Scans the code and pays, with a coupon if `more` says so: `{ out_trade_no, transaction_id }`. A
   * printed product code does as well; then `callback` says what was asked and answered. An error has
   * what the sandbox said as `said`.
   */
  pay(codeUrl, more = {}) {
    return this.#post("/sandbox/pay", { code_url: codeUrl, ...more });
  }

  /** A payer's phone opens the order, which is this payer's from then on, and waits. */
  scan(codeUrl, payer = "payer") {
    return this.#post("/sandbox/scan", { code_url: codeUrl, payer });
  }

  /** An attempt to pay fails; the order stays unpaid. */
  refuse(codeUrl, payer = "payer") {
    return this.#post("/sandbox/refuse", { code_url: codeUrl, payer });
  }

  /**
   * What merchants set in the merchant platform: `[{ mchid, native_url, refund_notify_url }]`. A wish
   * sets one merchant's before, the first one's if it has no `mchid`; null clears an address.
   */
  async addresses(wish) {
    const path = "/sandbox/addresses";
    return (wish ? await this.#post(path, wish, "PUT") : await json(await fetch(this.url + path))).data;
  }

  /** Every scan of a printed product code, newest first, with what was asked and answered. */
  async callbacks() {
    return (await json(await fetch(`${this.url}/sandbox/callbacks`))).data;
  }

  /** Chooses readings of the rules; what is not named stays. Answers those in force. */
  settings(change) {
    return this.#post("/sandbox/settings", change, "PUT");
  }

  /** Plays a bad day by its name: `{ name, faults, did }`. */
  scenario(name, wish = {}) {
    return this.#post(`/sandbox/scenarios/${name}`, wish);
  }

  /** Ends a refund that is processing: `SUCCESS`, `ABNORMAL` or `CLOSED`. */
  endRefund(outRefundNo, status) {
    return this.#post(`/sandbox/refunds/${outRefundNo}`, { status }, "PUT");
  }

  /** The order as the platform has it. */
  async order(outTradeNo) {
    return json(await fetch(`${this.url}/sandbox/orders/${outTradeNo}`));
  }

  /** Every row of a kind, `orders`, `refunds` or `notifications`, newest first. */
  async all(kind) {
    return (await json(await fetch(`${this.url}/sandbox/${kind}?limit=1000000`))).data;
  }

  /** Business time, and how far it is ahead: `{ now, advanced_s }`. */
  async clock() {
    return json(await fetch(`${this.url}/sandbox/clock`));
  }

  /** Every refund of an order as the platform has it, newest first. */
  async refundsOf(outTradeNo) {
    return (await json(await fetch(`${this.url}/sandbox/refunds?out_trade_no=${outTradeNo}`))).data;
  }

  /** Every notification so far, with its tries. */
  async notifications() {
    const answer = await json(await fetch(`${this.url}/sandbox/notifications`));
    return answer.data ?? answer;
  }

  /** What merchants asked for, newest first; `query` may be `{ limit, out_trade_no, refused }`. */
  async requests(query = {}) {
    const answer = await fetch(`${this.url}/sandbox/requests?${new URLSearchParams(query)}`);
    return (await json(answer)).data;
  }

  /** One request, both sides and why it was refused. */
  async request(id) {
    return json(await fetch(`${this.url}/sandbox/requests/${id}`));
  }

  /** One notification with every try in full. */
  async notification(id) {
    return json(await fetch(`${this.url}/sandbox/notifications/${id}`));
  }

  /** One more try at once, outside the schedule; `wish` may be `{ fault }`. Answers the try. */
  resend(id, wish = {}) {
    return this.#post(`/sandbox/notifications/${id}/resend`, wish);
  }

  /** The notifications about one order. */
  async notificationsOf(outTradeNo) {
    const all = await this.notifications();
    return all.filter((notification) => notification.out_trade_no === outTradeNo);
  }

  /** Switches the platform's keys; what is not named stays. Answers those in force. */
  keys(change) {
    return this.#post("/sandbox/keys", change, "PUT");
  }

  /** Every credential as it is now. */
  async credentials() {
    return json(await fetch(`${this.url}/sandbox/merchant`));
  }

  /** Issues another certificate for the merchant, or retires one: `{ retire }`. */
  async certificate(wish = {}) {
    return (await this.#post("/sandbox/merchant/certificate", wish)).data;
  }

  /** Replaces the merchant's APIv3 key. */
  apiV3Key(wish) {
    return this.#post("/sandbox/merchant/api-v3-key", wish);
  }

  /** Asks for bad days, in place of those asked for before. */
  faults(...faults) {
    return this.#post("/sandbox/faults", faults, "PUT");
  }

  /** The bad days that wait to happen. */
  async waitingFaults() {
    return (await json(await fetch(`${this.url}/sandbox/faults`))).data;
  }

  /** Every kind of bad day, by route: `[{ route, kinds: [{ kind, words }] }]`. */
  async knownFaults() {
    return (await json(await fetch(`${this.url}/sandbox/faults`))).known;
  }

  /** Every bad day that has a name: `[{ name, words, needs }]`. */
  async knownScenarios() {
    return (await json(await fetch(`${this.url}/sandbox/scenarios`))).data;
  }

  /** Moves the business clock of sandbox and Worker; what came due has run when this answers. */
  advance(seconds) {
    return this.#post("/sandbox/clock", { advance_s: seconds });
  }

  async stop() {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, "exit");
      this.child.kill("SIGTERM");
      await ended;
    }
    await rm(this.state, { recursive: true, force: true });
  }
}
