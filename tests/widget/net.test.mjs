// What goes over the network, and what comes of every kind of answer.

import assert from "node:assert/strict";
import { test } from "node:test";

import { follow, imagine } from "../harness/followed.mjs";
import { ENDPOINT, ImaginedPage } from "../harness/imagined-page.mjs";

/** Sends one request; answers with it, what was heard of it, and how to break it off. */
function send() {
  const page = new ImaginedPage();
  const heard = [];
  const breakOff = page.saoma.exchange(`${ENDPOINT}/x`, "GET", {}, undefined, (answer) => heard.push(answer));
  return { page, request: page.sent[0], heard, breakOff };
}

const plain = (value) => JSON.parse(JSON.stringify(value));

for (const [name, answer, expected] of [
  ["JSON", [200, '{"a":1}'], { status: 200, json: { a: 1 } }],
  ["no JSON", [200, "<html>"], { status: 200 }],
  ["nothing", [204], { status: 204 }],
  ["patience in seconds", [429, "{}", { "Retry-After": "7" }], { status: 429, json: {}, retry_after_s: 7 }],
  ["patience until a moment", [503, "{}", { "Retry-After": "Fri, 21 Nov 2026 08:00:00 GMT" }], { status: 503, json: {} }],
]) {
  test(`an answer of ${name} is told as it is, once`, async () => {
    const { page, request, heard } = send();
    request.answer(...answer);
    request.fail();
    await page.rest();
    await page.rest();
    assert.deepEqual(plain(heard), [expected]);
  });
}

test("a network that fails, and an answer that breaks off, are no answer", async () => {
  const { page, request, heard } = send();
  request.fail();
  await page.rest();
  assert.deepEqual(plain(heard), [{ status: 0 }]);
  const other = send();
  const broken = new ReadableStream({ start: (controller) => controller.error(new Error("cut")) });
  other.request.answer(200, broken);
  await other.page.rest();
  assert.deepEqual(plain(other.heard), [{ status: 0 }]);
});

test("what was broken off is never heard of", async () => {
  const { page, heard, breakOff } = send();
  breakOff();
  await page.rest();
  assert.deepEqual(heard, []);
  assert.equal(page.underWay.size, 0);
});

test("an order says what is bought and by whom, as the tag has it", async () => {
  for (const [buyer, sent] of [["", undefined], ['{"name":"Li"}', { name: "Li" }], ["Li", "Li"]]) {
    const { page } = imagine();
    await page.shown({ order: { product: "oolong-250", quantity: 1, buyer } });
    const [{ method, url, headers, body, cache, credentials }] = page.sent;
    assert.deepEqual([method, url], ["POST", `${ENDPOINT}/v1/sessions`]);
    assert.deepEqual(plain(headers), { "Content-Type": "application/json" });
    assert.deepEqual([cache, credentials], ["no-store", "omit"]);
    const { key, ...order } = JSON.parse(body);
    assert.match(key, /^[0-9a-f]{32}$/);
    assert.deepEqual(order, { product: "oolong-250", quantity: 1, ...(sent && { buyer: sent }) });
  }
});

test("questions carry the token in a header and nowhere else", async () => {
  const { page, engine } = await follow({ given: () => ({ mayDial: false }) });
  await page.run(5_000);
  engine.press("check");
  await page.run(500);
  engine.press("renew");
  await page.run(500);
  const [, ...asked] = page.sent;
  const routes = new Set(asked.map(({ method, url }) => `${method} ${url.slice(ENDPOINT.length)}`));
  for (const route of ["GET /v1/session?version=3&wait=25", "POST /v1/session/check", "POST /v1/session/renew"]) {
    assert.ok(routes.has(route), [...routes].join(", "));
  }
  for (const { url, headers, body } of asked) {
    assert.deepEqual(plain(headers), { Authorization: `Bearer ${engine.token}` });
    assert.deepEqual([url.includes("chk_"), body], [false, undefined]);
  }
});

test("a socket names its protocol, and carries the token beside it", async () => {
  const { page, engine } = await follow({ follower: "wasm" });
  const [{ url, protocols }] = page.sockets;
  assert.equal(url, "wss://pay.example.com/v1/session/events");
  assert.deepEqual(protocols, ["saoma.v1", engine.token]);
  await page.run(31_000);
  const [{ sent }] = page.sockets;
  assert.deepEqual(sent, ["ping"]);
});
