// What goes wrong beside following: in the shell, in the module, in another element, in an answer.

import assert from "node:assert/strict";
import { test } from "node:test";

import { both, follow, imagine, times, without } from "../harness/followed.mjs";
import { ImaginedPage } from "../harness/imagined-page.mjs";

const { Follower } = new ImaginedPage().saoma;

const VIEW = {
  ...{ client_token: "chk_1.1.s", status: "open", phase: "waiting", version: 3, expires_in_ms: 86_400_000 },
  ...{ code_url: "weixin://wxpay/bizpayurl?pr=a", qr: "AAAA", code_expires_in_ms: 7_200_000 },
  ...{ description: "Oolong 250 g", amount: { total: 8_800, currency: "CNY" } },
};

const sent = ({ commands }) => commands.find((command) => command.do === "send");

test("a picture that cannot be painted keeps nobody from being told", async () => {
  const { page, worker } = imagine();
  const told = [];
  const reported = [];
  page.context.reportError = (reason) => reported.push(reason.message);
  const engine = page.engine({
    paint() {
      throw new Error("a word is missing");
    },
    tell: ({ news }) => told.push(news),
  });
  engine.resume();
  engine.shown();
  await page.run(1_000);
  worker.pay();
  await page.run(1_000);
  assert.deepEqual(told.filter((news) => news !== "status"), ["ready", "paid"]);
  assert.ok(reported.length > 0 && reported.every((message) => message === "a word is missing"));
});

test("what is no view is not handed to the module", async () => {
  const { page, worker } = imagine({ follower: "wasm" });
  const engine = await page.shown();
  await page.run(500);
  const odd = { ...worker.view(worker.last), status: "scanned", version: 9 };
  worker.weather = () => (request) => request.answer(200, JSON.stringify(odd));
  await page.run(30_000);
  await page.deliverModule();
  worker.weather = () => null;
  await page.run(30_000);
  assert.equal(engine.by, "wasm");
  assert.deepEqual(engine.painted.filter(({ at, code }) => at >= 1_500 && !code), []);
  assert.equal(times(engine, "ready"), 1);
});

test("what a look at the platform brought is said on when the module takes over", async () => {
  const { page } = imagine({ follower: "wasm" });
  const engine = await page.shown();
  await page.run(500);
  engine.press("check");
  await page.run(7_000);
  assert.equal(engine.picture.notice, "not_seen_yet");
  await page.deliverModule();
  await page.run(10_000);
  assert.equal(engine.picture.notice, "not_seen_yet");
  await page.run(60_000);
  assert.deepEqual([engine.by, engine.picture.notice], ["wasm", null]);
});

test("a fresh code that comes later than the module is told all the same", async () => {
  const { page, worker } = imagine({ follower: "wasm" });
  const engine = await page.shown();
  await page.run(500);
  worker.last.codeEnds = page.clock.now + 100_000;
  await page.run(30_000);
  worker.weather = ({ url }) => url.endsWith("renew") ? (request) => {
    worker.change(worker.last, { phase: "placing", code_url: undefined });
    request.answer(200, JSON.stringify(worker.view(worker.last)));
  } : null;
  engine.press("renew");
  await page.run(1_000);
  assert.equal(engine.picture.line, "placing");
  await page.deliverModule();
  worker.change(worker.last, { phase: "waiting", code_url: "weixin://wxpay/bizpayurl?pr=fresh" });
  await page.run(30_000);
  assert.deepEqual([engine.by, engine.picture.face, times(engine, "refreshed")], ["wasm", "waiting", 1]);
});

test("a module that breaks over an order that is over is left in peace", async () => {
  const { page, worker, engine } = await follow({ follower: "wasm" });
  worker.expire();
  await page.run(1_000);
  assert.equal(engine.picture.face, "expired");
  const { prototype } = page.saoma.glue.Follower;
  const { step } = prototype;
  let steps = 0;
  prototype.step = () => {
    steps++;
    throw new Error("unreachable");
  };
  for (let turn = 0; turn < 5; turn++) await page.run(20_000).catch(() => {});
  prototype.step = step;
  assert.ok(steps < 5, `${steps} steps`);
  assert.equal(engine.picture.face, "expired");
});

test("what the module cannot draw, the script draws", async () => {
  for (const draw of [() => false, () => { throw new Error("unreachable"); }]) {
    const { page } = imagine({ follower: "wasm" });
    const draws = [];
    const engine = await page.shown({ paint: (_, draw) => draws.push(draw) });
    await page.run(500);
    await page.deliverModule();
    assert.equal(engine.by, "wasm");
    page.context.atob = atob;
    page.context.document.createElementNS = () => ({ getAttribute() {}, setAttribute() {} });
    const svg = { getAttribute() {}, setAttribute() {}, replaceChildren(...nodes) { this.nodes = nodes; } };
    Object.defineProperty(svg, "ownerDocument", { get: draw });
    const isDrawn = draws.at(-1)(svg, { code: VIEW.code_url, qr: Buffer.alloc(56).toString("base64") });
    assert.deepEqual([isDrawn, svg.nodes?.length], [true, 2]);
  }
});

both("a press that had to wait for another answer is not put off any longer", async (follower) => {
  const { page, worker, engine } = await follow({ follower, ...without });
  // Held questions do not come back, so the ladder is used.
  worker.weather = ({ url }) => (url.includes("wait=") ? () => {} : null);
  await page.run(20 * 60_000);
  worker.last.codeEnds = page.clock.now + 200_000;
  await page.run(100_000);
  worker.weather = ({ url }) => (url.endsWith("check") ? (_, answer) => page.clock.later(3_000, answer) : null);
  engine.press("check");
  await page.run(1_000);
  engine.press("renew");
  await page.run(2_500);
  assert.equal(page.sent.filter(({ url }) => url.endsWith("renew")).length, 1);
});

test("odd numbers in an answer are no reason to hurry", () => {
  for (const [status, json] of [
    [429, { code: "busy", retry_after_s: "soon" }],
    [503, { retry_after_s: {} }],
    [200, { ...VIEW, code_expires_in_ms: -5 }],
    [200, { ...VIEW, expires_in_ms: -5 }],
  ]) {
    const follower = new Follower("catalogue");
    let outcome = follower.step({ type: "shown" }, 0, 0);
    let questions = 0;
    for (let now_ms = 100; now_ms < 60_000; now_ms += 100) {
      const { ticket } = sent(outcome) ?? {};
      questions += !!ticket;
      outcome = ticket
        ? follower.step({ type: "answered", ticket, status, json }, now_ms, 0)
        : follower.step({ type: "woke" }, now_ms, 0);
      assert.ok(outcome.wake_ms === null || outcome.wake_ms >= 0, JSON.stringify([json, outcome.wake_ms]));
    }
    assert.ok(questions < 260, `${questions} for ${JSON.stringify(json)}`);
  }
});

both("a shop that empties the tab's storage does not make a second order of one", async (follower) => {
  const { page, worker, engine } = await follow({ follower, ...without });
  page.storage.kept.clear();
  let isExpired = true;
  worker.weather = ({ url }) => {
    const isOver = isExpired && !url.endsWith("/v1/sessions");
    isExpired = false;
    return isOver ? (request) => request.answer(401, JSON.stringify({ code: "expired_token" })) : null;
  };
  await page.run(60_000);
  assert.equal(page.sent.filter(({ url }) => url.endsWith("/v1/sessions")).length, 2);
  assert.deepEqual([engine.picture.face, worker.byId.size], ["waiting", 1]);
});

both("a gateway's own JSON is no word of the Worker's", async (follower) => {
  const { page, worker } = imagine({ follower });
  const denied = JSON.stringify({ code: 1020, message: "Access denied" });
  worker.weather = () => (request) => request.answer(403, denied);
  const engine = await page.shown();
  await page.run(10_000);
  assert.deepEqual([engine.picture.line, engine.picture.rejection], ["unreachable", null]);
  worker.weather = () => null;
  await page.run(40_000);
  assert.equal(engine.picture.face, "waiting");
});

both("a shop's own order that is tried again keeps its token", async (follower) => {
  const given = (worker) => ({ order: { session: worker.token(worker.order()) }, mayDial: false });
  const { page, worker, engine } = await follow({ follower, given });
  const { token } = engine;
  worker.change(worker.last, { trouble: "refused" });
  await page.run(30_000);
  assert.equal(engine.picture.way_on, "retry");
  engine.press("retry");
  worker.change(worker.last, { trouble: undefined });
  await page.run(40_000);
  assert.deepEqual([engine.token, engine.picture.face], [token, "waiting"]);
});
