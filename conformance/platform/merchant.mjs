// A merchant, direct or partner, who signs every request itself. What is signed, what is said and
// what is sent can be made to differ, since that is what half of the checks are about.

import { expect, brief } from "../verdict.mjs";
import { parsed, send } from "../wire/request.mjs";
import { authorization, nonce, requestText, signed, unixNow } from "../wire/signature.mjs";

/** How we introduce ourselves; A.1 wants any product string. */
const AGENT = "saoma-conformance/1";

export class Merchant {
  constructor(row, base, sub = row.sub_merchants?.[0]) {
    this.row = row;
    this.base = base;
    this.isPartner = row.kind === "partner";
    this.sub = sub;
  }

  /** The same partner, acting for another of its sub-merchants. */
  actingFor(sub) {
    return new Merchant(this.row, this.base, sub);
  }

  /** Where its calls about orders begin (B.0). */
  get orders() {
    return this.isPartner ? "/v3/pay/partner/transactions" : "/v3/pay/transactions";
  }

  /** Who is paid, as the body of an order says it (B.1, B.2). */
  get payee() {
    const { mchid, appid } = this.row;
    if (!this.isPartner) return { appid, mchid };
    const { sub_mchid, sub_appid } = this.sub;
    return { sp_appid: appid, sp_mchid: mchid, sub_mchid, ...(sub_appid ? { sub_appid } : {}) };
  }

  /** Who asks, as a query or a close says it (B.3, B.4). */
  get parties() {
    const { mchid } = this.row;
    return this.isPartner ? { sp_mchid: mchid, sub_mchid: this.sub.sub_mchid } : { mchid };
  }

  /** Who refunds: a partner names its sub-merchant (B.5). */
  get refunder() {
    return this.isPartner ? { sub_mchid: this.sub.sub_mchid } : {};
  }

  /**
   * One call. `body` is a value or a text. `signs` replaces what is signed, `says` what the header
   * says, `authorization` the finished header (null: none); `accept` and `agent` likewise. `serial`
   * is the request's Wechatpay-Serial.
   */
  async call(
    method,
    target,
    {
      body = "",
      signs = {},
      says = {},
      serial,
      accept = "application/json",
      agent = AGENT,
      ...more
    } = {},
  ) {
    const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    const { mchid, serial_no, private_key_pem } = this.row;
    const stamp = { timestamp: String(unixNow() + (more.later_s ?? 0)), nonce_str: nonce() };
    const text =
      more.text?.(stamp) ?? requestText({ method, target, ...stamp, body: bytes, ...signs });
    const signature = signed(text, more.key ?? private_key_pem);
    const said = { mchid, serial_no, ...stamp, signature, ...says };
    const proof =
      more.authorization === undefined ? authorization(said, more.order) : more.authorization;
    const headers = [
      ["Authorization", typeof proof === "function" ? proof(said) : proof],
      ["Accept", accept],
      ["User-Agent", agent],
      ["Content-Type", bytes.length ? "application/json" : null],
      ["Wechatpay-Serial", serial ?? null],
    ].filter(([, value]) => value !== null);
    const answer = await send(this.base + target, {
      method,
      headers,
      body: bytes.length ? bytes : undefined,
    });
    return { ...answer, json: parsed(answer.body) };
  }

  /** Places an order (B.1); `body` is the whole body. */
  place(body, options) {
    return this.call("POST", `${this.orders}/native`, { body, ...options });
  }

  /** Asks for an order by the merchant's own number (B.3). */
  query(number, options) {
    return this.call(
      "GET",
      `${this.orders}/out-trade-no/${encodeURIComponent(number)}?${this.#search()}`,
      options,
    );
  }

  /** Asks for it by the platform's number. */
  queryById(id, options) {
    return this.call(
      "GET",
      `${this.orders}/id/${encodeURIComponent(id)}?${this.#search()}`,
      options,
    );
  }

  /** Closes it (B.4). */
  close(number, options) {
    const target = `${this.orders}/out-trade-no/${encodeURIComponent(number)}/close`;
    return this.call("POST", target, { body: this.parties, ...options });
  }

  /** Gives money back (B.5). */
  refund(body, options) {
    return this.call("POST", "/v3/refund/domestic/refunds", {
      body: { ...this.refunder, ...body },
      ...options,
    });
  }

  /** Asks how a refund stands (B.6). */
  queryRefund(number, options) {
    const search = this.isPartner ? `?sub_mchid=${this.sub.sub_mchid}` : "";
    return this.call(
      "GET",
      `/v3/refund/domestic/refunds/${encodeURIComponent(number)}${search}`,
      options,
    );
  }

  /** Sends an abnormal refund another way (B.7). */
  reroute(refundId, body, options) {
    const target = `/v3/refund/domestic/refunds/${refundId}/apply-abnormal-refund`;
    return this.call("POST", target, { body: { ...this.refunder, ...body }, ...options });
  }

  #search() {
    return new URLSearchParams(this.parties).toString();
  }
}

/** Status and code of an answer, in a few words. */
export function summary({ status, json, body }) {
  const said =
    json?.code ?? (json ? Object.keys(json).join(", ") : brief(body.toString("utf8"), 30));
  return [status, brief(said, 40)].filter(Boolean).join(" ");
}

/** Sees a refusal of one of these statuses and, where codes are given, one of these codes. */
export function refused(answer, statuses, codes) {
  const said = summary(answer);
  expect([statuses].flat().includes(answer.status), `answered ${said}`);
  if (codes) expect([codes].flat().includes(answer.json?.code), `answered ${said}`);
  return said;
}
