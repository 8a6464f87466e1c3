// The Worker as pages see it, on the imagined page's clock: orders, questions that it holds, sockets.
//
// It keeps the truth, and what it has said of it, so that a test can hold a page against both. By
// itself it is always well; `weather` decides what becomes of each request and socket.

import assert from "node:assert/strict";

const CODE_LIVES_MS = 7_200_000;
const ORDER_LIVES_MS = 86_400_000;

/** A problem document. */
const problem = (status, code, more = {}) => [status, { status, code, detail: `${code}.`, ...more }];

export class ImaginedWorker {
  /** Orders by the page's keys, and by their ids. */
  orders = new Map();
  byId = new Map();
  /** Statuses that were said to a page. */
  said = new Set();
  /** Moments of the page's clock before which it was asked for silence. */
  silentUntil = 0;
  /** Answers that gave a page a reason for another key. */
  keysRefused = 0;
  /** Preflights that the browser has cached. */
  #preflights = new Set();
  /** Every request, preflights counted as well, as `{ at, kind }`. */
  counted = [];

  /** @param {{ latency_ms?: number }} [how] */
  constructor({ latency_ms = 50 } = {}) {
    this.latency_ms = latency_ms;
    /** What becomes of a request: `fine`, or a name that a test's weather gives a meaning. */
    this.weather = () => null;
    this.wireWeather = () => null;
  }

  /** Serves a page; its constructor takes what this returns. */
  get ways() {
    return {
      network: (request) => this.#asked(request),
      wire: (socket, data) => this.#wired(socket, data),
    };
  }

  /** The page whose clock counts. */
  serve(page) {
    this.page = page;
    this.clock = page.clock;
  }

  /** An order that the shop's server made. */
  order(changes = {}) {
    const id = `chk_${this.byId.size + 1}`;
    const order = {
      ...{ id, status: "open", phase: "waiting", version: 3, serial: 0, renewals: 0 },
      ...{ ends: this.clock.now + ORDER_LIVES_MS, waiting: new Set(), sockets: new Set() },
    };
    this.byId.set(id, order);
    this.#freshCode(order);
    Object.assign(order, changes);
    return order;
  }

  get last() {
    return [...this.byId.values()].at(-1);
  }

  /** Something happens to an order; everybody who waits hears of it. */
  change(order, changes) {
    Object.assign(order, changes);
    order.version += 1;
    for (const wake of [...order.waiting]) wake();
    for (const socket of order.sockets) this.#say(socket, order);
  }

  pay(order = this.last) {
    this.change(order, { status: "paid", phase: undefined, code_url: undefined });
  }

  expire(order = this.last, status = "expired") {
    this.change(order, { status, phase: undefined, code_url: undefined });
  }

  /** What a page may know of an order. */
  view(order, isPushed = false) {
    const { status, phase, trouble, version } = order;
    const left_ms = Math.floor(Math.max(0, order.codeEnds - this.clock.now));
    const hasCode = status === "open" && order.code_url && left_ms > 0;
    const code = hasCode && { code_url: order.code_url, qr: "AAAA", code_expires_in_ms: left_ms };
    const view = {
      ...{ status, phase, trouble, version, ...code },
      ...{ description: "Oolong 250 g", amount: { total: 8_800, currency: "CNY" } },
      expires_in_ms: Math.floor(Math.max(0, order.ends - this.clock.now)),
    };
    return isPushed ? view : { client_token: this.token(order), ...view };
  }

  token(order) {
    return `${order.id}.1700000000.s${order.serial}`;
  }

  #freshCode(order) {
    order.renewals += 1;
    order.code_url = `weixin://wxpay/bizpayurl?pr=${order.id}-${order.renewals}`;
    order.codeEnds = this.clock.now + CODE_LIVES_MS;
  }

  #asked(request) {
    assert.equal(this.page.underWay.size, 1, "two requests at once");
    assert.ok(request.at >= this.silentUntil, "asked before the Worker wanted to be");
    assert.equal(request.cache, "no-store");
    assert.equal(request.credentials, "omit");
    this.#count(request);
    const fate = this.weather(request);
    if (fate) return fate(request, () => this.#answer(request));
    return this.#answer(request);
  }

  /** A browser asks first for every address and method that it has not asked for lately. */
  #count({ url, method, at }) {
    if (!this.#preflights.has(`${method} ${url}`)) this.counted.push({ at, kind: "preflight" });
    this.#preflights.add(`${method} ${url}`);
    this.counted.push({ at, kind: method });
  }

  #answer(request) {
    const { pathname, searchParams } = new URL(request.url);
    const route = `${request.method} ${pathname}`;
    if (route === "POST /v1/sessions") return this.reply(request, ...this.#open(JSON.parse(request.body)));
    const order = this.#opened(request.headers.Authorization);
    if (!order) return this.reply(request, ...problem(401, "expired_token"));
    if (route === "POST /v1/session/renew") this.#renew(order);
    else if (route === "GET /v1/session" && searchParams.has("wait")) return this.#hold(request, order, searchParams);
    else assert.ok(["GET /v1/session", "POST /v1/session/check"].includes(route), route);
    return this.replyView(request, order);
  }

  #open({ key, product, quantity }) {
    assert.match(key, /^[0-9a-f]{32}$/);
    assert.deepEqual([product, quantity], ["oolong-250", 1]);
    const isNew = !this.orders.has(key);
    if (isNew) this.orders.set(key, this.order());
    return [isNew ? 201 : 200, this.view(this.orders.get(key))];
  }

  #opened(authorization) {
    const [, id, serial] = /^Bearer (chk_\d+)\.1700000000\.s(\d+)$/.exec(authorization) ?? [];
    const order = this.byId.get(id);
    return order && Number(serial) >= order.serial ? order : null;
  }

  #renew(order) {
    if (order.status !== "open" || order.trouble) return;
    this.#freshCode(order);
    this.change(order, {});
  }

  #hold(request, order, query) {
    if (order.version > Number(query.get("version"))) return this.replyView(request, order);
    const end = () => {
      order.waiting.delete(end);
      this.clock.clear(timer);
      this.replyView(request, order);
    };
    const timer = this.clock.later(Number(query.get("wait")) * 1_000, end);
    order.waiting.add(end);
  }

  replyView(request, order) {
    // A code that is over is made anew when somebody looks and the order has time left.
    const isStale = order.status === "open" && order.phase === "waiting" && order.codeEnds <= this.clock.now;
    if (isStale && !order.isStuck) this.#renew(order);
    this.reply(request, 200, this.view(order));
  }

  /** Answers after the way back. */
  reply(request, status, json, headers) {
    this.clock.later(this.latency_ms, () => this.answerNow(request, status, json, headers));
  }

  answerNow(request, status, json, headers) {
    if (request.isLost || !this.page.underWay.has(request)) return;
    if (status < 300) this.said.add(json.status);
    if (status === 409) this.keysRefused += 1;
    const asked_s = Number(headers?.["Retry-After"] ?? json?.retry_after_s ?? 0);
    this.silentUntil = Math.max(this.silentUntil, this.clock.now + asked_s * 1_000);
    request.answer(status, JSON.stringify(json), headers);
  }

  #wired(socket, data) {
    if (data === undefined) this.counted.push({ at: this.clock.now, kind: "socket" });
    const fate = this.wireWeather(socket, data);
    if (fate) return fate(socket, () => this.#listen(socket));
    if (data === undefined) return this.clock.later(this.latency_ms, () => this.#listen(socket));
    assert.equal(data, "ping");
    return this.clock.later(this.latency_ms, () => socket.bring("pong"));
  }

  #listen(socket) {
    const [protocol, token] = socket.protocols;
    assert.deepEqual([socket.url, protocol], ["wss://pay.example.com/v1/session/events", "saoma.v1"]);
    const order = this.#opened(`Bearer ${token}`);
    if (!order || socket.readyState !== 0) return socket.break();
    order.sockets.add(socket);
    socket.open();
    this.#say(socket, order);
  }

  #say(socket, order) {
    if (socket.isDead) return;
    this.clock.later(this.latency_ms, () => {
      if (socket.readyState !== 1 || socket.isDead) return;
      this.said.add(order.status);
      socket.bring(JSON.stringify(this.view(order, true)));
    });
  }
}
