/** A tag is read whole before anything is asked of the network, and every mistake has its sentence. */
import assert from "node:assert/strict";
import test from "node:test";
import { ADVICE, readLooks, readOptions } from "../../widget/js/options.js";

const EDGE = "https://pay.example.com";
const PAGE = { origin: EDGE, base: "https://shop.example/tea/oolong?x=1" };

const read = (attributes, page = PAGE) => readOptions((name) => attributes[name] ?? null, page);
const looks = (attributes) => readLooks((name) => attributes[name] ?? null);

test("a product alone is one of it, from where the script came", () => {
  assert.deepEqual(read({ product: " oolong-250 " }), {
    endpoint: EDGE,
    order: { product: "oolong-250", quantity: 1, buyer: "" },
    returnUrl: null,
    autoReturnS: null,
  });
});

test("who buys is passed on as it stands there", () => {
  assert.equal(read({ product: "a", buyer: '{"name":"张三"}' }).order.buyer, '{"name":"张三"}');
});

test("a session comes from the shop's server", () => {
  assert.deepEqual(read({ session: "chk_a.9.Zm-_" }).order, { session: "chk_a.9.Zm-_" });
});

for (const [attributes, mistake] of [
  [{}, "nothing_to_pay"],
  [{ product: " " }, "nothing_to_pay"],
  [{ product: "a", session: "a.b.c" }, "two_orders"],
  [{ product: "a", quantity: "0" }, "bad_quantity"],
  [{ product: "a", quantity: "1.5" }, "bad_quantity"],
  [{ product: "a", quantity: "" }, "bad_quantity"],
  [{ product: "a", quantity: "1e3" }, "bad_quantity"],
  [{ product: "a", quantity: "-1" }, "bad_quantity"],
  [{ product: "a", quantity: "10000" }, "bad_quantity"],
  [{ session: "a.b.c", quantity: "1" }, "products_of_session"],
  [{ session: "a.b.c", buyer: "{}" }, "products_of_session"],
  [{ session: "sk_live_abc" }, "bad_session"],
  [{ session: "a.b.c.d" }, "bad_session"],
  [{ session: "a.b.c d" }, "bad_session"],
  [{ product: "a", endpoint: "pay.example.com" }, "bad_endpoint"],
  [{ product: "a", endpoint: "https://pay.example.com/v1" }, "bad_endpoint"],
  [{ product: "a", endpoint: "https://me@pay.example.com" }, "bad_endpoint"],
  [{ product: "a", endpoint: "javascript:alert(1)" }, "bad_endpoint"],
  [{ product: "a", "return-url": "javascript:alert(1)" }, "bad_return"],
  [{ product: "a", "return-url": " JavaScript:alert(1)" }, "bad_return"],
  [{ product: "a", "return-url": "data:text/html,x" }, "bad_return"],
  [{ product: "a", "return-url": "https://" }, "bad_return"],
  [{ product: "a", "return-url": "/thanks", "auto-return": "soon" }, "bad_return"],
  [{ product: "a", "return-url": "/thanks", "auto-return": "601" }, "bad_return"],
  [{ product: "a", "return-url": "/thanks", "auto-return": "1.5" }, "bad_return"],
  [{ product: "a", "auto-return": "5" }, "bad_return"],
]) {
  test(`${JSON.stringify(attributes)} is ${mistake}`, () => {
    assert.deepEqual(read(attributes), { mistake });
    assert.match(ADVICE[mistake], /="…"/);
  });
}

test("where the script does not come from the Worker, the tag says where that is", () => {
  const elsewhere = { ...PAGE, origin: null };
  assert.deepEqual(read({ product: "a" }, elsewhere), { mistake: "no_endpoint" });
  assert.match(ADVICE.no_endpoint, /endpoint="…"/);
  assert.equal(read({ product: "a", endpoint: EDGE }, elsewhere).endpoint, EDGE);
});

test("a slash after the origin is forgiven", () => {
  const { endpoint } = read({ product: "a", endpoint: "http://127.0.0.1:9101/" });
  assert.equal(endpoint, "http://127.0.0.1:9101");
});

test("the way back is a web address, relative ones by the page", () => {
  const back = (address) => read({ product: "a", "return-url": address, "auto-return": "0" });
  assert.equal(back("/thanks?a=1").returnUrl, "https://shop.example/thanks?a=1");
  assert.equal(back("thanks").returnUrl, "https://shop.example/tea/thanks");
  assert.equal(back("http://other.example/").returnUrl, "http://other.example/");
  assert.equal(back("/thanks").autoReturnS, 0);
});

test("a page without auto-return never goes anywhere by itself", () => {
  assert.equal(read({ product: "a", "return-url": "/thanks" }).autoReturnS, null);
});

test("looks have a default for every value", () => {
  const plain = {
    layout: "inline",
    isOpen: false,
    mobile: "show",
    qrSizePx: null,
    hasCountdown: true,
    hasRefresh: true,
    headingLevel: null,
  };
  assert.deepEqual(looks({}), plain);
  const odd = { layout: "popup", mobile: "hide", "qr-size": "big", "heading-level": "1" };
  assert.deepEqual(looks(odd), plain, "a heading of level 1 is the page's own");
  assert.deepEqual(
    looks({ layout: "dialog", open: "", mobile: "event", "qr-size": "328", "heading-level": "3",
      "no-countdown": "", "no-refresh": "" }),
    { layout: "dialog", isOpen: true, mobile: "event", qrSizePx: 328, hasCountdown: false,
      hasRefresh: false, headingLevel: "3" },
  );
});
