// What other widgets got wrong, and what following promises: the same for both followers, under the
// real engine. `Dn` names a defect of the browser-checkout reference, section 3.

import assert from "node:assert/strict";
import { test } from "node:test";

import { both, everShown, follow, imagine, times, without } from "../harness/followed.mjs";

const HOUR_MS = 3_600_000;

both("D2: two hours left are two hours, and not their minutes modulo sixty", async (follower) => {
  const { engine, page } = await follow({ follower });
  assert.equal(engine.picture.left_s, Math.ceil((7_201_000 - page.clock.now) / 1_000));
  assert.ok(engine.picture.left_s > 7_190);
});

both("D3: a reload counts on from what the Worker says, and finds the same order", async (follower) => {
  const { page, worker, engine } = await follow({ follower });
  await page.run(HOUR_MS);
  engine.pause();
  const again = await page.shown({ mayDial: false });
  await page.run(200);
  assert.equal(worker.byId.size, 1);
  assert.ok(again.picture.left_s <= 3_600, `${again.picture.left_s} s`);
});

both("D4: at time-up the code goes and the Worker is asked; who paid in the last second has paid", async (follower) => {
  const { page, worker, engine } = await follow({ follower, ...without });
  worker.last.isStuck = true;
  await page.run(worker.last.codeEnds - page.clock.now - 500);
  const before = page.sent.length;
  await page.run(600);
  assert.equal(engine.picture.code, null);
  assert.equal(engine.picture.line, "renewing");
  assert.ok(page.sent.length > before, "nobody asked");
  worker.pay();
  await page.run(2_000);
  assert.equal(engine.picture.face, "paid");
  assert.ok(!everShown(engine, "expired"));
});

both("D6: no rejected request ends the asking", async (follower) => {
  const { page, worker, engine } = await follow({ follower, ...without });
  worker.weather = () => (request) => request.fail();
  await page.run(HOUR_MS);
  assert.ok(page.sent.length > 100, `${page.sent.length} requests in a bad hour`);
  assert.equal(engine.picture.notice, "trouble");
  worker.weather = () => null;
  worker.pay();
  await page.run(60_000);
  assert.equal(times(engine, "paid"), 1);
});

test("D7: a socket that closed is dialled again, and asked about meanwhile", async () => {
  const { page, worker, engine } = await follow({ follower: "wasm" });
  const [first] = page.sockets;
  const before = page.sent.length;
  first.break();
  await page.run(3_000);
  const [second] = page.sockets;
  assert.ok(second && second !== first);
  assert.ok(page.sent.length > before, "what was said before it closed");
  worker.pay();
  await page.run(200);
  assert.equal(engine.picture.face, "paid");
});

test("D7: a socket that died in silence is noticed within a minute", async () => {
  const { page, worker, engine } = await follow({ follower: "wasm" });
  const [dead] = page.sockets;
  dead.isDead = true;
  worker.wireWeather = (socket) => (socket.isDead ? () => {} : null);
  worker.pay();
  await page.run(60_000);
  assert.equal(engine.picture.face, "paid");
  assert.ok(!page.sockets.has(dead));
});

both("D10: a page whose timers sleep for two hours shows what is left, and not what it counted", async (follower) => {
  for (const isCounted of [true, false]) {
    const { page, worker, engine } = await follow({ follower, ...without });
    page.clock.sleep(HOUR_MS, isCounted);
    if (!isCounted) worker.last.codeEnds -= HOUR_MS;
    await page.hide(false);
    await page.run(100);
    const left_s = Math.ceil((worker.last.codeEnds - page.clock.now) / 1_000);
    assert.ok(Math.abs(engine.picture.left_s - left_s) <= 1, `${engine.picture.left_s} of ${left_s} s`);
  }
});

both("D11: what is over is watched for a minute, and then nothing is asked any more", async (follower) => {
  const { page, worker, engine } = await follow({ follower });
  worker.expire();
  await page.run(30_000);
  assert.equal(engine.picture.face, "expired");
  await page.run(60_000);
  const before = page.sent.length;
  await page.run(HOUR_MS);
  assert.equal(page.sent.length, before);
  assert.deepEqual([page.sockets.size, page.clock.pending], [0, 0]);
});

both("samotari/crypto-terminal#54: nothing goes on once the element has left", async (follower) => {
  const { page, engine } = await follow({ follower });
  await page.run(60_000);
  engine.pause();
  await page.rest();
  const nothing = { timers: 0, requests: 0, sockets: 0, listeners: 0, channels: 0 };
  assert.deepEqual(page.leftovers(), nothing);
  const before = page.sent.length;
  await page.run(HOUR_MS);
  assert.equal(page.sent.length, before);
});

both("DFXswiss/app#1223: an answer that is none is neither success nor the end", async (follower) => {
  const odd = [
    [204], [304], [408, ""], [200, "<!doctype html>"], [200, "{}"], [200, "null"], [403, "<h1>no</h1>"],
    [200, '{"status":"paid"}'], [200, '{"status":"paid","version":"9","expires_in_ms":1,"amount":{"total":1}}'],
  ];
  for (const answer of odd) {
    const { page, worker, engine } = await follow({ follower, ...without });
    worker.weather = () => (request) => request.answer(...answer);
    await page.run(120_000);
    assert.equal(engine.picture.face, "waiting", String(answer));
    worker.weather = () => null;
    worker.pay();
    await page.run(60_000);
    assert.equal(times(engine, "paid"), 1, String(answer));
  }
});

test("adyen-web#2499: paid by socket and by question at once is told once", async () => {
  const { page, worker, engine } = await follow({ follower: "wasm", latency_ms: 100 });
  await page.run(1_000);
  await page.hide();
  await page.hide(false);
  await page.run(20);
  assert.equal(page.underWay.size, 1);
  worker.pay();
  await page.run(1_000);
  assert.equal(times(engine, "paid"), 1);
});

both("older words are no news, and paid is the last", async (follower) => {
  const { page, worker, engine } = await follow({ follower, ...without });
  const old = worker.view(worker.last);
  worker.change(worker.last, { phase: "checking" });
  await page.run(2_000);
  worker.weather = () => (request) => worker.answerNow(request, 200, old);
  await page.hide(false);
  await page.run(5_000);
  assert.equal(engine.picture.face, "checking");
  worker.weather = () => null;
  worker.pay();
  await page.run(60_000);
  const said = engine.told.length;
  worker.weather = () => (request) => worker.answerNow(request, 200, old);
  await page.bringBack();
  await page.run(60_000);
  assert.equal(engine.picture.face, "paid");
  assert.equal(engine.told.length, said);
});

both("an order of the shop's server is followed with its token, and cannot be made anew", async (follower) => {
  const { page, worker, engine } = await follow({
    follower,
    given: (worker) => ({ order: { session: worker.token(worker.order()) } }),
  });
  assert.equal(engine.picture.face, "waiting");
  assert.ok(page.sent.every(({ method }) => method === "GET"));
  worker.expire();
  await page.run(30_000);
  assert.deepEqual([engine.picture.face, engine.picture.way_on], ["expired", null]);
});

both("a token that has run out is replaced by the page's key", async (follower) => {
  const { page, worker, engine } = await follow({ follower, ...without });
  worker.last.serial += 1;
  await page.run(60_000);
  assert.equal(engine.token, worker.token(worker.last));
  assert.deepEqual([worker.orders.size, engine.picture.face], [1, "waiting"]);
});

both("a mistake of the page is told to its developer, once", async (follower) => {
  const { page, worker } = imagine({ follower });
  worker.weather = () => (request) => worker.answerNow(request, 400, { code: "unknown_product", detail: "No tea." });
  const engine = await page.shown();
  await page.run(HOUR_MS);
  assert.equal(page.sent.length, 1);
  assert.deepEqual({ ...engine.picture.rejection }, { code: "unknown_product", detail: "No tea." });
  const [error] = engine.told.filter(({ news }) => news === "error");
  assert.deepEqual([error.code, error.detail, error.recoverable], ["unknown_product", "No tea.", false]);
  assert.equal(times(engine, "error"), 1);
  worker.weather = () => null;
  engine.press("retry");
  await page.run(1_000);
  assert.equal(engine.picture.face, "waiting");
});

both("a Worker that cannot be reached is said after three failures, and asked on", async (follower) => {
  const { page, worker } = imagine({ follower });
  worker.weather = () => (request) => request.fail();
  const engine = await page.shown();
  await page.run(10_000);
  assert.deepEqual([engine.picture.face, engine.picture.line], ["error", "unreachable"]);
  assert.deepEqual([times(engine, "error"), engine.picture.way_on], [1, "retry"]);
  worker.weather = () => null;
  await page.run(40_000);
  assert.equal(engine.picture.face, "waiting");
});

both("paid is told once, however many tabs say so and in whatever versions", async (follower) => {
  const { page, worker, engine } = await follow({ follower });
  const channel = new page.air.BroadcastChannel("saoma:https://pay.example.com");
  const { client_token, ...paid } = { ...worker.view(worker.last), status: "paid", phase: undefined };
  for (const version of [7, 9, 8]) channel.postMessage({ order: worker.last.id, json: { ...paid, version } });
  await page.run(1_000);
  assert.equal(times(engine, "paid"), 1);
  assert.equal(client_token, engine.token);
});
