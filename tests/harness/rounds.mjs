// Kill rounds: a Worker under load from shops and phones, at a platform that has bad days, is killed
// in the middle of it and started again on what it had stored. Nothing that anybody was promised may
// be lost, and nothing may be there twice.
//
// A round counts only if something was on its way at the moment of the kill that the Worker would
// have had to finish: a create, a notification, or a call of its own. What a run draws comes from its
// seed; when a message arrives is the machine's business, so a seed repeats the plan, not the run.

import { assertAgreed, assertKept, assertOnDisk, isAtRest } from "./audit.mjs";
import { Dice } from "./dice.mjs";
import { Load } from "./load.mjs";
import { freePorts } from "./port.mjs";
import { freshFolder } from "./project.mjs";
import { Record } from "./record.mjs";
import { Sandbox } from "./sandbox.mjs";
import { Shop } from "./shop.mjs";
import { until } from "./wait.mjs";
import { noticeKind, openWire, platformKind } from "./wire.mjs";
import { PARTNER_KEY, Worker, partnerVariables, variables } from "./worker.mjs";

const CUSTOMERS = 12;

/** The kill comes so many milliseconds after the first answer: before it, a cold Worker does little. */
const KILL_AFTER_MS = [0, 600];

/** How often a message between Worker and platform takes so many milliseconds, there and back each. */
const DELAYS_MS = { 0: 40, 8: 30, 40: 22, 150: 8 };

/** After so many rounds everything is brought to an end and compared, and the next ones begin anew. */
const ROUNDS_BETWEEN_ENDS = 8;

/** What goes wrong at the platform, by route. Nothing that ends an order or a refund otherwise. */
const FAULTS = {
  native: ["reply-dropped", "error-but-done", "rate-limited", "bad-gateway", "unavailable", "unsigned", "empty"],
  query: ["reply-dropped", "error-but-done", "rate-limited", "unavailable", "probe-signed"],
  close: ["reply-dropped", "error-but-done", "rate-limited", "bad-gateway"],
  refund: ["reply-dropped", "error-but-done", "rate-limited", "rate-limited-but-done", "bad-gateway", "not-enough"],
  "refund-query": ["reply-dropped", "error-but-done", "unavailable"],
  notify: ["dropped", "duplicated", "stale", "tampered", "probe-signed", "key-switch", "extra-fields"],
};

/** Plays until `rounds` of them counted; answers the figures. */
export async function playRounds({ rounds, seed, say = () => {} }) {
  const theatre = await Theatre.open(seed);
  const figures = { rounds: 0, idle: 0, acknowledged: 0, inFlight: {}, lost: [], doubled: [], odd: [] };
  try {
    // A machine so fast that nothing is ever on its way would have to be loaded more.
    while (figures.rounds < rounds && figures.idle <= rounds) {
      const counted = await theatre.round(figures);
      if (counted && figures.rounds % ROUNDS_BETWEEN_ENDS === 0) await theatre.end(figures);
      if (counted) say(figures);
    }
    await theatre.end(figures);
    return figures;
  } finally {
    await theatre.close();
  }
}

class Theatre {
  static async open(seed) {
    const theatre = new Theatre(new Dice(seed));
    try {
      await theatre.#open();
    } catch (error) {
      await theatre.close();
      throw error;
    }
    return theatre;
  }

  constructor(dice) {
    this.dice = dice;
    this.record = new Record();
    this.state = freshFolder("rounds");
    this.isCalm = false;
  }

  async #open() {
    const [port, sandboxPort] = await freePorts(2);
    const address = `http://127.0.0.1:${port}`;
    const delays = this.dice.fork();
    const delay = () => (this.isCalm ? 0 : Number(delays.weighted(DELAYS_MS)));
    this.sandbox = await Sandbox.start({ port: sandboxPort, workerUrl: address });
    this.calls = await openWire(this.sandbox.url, { kind: platformKind, delay });
    this.notices = await openWire(address, { kind: noticeKind, delay });
    const { merchant } = this.sandbox;
    const bindings = {
      ...variables(merchant, { url: this.notices.url, platformUrl: this.calls.url }),
      ...partnerVariables(merchant),
    };
    this.settings = { port, bindings, state: this.state };
    this.worker = await Worker.start(this.settings);
    const { sub_mchid } = merchant.partner.sub_merchants[0];
    // They know the address, whoever serves there.
    const door = { url: address, fetch: (path, options) => this.#fetch(address + path, options) };
    this.shops = [
      { shop: new Shop(door), fixed: { description: "Oolong 250 g" } },
      { shop: new Shop(door, PARTNER_KEY), fixed: { description: "Green tea", sub_mchid } },
    ];
  }

  /**
   * A request over a connection that the Worker was just closing, as one does that was idle, is sent
   * again; every request may be repeated. Without a Worker it fails.
   */
  async #fetch(url, options) {
    return fetch(url, options).catch((error) => {
      if (!this.worker) throw error;
      return fetch(url, options);
    });
  }

  /** One round; whether it counted. */
  async round(figures) {
    const load = this.#load();
    await this.sandbox.faults(...this.#badDay());
    load.begin(CUSTOMERS);
    await load.answered;
    const over = new Promise((done) => { setTimeout(done, this.dice.between(...KILL_AFTER_MS)); });
    await Promise.race([over, load.ended]);
    load.isOver = true;
    const onTheWay = this.#onTheWay(load);
    await this.worker.kill();
    await load.ended;
    await this.#startAgain();
    await assertKept(this.record, this.sandbox);
    const counts = ["create", "notification", "call"].some((what) => Object.keys(onTheWay).some((kind) => kind.startsWith(what)));
    if (!counts) figures.idle++;
    else figures.rounds++;
    for (const kind of counts ? Object.keys(onTheWay) : []) figures.inFlight[kind] = (figures.inFlight[kind] ?? 0) + 1;
    this.#sum(figures);
    return counts;
  }

  #load() {
    const { shops, sandbox, record } = this;
    return new Load({ shops, sandbox, record, dice: this.dice.fork() });
  }

  #badDay() {
    return Array.from({ length: 6 }, () => {
      const route = this.dice.of(Object.keys(FAULTS));
      return { route, kind: this.dice.of(FAULTS[route]), times: this.dice.between(1, 3) };
    });
  }

  /** What nobody has answered yet: requests at the Worker, its calls, and what the platform tells it. */
  #onTheWay(load) {
    const asked = Object.entries(load.onTheWay).filter(([, count]) => count > 0).map(([kind]) => kind);
    const called = [...this.calls.onTheWay.values()].map((kind) => `call: ${kind}`);
    const told = [...this.notices.onTheWay.values()];
    return Object.fromEntries([...asked, ...called, ...told].map((kind) => [kind, true]));
  }

  async #kill() {
    const { worker } = this;
    this.worker = undefined;
    await worker.kill();
  }

  async #startAgain() {
    await this.sandbox.faults();
    this.worker = await Worker.start(this.settings);
    await this.#setClock();
  }

  /** A step of the clock that the kill cut short has moved the platform's alone. */
  async #setClock() {
    const advance = async (advance_s) => {
      const headers = { "Content-Type": "application/json" };
      const reply = await this.worker.fetch("/dev/clock", { method: "POST", headers, body: JSON.stringify({ advance_s }) });
      return (await reply.json()).offset_s;
    };
    const { advanced_s } = await this.sandbox.clock();
    const behind_s = advanced_s - (await advance(0));
    if (behind_s > 0) await advance(behind_s);
  }

  /** Brings everything to its end, without faults, and compares the books. */
  async end(figures) {
    this.isCalm = true;
    await this.sandbox.faults();
    await this.#load().repeatAll();
    await this.#cancelAll();
    await until("everything is at rest", async () => {
      await this.sandbox.advance(60);
      return isAtRest(this.record);
    }, 60_000);
    await assertKept(this.record, this.sandbox);
    await assertAgreed(this.record, this.sandbox);
    await this.#kill();
    assertOnDisk(this.record, this.state);
    this.#sum(figures);
    this.worker = await Worker.start(this.settings);
    this.isCalm = false;
    this.record.checkouts.clear();
  }

  async #cancelAll() {
    const open = this.record.those(({ wasPaid, end }) => !wasPaid && !end);
    await Promise.all(open.map(async (entry) => {
      const before = this.record.known(entry);
      this.record.cancelled(entry, await entry.shop.cancel(entry.id), before, () => {});
    }));
  }

  #sum(figures) {
    const { promises, acknowledged, lost, doubled, odd } = this.record;
    Object.assign(figures, { promises: { ...acknowledged }, acknowledged: promises, lost, doubled, odd });
  }

  async close() {
    await this.worker?.stop();
    await this.calls?.close();
    await this.notices?.close();
    await this.sandbox?.stop();
  }
}
