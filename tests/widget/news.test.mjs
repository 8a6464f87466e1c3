/** What the page is told of an order, and that its payment is news once. */
import assert from "node:assert/strict";
import test from "node:test";
import { eventOf, factsOf, orderOf } from "../../widget/js/news.js";
import { FACE } from "../../www/gallery/pictures.js";

const PICTURE = { ...FACE, description: "Oolong 250 g", total: 8_800, currency: "CNY" };
const AMOUNT = { total: 8_800, currency: "CNY" };

const tell = (news, token, picture = PICTURE) => eventOf({ do: "tell", ...news }, { token, picture });

/** A repeat by the shop mints a fresh token for the same order. */
test("an order's payment is news once, whatever the token", () => {
  assert.equal(tell({ news: "paid" }, "chk_a.100.sig").type, "saoma-paid");
  assert.equal(tell({ news: "paid" }, "chk_a.100.sig"), null);
  assert.equal(tell({ news: "paid" }, "chk_a.200.other"), null);
  assert.equal(tell({ news: "paid" }, "chk_b.100.sig").type, "saoma-paid");
});

test("an event says what happened, to what, and how it became known", () => {
  const told = tell({ news: "status", via: "push", status: "paid", previous: "waiting" }, "chk_c.1.s");
  assert.deepEqual([told.type, told.bubbles, told.composed, told.cancelable],
    ["saoma-status", true, true, false]);
  assert.deepEqual(told.detail, { status: "paid", previous: "waiting", checkout: "chk_c",
    description: "Oolong 250 g", amount: AMOUNT, via: "push" });
  assert.equal(tell({ news: "paid" }, "chk_c.1.s").cancelable, true, "which stops the way back");
});

test("an error is told before there is an order", () => {
  const wrong = { code: "unreachable", detail: "", recoverable: true };
  assert.deepEqual(tell({ news: "error", ...wrong }, null, FACE).detail, wrong);
});

test("facts are as many as there are", () => {
  assert.equal(factsOf(null, PICTURE), null);
  assert.deepEqual(factsOf("chk_d.1.s", FACE), { checkout: "chk_d" });
  assert.equal(orderOf(undefined), null);
});
