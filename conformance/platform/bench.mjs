// What every check has at hand: the merchants, the letterbox, the driver, and the usual steps of a
// purchase. An answer that a check relies on is verified here, whatever the check is about.

import { randomBytes } from "node:crypto";

import { brief, expect, untried } from "../verdict.mjs";
import { distrust } from "../wire/signature.mjs";
import { Letterbox, told } from "./letterbox.mjs";
import { Merchant, summary } from "./merchant.mjs";

/** The usual price, in fen. */
export const PRICE = 8_800;

/** A moment as the platform writes it (A.1). */
export const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+08:00|Z)$/;

const BEIJING_MS = 8 * 3_600_000;

/** A moment as RFC 3339 in Beijing time. */
export const beijing = (ms) => `${new Date(ms + BEIJING_MS).toISOString().slice(0, 19)}+08:00`;

/** A number that nobody has used: 6 to 32 of `[0-9A-Za-z]` (E.1). */
export const fresh = (prefix = "C") => `${prefix}${randomBytes(11).toString("hex").toUpperCase()}`;

/** What a phone does. */
const PHONE = ["pay", "scan", "refuse"];

/**
 * The driver, its troubles told apart from the platform's: where it fails, a check is not tried. What a
 * phone does is the platform's own business, and its failure means what the check says it means.
 */
function guarded(driver) {
  const guard =
    (name, work) =>
    (...args) =>
      work(...args).catch((error) => untried(`the driver's ${name} failed: ${error.message}`));
  const entries = Object.entries(driver).map(([name, value]) => [
    name,
    typeof value === "function" && !PHONE.includes(name) ? guard(name, value) : value,
  ]);
  return Object.fromEntries(entries);
}

export class Bench {
  static async open({ base, credentials, driver, box }) {
    return new Bench({ base, credentials, driver, box: await Letterbox.open(box) });
  }

  constructor({ base, credentials, driver, box }) {
    this.base = base;
    this.platform = credentials.platform;
    this.driver = guarded(driver);
    this.box = box;
    this.direct = credentials.direct && new Merchant(credentials.direct, base);
    this.partner = credentials.partner && new Merchant(credentials.partner, base);
    this.made = new Map();
  }

  /** The merchant whom most checks are made with. */
  get who() {
    return this.direct ?? this.partner;
  }

  /** Why a check that needs all of `needs` cannot be made, or undefined. */
  lacks(needs = []) {
    const missing = needs.find(
      (need) => !(need in { direct: 1, partner: 1 } ? this[need] : this.driver[need]),
    );
    if (!missing) return undefined;
    return missing in { direct: 1, partner: 1 }
      ? `the credentials name no ${missing} merchant with a private key`
      : `the driver "${this.driver.name}" has no ${missing}`;
  }

  /** Makes something that several checks only look at, the first time it is asked for. */
  once(name, make) {
    if (!this.made.has(name)) this.made.set(name, make());
    return this.made.get(name);
  }

  /** The body of an order; its notification comes to the letterbox under its number. */
  order(overrides = {}, who = this.who) {
    const out_trade_no = overrides.out_trade_no ?? fresh();
    return {
      ...who.payee,
      description: "conformance",
      out_trade_no,
      notify_url: this.box.url(out_trade_no),
      amount: { total: PRICE, currency: "CNY" },
      ...overrides,
    };
  }

  /** Sees an answer of this status that is the platform's own, and returns what it says. */
  good(answer, status = 200) {
    expect(answer.status === status, () => `answered ${summary(answer)}`);
    const why = distrust(answer, this.platform.trusted);
    expect(!why, `answered ${status}, but ${why}`);
    return answer.json;
  }

  /** Places an order that must be taken: `{ number, body, code_url }`. */
  async placed(overrides, who = this.who) {
    const body = this.order(overrides, who);
    const answer = this.good(await who.place(body));
    expect(typeof answer?.code_url === "string", `answered ${brief(answer)}, without code_url`);
    return { number: body.out_trade_no, body, code_url: answer.code_url };
  }

  /** The same, paid on a phone: `transaction_id` besides. */
  async paid(overrides, { who = this.who, ...how } = {}) {
    if (!this.driver.pay) untried(`the driver "${this.driver.name}" has no pay`);
    const order = await this.placed(overrides, who);
    const { transaction_id } = await this.pay(order.code_url, how);
    return { ...order, transaction_id };
  }

  /** A phone pays a code that must be taken. */
  async pay(codeUrl, options) {
    return this.driver
      .pay(codeUrl, options)
      .catch((error) => expect(false, `the phone could not pay: ${error.message}`));
  }

  /** A paid order that checks may look at, but must leave as it is. */
  paidOrder() {
    return this.once("paid order", () => this.paid({ attach: "购物车=42, a b" }));
  }

  /** The order as the platform has it now. */
  async state(number, who = this.who) {
    return this.good(await who.query(number));
  }

  /** Sees the order in this state. */
  async expectState(number, expected, who = this.who) {
    const { trade_state } = await this.state(number, who);
    expect(trade_state === expected, `the order is ${trade_state}, not ${expected}`);
    return trade_state;
  }

  /** Tries to pay a code that must not take money; says how the platform refused. */
  async unpayable(codeUrl, options) {
    const why = await this.driver.pay(codeUrl, options).then(
      () => undefined,
      (error) => error.message,
    );
    expect(why, "the phone could pay it");
    return "the phone could not pay";
  }

  /** A paid order's refund as it was asked for: `{ body, order, refund }`. */
  async refunded(overrides = {}, { who = this.who, order, fate } = {}) {
    const paid = order ?? (await this.paid({}, { who }));
    if (fate) await this.driver.refundBecomes(fate, paid.number);
    const body = this.refundOf(paid, overrides);
    const refund = this.good(await who.refund(body));
    return { body, order: paid, refund };
  }

  /** The body of a refund of one yuan. */
  refundOf(order, overrides = {}) {
    const out_refund_no = overrides.out_refund_no ?? fresh("R");
    return {
      transaction_id: order.transaction_id,
      out_refund_no,
      notify_url: this.box.url(out_refund_no),
      amount: { refund: 100, total: order.body.amount.total, currency: "CNY" },
      ...overrides,
    };
  }

  /** The first notification at `name`, believed: `{ letter, inside }`. */
  async notified(name, { who = this.who, count = 1 } = {}) {
    const letter = await this.box.nth(name, count);
    const why = distrust(letter, this.platform.trusted);
    expect(!why, `a notification came, but ${why}`);
    return { letter, inside: told(letter, who.row.api_v3_key) };
  }

  async close() {
    await this.box.close();
    await this.driver.close();
  }
}
