// A shop's endpoint on the loopback address: keeps every letter, and answers as it was told to.

import { createServer } from "node:http";

import { Webhook } from "standardwebhooks";

import { until } from "./wait.mjs";

/** Two secrets of a shop, written as it writes them. */
export const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
export const NEXT_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/** What a plan may say besides a status: no answer at all, or a connection that breaks. */
export const HANG = "hang";
export const BREAK = "break";

export class Receiver {
  static async start() {
    const receiver = new Receiver();
    await new Promise((ready) => receiver.server.listen(0, "127.0.0.1", ready));
    receiver.origin = `http://127.0.0.1:${receiver.server.address().port}`;
    receiver.url = `${receiver.origin}/webhooks/saoma?shop=tea`;
    return receiver;
  }

  constructor() {
    /** Every letter, oldest first: `method`, `path`, `headers`, `body` as text, `told` as read. */
    this.letters = [];
    this.plans = new Map();
    this.server = createServer((request, reply) => this.#take(request, reply));
  }

  /**
   * How letters about a checkout are answered, one after the other: a status, `[status, headers]`,
   * HANG or BREAK. What has no plan, or none left, gets 204.
   */
  plan(checkout, ...answers) {
    this.plans.set(checkout, answers);
  }

  async #take(request, reply) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString("utf8");
    const { method, url: path, headers } = request;
    const told = JSON.parse(body || "null");
    this.letters.push({ method, path, headers, body, told });
    const answer = this.plans.get(told?.data.id)?.shift() ?? 204;
    if (answer === HANG) return;
    if (answer === BREAK) {
      request.socket.destroy();
      return;
    }
    const [status, more] = [answer].flat();
    reply.writeHead(status, more).end();
  }

  /** The letters about a checkout, of one type if it is named. */
  of(checkout, type) {
    return this.letters.filter(({ told }) => told?.data.id === checkout && (!type || told.type === type));
  }

  /** The `count`th letter about a checkout, once it is there. */
  async nth(count, checkout, type) {
    const enough = () => this.of(checkout, type).length >= count;
    await until(`letter ${count} of ${type ?? "any type"} about ${checkout}`, enough);
    return this.of(checkout, type)[count - 1];
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}

/** What a letter tells, believed by the official package; it throws where it does not believe. */
export const verified = ({ headers, body }, secret = SECRET) => new Webhook(secret).verify(body, headers);
