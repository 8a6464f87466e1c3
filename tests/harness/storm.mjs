// A bad day of one page: its weather and everything that befalls it, drawn by one seed, with the
// promises that hold at every moment. `live` lets it pass, `end` says what must be true afterwards.

import assert from "node:assert/strict";

import { Dice } from "./dice.mjs";
import { everShown, imagine, times } from "./followed.mjs";
import { FATES, meet } from "./weather.mjs";

/** What may befall the page, and how often. */
const EVENTS = {
  nothing: 8,
  hide: 4,
  look: 5,
  disconnect: 4,
  connect: 5,
  putAway: 2,
  bringBack: 3,
  sleep: 1,
  takeOut: 2,
  putIn: 3,
  check: 4,
  renew: 3,
  retry: 4,
  tab: 3,
  oldTab: 2,
  breakSocket: 4,
  killSocket: 2,
  trouble: 1,
  move: 4,
};

/** What ends an absence. */
const RETURNS = ["look", "connect", "bringBack", "putIn"];

/** How long after the faults the page may still show something else. */
const TRUTH_MS_MAX = 420_000;

const TWO_HOURS_MS = 7_200_000;

export class Storm {
  constructor(seed, { follower }) {
    this.dice = new Dice(seed);
    this.isOver = false;
    this.follower = follower;
    this.seen = new Set();
    const { page, worker } = imagine({ follower });
    Object.assign(this, { page, worker, againPressed: 0, keys: new Set() });
    page.chance = () => this.dice.between(0, 255);
    worker.weather = (request) => this.#fate(request);
    worker.wireWeather = (socket, data) => this.#wireFate(socket, data);
  }

  /** Everything that befalls the page. */
  async live() {
    const { dice, page } = this;
    this.engine = await page.shown({ mayDial: dice.next() < 0.8 });
    // Half of the pages have a module from the start on, or none for long.
    this.moduleAt = dice.between(0, 50);
    for (let step = 0; step < 36; step++) {
      await page.run(dice.weighted({ 300: 2, 3_000: 3, 20_000: 4, 90_000: 1 }) * dice.next());
      if (page.wantsModule && step >= this.moduleAt) await this.#module();
      await this.#befall(this.#isAway() && dice.next() < 0.6 ? dice.of(RETURNS) : dice.weighted(EVENTS));
      this.#hold();
    }
  }

  #isAway() {
    const { page } = this;
    return page.isHidden || !page.isOnline || page.leftovers().listeners === 0;
  }

  /** The faults stop, and somebody looks at the page. */
  async end() {
    const { page, worker, engine } = this;
    this.isOver = true;
    for (const socket of [...page.sockets]) if (socket.isDead) socket.break();
    await this.#putIn();
    await page.connect(true);
    await page.bringBack();
    // Whoever is refused presses the button; whoever waits does not know yet how it ends.
    engine.press("retry");
    await this.#until(() => engine.picture.total !== null);
    if (this.order.status === "open") worker.pay(this.order);
    await this.#until(() => engine.picture.face === this.order.status);
    // A token that ran out while the order was watched for late money is not replaced.
    assert.equal(engine.token?.split(".")[0] ?? this.order.id, this.order.id);
    assert.equal(times(engine, "paid"), this.order.status === "paid" ? 1 : 0);
    await page.run(70_000);
    this.#hold();
    assert.equal(page.underWay.size, 0, "asks on about what is over");
    engine.pause();
    await page.rest();
    const nothing = { timers: 0, requests: 0, sockets: 0, listeners: 0, channels: 0 };
    assert.deepEqual(page.leftovers(), nothing);
    if (this.follower === "wasm") this.seen.add(`by ${engine.by}`);
  }

  /** Lets the time pass until something is true, which must not take too long. */
  async #until(isTrue) {
    const { clock } = this.page;
    const late = clock.now + TRUTH_MS_MAX;
    while (!isTrue()) {
      assert.ok(clock.now < late, "the truth is not shown");
      await this.page.run(2_000);
    }
  }

  /** The order of the key that the page has named last. */
  get order() {
    return this.worker.orders.get(this.lastKey);
  }

  /** What holds at every moment. */
  #hold() {
    const { engine, worker } = this;
    for (const over of ["paid", "expired", "cancelled"]) {
      assert.ok(worker.said.has(over) || !everShown(engine, over), `${over} without the Worker's word`);
    }
    assert.ok(times(engine, "expired") <= worker.byId.size);
    assert.ok(times(engine, "paid") <= 1, "paid, told twice");
    const reasons = 1 + this.againPressed + worker.keysRefused;
    assert.ok(this.keys.size <= reasons, `${this.keys.size} keys for ${reasons} reasons`);
    const paidAt = engine.painted.findIndex(({ face }) => face === "paid");
    const after = paidAt < 0 ? [] : engine.painted.slice(paidAt);
    assert.ok(after.every(({ face }) => face === "paid"), "paid, and then something else");
  }

  #fate(request) {
    if (request.body) this.keys.add((this.lastKey = JSON.parse(request.body).key));
    if (this.isOver || (!this.page.isOnline && this.dice.next() < 0.1)) return null;
    const fate = this.page.isOnline ? this.dice.weighted(FATES) : "failing";
    this.seen.add(fate);
    return (request, answer) => meet(fate, { storm: this, request, answer });
  }

  #wireFate(socket, data) {
    if (this.isOver) return null;
    if (data !== undefined) return socket.isDead ? () => {} : null;
    const fate = this.dice.weighted({ fine: 5, refused: 2, mute: 1 });
    this.seen.add(`socket ${fate}`);
    if (fate === "refused") return () => this.later(200, () => socket.break());
    return fate === "mute" ? () => {} : null;
  }

  /** Soon, or not so soon. */
  later(most_ms, ring) {
    this.page.clock.later(this.dice.next() * most_ms, ring);
  }

  async #module() {
    this.moduleAt = Infinity;
    await this.page.deliverModule();
  }

  async #befall(event) {
    const { page, worker, engine, order } = this;
    this.seen.add(event);
    if (event === "hide") return page.hide();
    if (event === "look") return page.hide(false);
    if (event === "disconnect") return page.connect(false);
    if (event === "connect") return page.connect(true);
    if (event === "putAway") return page.putAway();
    if (event === "bringBack") return page.bringBack();
    if (event === "sleep") return this.#sleep();
    if (event === "takeOut") return engine.pause();
    if (event === "putIn") return this.#putIn();
    if (["check", "renew", "retry"].includes(event)) return this.#press(event);
    if (event === "tab" && order) return this.#tell(worker.view(order));
    if (event === "oldTab" && this.old) return this.#tell(this.old);
    const [socket] = page.sockets;
    if (event === "breakSocket") return socket?.break();
    if (event === "killSocket" && socket) socket.isDead = true;
    if (event === "trouble" && order?.status === "open") worker.change(order, { trouble: "refused" });
    if (event === "move" && order?.status === "open") this.#move(order);
  }

  /** The order goes on, now and then to its end. */
  #move(order) {
    const { worker, dice } = this;
    this.old = worker.view(order);
    const way = dice.weighted({ placing: 2, waiting: 6, checking: 3, closing: 2, pay: 1, expire: 1, cancel: 1 });
    this.seen.add(`order ${way}`);
    if (way === "pay") return worker.pay(order);
    if (way === "expire") return worker.expire(order);
    if (way === "cancel") return worker.expire(order, "cancelled");
    worker.change(order, { phase: way, trouble: undefined });
  }

  #press(name) {
    if (name === "renew" && this.engine.picture.way_on === "again") this.againPressed += 1;
    this.engine.press(name);
  }

  /** Another tab tells what it saw. */
  async #tell({ client_token, ...json }) {
    const { page, worker } = this;
    const channel = new page.air.BroadcastChannel("saoma:https://pay.example.com");
    worker.said.add(json.status);
    channel.postMessage({ order: client_token.split(".")[0], json });
    channel.close();
    await page.rest();
  }

  async #sleep() {
    const { page, dice } = this;
    for (const request of [...page.underWay]) if (dice.next() < 0.5) request.fail();
    page.clock.sleep(TWO_HOURS_MS, dice.next() < 0.5);
    if (dice.next() < 0.7) await page.hide(false);
    await page.rest();
  }

  async #putIn() {
    this.engine.resume();
    this.engine.shown();
    await this.page.rest();
  }
}
