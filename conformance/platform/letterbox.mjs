// The merchant's notification address: a small server of our own that keeps every letter as it came,
// byte for byte, and answers as a check has planned.

import { createServer } from "node:http";

import { opened } from "../wire/seal.mjs";
import { expect, Misuse } from "../verdict.mjs";
import { parsed, whole } from "../wire/request.mjs";

/** What a plan may say in place of a status: no answer at all. */
export const SILENCE = "silence";

/** The most that a notification can weigh: one MiB of ciphertext and what is around it (C.1). */
const LETTER_BYTES_MAX = 2 * 1_024 * 1_024;

const PORT_MAX = 65_535;

const PROBE_EVERY_MS = 10;

export class Letterbox {
  /** Listens on `listen` (`host:port`); `announced` is how the platform is told to reach it. */
  static async open({ listen = "127.0.0.1:0", announced } = {}) {
    const box = new Letterbox();
    const [, host, port] = /^(.+):(\d{1,5})$/.exec(listen) ?? [];
    if (!host || Number(port) > PORT_MAX) throw new Misuse(`--listen ${listen}: HOST:PORT, please`);
    if (announced !== undefined && !/^https?:/.test(announced))
      throw new Misuse(`--announce ${announced} is no http(s) address`);
    await new Promise((ready, fail) => {
      box.server.once("error", fail).listen(Number(port), host.replace(/^\[|\]$/g, ""), ready);
    }).catch((error) => {
      throw new Misuse(`--listen ${listen}: ${error.code ?? error.message}`);
    });
    box.base = (announced ?? `http://${host}:${box.server.address().port}`).replace(/\/$/, "");
    return box;
  }

  constructor() {
    /** Every letter, oldest first. */
    this.letters = [];
    this.plans = new Map();
    this.server = createServer((request, reply) => {
      this.#take(request, reply).catch(() => reply.destroy());
    });
  }

  /** The address for one event; letters are told apart by it. */
  url(name) {
    return `${this.base}/conformance/${name}`;
  }

  /**
   * How the letters at `name` are answered, one after the other: a status, `{ status, body?, headers?,
   * after_ms? }` or SILENCE. The last one stays; without a plan it is 204.
   */
  plan(name, ...answers) {
    this.plans.set(name, answers);
  }

  /** The letters at `name`, oldest first. */
  at(name) {
    return this.letters.filter((letter) => letter.name === name);
  }

  /** The `count`-th letter at `name`; a check fails if it does not come in time. */
  async nth(name, count = 1, patience_ms = 8_000) {
    const until = performance.now() + patience_ms;
    while (this.at(name).length < count) {
      const come = this.at(name).length;
      expect(
        performance.now() < until,
        `${come ? `only ${come} notification(s)` : "no notification"} came`,
      );
      await new Promise((resume) => setTimeout(resume, PROBE_EVERY_MS));
    }
    return this.at(name)[count - 1];
  }

  async #take(request, reply) {
    const body = await whole(request, LETTER_BYTES_MAX);
    const { method, url, headers } = request;
    const name = url.split("/").at(-1);
    this.letters.push({ name, method, url, headers, body, json: parsed(body), at: Date.now() });
    const plan = this.plans.get(name) ?? [204];
    const planned = plan.length > 1 ? plan.shift() : plan[0];
    if (planned === SILENCE) return;
    const {
      status = planned,
      body: words,
      headers: more,
      after_ms = 0,
    } = typeof planned === "object" ? planned : {};
    if (after_ms) await new Promise((resume) => setTimeout(resume, after_ms));
    reply.writeHead(status, more).end(words);
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}

/** What a notification says inside, opened with the merchant's APIv3 key. */
export function told(letter, apiV3Key) {
  const resource = letter.json?.resource;
  expect(resource && typeof resource === "object", "the notification has no resource");
  const inside = parsed(Buffer.from(opened(resource, apiV3Key)));
  expect(inside && typeof inside === "object", "what is sealed is no JSON object");
  return inside;
}
