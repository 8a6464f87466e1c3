// Shops, phones and pages that never rest, until they are told to or the Worker is gone.

import { randomUUID } from "node:crypto";

/** How often each of them happens, compared with the others. */
const ACTIONS = { create: 36, pay: 26, refund: 14, cancel: 7, read: 6, wait: 5, check: 5, repeat: 4, time: 1 };

/** Far above anything seen; only a Worker that hangs reaches it. */
const PATIENCE_MS = 20_000;

/** A step of the clock waits for every lease that a kill left behind, one after the other. */
const PATIENCE_WITH_TIME_MS = 300_000;

export class Load {
  /**
   * `shops` ask, `sandbox` has the phones, `record` is told of every answer; `hasTime`: whether
   * business time may move.
   */
  constructor({ shops, sandbox, record, dice, hasTime }) {
    Object.assign(this, { shops, sandbox, record, dice, hasTime });
    /** Requests without an answer yet, by kind. */
    this.onTheWay = {};
    this.isOver = false;
    this.answered = 0;
    this.wanted = { count: Infinity, resolve: () => {} };
  }

  /** Resolves with the answer of that number, or when a customer fails. */
  answers(count) {
    return new Promise((resolve) => { this.wanted = { count, resolve }; });
  }

  /** Begins with so many customers. */
  begin(customers) {
    const dices = Array.from({ length: customers }, () => this.dice.fork());
    this.ended = Promise.all(dices.map((dice) => this.#customer(dice)));
    // Whoever awaits it hears of a failure; until then it is nobody's unhandled one.
    this.ended.catch(() => this.wanted.resolve());
  }

  async #customer(dice) {
    while (!this.isOver) await this[dice.weighted(ACTIONS)](dice);
  }

  /** A request of a kind; nothing where no answer came because the Worker is gone. */
  async asked(kind, request) {
    this.onTheWay[kind] = (this.onTheWay[kind] ?? 0) + 1;
    let timer;
    const patience = new Promise((_, reject) => {
      const wait_ms = kind === "time" ? PATIENCE_WITH_TIME_MS : PATIENCE_MS;
      timer = setTimeout(() => reject(new Error(`${kind}: no answer`)), wait_ms);
    });
    try {
      const reply = await Promise.race([request(), patience]);
      this.answered++;
      if (this.answered >= this.wanted.count) this.wanted.resolve();
      return reply;
    } catch (error) {
      if (this.isOver) return undefined;
      throw error;
    } finally {
      clearTimeout(timer);
      this.onTheWay[kind]--;
    }
  }

  async create(dice) {
    const { shop, fixed } = dice.of(this.shops);
    const total = dice.between(300, 20_000);
    const body = { reference: `K-${randomUUID()}`, amount: { total, currency: "CNY" }, ...fixed };
    const repeat = async (load) => load.record.created(shop, body, await load.asked("create", () => shop.open(body)), repeat);
    await repeat(this);
  }

  /** A shopper scans a code. Some codes are void by then; the platform says so. */
  async pay(dice) {
    const entry = dice.of(this.record.those(({ code, wasPaid, transactionId }) => code && !wasPaid && !transactionId));
    if (!entry) return this.create(dice);
    const paid = await this.sandbox.pay(entry.code).catch(() => undefined);
    if (paid) this.record.paid(entry, paid.transaction_id);
  }

  async refund(dice) {
    const entry = dice.of(this.record.those(({ wasPaid }) => wasPaid));
    if (!entry) return this.read(dice);
    const total = dice.between(1, Math.ceil(entry.body.amount.total / 2));
    const body = { reference: `R-${randomUUID()}`, amount: { total, currency: "CNY" } };
    const ask = () => entry.shop.giveBack(entry.id, body);
    const repeat = async (load) => load.record.refunded(entry, body, await load.asked("refund", ask), repeat);
    await repeat(this);
  }

  async cancel(dice) {
    const entry = dice.of(this.record.those(({ wasPaid, end }) => !wasPaid && !end));
    if (!entry) return this.create(dice);
    const ask = () => entry.shop.cancel(entry.id);
    const repeat = async (load) => {
      const before = load.record.known(entry);
      load.record.cancelled(entry, await load.asked("cancel", ask), before, repeat);
    };
    await repeat(this);
  }

  async read(dice) {
    await this.#look(dice, "read", ({ shop, id }) => shop.ask("GET", `/v1/checkouts/${id}`, { bearer: shop.secretKey }));
  }

  /** A page waits for news. */
  async wait(dice) {
    await this.#look(dice, "wait", ({ shop, token, version }) => shop.look(token, `?version=${version}&wait=1`));
  }

  /** A shopper says: I have paid. */
  async check(dice) {
    await this.#look(dice, "check", ({ shop, token }) => shop.ask("POST", "/v1/session/check", { bearer: token }));
  }

  async #look(dice, kind, ask) {
    const entry = dice.of(this.record.those(() => true));
    if (!entry) return this.create(dice);
    const before = this.record.known(entry);
    const reply = await this.asked(kind, () => ask(entry));
    if (reply?.status === 404) this.record.lost.push(`${entry.id} is unknown to ${kind}`);
    if (reply?.status === 200) this.record.saw(entry, reply.body, before);
  }

  /** Some seconds of business time pass, for whatever has a timer. */
  async time(dice) {
    if (this.onTheWay.time || !this.hasTime) return this.read(dice);
    const steps = () => this.sandbox.advance(dice.between(5, 40)).catch(() => undefined);
    await this.asked("time", steps);
  }

  /** A shop sends again what was not answered. It may have to wait until a dead call's lease is over. */
  async repeat(dice) {
    const repeat = this.record.doubtful.shift();
    await (repeat ? repeat(this) : this.create(dice));
  }

  /** All of it, without a kill in between. */
  async repeatAll() {
    while (this.record.doubtful.length) {
      await Promise.all(this.record.doubtful.splice(0).map((repeat) => repeat(this)));
    }
  }
}
