// The page's `fetch` and `WebSocket`, played by a test: one world for each origin.

const worlds = new Map();
let counter = 0;

/** Unique in this browser, and of a client token's shape: id.expiry.signature. */
export function freshToken() {
  counter += 1;
  return `chk-${counter}x${Date.now()}.1700000000.signature`;
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

class FakeSocket extends EventTarget {
  constructor(url, protocols) {
    super();
    this.url = url;
    this.protocols = String(protocols);
    this.closed = false;
    worlds.get(new URL(url).host).socket = this;
  }

  close() {
    this.closed = true;
  }
}

class World {
  seen = [];
  waiting = [];
  events = {};
  details = {};

  constructor(host) {
    for (const name of ["ready", "status", "paid", "expired", "error"]) {
      host.addEventListener(`saoma-${name}`, ({ type, detail }) => {
        this.events[type] = (this.events[type] ?? 0) + 1;
        this.details[type] = JSON.stringify(detail);
      });
    }
  }

  fetch(url, { method, headers, body, signal }) {
    const request = { url, method, authorization: headers.Authorization, body: body ?? "" };
    this.seen.push(request);
    this.waiting.shift()?.(request);
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  }

  nextRequest() {
    const next = this.seen[this.taken ?? 0];
    this.taken = (this.taken ?? 0) + 1;
    return next ? Promise.resolve(next) : new Promise((resolve) => this.waiting.push(resolve));
  }

  reply(status, body) {
    this.resolve(new Response(body, { status, headers: { "Content-Type": "application/json" } }));
  }

  requests() {
    return this.seen.length;
  }

  lastBody() {
    return this.seen.at(-1).body;
  }

  heard(name) {
    return this.events[name] ?? 0;
  }

  detail(name) {
    return this.details[name] ?? "";
  }

  openSocket() {
    this.socket.dispatchEvent(new Event("open"));
  }

  push(text) {
    this.socket.dispatchEvent(new MessageEvent("message", { data: text }));
  }

  socketUrl() {
    return this.socket.url;
  }

  socketProtocols() {
    return this.socket.protocols;
  }

  socketIsClosed() {
    return this.socket.closed;
  }
}

export function play(host, origin) {
  const world = new World(host);
  worlds.set(new URL(origin).host, world);
  globalThis.fetch = (url, init) => worlds.get(new URL(url).host).fetch(url, init);
  globalThis.WebSocket = FakeSocket;
  return world;
}
