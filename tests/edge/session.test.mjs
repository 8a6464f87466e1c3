// Catalogue mode: a page without a server names a product and a quantity, and the edge does the
// rest.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertProblem, pageKey } from "../harness/shop.mjs";
import { openStage, useStage } from "../harness/stage.mjs";
import { PRODUCTS, SECRET_KEY, SHOP_ORIGIN } from "../harness/worker.mjs";

const stage = useStage();

test("the products are public, in the operator's order, with prices in fen", async () => {
  const reply = await stage.shop.ask("GET", "/v1/products", { origin: SHOP_ORIGIN });
  assert.equal(reply.status, 200);
  assert.equal(reply.headers.get("access-control-allow-origin"), SHOP_ORIGIN);
  const expected = Object.entries(PRODUCTS).map(([id, { description, price, quantity_max }]) => ({
    id, description, price: { total: price, currency: "CNY" }, quantity_max,
  }));
  assert.deepEqual(reply.body.data, expected);
});

test("a page opens a session: the price is the edge's, the code is there, no id of the shop's", async () => {
  const reply = await stage.shop.session({ quantity: 3 });
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  const session = reply.body;
  assert.equal(session.status, "open");
  assert.equal(session.phase, "waiting");
  assert.deepEqual(session.amount, { total: 26_400, currency: "CNY" });
  assert.match(session.description, /^Oolong 250 g\b.*3$/);
  assert.match(session.code_url, /^weixin:\/\//);
  assert.ok(session.code_expires_in_ms > 0 && session.code_expires_in_ms <= 7_200_000);
  assert.ok(session.expires_in_ms > session.code_expires_in_ms);
  for (const secret of ["id", "reference", "attempt", "out_trade_no", "payment"]) {
    assert.equal(session[secret], undefined, secret);
  }
  const again = await stage.shop.look(session.client_token);
  assert.equal(again.body.code_url, session.code_url);
});

test("the drawn matrix is a square of a QR code's size", async () => {
  const { body } = await stage.shop.session();
  const bytes = Buffer.from(body.qr, "base64").length;
  const side = Math.trunc(Math.sqrt(bytes * 8));
  assert.equal((side - 17) % 4, 0, `${side}`);
  assert.equal(Math.ceil((side * side) / 8), bytes);
});

test("the same key finds the same session", async () => {
  const key = pageKey();
  const first = await stage.shop.session({ key });
  const again = await stage.shop.session({ key });
  assert.equal(first.status, 201);
  assert.equal(again.status, 200);
  assert.equal(again.body.code_url, first.body.code_url);
});

test("ten tabs with one key share one session", async () => {
  const key = pageKey();
  const replies = await Promise.all(Array.from({ length: 10 }, () => stage.shop.session({ key })));
  assert.equal(replies.filter(({ status }) => status === 201).length, 1);
  const looks = await Promise.all(replies.map(({ body }) => stage.shop.look(body.client_token)));
  assert.equal(new Set(looks.map(({ body }) => body.code_url)).size, 1);
});

test("the same key for other goods is refused", async () => {
  const key = pageKey();
  await stage.shop.session({ key });
  assertProblem(await stage.shop.session({ key, quantity: 2 }), 409, "reference_taken");
  assertProblem(await stage.shop.session({ key, product: "puer-cake" }), 409, "reference_taken");
});

for (const [what, overrides] of Object.entries({
  "an amount of its own": { amount: { total: 1, currency: "CNY" } },
  "a price of its own": { price: 1 },
  "no key": { key: undefined },
  "a guessable key": { key: "1" },
  "a quantity of nothing": { quantity: 0 },
  "a quantity above what is sold at once": { quantity: 21 },
  "half a bag": { quantity: 1.5 },
})) {
  test(`a page that sends ${what} is refused`, async () => {
    assertProblem(await stage.shop.session(overrides), 400, "invalid_request");
  });
}

test("a product that is not for sale is refused by that name", async () => {
  assertProblem(await stage.shop.session({ product: "coffee" }), 400, "unknown_product");
});

test("a paid session is settled for the page, and its key stays settled", async () => {
  const { sandbox, shop } = stage;
  const key = pageKey();
  const { body } = await shop.session({ key });
  await sandbox.pay(body.code_url);
  const paid = await shop.look(body.client_token, `?version=${body.version}&wait=20`);
  assert.equal(paid.body.status, "paid");
  assert.equal(paid.body.code_url, undefined);
  assert.equal((await shop.session({ key })).body.status, "paid");
});

test("open unpaid sessions are bounded, and a paid one makes room", async () => {
  const bounded = await openStage({ overrides: { OPEN_SESSIONS_PER_ADDRESS: "2" } });
  try {
    const { sandbox, shop } = bounded;
    const key = pageKey();
    const first = await shop.session({ key });
    assert.equal(first.status, 201);
    assert.equal((await shop.session()).status, 201);
    const third = await shop.session();
    assertProblem(third, 429, "too_many_sessions");
    assert.ok(Number(third.headers.get("retry-after")) >= 1);
    assert.equal((await shop.session({ key })).status, 200, "one that is open stays open");
    assert.equal((await shop.open({}, SECRET_KEY)).status, 201, "shops are not bounded");

    await sandbox.pay(first.body.code_url);
    await shop.look(first.body.client_token, `?version=${first.body.version}&wait=20`);
    await bounded.sandbox.advance(1);
    assert.equal((await shop.session()).status, 201, "a place is free again");
  } finally {
    await bounded.close();
  }
});

test("open unpaid sessions are bounded over all addresses", async () => {
  const bounded = await openStage({ overrides: { OPEN_SESSIONS_MAX: "1" } });
  try {
    assert.equal((await bounded.shop.session()).status, 201);
    assertProblem(await bounded.shop.session(), 429, "too_many_sessions");
  } finally {
    await bounded.close();
  }
});
