// A page without a browser: the widget's own scripts in a context of their own, with a clock that
// jumps, a network that is a function, and nothing that works by itself.
//
// Everything that a page must let go of is counted: timers, requests, sockets, listeners, channels.

import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import { createContext, runInContext } from "node:vm";

import { Air, Clock, Ears, Storage, webSocketOf } from "./imagined-browser.mjs";
import { moduleBytes, runScripts } from "./widget-scripts.mjs";

/** The Worker's origin, and the page's own. */
export const ENDPOINT = "https://pay.example.com";

/** What the element would have read from the tag. */
const CATALOGUE = { product: "oolong-250", quantity: 1, buyer: "" };

const WASM = { url: `${ENDPOINT}/saoma_bg.wasm`, integrity: "sha384-x" };

export class ImaginedPage {
  clock = new Clock();
  window = new Ears();
  document = new Ears();
  storage = new Storage();
  isStorageBlocked = false;
  /** Requests that the page waits for: `{ at, url, method, headers, body, answer(), fail() }`. */
  underWay = new Set();
  /** Every request that was sent. */
  sent = [];
  /** Sockets that are opening or open. */
  sockets = new Set();
  navigation = "navigate";
  userActivation = { hasBeenActive: false };
  isHidden = false;
  isOnline = true;
  /** The byte of chance that followers are given, or a function that draws it. */
  chance = 128;
  /** The request for the module, once it was asked for; null while nobody has. */
  #moduleAsked = null;
  /** The first thing that was found wrong while the page was at work. */
  #wrong = null;

  /**
   * @param {object} parts
   * @param {(request: object) => void} [parts.network] Is shown every request as it is sent.
   * @param {(socket: object, data?: string) => void} [parts.wire] Is shown every socket, and what is
   *   sent on it.
   * @param {Air} [parts.air] Shared with other pages of the browser.
   * @param {boolean} [parts.mayCompile] Whether the page's policy allows wasm.
   */
  constructor({ network = () => {}, wire = () => {}, air = new Air(), mayCompile = false } = {}) {
    Object.assign(this, { network, wire, air, mayCompile });
    this.context = createContext(this.#globals());
    this.saoma = runScripts(this.context);
  }

  /** An engine with what it painted and told, not yet in the page. */
  engine(given = {}) {
    const painted = [];
    const told = [];
    const engine = new this.saoma.Engine({
      ...{ endpoint: ENDPOINT, order: CATALOGUE, mayDial: true, assets: { wasm: WASM } },
      paint: (picture) => painted.push({ at: this.clock.now, by: engine.by, ...picture }),
      tell: (news, about) => told.push({ at: this.clock.now, ...news, ...about }),
      ...given,
    });
    return Object.assign(engine, { painted, told });
  }

  /** An engine that is in the page and seen. */
  async shown(given) {
    const engine = this.engine(given);
    engine.resume();
    engine.shown();
    await this.rest();
    return engine;
  }

  /** Lets promises come to rest. */
  async rest() {
    for (let turn = 0; turn < 16; turn++) await null;
    if (this.#wrong) throw this.#wrong;
  }

  /** Lets the time pass. */
  async run(for_ms) {
    const until = this.clock.now + for_ms;
    await this.rest();
    while (this.clock.ringNext(until)) await this.rest();
    this.clock.now = until;
  }

  async hide(isHidden = true) {
    this.isHidden = isHidden;
    this.document.tell("visibilitychange");
    await this.rest();
  }

  async connect(isOnline) {
    this.isOnline = isOnline;
    this.window.tell(isOnline ? "online" : "offline");
    await this.rest();
  }

  /** Into the browser's cache; a browser says afterwards that the page is hidden. */
  async putAway() {
    this.window.tell("pagehide", { persisted: true });
    await this.hide();
  }

  async bringBack() {
    await this.hide(false);
    this.window.tell("pageshow", { persisted: true });
    await this.rest();
  }

  /** Whether somebody waits for the module. */
  get wantsModule() {
    return this.#moduleAsked !== null;
  }

  /** The module arrives, and is there when this is done. */
  async deliverModule() {
    const headers = { "Content-Type": "application/wasm" };
    this.#answerModule(new Response(moduleBytes(), { headers }));
    await this.saoma.module.loadWasm(WASM);
    await this.rest();
  }

  /** The module cannot be had. */
  async loseModule() {
    this.#answerModule(new Response("", { status: 404 }));
    await this.rest();
  }

  #answerModule(response) {
    this.#moduleAsked(response);
    this.#moduleAsked = null;
  }

  /** What goes on; all zero once every engine was paused. */
  leftovers() {
    return {
      timers: this.clock.pending,
      requests: this.underWay.size,
      sockets: this.sockets.size,
      listeners: this.window.size + this.document.size,
      channels: this.air.open,
    };
  }

  #globals() {
    const page = this;
    const { clock, window, document } = this;
    Object.defineProperty(document, "visibilityState", {
      get: () => (page.isHidden ? "hidden" : "visible"),
    });
    Object.assign(document, this.#elements());
    return {
      ...{ window, document, console, AbortController, Response, TextDecoder, TextEncoder, URL },
      navigator: Object.defineProperty({ userActivation: this.userActivation }, "onLine", {
        get: () => page.isOnline,
      }),
      performance: { now: () => clock.now, getEntriesByType: () => [{ type: page.navigation }] },
      crypto: { getRandomValues: (bytes) => this.#draw(bytes) },
      get sessionStorage() {
        assert.ok(!page.isStorageBlocked, "storage is blocked");
        return page.storage;
      },
      setTimeout: (ring, delay_ms) => clock.set(ring, delay_ms),
      clearTimeout: (id) => clock.clear(id),
      Date: NoDate,
      BroadcastChannel: this.air.BroadcastChannel,
      WebSocket: webSocketOf(this.sockets, (...said) => this.#watch(() => this.wire(...said))),
      fetch: (url, options) => this.#fetch(url, options),
    };
  }

  /** What the probe for wasm needs of a document. */
  #elements() {
    const page = this;
    const element = () => ({
      append() {},
      remove() {},
      attachShadow: element,
      get contentWindow() {
        const compiler = runInContext("WebAssembly", page.context);
        return { WebAssembly: page.mayCompile ? compiler : undefined };
      },
    });
    return { createElement: element, documentElement: element() };
  }

  /** One byte is a follower's chance, sixteen are a key, of which no two may be the same. */
  #draw(bytes) {
    if (bytes.length > 1) return randomFillSync(bytes);
    bytes[0] = typeof this.chance === "function" ? this.chance() : this.chance;
    return bytes;
  }

  #fetch(url, options) {
    if (url === WASM.url) return new Promise((resolve) => (this.#moduleAsked = resolve));
    return new Promise((resolve, reject) => {
      const { signal, ...asked } = options;
      const request = { at: this.clock.now, url, ...asked };
      const end = (way, what) => this.underWay.delete(request) && way(what);
      request.answer = (status, text = "", headers = {}) =>
        end(resolve, new Response([204, 304].includes(status) ? null : text, { status, headers }));
      request.fail = () => end(reject, new TypeError("network"));
      signal.addEventListener("abort", () => end(reject, signal.reason));
      this.underWay.add(request);
      this.sent.push(request);
      this.#watch(() => this.network(request));
    });
  }

  /** The page would take what a test finds wrong for a bad network, so it is kept for the test. */
  #watch(deed) {
    try {
      deed();
    } catch (reason) {
      this.#wrong ??= reason;
    }
  }
}

/** The wall clock may say what it likes: nobody here may look at it. */
class NoDate {
  constructor() {
    assert.fail("the wall clock was asked");
  }

  static now() {
    assert.fail("the wall clock was asked");
  }
}
