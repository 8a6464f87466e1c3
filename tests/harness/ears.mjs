// Where shops are told, with good and bad days of their own: letters are taken, refused, cut off or
// kept waiting, and what was taken is remembered.

import { once } from "node:events";
import { createServer } from "node:http";

/** What a shop makes of a letter, and how often. */
const MOODS = { 204: 78, 500: 8, 429: 5, break: 5, slow: 4 };

/** How long a slow shop thinks. */
const THINKING_MS = 250;

export class Ears {
  /**
   * `dice` draw the moods; without them every letter is taken at once. `delay()` says for how many
   * milliseconds an answer is kept back.
   */
  static async open(dice, delay = () => 0) {
    const ears = new Ears(dice, delay);
    ears.server.listen(0, "127.0.0.1");
    await once(ears.server, "listening");
    ears.url = `http://127.0.0.1:${ears.server.address().port}/heard`;
    return ears;
  }

  constructor(dice, delay) {
    this.dice = dice;
    this.delay = delay;
    /** Takes every letter at once. */
    this.isCalm = !dice;
    /** By webhook-id: `{ type, checkout, body, taken }`, and how often it was taken. */
    this.letters = new Map();
    /** Letters under one id whose bytes differ. */
    this.changed = [];
    this.onTheWay = new Set();
    this.server = createServer((request, reply) => {
      this.onTheWay.add(request);
      reply.once("close", () => this.onTheWay.delete(request));
      this.#hear(request, reply).catch(() => reply.destroy());
    });
  }

  async #hear(request, reply) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString("utf8");
    const letter = this.#letter(request.headers["webhook-id"], body);
    const mood = this.isCalm ? "204" : this.dice.weighted(MOODS);
    if (mood === "break") return void request.socket.destroy();
    await new Promise((resume) => { setTimeout(resume, mood === "slow" ? THINKING_MS : this.delay()); });
    const status = mood === "slow" ? 204 : Number(mood);
    reply.writeHead(status, status === 429 ? { "Retry-After": "5" } : {}).end();
    if (status === 204) letter.taken++;
  }

  #letter(id, body) {
    const known = this.letters.get(id);
    if (known && known.body !== body) this.changed.push(id);
    if (known) return known;
    const { type, data } = JSON.parse(body);
    const letter = { type, checkout: data.id, body, taken: 0 };
    this.letters.set(id, letter);
    return letter;
  }

  /** The letters that were taken, about one checkout: `[id, letter]`. */
  takenOf(checkout) {
    return [...this.letters].filter(([, letter]) => letter.checkout === checkout && letter.taken);
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((done) => { this.server.close(done); });
  }
}
