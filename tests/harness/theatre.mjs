// The stage of a kill round: Worker, sandbox, shops, and wires between them that know what is on them.

import { prefixed } from "../../scripts/development.mjs";
import { assertAgreed, assertKept, assertOnDisk, isAtRest } from "./audit.mjs";
import { Dice } from "./dice.mjs";
import { Ears } from "./ears.mjs";
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

/** What the shops' letters are signed with; they do not look. */
const WEBHOOK_SECRETS = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** The kill comes after so many answers, on a slow machine as on a fast one, and some milliseconds. */
const KILL_AFTER_ANSWERS = [1, 30];
const KILL_AFTER_MS = [0, 30];

/** What the Worker would have had to finish; calls and webhooks are what its outbox does. */
const COUNTED = ["create", "notification", "call", "webhook"];

/** How often a message between Worker and platform takes so many milliseconds, there and back each. */
const DELAYS_MS = { 0: 30, 10: 25, 60: 30, 200: 15 };

/** Business time moves on by a minute, then by more and more: a shop that refused is told hours later. */
const STEP_S_MAX = 21_600;

/** Far above anything seen; only what never ends reaches it. */
const REST_MS_MAX = 300_000;

/** What goes wrong at the platform, by route. Nothing that ends an order or a refund otherwise. */
const FAULTS = {
  native: ["reply-dropped", "error-but-done", "rate-limited", "bad-gateway", "unavailable", "unsigned", "empty"],
  query: ["reply-dropped", "error-but-done", "rate-limited", "unavailable", "probe-signed"],
  close: ["reply-dropped", "error-but-done", "rate-limited", "bad-gateway"],
  refund: ["reply-dropped", "error-but-done", "rate-limited", "rate-limited-but-done", "bad-gateway", "not-enough"],
  "refund-query": ["reply-dropped", "error-but-done", "unavailable"],
  notify: ["dropped", "duplicated", "stale", "tampered", "probe-signed", "key-switch", "extra-fields"],
};

export class Theatre {
  static async open(seed, meddle) {
    const theatre = new Theatre(new Dice(seed), meddle);
    try {
      await theatre.#open();
    } catch (error) {
      await theatre.close();
      throw error;
    }
    return theatre;
  }

  constructor(dice, meddle) {
    this.dice = dice;
    this.meddle = meddle;
    this.record = new Record();
    this.state = freshFolder("rounds");
    this.isCalm = false;
    this.isClockRight = true;
  }

  async #open() {
    const [port, sandboxPort] = await freePorts(2);
    const address = `http://127.0.0.1:${port}`;
    const delays = this.dice.fork();
    const delay = () => (this.isCalm ? 0 : Number(delays.weighted(DELAYS_MS)));
    this.sandbox = await Sandbox.start({ port: sandboxPort, workerUrl: address });
    this.calls = await openWire(this.sandbox.url, { kind: platformKind, delay });
    this.notices = await openWire(address, { kind: noticeKind, delay });
    this.ears = await Ears.open(this.dice.fork(), delay);
    const { merchant } = this.sandbox;
    const told = { WEBHOOK_URL: this.ears.url, WEBHOOK_SECRETS };
    const bindings = {
      ...variables(merchant, { url: this.notices.url, platformUrl: this.calls.url }),
      ...partnerVariables(merchant),
      ...told,
      ...prefixed(told),
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
    await load.answers(this.dice.between(...KILL_AFTER_ANSWERS));
    const over = new Promise((done) => { setTimeout(done, this.dice.between(...KILL_AFTER_MS)); });
    await Promise.race([over, load.ended]);
    load.isOver = true;
    const onTheWay = this.#onTheWay(load);
    await this.#kill();
    await load.ended;
    this.isClockRight &&= !onTheWay.time;
    await this.#startAgain();
    await assertKept(this.record, this.sandbox, this.ears);
    const counts = COUNTED.some((what) => Object.keys(onTheWay).some((kind) => kind.startsWith(what)));
    if (!counts) figures.idle++;
    else figures.rounds++;
    for (const kind of counts ? Object.keys(onTheWay) : []) figures.inFlight[kind] = (figures.inFlight[kind] ?? 0) + 1;
    this.#sum(figures);
    return counts;
  }

  #load() {
    const { shops, sandbox, record } = this;
    return new Load({ shops, sandbox, record, dice: this.dice.fork(), hasTime: this.isClockRight });
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
    const letters = [...this.ears.onTheWay].map(() => "webhook");
    return Object.fromEntries([...asked, ...called, ...told, ...letters].map((kind) => [kind, true]));
  }

  async #kill() {
    const { worker } = this;
    this.worker = undefined;
    await worker.kill();
    this.meddle(this.state);
  }

  async #startAgain() {
    await this.sandbox.faults();
    this.worker = await Worker.start(this.settings);
  }

  /** A step of the clock that a kill cut short has moved the platform's, and perhaps not ours. */
  async #setClock() {
    if (this.isClockRight) return;
    const advance = async (advance_s) => {
      const headers = { "Content-Type": "application/json" };
      const reply = await this.worker.fetch("/dev/clock", { method: "POST", headers, body: JSON.stringify({ advance_s }) });
      return (await reply.json()).offset_s;
    };
    // A step that was not answered may have been made: it is looked at again, not repeated.
    await until("the clocks agree", async () => {
      const { advanced_s } = await this.sandbox.clock();
      const behind_s = advanced_s - (await advance(0));
      return behind_s <= 0 || (await advance(behind_s)) >= advanced_s;
    }, REST_MS_MAX);
    this.isClockRight = true;
  }

  /** Whether anything has begun since the last end. */
  get hasWork() {
    return this.record.checkouts.size + this.record.doubtful.length > 0;
  }

  /** Brings everything to its end, without faults, and compares the books. */
  async end(figures) {
    this.#calm(true);
    await this.sandbox.faults();
    await this.#load().repeatAll();
    await this.#setClock();
    await this.#cancelAll();
    let step_s = 60;
    await until("everything is at rest", async () => {
      await this.sandbox.advance(step_s);
      step_s = Math.min(2 * step_s, STEP_S_MAX);
      return isAtRest(this.record);
    }, REST_MS_MAX);
    if (this.ears.changed.length) this.record.doubled.push(`letters changed: ${this.ears.changed}`);
    await assertKept(this.record, this.sandbox, this.ears);
    await assertAgreed(this.record, this.sandbox, this.ears);
    await this.#kill();
    assertOnDisk(this.record, this.state);
    this.#sum(figures);
    this.worker = await Worker.start(this.settings);
    this.#calm(false);
    this.record.checkouts.clear();
  }

  #calm(isCalm) {
    this.isCalm = isCalm;
    this.ears.isCalm = isCalm;
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
    await this.ears?.close();
    await this.sandbox?.stop();
  }
}
