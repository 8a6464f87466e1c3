/**
 * Carries a follower's commands out in the page, and the page's events in.
 *
 * One timer, one request, one socket, all let go when the element leaves. A shop's handler may do
 * anything while it is told something, so events wait in a queue and nothing is entered twice.
 *
 * The follower of `fallback.js` begins at once; when the module is there, the follower in it takes
 * over between two requests, and nobody but `by` tells the difference.
 */
import { draw } from "./code.js";
import { Follower, isView } from "./fallback.js";
import { Slot } from "./keys.js";
import { loadWasm, mayRunWasm } from "./module.js";
import { ask, dial, place } from "./net.js";
import { isOver, orderOf } from "./news.js";
import { joinTabs } from "./tabs.js";

/** Beyond 2^31 a browser's timer rings at once; nothing here waits a day. */
const TIMER_MS_MAX = 86_400_000;

export class Engine {
  #given;
  #origin;
  #slot = null;
  #follower;
  #draw = draw;
  /** What the follower decided last: picture, token, when to come back. */
  #outcome = { picture: null, token: null, wake_ms: null };
  /** The picture that was painted last, as text. */
  #painted;
  /** The last view, as it arrived, and when. */
  #seen = null;
  /** Whether the last request was answered with a view. */
  #isCalm = false;
  #module = null;
  /** A request that was not sent, since the module's follower is to ask instead. */
  #deferred = null;
  #isLoading = false;
  #isRunning = false;
  #isShown = false;
  #events = [];
  #isDraining = false;
  // What has to be let go:
  #timer;
  #loadTimer;
  #breakOff = null;
  /** Whether the request under way only waits for something to change. */
  #isHeld = false;
  #socket = null;
  #tabs = null;
  #deafen = [];

  /**
   * @param {{
   *   endpoint: string,
   *   order: { product: string, quantity: number, buyer: string } | { session: string },
   *   mayDial: boolean,
   *   assets: { wasm: { url: string, integrity?: string } },
   *   paint: (picture: object, draw: (svg: Element, picture: object) => boolean) => void,
   *   tell: (news: object, about: { token: string | null, picture: object }) => void,
   * }} given `endpoint` is the Worker's origin without a slash. `paint` is called whenever the
   *   picture, or who draws it, has changed; `tell` after that.
   */
  constructor(given) {
    const { endpoint, order } = given;
    this.#given = given;
    this.#origin = order.session ? "server" : "catalogue";
    this.#outcome.token = order.session ?? null;
    if (!order.session) this.#slot = new Slot(endpoint, order.product, order.quantity);
    this.#begin();
  }

  #begin() {
    const { order, mayDial } = this.#given;
    this.#module = null;
    this.#draw = draw;
    this.#follower = new Follower(this.#origin, order.session, mayDial);
    this.by = "script";
  }

  /** The browser's capability for the order, once there is one. */
  get token() {
    return this.#outcome.token;
  }

  /** What is to be seen; null before `resume`. */
  get picture() {
    return this.#outcome.picture;
  }

  /** Whether a tag asks for what is followed here. */
  follows(order, endpoint) {
    const asked = (one) => JSON.stringify([one.order, one.endpoint]);
    return asked({ order, endpoint }) === asked(this.#given);
  }

  /** The element is in a page: listen, and follow. */
  resume() {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#listen();
    this.#return();
    if (this.#isShown) this.#feed({ type: "shown" });
  }

  /** The element can be seen, so there is somebody to make an order for. */
  shown() {
    this.#isShown = true;
    if (this.#isRunning) this.#feed({ type: "shown" });
  }

  /** The element left the page: nothing may go on. */
  pause() {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    for (const deafen of this.#deafen.splice(0)) deafen();
    clearTimeout(this.#loadTimer);
    this.#isLoading = false;
    this.#leave();
  }

  /** A button: `check`, `retry` or `renew`. */
  press(name) {
    if (this.#isRunning) this.#feed({ type: name });
  }

  #listen() {
    const on = (target, name, heard) => {
      target.addEventListener(name, heard, { passive: true });
      this.#deafen.push(() => target.removeEventListener(name, heard));
    };
    // A page that was put away still hears that it is hidden, and must not wake up over it.
    const hear = (type) => this.#tabs && this.#feed({ type });
    on(document, "visibilitychange", () => hear(presence()));
    for (const type of ["online", "offline"]) on(window, type, () => hear(type));
    on(window, "pagehide", () => this.#leave());
    // A page that is shown for the first time was never put away.
    on(window, "pageshow", ({ persisted }) => (persisted || !this.#tabs) && this.#return());
  }

  /** In a page, or back from the browser's cache. What happened meanwhile, nobody told us. */
  #return() {
    this.#tabs ??= joinTabs(this.#given.endpoint, (order, json) => {
      if (order === orderOf(this.token)) this.#feed({ type: "told", json });
    });
    const isOffline = navigator.onLine === false;
    if (isOffline !== !!this.picture?.is_offline) this.#feed({ type: isOffline ? "offline" : "online" });
    this.#feed({ type: presence() });
  }

  #leave() {
    this.#feed({ type: "left" });
    this.#carryOut({ do: "abandon" });
    this.#carryOut({ do: "hang_up" });
    this.#tabs?.close();
    this.#tabs = null;
    clearTimeout(this.#timer);
  }

  /** Takes an event, now or after those that wait. */
  #feed(event) {
    this.#events.push(event);
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      while (this.#events.length) this.#handle(this.#events.shift());
    } finally {
      this.#isDraining = false;
      this.#setTimer();
    }
  }

  #handle(event) {
    if (event.type === "answered") this.#breakOff = null;
    if (event.type !== "module") this.#take(event);
    if (this.#maySwap()) this.#swap();
    if (this.#deferred) this.#carryOut(this.#deferred);
    this.#deferred = null;
  }

  #take(event) {
    const commands = this.#step(event);
    this.#remember(event);
    for (const command of commands) {
      // The other follower asks in its own way, so this is the moment.
      if (command.ask === "read" && this.#maySwap()) this.#deferred = command;
      else this.#carryOut(command);
    }
  }

  /** One step of the follower. First the picture: who is told "paid" may look at the element. */
  #step(event, isNew = false) {
    const [chance] = crypto.getRandomValues(new Uint8Array(1));
    const { commands, ...outcome } = this.#decide(event, chance);
    this.#outcome = outcome;
    const before = isNew ? null : this.#painted;
    this.#painted = JSON.stringify(outcome.picture);
    if (this.#painted !== before) this.#paint(outcome.picture);
    return commands;
  }

  /** Whatever keeps a picture from being painted: what was decided is done, and the page is told. */
  #paint(picture) {
    try {
      this.#given.paint(picture, this.#draw);
    } catch (reason) {
      reportError(reason);
    }
  }

  /**
   * A module that breaks is left, and the order found again as after a reload; one that is over is
   * left as it stands, since its key may be spent.
   */
  #decide(event, chance) {
    try {
      return this.#follower.step(event, performance.now(), chance);
    } catch (reason) {
      if (this.by === "script") throw reason;
      if (isOver(this.picture.face)) return { commands: [], ...this.#outcome, wake_ms: null };
      this.#carryOut({ do: "abandon" });
      this.#carryOut({ do: "hang_up" });
      this.#begin();
      this.#events.push({ type: presence() });
      return this.#follower.step({ type: "shown" }, performance.now(), chance);
    }
  }

  /** Keeps the newest view for the follower that takes over, and spreads a last one. */
  #remember({ type, status, json }) {
    if (type === "answered") this.#isCalm = status >= 200 && status < 300 && isView(json);
    if (this.picture.total === null) this.#seen = null;
    else if (isView(json) && json.version >= (this.#seen?.json.version ?? 0)) {
      const isNews = json.status !== this.#seen?.json.status;
      this.#seen = { json, at: performance.now() };
      if (isNews && type !== "told") this.#tabs?.spread(orderOf(this.token), json);
    }
  }

  #setTimer() {
    clearTimeout(this.#timer);
    const { wake_ms } = this.#outcome;
    if (!this.#isRunning || wake_ms === null) return;
    // One more, since browsers cut their clocks off.
    const delay_ms = Math.min(Math.max(0, wake_ms - performance.now()) + 1, TIMER_MS_MAX);
    this.#timer = setTimeout(() => this.#feed({ type: "woke" }), delay_ms);
  }

  #carryOut(command) {
    const what = command.do;
    if (what === "send" && this.#isRunning) this.#send(command);
    else if (what === "dial" && this.#isRunning) this.#dial();
    else if (what === "ping") this.#socket?.ping();
    else if (what === "forget") this.#slot?.forget();
    else if (what === "tell") this.#tell(command);
    else if (what === "abandon") {
      this.#breakOff?.();
      this.#breakOff = null;
    } else if (what === "hang_up") {
      this.#socket?.hangUp();
      this.#socket = null;
    }
  }

  #send({ ticket, ask: what, version, wait }) {
    const { endpoint, order } = this.#given;
    const done = (answer) => this.#feed({ type: "answered", ticket, ...answer });
    this.#isHeld = !!wait;
    this.#breakOff =
      what === "open"
        ? place(endpoint, { ...order, key: this.#slot.key() }, done)
        : ask(endpoint, what, this.token, { version, wait }, done);
    // The first request is under way; the module may come behind it.
    if (this.#isLoading) return;
    this.#isLoading = true;
    this.#loadTimer = setTimeout(() => this.#load());
  }

  #dial() {
    const feeding = (type) => () => this.#feed({ type });
    this.#carryOut({ do: "hang_up" });
    try {
      this.#socket = dial(this.#given.endpoint, this.token, {
        linked: feeding("linked"),
        heard: feeding("heard"),
        unlinked: feeding("unlinked"),
        pushed: (json) => this.#feed({ type: "pushed", json }),
      });
    } catch {
      this.#feed({ type: "unlinked" });
    }
  }

  #tell(news) {
    if (news.news === "paid") this.#slot?.spend();
    const { token, picture } = this.#outcome;
    this.#given.tell(news, { token, picture });
  }

  async #load() {
    if (this.#module || !mayRunWasm()) return;
    // Where the module cannot be had, the follower that is here goes on; nobody needs to know.
    const module = await loadWasm(this.#given.assets.wasm).catch(() => null);
    if (!module) return;
    this.#module = module;
    this.#feed({ type: "module" });
  }

  /**
   * Whether the module's follower may take over now. It is told of the last view only, so not while
   * anything else is on the way or on the screen: a press, what came of it, a code that is awaited.
   * What merely waits for a change may be broken off.
   */
  #maySwap() {
    if (!this.#module || this.by !== "script" || !this.#isRunning) return false;
    if (this.#breakOff && !this.#isHeld) return false;
    const { code, check, notice } = this.picture;
    return this.#isCalm && this.#seen && code !== null && check === "ready" && notice !== "not_seen_yet";
  }

  #swap() {
    const { json, at } = this.#seen;
    const { Follower, draw: drawn } = this.#module;
    const { token } = this;
    this.#carryOut({ do: "abandon" });
    this.by = "wasm";
    this.#draw = (svg, picture) => {
      try {
        return drawn(svg, picture.code) || draw(svg, picture);
      } catch {
        return draw(svg, picture);
      }
    };
    this.#deferred = null;
    this.#follower = new Follower(this.#origin, token, this.#given.mayDial);
    const commands = this.#step({ type: "adopt", token, json, age_ms: performance.now() - at }, true);
    for (const command of commands) this.#carryOut(command);
    this.#take({ type: presence() });
    if (navigator.onLine === false) this.#take({ type: "offline" });
  }
}

/** Whether the page can be seen now, as an event says it. */
const presence = () => (document.visibilityState === "hidden" ? "hidden" : "returned");
