// A fresh code for a page: by the same order while the old code is stale, by a new one while it can
// still be scanned, and never two that can be paid.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertProblem } from "../harness/shop.mjs";
import { useStage } from "../harness/stage.mjs";
import { SHOP_ORIGIN } from "../harness/worker.mjs";

const stage = useStage();

const CODE_LIFE_S = 2 * 3_600;
/** A page gets a fresh code at most this often. */
const SPACING_S = 30;

const renew = (token, origin = SHOP_ORIGIN) =>
  stage.shop.ask("POST", "/v1/session/renew", { bearer: token, origin });

/** A session of the catalogue, and the number of its order. */
async function opened() {
  const { body } = await stage.shop.session();
  return body;
}

/** What the sandbox says of an order, by the code that was paid or is to be. */
const refusedCode = (codeUrl) => assert.rejects(stage.sandbox.pay(codeUrl));

test("a live code is replaced by another order, after the old one is closed", async () => {
  const { sandbox, shop } = stage;
  const checkout = await shop.opened();
  const reply = await renew(checkout.client_token);
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  assert.equal(reply.body.phase, "waiting");
  assert.notEqual(reply.body.code_url, checkout.attempt.code_url);
  assert.equal((await sandbox.order(checkout.attempt.out_trade_no)).trade_state, "CLOSED");
  await refusedCode(checkout.attempt.code_url);
  const { attempt } = await shop.checkout(checkout.id);
  assert.notEqual(attempt.out_trade_no, checkout.attempt.out_trade_no);
  const { out_trade_no } = await sandbox.pay(reply.body.code_url);
  assert.equal(out_trade_no, attempt.out_trade_no);
  await shop.untilPaid(checkout.id);
});

test("a stale code is renewed by the same order", async () => {
  const { sandbox, shop } = stage;
  const checkout = await shop.opened();
  await sandbox.advance(CODE_LIFE_S + 60);
  const reply = await renew(checkout.client_token);
  assert.equal(reply.body.phase, "waiting", JSON.stringify(reply.body));
  const { attempt } = await shop.checkout(checkout.id);
  assert.equal(attempt.out_trade_no, checkout.attempt.out_trade_no, "the identical order");
  await sandbox.pay(reply.body.code_url);
  await shop.untilPaid(checkout.id);
});

test("who presses again and again gets one fresh code", async () => {
  const { sandbox } = stage;
  const session = await opened();
  const first = await renew(session.client_token);
  const again = await renew(session.client_token);
  assert.equal(again.body.code_url, first.body.code_url, "sooner, it is what there is");
  await sandbox.advance(SPACING_S + 1);
  const later = await renew(session.client_token);
  assert.notEqual(later.body.code_url, first.body.code_url);
});

test("two tabs that press at once share one fresh code", async () => {
  const { shop } = stage;
  const session = await opened();
  await Promise.all([renew(session.client_token), renew(session.client_token)]);
  const looks = await Promise.all([shop.look(session.client_token), shop.look(session.client_token)]);
  const codes = new Set(looks.map(({ body }) => body.code_url));
  assert.equal(codes.size, 1);
  assert.ok(!codes.has(session.code_url) && !codes.has(undefined), JSON.stringify([...codes]));
});

test("a payment that nobody was told of wins over the fresh code", async () => {
  const { sandbox, shop } = stage;
  const checkout = await shop.opened();
  const number = checkout.attempt.out_trade_no;
  await sandbox.faults({ route: "notify", out_trade_no: number, kind: "dropped", times: 16 });
  await sandbox.pay(checkout.attempt.code_url);
  const reply = await renew(checkout.client_token);
  await sandbox.faults();
  assert.equal(reply.body.status, "paid", JSON.stringify(reply.body));
  assert.equal((await shop.checkout(checkout.id)).attempt.out_trade_no, number, "no second order");
});

test("what is over is not renewed", async () => {
  const { sandbox, shop } = stage;
  const paid = await shop.opened();
  await sandbox.pay(paid.attempt.code_url);
  await shop.untilPaid(paid.id);
  const cancelled = await shop.opened();
  await shop.cancel(cancelled.id);
  for (const [{ client_token }, status] of [[paid, "paid"], [cancelled, "cancelled"]]) {
    const reply = await renew(client_token);
    assert.deepEqual([reply.status, reply.body.status, reply.body.code_url], [200, status, undefined]);
  }
});

test("only the page of the checkout renews it", async () => {
  const { client_token } = await opened();
  assertProblem(await renew(undefined), 401, "invalid_token");
  assertProblem(await renew(`${client_token}x`), 401, "invalid_token");
  assertProblem(await renew(client_token, "https://elsewhere.example"), 403, "origin_not_allowed");
  const reply = await stage.shop.ask("GET", "/v1/session/renew", { bearer: client_token, origin: SHOP_ORIGIN });
  assertProblem(reply, 405, "method_not_allowed");
});
