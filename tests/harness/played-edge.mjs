// A Worker that a test plays itself: the browser's routes over real HTTP and WebSocket, from another
// origin than the page unless the page is its own, with every answer in the test's hands. The
// widget's files are the built ones.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

import { WebSocketServer } from "ws";

import { PlayedOrder } from "./played-order.mjs";
import { ASSETS, inProject } from "./project.mjs";

const TYPES = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mjs": "text/javascript",
  ".wasm": "application/wasm", ".json": "application/json", ".css": "text/css", ".svg": "image/svg+xml",
};

/** What the real Worker's static files say to pages on any origin. */
const FOR_ALL = { "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin" };

/** How long the real Worker lets a browser remember that it may ask. */
const PREFLIGHT_AGE_S = 7_200;

export class PlayedEdge {
  static async open() {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    server.unref();
    return new PlayedEdge(server);
  }

  constructor(server) {
    this.server = server;
    this.origin = `http://127.0.0.1:${server.address().port}`;
    /** Pages of this origin, by path: `{ html, headers }`. */
    this.pages = {};
    this.clear();
    server.on("request", (request, reply) => {
      this.#answer(request, reply).catch((error) => reply.destroy(error));
    });
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "saoma.v1" });
    server.on("upgrade", (request, raw, head) => this.#upgrade(sockets, request, raw, head));
  }

  /** As after `open`: nothing heard, nothing ordered, everything well. */
  clear() {
    for (const socket of this.sockets ?? []) socket.terminate();
    /** Every request to the routes of a page, as it came: `{ method, path, query, at }`. */
    this.requests = [];
    /** Requests that are not answered yet. */
    this.open = 0;
    /** The purchases by the key that the page drew. */
    this.orders = new Map();
    this.sockets = new Set();
    /** What the next orders are like; see `PlayedOrder.placed`. */
    this.goods = {};
    /** Bad weather: `(request) => { status, headers, body } | "hang" | "drop" | undefined`. */
    this.weather = () => undefined;
    /** Whether a socket may be opened. */
    this.pushes = true;
    /** What a press of "new code" does. */
    this.onrenew = () => {};
    /** What a press of "I have paid" does. */
    this.oncheck = () => {};
  }

  /** The only order there is, or the newest. */
  get order() {
    return [...this.orders.values()].at(-1);
  }

  /** Requests of one kind, preflights not counted. */
  asked(method, path) {
    return this.requests.filter((request) => request.method === method && request.path === path);
  }

  /** An order that a shop's server opened, to be shown by its token. */
  async opened(name, goods = {}) {
    const order = await PlayedOrder.placed(name, { ...this.goods, ...goods });
    this.orders.set(name, order);
    return order;
  }

  async #answer(request, reply) {
    const url = new URL(request.url, this.origin);
    if (!url.pathname.startsWith("/v1/")) return this.#file(url, reply);
    const heard = {
      method: request.method, path: url.pathname, query: url.search, at: performance.now(),
      bearer: request.headers.authorization?.slice("Bearer ".length),
    };
    this.requests.push(heard);
    if (heard.method !== "OPTIONS") this.#count(reply);
    const weather = this.weather(heard);
    if (weather === "hang") return;
    if (weather === "drop") return void request.socket.destroy();
    const answer = weather ?? (await this.#serve(heard, request, reply));
    if (reply.destroyed) return;
    const body = typeof answer.body === "object" ? JSON.stringify(answer.body) : answer.body;
    reply.writeHead(answer.status, {
      "Content-Type": "application/json", "Cache-Control": "no-store", ...cors(request), ...answer.headers,
    });
    reply.end(body);
  }

  /** Every connection breaks, whatever is under way on it. */
  cut() {
    for (const socket of this.sockets) socket.terminate();
    this.server.closeAllConnections();
  }

  #count(reply) {
    this.open += 1;
    reply.once("close", () => { this.open -= 1; });
  }

  async #serve({ method, path, query, bearer }, request, reply) {
    if (method === "OPTIONS") return { status: 204 };
    if (path === "/v1/sessions") return this.#open(JSON.parse(await text(request)));
    const order = [...this.orders.values()].find(({ token }) => token === bearer);
    if (!order) return problem(401, "unauthorized");
    const { version, wait } = Object.fromEntries(new URLSearchParams(query));
    if (path === "/v1/session/check") await this.oncheck(order);
    else if (path === "/v1/session/renew") await this.onrenew(order);
    else if (path !== "/v1/session") return problem(404, "not_found");
    if (wait) {
      const gone = new AbortController();
      reply.on("close", () => gone.abort());
      await order.changed(Number(version), Number(wait) * 1_000, gone.signal);
    }
    return { status: 200, body: { client_token: order.token, ...order.view } };
  }

  async #open({ key }) {
    const known = this.orders.get(key);
    const order = known ?? (await PlayedOrder.placed(`played-${this.orders.size + 1}`, this.goods));
    this.orders.set(key, order);
    return { status: known ? 200 : 201, body: { client_token: order.token, ...order.view } };
  }

  #upgrade(server, request, raw, head) {
    const token = request.headers["sec-websocket-protocol"]?.split(", ")[1];
    const order = [...this.orders.values()].find((one) => one.token === token);
    this.requests.push({ method: "SOCKET", path: "/v1/session/events", query: "", at: performance.now() });
    if (!order || !this.pushes || this.weather({ method: "SOCKET" })) return raw.destroy();
    server.handleUpgrade(request, raw, head, (socket) => {
      const tell = () => socket.send(JSON.stringify(order.view));
      this.sockets.add(socket);
      order.listeners.add(tell);
      socket.on("message", (data) => String(data) === "ping" && socket.send("pong"));
      socket.on("close", () => {
        order.listeners.delete(tell);
        this.sockets.delete(socket);
      });
      tell();
    });
  }

  async #file(url, reply) {
    const page = this.pages[url.pathname];
    const path = normalize(url.pathname.endsWith("/") ? `${url.pathname}index.html` : url.pathname);
    const body = page ? page.html : await fileAt(path);
    if (body === null) return reply.writeHead(404).end();
    const type = page ? TYPES[".html"] : TYPES[extname(path)];
    reply.writeHead(200, { "Content-Type": type ?? "application/octet-stream", ...FOR_ALL, ...page?.headers });
    reply.end(body);
  }

  close() {
    this.cut();
    return new Promise((done) => this.server.close(done));
  }
}

/** What is served, and the gallery of the widget's states, which is not. */
const FOLDERS = [ASSETS, inProject("www"), inProject("build")];

async function fileAt(path) {
  for (const folder of FOLDERS) {
    const body = await readFile(join(folder, path)).catch(() => null);
    if (body !== null) return body;
  }
  return null;
}

/** A refusal as the real Worker writes it. */
export const problem = (status, code, more = {}) => ({
  status,
  headers: {
    "Content-Type": "application/problem+json",
    ...(more.retry_after_s === undefined ? {} : { "Retry-After": String(more.retry_after_s) }),
  },
  body: { type: "about:blank", title: code, status, code, detail: `played: ${code}`, ...more },
});

function cors({ headers: { origin } }) {
  if (!origin) return {};
  return {
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": String(PREFLIGHT_AGE_S),
    "Access-Control-Expose-Headers": "Retry-After",
    Vary: "Origin",
  };
}

async function text(request) {
  let all = "";
  for await (const chunk of request) all += chunk;
  return all;
}
