// The engine beside following: taking over, keys, tabs, the edge of the network.

import assert from "node:assert/strict";
import { test } from "node:test";

import { follow, imagine, times } from "../harness/followed.mjs";
import { Air } from "../harness/imagined-browser.mjs";
import { ENDPOINT, ImaginedPage } from "../harness/imagined-page.mjs";

const MINUTE_MS = 60_000;

test("the module takes over unseen, and draws from then on", async () => {
  const { page, worker } = imagine({ follower: "wasm" });
  const drawn = [];
  const paint = (picture, draw) => drawn.push({ picture, draw });
  const engine = await page.shown({ paint });
  await page.run(400);
  const [before, told] = [drawn.at(-1), engine.told.length];
  await page.deliverModule();
  const after = drawn.at(-1);
  assert.equal(engine.by, "wasm");
  assert.equal(JSON.stringify(after.picture), JSON.stringify(before.picture));
  assert.notEqual(after.draw, before.draw);
  assert.equal(engine.told.length, told);
  assert.deepEqual([page.sent.length, worker.byId.size], [1, 1]);
});

test("a module that comes late breaks off what only waits, and asks nothing twice", async () => {
  const { page, worker } = imagine({ follower: "wasm" });
  const engine = await page.shown();
  await page.run(10_000);
  assert.equal(page.underWay.size, 1);
  await page.deliverModule();
  assert.equal(engine.by, "wasm");
  await page.run(1_000);
  assert.deepEqual([page.underWay.size, page.sockets.size], [0, 1]);
  worker.pay();
  await page.run(100);
  assert.equal(times(engine, "paid"), 1);
});

test("a module that comes while something is asked waits for the answer", async () => {
  for (const what of ["check", "renew"]) {
    const { page, worker } = imagine({ follower: "wasm" });
    const engine = await page.shown();
    await page.run(5_000);
    worker.weather = (request) => (request.method === "POST" ? (_, answer) => page.clock.later(3_000, answer) : null);
    engine.press(what);
    await page.deliverModule();
    assert.equal(engine.by, "script", what);
    // And until it has been read what came of it.
    await page.run(40_000);
    assert.equal(engine.by, "wasm", what);
    assert.equal(page.sent.filter(({ url }) => url.endsWith(what)).length, 1);
  }
});

test("without leave to compile, nothing is fetched and nobody is told", async () => {
  const { page, engine } = await follow({ follower: "script" });
  await page.run(MINUTE_MS);
  assert.equal(page.wantsModule, false);
  assert.equal(engine.by, "script");
});

test("a module that cannot be had is sought again by the next element only", async () => {
  const { page } = imagine({ follower: "wasm" });
  const first = await page.shown();
  await page.run(1_000);
  await page.loseModule();
  await page.run(MINUTE_MS);
  assert.deepEqual([first.by, first.picture.face, page.wantsModule], ["script", "waiting", false]);
  first.pause();
  const second = await page.shown({ order: { product: "oolong-250", quantity: 1, buyer: "{}" } });
  await page.run(1_000);
  await page.deliverModule();
  await page.run(MINUTE_MS);
  assert.equal(second.by, "wasm");
});

test("a module that breaks is left, and the order found again", async () => {
  const { page, worker } = imagine({ follower: "wasm" });
  const engine = await page.shown();
  await page.run(500);
  await page.deliverModule();
  assert.equal(engine.by, "wasm");
  const { prototype } = page.saoma.glue.Follower;
  const { step } = prototype;
  prototype.step = () => {
    throw new Error("unreachable");
  };
  await page.run(2_000);
  prototype.step = step;
  assert.equal(engine.by, "script");
  await page.run(2_000);
  assert.deepEqual([engine.picture.face, worker.orders.size, page.sockets.size], ["waiting", 1, 0]);
  worker.pay();
  await page.run(30_000);
  assert.equal(times(engine, "paid"), 1);
});

test("a handler may do anything while it is told something", async () => {
  const { page, worker } = imagine();
  const done = [];
  const engine = page.engine({
    tell: ({ news }) => {
      done.push(news);
      if (news === "ready") {
        engine.pause();
        engine.resume();
        engine.press("check");
      }
      if (news === "paid") engine.pause();
    },
  });
  engine.resume();
  engine.shown();
  await page.run(5_000);
  assert.equal(engine.picture.face, "waiting");
  assert.equal(worker.byId.size, 1);
  worker.pay();
  await page.run(30_000);
  assert.deepEqual(done.filter((news) => news === "paid"), ["paid"]);
  const nothing = { timers: 0, requests: 0, sockets: 0, listeners: 0, channels: 0 };
  assert.deepEqual(page.leftovers(), nothing);
});

test("nothing is sent any more for whoever presses and leaves in one handler", async () => {
  const { page } = imagine();
  const engine = page.engine({
    tell({ status }) {
      if (status !== "waiting") return;
      engine.press("check");
      engine.pause();
    },
  });
  engine.resume();
  engine.shown();
  await page.run(5_000);
  assert.deepEqual(page.sent.map(({ method }) => method), ["POST"]);
  assert.ok(page.sent[0].url.endsWith("/v1/sessions"));
});

test("an element that is taken out at once leaves nothing, and goes on when it is put back", async () => {
  const { page, worker } = imagine();
  const engine = await page.shown();
  engine.pause();
  await page.rest();
  const nothing = { timers: 0, requests: 0, sockets: 0, listeners: 0, channels: 0 };
  assert.deepEqual(page.leftovers(), nothing);
  await page.connect(false);
  engine.resume();
  // Offline is slow and not silent.
  await page.run(31_000);
  assert.deepEqual([engine.picture.face, engine.picture.is_offline], ["waiting", true]);
  engine.pause();
  await page.connect(true);
  engine.resume();
  await page.run(1_000);
  assert.deepEqual([engine.picture.is_offline, worker.orders.size], [false, 1]);
});

test("a payment spends the key, before anybody is told", async () => {
  const { page, worker } = imagine();
  const kept = [];
  const engine = page.engine({ tell: ({ news }) => kept.push([news, ...page.storage.kept.values()]) });
  engine.resume();
  engine.shown();
  await page.run(1_000);
  const [key] = worker.orders.keys();
  worker.pay();
  await page.run(30_000);
  assert.deepEqual(kept.find(([news]) => news === "ready"), ["ready", key]);
  assert.deepEqual(kept.find(([news]) => news === "paid"), ["paid", `spent:${key}`]);
});

test("who is told sees the picture that goes with it", async () => {
  const { page, worker } = imagine();
  const faces = [];
  const engine = page.engine({ tell: ({ news, status }) => faces.push([news, status, engine.painted.at(-1).face]) });
  engine.resume();
  engine.shown();
  await page.run(1_000);
  worker.pay();
  await page.run(30_000);
  assert.deepEqual(faces, [
    ["ready", undefined, "waiting"],
    ["status", "waiting", "waiting"],
    ["paid", undefined, "paid"],
    ["status", "paid", "paid"],
  ]);
});

test("nothing is asked before somebody looks, and an element follows its own tag only", async () => {
  const { page } = imagine();
  const engine = page.engine();
  engine.resume();
  await page.run(MINUTE_MS);
  assert.equal(page.sent.length, 0);
  const order = { product: "oolong-250", quantity: 1, buyer: "" };
  assert.equal(engine.follows(order, ENDPOINT), true);
  for (const other of [{ ...order, quantity: 2 }, { ...order, buyer: "{}" }, { session: "chk_1.1.s" }]) {
    assert.equal(engine.follows(other, ENDPOINT), false);
  }
  assert.equal(engine.follows(order, "https://other.example"), false);
});

test("what is over in one tab is over in all, without a question", async () => {
  const air = new Air();
  const { page, worker } = imagine({ air });
  const session = { order: { session: worker.token(worker.order()) } };
  const engine = await page.shown(session);
  const other = new ImaginedPage({ air, network: (request) => tabAsked.push(request) });
  const tabAsked = [];
  const asleep = await other.shown(session);
  await page.run(1_000);
  worker.pay();
  await page.run(30_000);
  await other.rest();
  assert.equal(engine.picture.face, "paid");
  assert.equal(asleep.picture.face, "paid");
  assert.deepEqual(asleep.told.find(({ news }) => news === "paid").via, "tab");
  assert.equal(tabAsked.length, 1);
});

test("other tabs' other orders and other talk are not believed", async () => {
  const { page, worker, engine } = await follow();
  const channel = new page.air.BroadcastChannel(`saoma:${ENDPOINT}`);
  const paid = { ...worker.view(worker.last), status: "paid", version: 9 };
  const talk = [
    ...[null, 7, "paid", {}, { order: "chk_1" }, { order: "chk_1", json: null }, { order: "chk_2", json: paid }],
    ...[{ order: "chk_1", json: { status: "paid" } }, { order: "chk_1", json: { ...paid, version: "9" } }],
    { order: "chk_1", json: { ...paid, status: "open" } },
  ];
  for (const said of talk) channel.postMessage(said);
  await page.rest();
  assert.equal(engine.picture.face, "waiting");
  channel.postMessage({ order: "chk_1", json: paid });
  assert.equal(engine.picture.face, "paid");
});

test("a token never leaves its tab", async () => {
  const { page, worker } = await follow();
  const heard = [];
  new page.air.BroadcastChannel(`saoma:${ENDPOINT}`).onmessage = ({ data }) => heard.push(data);
  worker.pay();
  await page.run(30_000);
  assert.deepEqual(heard.map(({ order, json }) => [order, json.status]), [["chk_1", "paid"]]);
  assert.ok(!JSON.stringify(heard).includes("1700000000"));
});
