// The index is a copy. It is made before an order is, it may be late, spoilt, silent or not there at
// all, and no order minds.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";

import { openGateway } from "../harness/gateway.mjs";
import { freePorts } from "../harness/port.mjs";
import { Shop, assertProblem } from "../harness/shop.mjs";
import { openStage, useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";
import { SECRET_KEY, Worker } from "../harness/worker.mjs";

/** Longer than the index is ever left behind before it is told again. */
const CATCH_UP_S = 7_200;

const stage = useStage();

async function listed(shop, reference) {
  const query = new URLSearchParams({ reference });
  const reply = await shop.ask("GET", `/v1/checkouts?${query}`, { bearer: SECRET_KEY });
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  return reply.body.data[0];
}

test("the row is there before WeChat Pay hears of the order", async () => {
  const seen = [];
  let own;
  const gateway = await openGateway("", {
    answer: async ({ url }) => {
      if (url === "/v3/pay/transactions/native") seen.push(await listed(own.shop, "first"));
      return { status: 503, headers: {}, body: "" };
    },
  });
  own = await openStage({ overrides: { WECHATPAY_URL: gateway.url } });
  try {
    const { status, body } = await own.shop.open({ reference: "first" });
    assert.equal(status, 201, JSON.stringify(body));
    assert.equal(body.phase, "placing");
    assert.equal(seen[0]?.id, body.id);
    assert.equal(seen[0].status, "open");
    assert.equal(seen[0].attempt.out_trade_no, body.attempt.out_trade_no);
  } finally {
    await own.close();
    await gateway.close();
  }
});

test("what the index failed to take, it is told again", async () => {
  const { sandbox, shop, worker } = stage;
  const known = await shop.opened();
  const index = await worker.index();
  await index.prepare("ALTER TABLE checkouts RENAME TO elsewhere").run();
  const opened = await shop.opened();
  await sandbox.pay(opened.attempt.code_url);
  await shop.untilPaid(opened.id);
  const reply = await shop.ask("GET", "/v1/checkouts", { bearer: SECRET_KEY });
  assertProblem(reply, 503, "index_unavailable");
  assert.equal((await shop.checkout(known.id)).status, "open", "single checkouts are read as ever");
  await index.prepare("ALTER TABLE elsewhere RENAME TO checkouts").run();
  await sandbox.advance(CATCH_UP_S);
  const row = await until("the index has caught up", () => listed(shop, opened.reference));
  assert.equal(row.status, "paid");
  assert.equal((await listed(shop, known.reference)).status, "open", "what was there before is there");
});

test("tables that were dropped are made again", async () => {
  const { shop, worker } = stage;
  const index = await worker.index();
  await index.prepare("DROP TABLE _meta").run();
  await index.prepare("DROP TABLE checkouts").run();
  const reply = await shop.ask("GET", "/v1/checkouts", { bearer: SECRET_KEY });
  assertProblem(reply, 503, "index_unavailable");
  const opened = await shop.opened();
  assert.equal((await listed(shop, opened.reference)).id, opened.id);
});

test("an older version never overwrites a newer one", async () => {
  const { sandbox, shop, worker } = stage;
  const opened = await shop.opened();
  const index = await worker.index();
  // The trigger hears of every attempt to write, also of one that the larger revision turns away.
  await index.batch([
    index.prepare("CREATE TABLE heard (id TEXT, status TEXT)"),
    index.prepare("CREATE TRIGGER hear BEFORE INSERT ON checkouts BEGIN INSERT INTO heard VALUES (new.id, new.status); END"),
    index.prepare("UPDATE checkouts SET revision = 1000000 WHERE id = ?").bind(opened.id),
  ]);
  const { transaction_id } = await sandbox.pay(opened.attempt.code_url);
  await shop.untilPaid(opened.id);
  await until("the index was told that it is paid", async () =>
    await index.prepare("SELECT 1 FROM heard WHERE id = ? AND status = 'paid'").bind(opened.id).first());
  assert.equal((await listed(shop, opened.reference)).status, "open");
  const { results } = await index.prepare("SELECT * FROM payments WHERE transaction_id = ?").bind(transaction_id).all();
  assert.deepEqual(results, [], "nor do its payments come in");
});

/** Another Worker for the same sandbox, with `database` for its index. */
async function worker(database, { state, port }) {
  port ??= (await freePorts(1))[0];
  const bindings = { ...stage.bindings, PUBLIC_URL: `http://127.0.0.1:${port}` };
  const started = await Worker.start({ port, bindings, index: database, ...(state && { state }) });
  return { worker: started, shop: new Shop(started), port };
}

test("without a database orders are placed and paid, and listed once there is one", async () => {
  const { sandbox } = stage;
  const without = await worker({}, {});
  const opened = await without.shop.opened();
  await without.shop.opened();
  assertProblem(await without.shop.ask("GET", "/v1/checkouts", { bearer: SECRET_KEY }), 503, "index_unavailable");
  const { healthy, findings } = await without.shop.doctor();
  assert.equal(healthy, false);
  const finding = findings.find(({ check }) => check === "index");
  assert.equal(finding.state, "wrong");
  assert.match(finding.mend, /d1_databases/);
  const said = without.worker.words.match(/"event":"index_missing"/g);
  assert.equal(said?.length, 1, "the log says it once");
  await without.worker.pause();

  const withOne = await worker(undefined, { state: without.worker.state, port: without.port });
  try {
    const { shop } = withOne;
    await sandbox.pay(opened.attempt.code_url);
    await shop.ask("POST", "/dev/clock", { body: { advance_s: CATCH_UP_S } });
    const row = await until("the list says paid", async () => {
      const found = await listed(shop, opened.reference);
      return found?.status === "paid" && found;
    });
    assert.equal(row.id, opened.id);
    const doctor = await shop.doctor();
    assert.equal(doctor.findings.find(({ check }) => check === "index").state, "ok");
  } finally {
    await withOne.worker.stop();
  }
});

test("a database that never answers holds up no order", async () => {
  // Whoever asks it is connected, and hears nothing.
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const remoteProxyConnectionString = new URL(`http://127.0.0.1:${silent.address().port}`);
  const connections = new Set();
  silent.on("connection", (socket) => connections.add(socket));
  const hung = await worker({ INDEX: { id: "saoma", remoteProxyConnectionString } }, {});
  try {
    const opened = await hung.shop.opened();
    assert.ok(connections.size > 0, "the index was asked");
    await until("the log says that it was left behind", () => /"event":"index_silent"/.test(hung.worker.words));
    await stage.sandbox.pay(opened.attempt.code_url);
    await hung.shop.ask("POST", "/dev/clock", { body: { advance_s: 60 } });
    await hung.shop.untilPaid(opened.id);
  } finally {
    for (const socket of connections) socket.destroy();
    await hung.worker.stop();
    silent.close();
  }
});
