// A page without a browser: the widget's own scripts in a context of their own, with a clock that
// jumps, a network that is a function, and nothing that works by itself.
//
// Everything that a page must let go of is counted: timers, requests, sockets, listeners, channels.

import assert from "node:assert/strict";
import { createContext, runInContext } from "node:vm";

import { scripts } from "./widget-scripts.mjs";

/** Where the page came from, and its Worker. */
export const ENDPOINT = "https://pay.example.com";

/** Time that only ever goes where the test says. */
class Clock {
  now = 1_000;
  #timers = new Map();
  #last = 0;

  set(ring, delay_ms = 0) {
    this.#timers.set(++this.#last, { at: this.now + Math.max(0, delay_ms), ring, id: this.#last });
    return this.#last;
  }

  clear(id) {
    this.#timers.delete(id);
  }

  get pending() {
    return this.#timers.size;
  }

  get next() {
    let first = null;
    for (const timer of this.#timers.values()) {
      if (!first || timer.at < first.at) first = timer;
    }
    return first;
  }
}

/** Listeners of one target, as a page has them. */
class Ears {
  #heard = new Map();

  addEventListener = (name, heard) => {
    this.#of(name).add(heard);
  };

  removeEventListener = (name, heard) => {
    this.#of(name).delete(heard);
  };

  tell(name, event = {}) {
    for (const heard of [...this.#of(name)]) heard({ type: name, ...event });
  }

  get size() {
    return [...this.#heard.values()].reduce((sum, { size }) => sum + size, 0);
  }

  #of(name) {
    if (!this.#heard.has(name)) this.#heard.set(name, new Set());
    return this.#heard.get(name);
  }
}

/** Session storage; `isBlocked` throws as a page's own policy makes it. */
class Storage {
  #kept = new Map();
  isBlocked = false;

  getItem(name) {
    return this.#kept.get(name) ?? null;
  }

  setItem(name, value) {
    this.#kept.set(name, String(value));
  }

  removeItem(name) {
    this.#kept.delete(name);
  }
}

/** The channels of one browser: what a page posts, every other channel of the name hears. */
export class Air {
  #channels = new Set();

  get open() {
    return this.#channels.size;
  }

  /** The class as a page has it. */
  get BroadcastChannel() {
    const channels = this.#channels;
    return class {
      onmessage = null;

      constructor(name) {
        this.name = name;
        channels.add(this);
      }

      postMessage(data) {
        const copy = structuredClone(data);
        for (const other of channels) {
          if (other !== this && other.name === this.name) other.onmessage?.({ data: copy });
        }
      }

      close() {
        channels.delete(this);
      }
    };
  }
}

export class ImaginedPage {
  clock = new Clock();
  window = new Ears();
  document = new Ears();
  storage = new Storage();
  /** Requests that the page waits for: `{ url, method, headers, body, answer(), fail() }`. */
  underWay = new Set();
  /** Every request that was sent, with `at`. */
  sent = [];
  /** Sockets that are opening or open. */
  sockets = new Set();
  navigation = "navigate";
  userActivation = { hasBeenActive: false };
  isHidden = false;
  isOnline = true;
  /** The chance that followers are given: a byte, or a function. */
  chance = 128;

  /**
   * @param {object} parts
   * @param {(request: object) => void} parts.network Is shown every request as it is sent.
   * @param {(socket: object) => void} [parts.wire] Is shown every socket as it is dialled.
   * @param {Air} [parts.air] Shared with other pages of the browser.
   */
  constructor({ network, wire = () => {}, air = new Air() }) {
    this.air = air;
    this.network = network;
    this.wire = wire;
    this.context = createContext(this.#globals());
    this.saoma = scripts.run(this.context);
  }

  /** An engine with what it painted and told, not yet in the page. */
  engine(given = {}) {
    const painted = [];
    const told = [];
    const order = { product: "oolong-250", quantity: 1, buyer: "" };
    const engine = new this.saoma.Engine({
      ...{ endpoint: ENDPOINT, order, mayDial: true },
      assets: { wasm: { url: `${ENDPOINT}/saoma_bg.wasm`, integrity: "sha384-x" } },
      paint: (picture) => painted.push({ at: this.clock.now, picture, by: engine.by }),
      tell: (news, about) => told.push({ at: this.clock.now, ...news, about }),
      ...given,
    });
    return Object.assign(engine, { painted, told });
  }

  /** Lets promises come to rest. */
  async rest() {
    for (let turn = 0; turn < 12; turn++) await null;
  }

  /** Rings every timer in the next `for_ms`, in order. */
  async run(for_ms) {
    const until = this.clock.now + for_ms;
    await this.rest();
    for (let { next } = this.clock; next && next.at <= until; { next } = this.clock) {
      this.clock.now = Math.max(this.clock.now, next.at);
      this.clock.clear(next.id);
      next.ring();
      await this.rest();
    }
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

  /** Into the browser's cache and, later, back. */
  async putAway() {
    this.window.tell("pagehide", { persisted: true });
    // Browsers say so afterwards.
    await this.hide();
  }

  async bringBack() {
    this.isHidden = false;
    this.document.tell("visibilitychange");
    this.window.tell("pageshow", { persisted: true });
    await this.rest();
  }

  /** What goes on although the engine was paused. */
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
    return {
      window,
      document: Object.defineProperty(document, "visibilityState", {
        get: () => (page.isHidden ? "hidden" : "visible"),
      }),
      navigator: {
        get onLine() {
          return page.isOnline;
        },
        userActivation: this.userActivation,
      },
      performance: {
        now: () => clock.now,
        getEntriesByType: () => [{ type: page.navigation }],
      },
      crypto: { getRandomValues: (bytes) => bytes.map((_, at) => page.#byte(bytes, at)) && bytes },
      get sessionStorage() {
        if (page.storage.isBlocked) throw new Error("storage is blocked");
        return page.storage;
      },
      setTimeout: (ring, delay_ms) => clock.set(ring, delay_ms),
      clearTimeout: (id) => clock.clear(id),
      // The wall clock may say what it likes: nobody here may look at it.
      Date: class {
        constructor() {
          assert.fail("the wall clock was asked");
        }

        static now() {
          assert.fail("the wall clock was asked");
        }
      },
      BroadcastChannel: this.air.BroadcastChannel,
      WebSocket: this.#webSocket(),
      AbortController,
      fetch: (url, options) => this.#fetch(url, options),
      TextDecoder,
      TextEncoder,
      URL,
      Response,
      console,
    };
  }

  #byte(bytes, at) {
    const chance = typeof this.chance === "function" ? this.chance() : this.chance;
    bytes[at] = chance;
    return chance;
  }

  #fetch(url, { method = "GET", headers = {}, body, signal, ...rest }) {
    return new Promise((resolve, reject) => {
      const request = { url, method, headers, body, rest, at: this.clock.now };
      const end = (way, what) => {
        if (this.underWay.delete(request)) way(what);
      };
      request.answer = (status, text = "", answered = {}) =>
        end(resolve, new Response(status === 204 ? null : text, { status, headers: answered }));
      request.fail = () => end(reject, new TypeError("network"));
      Object.defineProperty(request, "isUnderWay", { get: () => this.underWay.has(request) });
      signal?.addEventListener("abort", () => end(reject, signal.reason));
      this.underWay.add(request);
      this.sent.push(request);
      this.network(request);
    });
  }

  #webSocket() {
    const page = this;
    return class {
      readyState = 0;
      onopen = this.onmessage = this.onclose = null;

      constructor(url, protocols) {
        Object.assign(this, { url, protocols, sent: [], at: page.clock.now });
        page.sockets.add(this);
        page.wire(this);
      }

      open() {
        if (this.readyState !== 0) return;
        this.readyState = 1;
        this.onopen?.({});
      }

      bring(data) {
        if (this.readyState === 1) this.onmessage?.({ data });
      }

      send(data) {
        assert.equal(this.readyState, 1, "sent on a socket that is not open");
        this.sent.push(data);
        page.wire(this, data);
      }

      /** Closed by the other side, or by the network. */
      break() {
        if (this.readyState === 3) return;
        this.readyState = 3;
        page.sockets.delete(this);
        this.onclose?.({});
      }

      close() {
        this.readyState = 3;
        page.sockets.delete(this);
      }
    };
  }
}
