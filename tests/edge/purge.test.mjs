// Data is kept as long as was configured, and then there is a tombstone: the reference is never used
// again, and nobody's money is forgotten.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { checkoutFiles, databaseBytes } from "../harness/disk.mjs";
import { delivered, genuine } from "../harness/notification.mjs";
import { assertProblem, pageKey } from "../harness/shop.mjs";
import { openStage, useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";
import { SECRET_KEY, Worker } from "../harness/worker.mjs";

const DAY_S = 86_400;
const KEPT_DAYS = 30;
const stage = useStage({ overrides: { RETENTION_DAYS: String(KEPT_DAYS) } });

const read = (id) => stage.shop.ask("GET", `/v1/checkouts/${id}`, { bearer: SECRET_KEY });

/** The rows of the list with that reference. */
async function listed(reference) {
  const reply = await stage.shop.ask("GET", `/v1/checkouts?reference=${reference}`, { bearer: SECRET_KEY });
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  return reply.body.data;
}

async function paid(overrides) {
  const opened = await stage.shop.opened(overrides);
  await stage.sandbox.pay(opened.attempt.code_url);
  return stage.shop.untilPaid(opened.id);
}

/** Ends the Worker and begins it anew on what it stored. */
async function restart(options) {
  const { state, url } = stage.worker;
  await stage.worker.pause();
  stage.worker = await Worker.start({ port: Number(new URL(url).port), bindings: stage.bindings, state, ...options });
  stage.shop.worker = stage.worker;
}
after(() => stage.worker?.stop());

/** Lets so many days pass, and then whatever they have made due. */
async function pass(days) {
  await stage.sandbox.advance(days * DAY_S);
  await stage.sandbox.advance(1);
}

const untilGone = (id) => until(`${id} is purged`, async () => {
  if ((await read(id)).status === 404) return true;
  await stage.sandbox.advance(60);
  return false;
});

test("a paid checkout is kept for its days, and then its reference is retired", async () => {
  const content = { reference: "purge-paid", buyer: { street: "文三路 9 号" } };
  const checkout = await paid(content);
  await pass(KEPT_DAYS - 1);
  assert.equal((await read(checkout.id)).body.status, "paid", "a day too early");
  const [kept] = await listed(content.reference);
  assert.deepEqual([kept.status, kept.buyer], ["paid", content.buyer]);
  await pass(1);
  await untilGone(checkout.id);

  assertProblem(await read(checkout.id), 404, "checkout_not_found");
  assertProblem(await stage.shop.open(content), 409, "reference_retired");
  assertProblem(await stage.shop.open({ ...content, amount: { total: 1 } }), 409, "reference_retired");
  assertProblem(await stage.shop.cancel(checkout.id), 404, "checkout_not_found");
  assertProblem(await stage.shop.giveBack(checkout.id), 404, "checkout_not_found");
  assertProblem(await stage.shop.look(checkout.client_token), 404, "checkout_not_found");
  const [last, ...others] = await listed(content.reference);
  assert.deepEqual(others, []);
  assert.equal(last.status, "paid", "the list's row was final before");
  assert.deepEqual([typeof last.purged_at, last.buyer], ["string", undefined], "and says nothing of a person");
});

test("money for a purged checkout is acknowledged and lands with the orphans", async () => {
  const { merchant, shop, worker } = stage;
  const opened = await shop.opened();
  const number = opened.attempt.out_trade_no;
  await shop.cancel(opened.id);
  await pass(KEPT_DAYS + 1);
  await untilGone(opened.id);
  const letter = genuine(merchant, number);
  await delivered(worker, letter);
  await delivered(worker, letter);
  const orphans = (await shop.orphans()).filter(({ out_trade_no }) => out_trade_no === number);
  assert.equal(orphans.length, 1, "kept once");
  assert.equal(orphans[0].total, 8_800);
  assertProblem(await read(opened.id), 404, "checkout_not_found");
});

test("a session's key is retired with it", async () => {
  const key = pageKey();
  const { body } = await stage.shop.session({ key });
  const id = body.client_token.split(".")[0];
  // It expires first; the days begin with that.
  await pass(2);
  assert.equal((await stage.shop.session({ key })).body.status, "expired");
  await pass(KEPT_DAYS + 1);
  await untilGone(id);
  assertProblem(await stage.shop.session({ key }), 409, "reference_retired");
  assertProblem(await stage.shop.session({ key, quantity: 2 }), 409, "reference_retired");
  assertProblem(await read(id), 404, "checkout_not_found");
});

test("without its last row in the list nothing is purged", async () => {
  const opened = await stage.shop.opened();
  await stage.shop.cancel(opened.id);
  await stage.sandbox.advance(60);
  await restart({ index: {} });
  await read(opened.id);
  await pass(KEPT_DAYS + 1);
  await pass(1);
  assert.equal((await read(opened.id)).body.status, "cancelled");
  await restart({});
  await untilGone(opened.id);
  const [last] = await listed(opened.reference);
  assert.deepEqual([last.status, typeof last.purged_at], ["cancelled", "string"]);
});

test("what waits for a person is not purged", async () => {
  const { merchant, shop, worker } = stage;
  const checkout = await paid();
  // Another payment of the same order: held, as the policy says.
  await delivered(worker, genuine(merchant, checkout.attempt.out_trade_no));
  assert.equal(typeof (await shop.checkout(checkout.id)).conflict, "string");
  await pass(KEPT_DAYS + 1);
  await pass(KEPT_DAYS + 1);
  assert.equal((await read(checkout.id)).body.status, "paid");
});

test("a refund begins the days anew", async () => {
  const { shop } = stage;
  const checkout = await paid();
  await pass(KEPT_DAYS - 5);
  const reply = await shop.giveBack(checkout.id);
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  await until("the refund has ended", async () => {
    await stage.sandbox.advance(30);
    return (await shop.refund(reply.body.out_refund_no)).status === "success";
  });
  await pass(KEPT_DAYS - 5);
  assert.equal((await shop.refunds(checkout.id)).length, 1);
  await pass(6);
  await untilGone(checkout.id);
  const number = reply.body.out_refund_no;
  assertProblem(await shop.ask("GET", `/v1/refunds/${number}`, { bearer: SECRET_KEY }), 404, "refund_not_found");
});

/** Pages of 4 KB that a checkout may take which was paid and given back, and its tombstone. */
const FINISHED_PAGES_MAX = 10;
const TOMBSTONE_PAGES_MAX = 4;
const PAGE_BYTES = 4_096;

test("a finished checkout takes little room, and a purged one less", async (t) => {
  const own = await openStage({ overrides: { RETENTION_DAYS: String(KEPT_DAYS) } });
  try {
    const { sandbox, shop, worker } = own;
    const opened = await shop.opened();
    await sandbox.pay(opened.attempt.code_url);
    await shop.untilPaid(opened.id);
    const { body } = await shop.giveBack(opened.id);
    await until("the refund has ended", async () => {
      await sandbox.advance(30);
      return (await shop.refund(body.out_refund_no)).status === "success";
    });
    const bytes = () => {
      const [file, ...others] = checkoutFiles(worker.state);
      assert.deepEqual(others, []);
      return databaseBytes(file);
    };
    const finished = bytes();
    await sandbox.advance((KEPT_DAYS + 1) * DAY_S);
    await until("it is purged", async () => {
      await sandbox.advance(60);
      return (await shop.ask("GET", `/v1/checkouts/${opened.id}`, { bearer: SECRET_KEY })).status === 404;
    });
    const tombstone = bytes();
    t.diagnostic(`finished ${finished} bytes, tombstone ${tombstone} bytes`);
    assert.ok(finished <= FINISHED_PAGES_MAX * PAGE_BYTES, `${finished} bytes`);
    assert.ok(tombstone <= TOMBSTONE_PAGES_MAX * PAGE_BYTES, `${tombstone} bytes`);
  } finally {
    await own.close();
  }
});
