// What is said about who buys goes to the shop, and to nobody else.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertProblem, pageKey } from "../harness/shop.mjs";
import { useStage } from "../harness/stage.mjs";

const stage = useStage();

const BUYER = { name: "张三", street: "文三路 9 号", phone: "13800000000" };
const MOVED = { ...BUYER, street: "龙井路 1 号" };

/** `field` with a value that makes the whole `bytes` long as compact JSON. */
const ofLength = (bytes) => ({ note: "x".repeat(bytes - JSON.stringify({ note: "" }).length) });

test("a shop's server sees again what it said", async () => {
  const { shop } = stage;
  const opened = await shop.opened({ reference: "BUYER-1", buyer: BUYER });
  assert.deepEqual(opened.buyer, BUYER);
  assert.deepEqual((await shop.checkout(opened.id)).buyer, BUYER);
  const again = await shop.open({ reference: "BUYER-1", buyer: MOVED });
  assert.equal(again.status, 200, "the same purchase");
  assert.deepEqual(again.body.buyer, MOVED);
  assert.equal((await shop.opened()).buyer, undefined);
});

test("a page may say where the goods go, correct it, and is shown none of it", async () => {
  const { sandbox, shop } = stage;
  const key = pageKey();
  const first = await shop.session({ key, buyer: BUYER });
  assert.equal(first.status, 201, JSON.stringify(first.body));
  const again = await shop.session({ key, buyer: MOVED });
  assert.equal(again.status, 200, JSON.stringify(again.body));
  assert.equal(again.body.code_url, first.body.code_url, "the same order");
  const { out_trade_no } = await sandbox.pay(first.body.code_url);
  const look = await shop.look(first.body.client_token, `?version=${first.body.version}&wait=20`);
  assert.equal(look.body.status, "paid");
  await shop.session({ key, buyer: BUYER });
  for (const { body } of [first, again, look]) {
    assert.doesNotMatch(JSON.stringify(body), /buyer|张三|文三路|龙井路|13800000000/);
  }
  const { buyer } = await shop.checkout(`chk_${out_trade_no.slice(0, 20)}`);
  assert.deepEqual(buyer, MOVED, "what was paid for stays");
});

for (const [what, buyer, words] of [
  ["a list", ["x"], /flat object of texts/],
  ["something nested", { a: { b: "c" } }, /expected a string/],
  ["a number", { phone: 13_800_000_000 }, /expected a string/],
  ["a name in capitals", { Name: "x" }, /a name is 1 to 32 characters of a-z 0-9 _/],
  ["a long name", { ["n".repeat(33)]: "x" }, /a name is 1 to 32 characters/],
  ["a line break", { note: "a\nb" }, /note has a control character in it/],
  ["too much", ofLength(513), /513 bytes as JSON, 512 at most/],
  ["too much in Chinese", { note: "茶".repeat(170) }, /521 bytes as JSON, 512 at most/],
]) {
  test(`${what} is refused in words, of pages and shops alike`, async () => {
    for (const reply of [await stage.shop.session({ buyer }), await stage.shop.open({ buyer })]) {
      assertProblem(reply, 400, "invalid_request");
      assert.match(reply.body.detail, words);
    }
  });
}

test("512 bytes are kept, and a name said twice is refused", async () => {
  const { shop } = stage;
  assert.deepEqual((await shop.opened({ buyer: ofLength(512) })).buyer, ofLength(512));
  const twice = '{"reference":"B","description":"T","amount":{"total":1},"buyer":{"a":"1","a":"2"}}';
  const reply = await shop.ask("POST", "/v1/checkouts", { bearer: shop.secretKey, body: twice });
  assertProblem(reply, 400, "invalid_request");
  assert.match(reply.body.detail, /buyer: a stands there twice/);
});
