// A shop's server and a shopper's page, as HTTP callers of the Worker.

import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";

import { until } from "./wait.mjs";
import { OPERATOR_KEY, SECRET_KEY, SHOP_ORIGIN } from "./worker.mjs";

/** A reply with its body read: JSON where it says so, text otherwise. */
async function read(reply) {
  const text = await reply.text();
  const isJson = /[/+]json\b/.test(reply.headers.get("content-type") ?? "");
  return { status: reply.status, headers: reply.headers, body: isJson ? JSON.parse(text) : text };
}

/** 128 random bits, as a page draws them. */
export const pageKey = () => randomBytes(16).toString("base64url");

export class Shop {
  /** A shop with its secret key; the default profile's, unless it says otherwise. */
  constructor(worker, secretKey = SECRET_KEY) {
    this.worker = worker;
    this.secretKey = secretKey;
  }

  /** Any request; `body` may be a value (sent as JSON) or a string (sent as it is). */
  async ask(method, path, { body, bearer, origin, headers = {} } = {}) {
    const sent = { ...headers };
    if (bearer) sent.Authorization = `Bearer ${bearer}`;
    if (origin) sent.Origin = origin;
    if (body !== undefined) sent["Content-Type"] ??= "application/json";
    const text = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
    return read(await this.worker.fetch(path, { method, headers: sent, body: text }));
  }

  /** The shop's server opens a checkout. */
  open(overrides = {}, bearer = this.secretKey) {
    const body = {
      reference: `T-${randomUUID()}`,
      description: "Oolong 250 g",
      amount: { total: 8_800, currency: "CNY" },
      ...overrides,
    };
    return this.ask("POST", "/v1/checkouts", { body, bearer });
  }

  /** The shop's server opens one and expects a code. */
  async opened(overrides) {
    const reply = await this.open(overrides);
    assert.equal(reply.status, 201, JSON.stringify(reply.body));
    assert.equal(reply.body.phase, "waiting", JSON.stringify(reply.body));
    return reply.body;
  }

  /** The shop's server asks how it stands. */
  async checkout(id) {
    const reply = await this.ask("GET", `/v1/checkouts/${id}`, { bearer: this.secretKey });
    assert.equal(reply.status, 200, JSON.stringify(reply.body));
    return reply.body;
  }

  /** The shop's server cancels. */
  cancel(id) {
    return this.ask("POST", `/v1/checkouts/${id}/cancel`, { bearer: this.secretKey });
  }

  /** The shop's server gives money back: a yuan, under a name of its own, if nothing else is said. */
  giveBack(id, overrides = {}) {
    const body = {
      reference: `R-${randomUUID()}`, amount: { total: 100, currency: "CNY" }, ...overrides,
    };
    return this.ask("POST", `/v1/checkouts/${id}/refunds`, { body, bearer: this.secretKey });
  }

  /** All refunds of a checkout. */
  async refunds(id) {
    const reply = await this.ask("GET", `/v1/checkouts/${id}/refunds`, { bearer: this.secretKey });
    assert.equal(reply.status, 200, JSON.stringify(reply.body));
    return reply.body.data;
  }

  /** How a refund stands. */
  async refund(number) {
    const reply = await this.ask("GET", `/v1/refunds/${number}`, { bearer: this.secretKey });
    assert.equal(reply.status, 200, JSON.stringify(reply.body));
    return reply.body;
  }

  /** The shop's server chooses another way for money that did not reach the payer. */
  redirect(number, body) {
    return this.ask("POST", `/v1/refunds/${number}/abnormal`, { body, bearer: this.secretKey });
  }

  /** Payments about orders that the Worker does not know. */
  async orphans() {
    const reply = await this.ask("GET", "/v1/orphans", { bearer: this.secretKey });
    assert.equal(reply.status, 200, JSON.stringify(reply.body));
    return reply.body.data;
  }

  /** The operator asks the doctor. */
  async doctor(wish = {}) {
    const reply = await this.ask("POST", "/v1/doctor", { bearer: OPERATOR_KEY, body: wish });
    assert.equal(reply.status, 200, JSON.stringify(reply.body));
    return reply.body;
  }

  /** A page opens a session from the catalogue. */
  session(overrides = {}, origin = SHOP_ORIGIN) {
    const body = { key: pageKey(), product: "oolong-250", quantity: 1, ...overrides };
    return this.ask("POST", "/v1/sessions", { body, origin });
  }

  /** A page asks how its session stands. */
  look(clientToken, query = "") {
    return this.ask("GET", `/v1/session${query}`, { bearer: clientToken, origin: SHOP_ORIGIN });
  }

  /** Waits until the shop's server sees `expected` in the checkout. */
  until(id, what, expected) {
    return until(what, async () => {
      const view = await this.checkout(id);
      return expected(view) && view;
    });
  }

  /** Waits until the checkout is paid. */
  untilPaid(id) {
    return this.until(id, `${id} is paid`, (view) => view.status === "paid");
  }
}

/** Checks that a reply is a problem document of this status and code. */
export function assertProblem(reply, status, code) {
  assert.equal(reply.status, status, JSON.stringify(reply.body));
  assert.match(reply.headers.get("content-type"), /^application\/problem\+json\b/);
  assert.equal(reply.headers.get("cache-control"), "no-store");
  assert.equal(reply.body.code, code);
  assert.equal(reply.body.status, status);
  assert.equal(typeof reply.body.detail, "string");
}
