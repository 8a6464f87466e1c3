// Following a checkout from a page: by long-poll and by WebSocket.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Socket } from "../harness/socket.mjs";
import { useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";
import { SHOP_ORIGIN } from "../harness/worker.mjs";

const stage = useStage();

test("a long-poll that has missed something answers at once", async () => {
  const { shop } = stage;
  const { body: session } = await shop.session();
  const reply = await shop.look(session.client_token, "?version=0&wait=25");
  assert.equal(reply.status, 200);
  assert.equal(reply.body.version, session.version);
});

test("a long-poll answers with the payment when it comes", async () => {
  const { sandbox, shop } = stage;
  const { body: session } = await shop.session();
  const waiting = shop.look(session.client_token, `?version=${session.version}&wait=25`);
  await sandbox.pay(session.code_url);
  const reply = await waiting;
  assert.equal(reply.status, 200);
  assert.equal(reply.body.status, "paid");
  assert.ok(reply.body.version > session.version);
});

test("a long-poll whose time is up answers 200 with the unchanged session", async () => {
  const { shop } = stage;
  const { body: session } = await shop.session();
  const reply = await shop.look(session.client_token, `?version=${session.version}&wait=1`);
  assert.equal(reply.status, 200);
  assert.equal(reply.body.version, session.version);
  assert.equal(reply.body.status, "open");
});

test("many long-polls of one session all hear of the payment", async () => {
  const { sandbox, shop } = stage;
  const { body: session } = await shop.session();
  const waiting = Array.from({ length: 8 }, () =>
    shop.look(session.client_token, `?version=${session.version}&wait=25`));
  await sandbox.pay(session.code_url);
  for (const reply of await Promise.all(waiting)) assert.equal(reply.body.status, "paid");
});

test("a WebSocket tells how it stands at once, and of the payment when it comes", async () => {
  const { sandbox, shop, worker } = stage;
  const { body: session } = await shop.session();
  const socket = await Socket.open(worker, session.client_token, { origin: SHOP_ORIGIN });
  try {
    assert.equal(socket.raw.protocol, "saoma.v1");
    const first = await socket.view("the first message", () => true);
    assert.equal(first.status, "open");
    assert.equal(first.code_url, session.code_url);
    assert.equal(first.client_token, undefined, "no capability in messages");
    await sandbox.pay(session.code_url);
    const paid = await socket.view("paid", ({ status }) => status === "paid");
    assert.ok(paid.version > first.version);
    assert.deepEqual(paid.amount, { total: 8_800, currency: "CNY" });
  } finally {
    socket.close();
  }
});

test("a WebSocket is kept alive by ping and pong without waking anybody", async () => {
  const { shop, worker } = stage;
  const { body: session } = await shop.session();
  const socket = await Socket.open(worker, session.client_token, { origin: SHOP_ORIGIN });
  try {
    socket.raw.send("ping");
    await until("pong", () => socket.messages.includes("pong"));
  } finally {
    socket.close();
  }
});

test("two pages on one session both hear of the payment", async () => {
  const { sandbox, shop, worker } = stage;
  const { body: session } = await shop.session();
  const sockets = await Promise.all([1, 2].map(() =>
    Socket.open(worker, session.client_token, { origin: SHOP_ORIGIN })));
  try {
    await sandbox.pay(session.code_url);
    for (const socket of sockets) await socket.view("paid", ({ status }) => status === "paid");
  } finally {
    for (const socket of sockets) socket.close();
  }
});

test("what a page says over the WebSocket changes nothing", async () => {
  const { shop, worker } = stage;
  const { body: session } = await shop.session();
  const socket = await Socket.open(worker, session.client_token, { origin: SHOP_ORIGIN });
  try {
    socket.raw.send(JSON.stringify({ status: "paid" }));
    socket.raw.send("ping");
    await until("pong", () => socket.messages.includes("pong")).catch(() => undefined);
    assert.equal((await shop.look(session.client_token)).body.version, session.version);
  } finally {
    socket.close();
  }
});

test("a shopper who says “I have paid” is believed after asking the platform", async () => {
  const { sandbox, shop } = stage;
  const { body: session } = await shop.session();
  const check = () => shop.ask("POST", "/v1/session/check", { bearer: session.client_token });
  assert.equal((await check()).body.status, "open", "not on the shopper's word");
  await sandbox.faults({ route: "notify", kind: "dropped", times: 1 });
  await sandbox.pay(session.code_url);
  await sandbox.faults();
  await until("the platform was asked", async () => {
    await sandbox.advance(6);
    return (await check()).body.status === "paid";
  });
});
