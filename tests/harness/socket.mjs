// WebSockets as a page opens them, with the `Origin` header in the test's hands.

import { request } from "node:http";

import { until } from "./wait.mjs";

/** The protocol names that a page offers: the version, then its token. */
const protocols = (clientToken) => ["saoma.v1", clientToken];

/** An open socket that collects every message. */
export class Socket {
  static async open(worker, clientToken, { origin } = {}) {
    const url = `${worker.url.replace("http", "ws")}/v1/session/events`;
    const socket = new Socket(new WebSocket(url, {
      protocols: protocols(clientToken),
      headers: origin ? { Origin: origin } : {},
    }));
    await socket.opened;
    return socket;
  }

  constructor(raw) {
    this.raw = raw;
    /** Every text that came, oldest first. */
    this.messages = [];
    raw.addEventListener("message", ({ data }) => this.messages.push(data));
    this.opened = new Promise((resolve, reject) => {
      raw.addEventListener("open", resolve);
      raw.addEventListener("error", () => reject(new Error("the socket did not open")));
    });
  }

  /** The sessions seen so far, oldest first. */
  get views() {
    return this.messages.filter((text) => text.startsWith("{")).map((text) => JSON.parse(text));
  }

  /** Waits for a session that fits. */
  view(what, fits) {
    return until(what, () => this.views.find(fits));
  }

  close() {
    this.raw.close();
  }
}

/** Knocks for an upgrade and answers what the door says: the status, and the protocol if open. */
export function knock(worker, { clientToken, origin, upgrade = "websocket", offer } = {}) {
  const headers = {
    Connection: "Upgrade",
    Upgrade: upgrade,
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": offer ?? protocols(clientToken).join(", "),
  };
  if (origin) headers.Origin = origin;
  return new Promise((resolve, reject) => {
    const call = request(`${worker.url}/v1/session/events`, { headers });
    call.once("error", reject);
    call.once("upgrade", (reply, socket) => {
      socket.destroy();
      resolve({ status: 101, protocol: reply.headers["sec-websocket-protocol"] });
    });
    call.once("response", (reply) => {
      reply.resume();
      resolve({ status: reply.statusCode });
    });
    call.end();
  });
}
