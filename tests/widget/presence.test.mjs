// Hidden, offline, put away, told to wait: when a page asks, and when it holds its tongue.

import assert from "node:assert/strict";
import { test } from "node:test";

import { both, follow, without } from "../harness/followed.mjs";

const HOUR_MS = 3_600_000;

both("who asks for patience is not asked before, whoever presses or comes back", async (follower) => {
  const patience = [
    [{ "Retry-After": "60" }, {}],
    [{}, { retry_after_s: 60 }],
  ];
  for (const [headers, more] of patience) {
    const { page, worker, engine } = await follow({ follower, ...without });
    worker.weather = () => (request) => worker.answerNow(request, 429, { code: "too_many_requests", ...more }, headers);
    await page.run(30_000);
    const { length } = page.sent;
    worker.weather = () => null;
    await page.hide();
    await page.hide(false);
    engine.press("check");
    await page.connect(true);
    await page.run(5_000);
    assert.equal(page.sent.length, length);
    await page.run(60_000);
    assert.ok(page.sent.length > length);
  }
});

both("nobody is asked to wait for longer than five minutes", async (follower) => {
  const { page, worker } = await follow({ follower, ...without });
  worker.weather = () => (request) => request.answer(503, '{"code":"unavailable"}', { "Retry-After": "86400" });
  await page.run(30_000);
  const { length } = page.sent;
  await page.run(300_000);
  assert.ok(page.sent.length > length);
});

both("a hidden page looks every half minute for five minutes, and at once when it is back", async (follower) => {
  const { page, worker, engine } = await follow({ follower, ...without });
  await page.run(2_000);
  await page.hide();
  await page.run(26_000);
  const before = page.sent.length;
  await page.run(HOUR_MS);
  assert.ok(page.sent.length - before <= 10, `${page.sent.length - before} looks`);
  assert.ok(page.sent.length - before >= 8, `${page.sent.length - before} looks`);
  worker.pay();
  await page.hide(false);
  await page.run(100);
  assert.equal(engine.picture.face, "paid");
  assert.equal(engine.told.find(({ news }) => news === "paid").via, "resume");
});

test("a hidden page keeps its socket and asks nothing", async () => {
  const { page, worker, engine } = await follow({ follower: "wasm" });
  await page.hide();
  const before = page.sent.length;
  await page.run(HOUR_MS / 2);
  assert.equal(page.sent.length, before);
  worker.pay();
  await page.run(100);
  assert.equal(engine.told.find(({ news }) => news === "paid").via, "push");
});

both("offline is said, asked about twice a minute, and over at once", async (follower) => {
  const { page, worker, engine } = await follow({ follower, ...without });
  await page.run(2_000);
  await page.connect(false);
  assert.equal(engine.picture.notice, "offline");
  assert.equal(engine.picture.is_offline, true);
  worker.weather = () => (request) => request.fail();
  for (const request of [...page.underWay]) request.fail();
  const before = page.sent.length;
  await page.run(300_000);
  assert.ok(page.sent.length - before <= 10, `${page.sent.length - before} requests`);
  worker.weather = () => null;
  worker.pay();
  await page.connect(true);
  await page.run(100);
  assert.equal(engine.picture.face, "paid");
});

both("what happens within a quarter of a second is one return", async (follower) => {
  const { page } = await follow({ follower, ...without, latency_ms: 10 });
  await page.run(30_000);
  const before = page.sent.length;
  for (const back of [() => page.hide(false), () => page.connect(true), () => page.hide(false)]) {
    await back();
    await page.run(60);
  }
  const plain = page.sent.slice(before).filter(({ url }) => !url.includes("wait"));
  assert.equal(plain.length, 1);
});

both("a page in the browser's cache is still, and back at once", async (follower) => {
  const { page, worker, engine } = await follow({ follower });
  await page.putAway();
  assert.deepEqual([page.clock.pending, page.underWay.size, page.sockets.size, page.air.open], [0, 0, 0, 0]);
  const before = page.sent.length;
  await page.run(HOUR_MS);
  assert.equal(page.sent.length, before);
  worker.pay();
  await page.bringBack();
  await page.run(100);
  assert.equal(engine.picture.face, "paid");
});
