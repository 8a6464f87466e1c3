// The door: who may come in, with how much, saying what.

import assert from "node:assert/strict";
import { Agent, request as httpRequest } from "node:http";
import { createHmac } from "node:crypto";
import { test } from "node:test";

import { assertProblem, pageKey } from "../harness/shop.mjs";
import { knock } from "../harness/socket.mjs";
import { useStage } from "../harness/stage.mjs";
import { SECRET_KEY, SHOP_ORIGIN } from "../harness/worker.mjs";

const NEW_KEY = "test-secret-key-of-next-month-0123456789";
const stage = useStage({ overrides: { SECRET_KEYS: `${SECRET_KEY} ${NEW_KEY}` } });

const ELSEWHERE = "https://elsewhere.example";
const A_KEY_LIKE = "test-secret-key-0123456789abcdefghiJ";
const A_DAY_S = 24 * 60 * 60;

/** A client token as the Worker makes them: `id.expiry.HMAC(client key, id.expiry)`. */
function token(id, expiry, key = stage.bindings.CLIENT_KEY) {
  const claim = `${id}.${expiry}`;
  return `${claim}.${createHmac("sha256", key).update(claim).digest("base64url")}`;
}
const inSeconds = (seconds) => Math.trunc(Date.now() / 1_000) + seconds;

test("the shop's routes open to either secret key and to no other", async () => {
  const { shop } = stage;
  for (const key of [SECRET_KEY, NEW_KEY]) assert.equal((await shop.open({}, key)).status, 201);
  for (const key of [null, "x", A_KEY_LIKE, `${SECRET_KEY} ${NEW_KEY}`]) {
    assertProblem(await shop.open({}, key), 401, "unauthorized");
  }
  const basic = { Authorization: `Basic ${btoa(`${SECRET_KEY}:`)}` };
  assertProblem(await shop.ask("GET", "/v1/orphans", { headers: basic }), 401, "unauthorized");
});

test("a client token does not open the shop's routes, nor a secret key the browser's", async () => {
  const { shop } = stage;
  const { id, client_token } = await shop.opened();
  const asShop = await shop.ask("GET", `/v1/checkouts/${id}`, { bearer: client_token });
  assertProblem(asShop, 401, "unauthorized");
  assertProblem(await shop.look(SECRET_KEY), 401, "invalid_token");
});

test("a forged, foreign or missing client token is refused on every browser route", async () => {
  const { shop, worker } = stage;
  const { id, client_token } = await shop.opened();
  const forged = [
    undefined, "x", id, `${client_token}A`, client_token.slice(1),
    token(id, inSeconds(A_DAY_S), "another-client-key-0123456789abcdef"),
  ];
  for (const bearer of forged) {
    for (const [method, path] of [["GET", "/v1/session"], ["POST", "/v1/session/check"]]) {
      assertProblem(await shop.ask(method, path, { bearer }), 401, "invalid_token");
    }
    assert.equal((await knock(worker, { clientToken: bearer ?? "x" })).status, 401);
  }
});

test("a genuine token is read; one whose time is over is refused by that name", async () => {
  const { shop, worker } = stage;
  const { id } = await shop.opened();
  assert.equal((await shop.look(token(id, inSeconds(A_DAY_S)))).status, 200);
  const old = token(id, inSeconds(-1));
  assertProblem(await shop.look(old), 401, "expired_token");
  assert.equal((await knock(worker, { clientToken: old })).status, 401);
});

test("a genuine token of a checkout that does not exist wakes nothing", async () => {
  const { shop } = stage;
  const reply = await shop.look(token(`chk_${"a".repeat(20)}`, inSeconds(A_DAY_S)));
  assertProblem(reply, 404, "checkout_not_found");
});

test("a checkout that does not exist is not found", async () => {
  const { shop } = stage;
  for (const id of [`chk_${"a".repeat(20)}`, "chk_x", "A-1001"]) {
    const reply = await shop.ask("GET", `/v1/checkouts/${id}`, { bearer: SECRET_KEY });
    assertProblem(reply, 404, "checkout_not_found");
  }
});

test("an allowed page's origin, and no other, may fetch", async () => {
  const { shop, worker } = stage;
  const { client_token: bearer } = await shop.opened();
  const body = { key: pageKey(), product: "oolong-250", quantity: 1 };
  for (const origin of [SHOP_ORIGIN, worker.url]) {
    const reply = await shop.ask("POST", "/v1/sessions", { body, origin });
    assert.ok([200, 201].includes(reply.status), JSON.stringify(reply.body));
    assert.equal(reply.headers.get("access-control-allow-origin"), origin);
    assert.match(reply.headers.get("vary"), /origin/i);
    assert.equal(reply.headers.get("access-control-allow-credentials"), null);
  }
  for (const origin of [ELSEWHERE, `${SHOP_ORIGIN}.evil.example`, "http://shop.example", "null"]) {
    for (const reply of [
      await shop.ask("POST", "/v1/sessions", { body: { ...body, key: pageKey() }, origin }),
      await shop.ask("GET", "/v1/session", { bearer, origin }),
      await shop.ask("POST", "/v1/session/check", { bearer, origin }),
    ]) {
      assertProblem(reply, 403, "origin_not_allowed");
      assert.equal(reply.headers.get("access-control-allow-origin"), null);
    }
  }
});

test("an allowed page's origin, and no other, may open a WebSocket", async () => {
  const { shop, worker } = stage;
  const { client_token: clientToken } = await shop.opened();
  for (const origin of [SHOP_ORIGIN, worker.url]) {
    assert.deepEqual(await knock(worker, { clientToken, origin }), { status: 101, protocol: "saoma.v1" });
  }
  for (const origin of [ELSEWHERE, "null"]) {
    assert.equal((await knock(worker, { clientToken, origin })).status, 403);
  }
});

test("the preflight of an allowed page succeeds, that of another fails", async () => {
  const ask = (origin) => stage.worker.fetch("/v1/sessions", {
    method: "OPTIONS",
    headers: {
      Origin: origin,
      "Access-Control-Request-Method": "POST",
      "Access-Control-Request-Headers": "authorization,content-type",
    },
  });
  const allowed = await ask(SHOP_ORIGIN);
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get("access-control-allow-origin"), SHOP_ORIGIN);
  assert.match(allowed.headers.get("access-control-allow-methods"), /POST/);
  assert.match(allowed.headers.get("access-control-allow-headers").toLowerCase(), /authorization/);
  assert.match(allowed.headers.get("access-control-allow-headers").toLowerCase(), /content-type/);
  const refused = await ask(ELSEWHERE);
  assert.equal(refused.headers.get("access-control-allow-origin"), null);
});

test("the events route wants an upgrade and the protocol", async () => {
  const { shop, worker } = stage;
  const { client_token: bearer } = await shop.opened();
  assertProblem(await shop.ask("GET", "/v1/session/events", { bearer }), 426, "upgrade_required");
  assert.equal((await knock(worker, { offer: "saoma.v1" })).status, 401, "no token");
});

test("an oversized body is refused, announced or not", async () => {
  const { shop, worker } = stage;
  const body = JSON.stringify({ reference: "x".repeat(100_000) });
  assertProblem(await shop.ask("POST", "/v1/checkouts", { body, bearer: SECRET_KEY }), 413, "body_too_large");
  const unannounced = await worker.fetch("/v1/sessions", {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: SHOP_ORIGIN },
    body: new Blob([body]).stream(),
    duplex: "half",
  });
  assert.equal(unannounced.status, 413);
  await unannounced.body?.cancel();
});

const GOOD = { reference: "A-1", description: "Tea", amount: { total: 1, currency: "CNY" } };
const BAD_BODIES = {
  "no JSON": "{",
  "an array": [],
  "nothing": "",
  "an unknown field": { ...GOOD, note: "hello" },
  "no amount": { reference: "A-1", description: "Tea" },
  "an amount of nothing": { ...GOOD, amount: { total: 0, currency: "CNY" } },
  "a negative amount": { ...GOOD, amount: { total: -1, currency: "CNY" } },
  "half a fen": { ...GOOD, amount: { total: 0.5, currency: "CNY" } },
  "an amount as text": { ...GOOD, amount: { total: "1", currency: "CNY" } },
  "another currency": { ...GOOD, amount: { total: 1, currency: "USD" } },
  "an empty reference": { ...GOOD, reference: "" },
  "a reference of the Worker's": { ...GOOD, reference: "session:abc" },
  "a description that WeChat would refuse": { ...GOOD, description: "tea 🍵" },
};

for (const [what, body] of Object.entries(BAD_BODIES)) {
  test(`a checkout with ${what} is refused`, async () => {
    const reply = await stage.shop.ask("POST", "/v1/checkouts", { body, bearer: SECRET_KEY });
    assertProblem(reply, 400, "invalid_request");
  });
}

test("a body that is not JSON by its type is refused", async () => {
  const headers = { "Content-Type": "text/plain" };
  const body = JSON.stringify(GOOD);
  const reply = await stage.shop.ask("POST", "/v1/checkouts", { body, headers, bearer: SECRET_KEY });
  assertProblem(reply, 415, "unsupported_media_type");
});

test("other methods and other paths are named as such", async () => {
  const { shop } = stage;
  const wrong = await shop.ask("DELETE", "/v1/checkouts", { bearer: SECRET_KEY });
  assertProblem(wrong, 405, "method_not_allowed");
  assert.match(wrong.headers.get("allow"), /POST/);
  for (const path of ["/v1/nothing", "/v1/products/", "/v1//products"]) {
    assertProblem(await shop.ask("GET", path, { bearer: SECRET_KEY }), 404, "not_found");
  }
});

/** One POST over `agent`'s one connection: its status, and whether the connection was used before. */
const post = (agent, path, text) =>
  new Promise((resolve, reject) => {
    const headers = { "Content-Type": "application/json", "Content-Length": text.length };
    const request = httpRequest(stage.worker.url + path, { method: "POST", agent, headers });
    request.on("error", reject).on("response", (response) => {
      const { statusCode: status } = response;
      response.resume().on("end", () => resolve({ status, reused: request.reusedSocket }));
    });
    request.end(text);
  });

test("who is turned away keeps the connection, whatever was sent over it", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const turnedAway = [
    ["/v1/nowhere", 404],
    ["/v1/checkouts", 401],
    ["/v1/session", 405],
    ["/wechatpay/v3/notify/transactions", 401],
  ];
  let first = true;
  for (const [path, status] of [...turnedAway, ...turnedAway]) {
    assert.deepEqual(await post(agent, path, "x".repeat(8_000)), { status, reused: !first }, path);
    first = false;
  }
  agent.destroy();
});
