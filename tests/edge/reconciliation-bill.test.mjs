// Bills that say something else than the Worker knows: what each difference is called, what is only
// counted, and that a comparison goes on where it was cut off.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { BillOffice, paymentRow, refundRow } from "../harness/bill-office.mjs";
import { nextDay, reconcile, reconciled, reconciliation, today } from "../harness/days.mjs";
import { assertProblem } from "../harness/shop.mjs";
import { useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";
import { OPERATOR_KEY, Worker } from "../harness/worker.mjs";

let office;
const stage = useStage({
  overrides: async (merchant, sandbox) => {
    office = await BillOffice.open(merchant, sandbox);
    return { WECHATPAY_URL: office.url };
  },
});
after(() => office?.close());

const WEEK = { expires_in: 7 * 86_400 };

/** A checkout that was paid, and everybody knows; the order as WeChat Pay has it. */
async function buy(overrides) {
  const opened = await stage.shop.opened({ ...WEEK, ...overrides });
  await stage.sandbox.pay(opened.attempt.code_url);
  await stage.shop.untilPaid(opened.id);
  const order = await stage.sandbox.order(opened.attempt.out_trade_no);
  return { id: opened.id, order };
}

/** A row of somebody else's program. */
const foreign = (order, n) =>
  paymentRow({ ...order, out_trade_no: `SHOP-${n}`, transaction_id: `4300000${n}` });

/** Digits and letters of our numbers. */
const letters = (n) => Array.from({ length: 4 }, (_, at) => "abcdefghijklmnopqrstuvwxyz"[Math.trunc(n / 26 ** at) % 26]).join("");

test("what agrees, what differs, what nobody knows and what is foreign", async () => {
  const { sandbox, shop } = stage;
  const date = await today(sandbox);
  const [same, dearer] = [await buy(), await buy()];
  const stray = { ...same.order, out_trade_no: `aaaaaaaaaaaaaaaaaaaa01aaaaaaaa`, transaction_id: "4200000000stray" };
  const wrongTail = { ...same.order, out_trade_no: `${same.order.out_trade_no.slice(0, 22)}aaaaaaaa`, transaction_id: "4200000000tail" };
  office.offer(date, [
    foreign(same.order, 1), paymentRow(same.order), paymentRow(dearer.order, { total: 8_801 }),
    foreign(same.order, 2), paymentRow(stray), paymentRow(wrongTail),
    refundRow(foreignOrder(same.order), { out_refund_no: "R-1", amount: 100 }),
  ]);
  await nextDay(sandbox);
  const day = await reconciled(shop, date);
  assert.deepEqual(day.counts, { rows: 7, foreign: 3, compared: 4, purged: 0, agree: 1, entered: 0, open: 3 });
  const found = Object.fromEntries(day.differences.map((one) => [one.number, one]));
  const wrong = found[dearer.order.transaction_id];
  assert.deepEqual(
    [wrong.kind, wrong.checkout, wrong.here, wrong.there],
    ["amount", dearer.id, { total: 8_800 }, { total: 8_801 }],
  );
  for (const { transaction_id } of [stray, wrongTail]) assert.equal(found[transaction_id].kind, "unknown");
  const orphans = (await shop.orphans()).map(({ transaction_id }) => transaction_id);
  assert.deepEqual(orphans.sort(), [stray.transaction_id, wrongTail.transaction_id].sort());
  assert.equal((await shop.checkout(same.id)).status, "paid");

  // What the platform mends heals, and stays to be read.
  office.offer(date, [paymentRow(same.order), paymentRow(dearer.order), paymentRow(stray), paymentRow(wrongTail)]);
  const mended = await reconcile(shop, date);
  assert.deepEqual(mended.counts, { rows: 4, foreign: 0, compared: 4, purged: 0, agree: 2, entered: 0, open: 2 });
  const healed = mended.differences.find(({ number }) => number === dearer.order.transaction_id);
  assert.ok(healed.healed_at);
  assert.equal(healed.found_at, wrong.found_at);
  assert.equal((await shop.orphans()).length, 2, "kept once");
});

const foreignOrder = (order) => ({ ...order, out_trade_no: "SHOP-3", transaction_id: "43000003" });

test("what we have and the bill does not is missed, if its checkout says so", async () => {
  const { sandbox, shop, worker } = stage;
  const date = await today(sandbox);
  const [shown, other, hidden] = [await buy(), await buy(), await buy()];
  const { body: refund } = await shop.giveBack(hidden.id, { amount: { total: 4_000 } });
  await until("the refund is done", async () => {
    await sandbox.advance(30);
    return (await shop.refund(refund.out_refund_no)).status === "success";
  });
  const index = await worker.miniflare.getD1Database("INDEX");
  const paid = "SELECT transaction_id FROM payments WHERE day = ?";
  const refunded = "SELECT out_refund_no FROM refunds WHERE day = ?";
  await until("the index has heard of all", async () =>
    (await index.prepare(paid).bind(date).all()).results.length === 3
    && (await index.prepare(refunded).bind(date).all()).results.length === 1);
  office.offer(date, [paymentRow(shown.order), paymentRow(other.order)]);
  await nextDay(sandbox);
  const day = await reconciled(shop, date);
  const missed = day.differences.map(({ what, kind, number, checkout, here, there }) =>
    [what, kind, number, checkout, here, there]);
  assert.deepEqual(missed, [
    ["payment", "missing_there", hidden.order.transaction_id, hidden.id, { total: 8_800 }, undefined],
    ["refund", "missing_there", refund.out_refund_no, hidden.id, { total: 4_000, status: "SUCCESS" }, undefined],
  ]);
  assert.deepEqual([day.counts.agree, day.counts.open], [2, 2]);

  office.offer(date, [paymentRow(shown.order), paymentRow(other.order), paymentRow(hidden.order),
    refundRow(hidden.order, { out_refund_no: refund.out_refund_no, amount: 4_000 })]);
  const mended = await reconcile(shop, date);
  assert.equal(mended.counts.open, 0);
  assert.ok(mended.differences.every(({ healed_at }) => healed_at));
});

test("an index that was lost is written again by every checkout that somebody remembers", async () => {
  const { sandbox, shop, worker } = stage;
  const date = await today(sandbox);
  const [billed, named, known] = [await buy(), await buy(), await buy()];
  office.offer(date, [paymentRow(billed.order)]);
  await nextDay(sandbox);
  const index = await worker.miniflare.getD1Database("INDEX");
  const listed = async () =>
    (await index.prepare("SELECT id FROM checkouts").all()).results.map(({ id }) => id);
  await until("all are listed", async () => {
    const ids = await listed();
    return [billed, named, known].every(({ id }) => ids.includes(id));
  });
  await index.prepare("DELETE FROM checkouts WHERE id <> ?").bind(known.id).run();
  await index.prepare("UPDATE checkouts SET revision = 0").run();
  const ask = (method, query, body) =>
    shop.ask(method, `/v1/index/rebuild${query}`, { bearer: OPERATOR_KEY, body });
  assertProblem(await ask("GET", ""), 404, "not_found");
  const nobody = "chk_aaaaaaaaaaaaaaaaaaaa";
  const begun = await ask("POST", "", { ids: [named.id, nobody], from: date });
  assert.equal(begun.status, 202, JSON.stringify(begun.body));
  const rebuilt = await until("the index is rebuilt", async () => {
    const { body } = await ask("GET", "?profile=default");
    return body.status === "done" && body;
  });
  // The one that was billed, the one that was named, and then all that the index has by now.
  assert.deepEqual([rebuilt.written, rebuilt.unknown], [2 + 3, 1]);
  assert.deepEqual((await listed()).sort(), [billed.id, named.id, known.id].sort());
});

test("a refund made at WeChat Pay's console lowers what is left", async () => {
  const { sandbox, shop } = stage;
  const date = await today(sandbox);
  const { id, order } = await buy();
  office.offer(date, [
    // In no order: the refund of a payment that comes later in the file.
    refundRow(order, { out_refund_no: "CONSOLE-1", amount: 8_000 }), paymentRow(order),
  ]);
  await nextDay(sandbox);
  const day = await reconciled(shop, date);
  assert.deepEqual(day.differences.map(({ kind, what, number }) => [kind, what, number]), [
    ["missing_here", "refund", "CONSOLE-1"],
  ]);
  const [external] = await shop.refunds(id);
  assert.deepEqual([external.external, external.status, external.amount.total], [true, "success", 8_000]);
  const more = await shop.giveBack(id, { amount: { total: 801 } });
  assert.equal(more.body.code, "refund_exceeds_payment");
});

test("a bill whose digest is another's counts nothing, however often it comes", async () => {
  const { sandbox, shop } = stage;
  const date = await today(sandbox);
  const { order } = await buy();
  office.offer(date, [paymentRow(order, { total: 1 })], { hash: "0".repeat(40) });
  await nextDay(sandbox);
  for (let times = 0; times < 3; times += 1) {
    const day = await reconciliation(shop, date);
    assert.deepEqual([day.status, day.accounts[0].trouble.code], ["waiting", "bill_corrupt"]);
    assert.deepEqual([day.counts.rows, day.counts.compared, day.differences], [0, 0, []]);
    await sandbox.advance(3_599);
  }
});

test("a comparison that was cut off goes on where it stopped", async (t) => {
  const { sandbox, shop } = stage;
  const date = await today(sandbox);
  const { order } = await buy();
  const rows = Array.from({ length: 300 }, (_, n) => paymentRow({
    ...order, out_trade_no: `${letters(n)}aaaaaaaaaaaaaaaa01aaaaaaaa`, transaction_id: `42${n}`,
  }));
  office.offer(date, [paymentRow(order), ...rows]);
  // Only the clock moves, nobody rings: the Worker's own alarm does the work.
  await nextDay(sandbox, "10:00:01");
  const done = await reconciled(shop, date);
  assert.equal(done.counts.compared, 301);

  const asked = office.asked.length;
  const again = await shop.ask("POST", `/v1/reconciliations/${date}`, { bearer: shop.secretKey });
  assert.equal(again.status, 202);
  const before = await until("half of it is compared", async () => {
    const { status, counts } = await reconciliation(shop, date);
    assert.notEqual(status, "done", "too fast to be cut off");
    return counts.compared > 0 && counts.compared;
  });
  const { worker, bindings } = stage;
  await worker.pause();
  const port = Number(new URL(worker.url).port);
  shop.worker = await Worker.start({ port, bindings, state: worker.state });
  t.after(() => shop.worker.pause());
  const resumed = await reconciliation(shop, date);
  assert.ok(resumed.counts.compared >= before, "no row is compared twice");
  // What was cut off would be found by its own alarm within half a minute.
  await sandbox.advance(1);
  const finished = await reconciled(shop, date);
  assert.deepEqual(finished.counts, done.counts);
  assert.deepEqual(finished.differences, done.differences);
  assert.equal(office.asked.length, asked + 1, "the bill was read once more, and not again");
});
