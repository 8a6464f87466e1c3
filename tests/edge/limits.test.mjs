// What is too much, too long or too often is turned away at the door, in words that a program can
// read, and whoever keeps within bounds does not notice.

import assert from "node:assert/strict";
import { test } from "node:test";

import { NOTIFY_PATH, deliver, genuine } from "../harness/notification.mjs";
import { assertProblem } from "../harness/shop.mjs";
import { Socket, knock } from "../harness/socket.mjs";
import { openStage, useStage } from "../harness/stage.mjs";
import { OPERATOR_KEY, SECRET_KEY, SHOP_ORIGIN } from "../harness/worker.mjs";

const stage = useStage();

/** A stage on which so many requests of one kind are too many, for as long as `look` takes. */
async function within(rates, look) {
  const own = await openStage({ rates });
  try {
    await look(own);
  } finally {
    await own.close();
  }
}

/** Sends the same request again and again; answers what came of each. */
async function repeat(times, ask) {
  const replies = [];
  for (let at = 0; at < times; at++) replies.push(await ask());
  return replies;
}

/** Within a period of ten seconds; where one ends between two requests, there is one more. */
async function assertLimited(ask) {
  const replies = await repeat(12, ask);
  const limited = replies.filter(({ status }) => status === 429);
  assert.ok(limited.length >= 2 && limited.length < 12, replies.map(({ status }) => status).join(" "));
  return limited[0];
}

test("a page that asks too often is told so, in words that it can read", () =>
  within({ PAGE_RATE: 5 }, async ({ shop }) => {
    const reply = await assertLimited(() => shop.ask("GET", "/v1/products", { origin: SHOP_ORIGIN }));
    assertProblem(reply, 429, "too_many_requests");
    assert.equal(reply.headers.get("retry-after"), "10");
    assert.equal(reply.headers.get("access-control-allow-origin"), SHOP_ORIGIN);
    assert.equal(reply.headers.get("access-control-expose-headers"), "Retry-After");
    assert.equal((await shop.open()).status, 201, "the shop's server is not the page");
  }));

test("a preflight is not counted", () =>
  within({ PAGE_RATE: 1 }, async ({ worker }) => {
    const headers = { Origin: SHOP_ORIGIN, "Access-Control-Request-Method": "POST" };
    const replies = await repeat(5, () => worker.fetch("/v1/sessions", { method: "OPTIONS", headers }));
    assert.deepEqual(replies.map(({ status }) => status), [204, 204, 204, 204, 204]);
  }));

test("a shop is counted by its profile, whatever it asks for", () =>
  within({ SHOP_RATE: 5 }, async ({ shop }) => {
    const reply = await assertLimited(() =>
      shop.ask("GET", "/v1/orphans", { bearer: SECRET_KEY }));
    assertProblem(reply, 429, "too_many_requests");
    assert.equal(reply.headers.get("retry-after"), "10");
    assert.equal((await shop.ask("GET", "/v1/products")).status, 200, "pages go on");
  }));

for (const [what, path, bearer] of [
  ["a shop's key", "/v1/orphans", "x".repeat(40)],
  ["no key", "/v1/orphans", undefined],
  ["an operator's key", "/v1/doctor", "x".repeat(40)],
]) {
  test(`who tries ${what} too often is not even told that it is wrong`, () =>
    within({ SHOP_RATE: 5 }, async ({ shop }) => {
      const method = path === "/v1/doctor" ? "POST" : "GET";
      const reply = await assertLimited(() => shop.ask(method, path, { bearer }));
      assertProblem(reply, 429, "too_many_requests");
      assert.equal((await shop.open()).status, 201, "the shop with its key is another caller");
      assert.equal((await shop.doctor()).healthy, true, "and so is the operator");
    }));
}

test("a flood of notifications is answered before anything is verified, and comes again", () =>
  within({ NOTIFY_RATE: 5 }, async ({ merchant, shop, worker }) => {
    const { headers } = genuine(merchant, "T1");
    const forged = { method: "POST", headers, body: "{}" };
    const told = await assertLimited(() => worker.fetch(NOTIFY_PATH, forged));
    assert.equal(told.headers.get("retry-after"), "10");
    assert.deepEqual(Object.keys(await told.json()), ["code", "message"], "WeChat Pay's words");
    assert.equal((await shop.open()).status, 201, "shops go on");
  }));

test("without the bindings nobody is limited, and the doctor says so", () =>
  within(null, async ({ shop }) => {
    const replies = await repeat(20, () => shop.ask("GET", "/v1/products"));
    assert.ok(replies.every(({ status }) => status === 200));
    const { findings, healthy } = await shop.doctor();
    const finding = findings.find(({ check }) => check === "rate_limits");
    assert.equal(finding.state, "warning");
    assert.match(finding.words, /PAGE_RATE, SHOP_RATE, NOTIFY_RATE$/);
    assert.equal(healthy, true, "a deployment without them works");
  }));

const LONG = "x".repeat(8_193);

test("a path or a query that is longer than any of ours is refused, on every side", async () => {
  const { shop } = stage;
  assertProblem(await shop.ask("GET", `/v1/${"x".repeat(509)}`), 414, "uri_too_long");
  assertProblem(await shop.ask("GET", `/v1/${"x".repeat(508)}`), 404, "not_found");
  const query = `?x=${"y".repeat(2_047)}`;
  for (const [method, path, options, status] of [
    ["GET", "/v1/products", { origin: SHOP_ORIGIN }, 200],
    ["GET", "/v1/refunds/x", { bearer: SECRET_KEY }, 404],
    ["POST", "/v1/doctor", { bearer: OPERATOR_KEY }, 200],
  ]) {
    const reply = await shop.ask(method, path + query, options);
    assertProblem(reply, 414, "uri_too_long");
    assert.equal(reply.headers.get("access-control-allow-origin"), options.origin ?? null);
    const shorter = await shop.ask(method, path + query.slice(0, -1), options);
    assert.equal(shorter.status, status, JSON.stringify(shorter.body));
  }
});

test("a header that is read is bounded, and one that is not read does not matter", async () => {
  const { shop } = stage;
  const long = (name) => ({ headers: { [name]: LONG } });
  assertProblem(await shop.ask("GET", "/v1/orphans", { bearer: LONG }), 431, "header_too_long");
  assertProblem(await shop.ask("POST", "/v1/doctor", { bearer: LONG }), 431, "header_too_long");
  const refused = await shop.ask("GET", "/v1/session", { bearer: LONG, origin: SHOP_ORIGIN });
  assertProblem(refused, 431, "header_too_long");
  assert.match(refused.body.detail, /^Authorization /);
  assert.equal(refused.headers.get("access-control-allow-origin"), SHOP_ORIGIN);
  assertProblem(await shop.ask("GET", "/v1/bills/trade", long("Accept")), 431, "header_too_long");
  assert.equal((await shop.ask("GET", "/v1/products", long("Accept"))).status, 200);
  assert.equal((await shop.ask("GET", "/v1/products", long("Cookie"))).status, 200);
});

test("what is too long for a notification is refused in WeChat Pay's words", async () => {
  const { merchant, worker } = stage;
  const { headers, body } = genuine(merchant, "T1");
  for (const [status, path, letter] of [
    [431, NOTIFY_PATH, { headers: { ...headers, "Wechatpay-Signature": LONG }, body }],
    [414, `${NOTIFY_PATH}?x=${"y".repeat(2_048)}`, { headers, body }],
    [413, NOTIFY_PATH, { headers, body: "x".repeat(64 * 1_024 + 1) }],
  ]) {
    const told = await deliver(worker, letter, path);
    assert.equal(told.status, status, told.body);
    assert.equal(JSON.parse(told.body).code, "FAIL");
  }
});

test("so many pages may follow one checkout, and the others ask without waiting", async () => {
  const { shop, worker } = stage;
  const { client_token: token } = await shop.opened();
  const sockets = await Promise.all(Array.from({ length: 32 }, () => Socket.open(worker, token)));
  assert.equal((await knock(worker, { clientToken: token })).status, 429);
  sockets.forEach((socket) => socket.close());

  const { body } = await shop.look(token);
  const aborted = new AbortController();
  const headers = { Authorization: `Bearer ${token}` };
  const wait = () => worker.fetch(`/v1/session?version=${body.version}&wait=25`, { headers, signal: aborted.signal });
  const waiting = Array.from({ length: 33 }, wait);
  const first = await Promise.race(waiting);
  assert.equal(first.status, 429);
  const problem = await first.json();
  assert.equal(problem.code, "too_many_requests");
  assert.equal(problem.retry_after_s, 30);
  assert.equal((await shop.look(token)).status, 200, "who does not wait is answered");
  aborted.abort();
  await Promise.allSettled(waiting);
});
