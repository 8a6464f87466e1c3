// What every check of an endpoint has at hand: the platform's keys, the order, and a way to post. It
// also keeps what the endpoint answers to a plain genuine letter, since all else is judged by that.

import { randomInt } from "node:crypto";

import { expect, Unreachable, untried } from "../verdict.mjs";
import { NoAnswer, send } from "../wire/request.mjs";
import { letter, transaction } from "./letters.mjs";

/** The platform waits so long for an answer (C.3). */
export const ANSWER_MS_MAX = 5_000;

/** We wait longer, so that a late answer can be told from none. */
const PATIENCE_MS = 9_000;

const digits = (count) => Array.from({ length: count }, () => randomInt(10)).join("");

/** Only these two accept (C.3). */
export const accepts = ({ status }) => status === 200 || status === 204;

export class EndpointBench {
  /** `senders` are the platform's keys, `[{ kind, serial, key }]`; `order` is undefined if none is known. */
  constructor({ url, merchant, senders, order }) {
    this.url = url;
    this.merchant = merchant;
    this.senders = senders;
    this.isKnown = Boolean(order);
    this.order = { transaction_id: `42000${digits(23)}`, ...(order ?? inventedOrder(merchant)) };
    this.made = new Map();
  }

  lacks() {
    return undefined;
  }

  /** Makes something the first time it is asked for. */
  once(name, make) {
    if (!this.made.has(name)) this.made.set(name, make());
    return this.made.get(name);
  }

  /** The usual sender, or the one of a kind: `public-key` or `certificate`. */
  sender(kind) {
    return kind ? this.senders.find((one) => one.kind === kind) : this.senders[0];
  }

  /** A genuine letter that the order was paid; `how` may have it written otherwise. */
  genuine({ inside = {}, ...how } = {}) {
    const told = typeof inside === "string" ? inside : transaction(this.order, inside);
    return letter({ inside: told, key: this.merchant.api_v3_key, sender: this.sender(), ...how });
  }

  /** Posts one: `{ status, took_ms, headers }`, or `{ silence }` with the reason for no answer. */
  async post({ method, headers, body }, play) {
    const options = {
      method,
      headers: Object.entries(headers),
      body,
      patience_ms: PATIENCE_MS,
      play,
    };
    try {
      return await send(this.url, options);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      return { silence: error.message, isConnection: error.isConnection };
    }
  }

  /** What a plain genuine letter is answered; asked once, before everything else. */
  usual() {
    return this.once("usual", async () => {
      const answer = await this.post(this.genuine());
      if (answer.isConnection)
        throw new Unreachable(`${this.url} does not answer: ${answer.silence}`);
      return { ...answer, skew_s: skewOf(answer) };
    });
  }

  /** Ends a check that a refusal of everything would pass or fail without meaning it. */
  async expectUsualAccepted() {
    const usual = await this.usual();
    if (accepts(usual)) return;
    const why = this.isKnown
      ? "a plain genuine one is refused as well"
      : "without --order, and unknown orders are refused";
    untried(`${why} (${said(usual)})`);
  }

  /**
   * A letter that must be taken, within the platform's patience. Of an order that nobody knows that
   * cannot be asked, unless the endpoint takes plain letters about it.
   */
  async expectAccepted(one, play) {
    await this.usual();
    if (!this.isKnown) await this.expectUsualAccepted();
    return taken(await this.post(one, play));
  }

  /** A letter that must be refused; and then a genuine one must be answered as ever. */
  async expectRefused(one, { maySilence = false } = {}) {
    await this.usual();
    const answer = await this.post(one);
    expect(!accepts(answer), `accepted: ${said(answer)}`);
    expect(
      answer.status >= 400 || (maySilence && answer.silence),
      `neither 4xx nor 5xx: ${said(answer)}`,
    );
    await this.expectUnharmed();
    await this.expectUsualAccepted();
    return said(answer);
  }

  /** A letter about which no page says how it is answered, only not by falling over. */
  async expectAnswered(one) {
    await this.usual();
    const answer = await this.post(one);
    expect(answer.status, `no answer: ${answer.silence}`);
    await this.expectUnharmed();
    return `${said(answer)}, unharmed`;
  }

  /** A genuine letter is answered, and as at the beginning. */
  async expectUnharmed() {
    const [usual, now] = [await this.usual(), await this.post(this.genuine())];
    const same = accepts(usual) ? accepts(now) : now.status && now.status === usual.status;
    expect(same, `afterwards a genuine one is answered ${said(now)}, before ${said(usual)}`);
  }

  async close() {}
}

/** Sees an answer that the platform counts as acceptance. */
export function taken(answer) {
  expect(accepts(answer), `answered ${said(answer)}`);
  expect(answer.took_ms < ANSWER_MS_MAX, `${answer.status}, but only after ${answer.took_ms} ms`);
  return `${answer.status} in ${answer.took_ms} ms`;
}

/** An answer in few words. */
export const said = ({ status, silence, body }) =>
  status ? `${status} ${codeOf(body)}`.trim() : `no answer: ${silence}`;

function codeOf(body) {
  const found = /"code"\s*:\s*"([^"]{1,30})"/.exec(body?.toString("utf8") ?? "");
  return found ? found[1] : "";
}

/** How far the endpoint's clock is ahead of ours, if it tells. */
function skewOf({ headers }) {
  const date = Date.parse(headers?.date ?? "");
  return Number.isNaN(date) ? 0 : Math.round((date - Date.now()) / 1_000);
}

function inventedOrder(merchant) {
  const { mchid, appid, sub_merchants } = merchant;
  const whose =
    merchant.kind === "partner"
      ? { sp_mchid: mchid, sp_appid: appid, ...sub_merchants[0] }
      : { mchid, appid };
  return { ...whose, out_trade_no: `CONFORMANCE${digits(16)}`, total: 8_800 };
}
