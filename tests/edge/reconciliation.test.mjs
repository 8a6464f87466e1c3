// A day's bill, made by the sandbox of what really happened in it, finds what nobody told the Worker.

import assert from "node:assert/strict";
import { test } from "node:test";

import { nextDay, reconcile, reconciled, reconciliation, today } from "../harness/days.mjs";
import { Shop, assertProblem } from "../harness/shop.mjs";
import { useStage } from "../harness/stage.mjs";
import { PARTNER_KEY, partnerVariables } from "../harness/worker.mjs";

const stage = useStage({ overrides: partnerVariables });
const WEEK = { expires_in: 7 * 86_400 };
/** More often than anybody asks or tells in a day. */
const ALWAYS = 10_000;

/** All that WeChat Pay says about an order is lost. */
const lost = ({ attempt: { out_trade_no } }) => [
  { route: "notify", out_trade_no, kind: "dropped", times: ALWAYS },
  { route: "query", out_trade_no, kind: "rate-limited", times: ALWAYS },
];

/** Opens checkouts and pays their codes, while WeChat Pay's words about them are lost. */
async function paidUnheard(shop, ...orders) {
  const opened = [];
  for (const order of orders) opened.push(await shop.opened({ ...WEEK, ...order }));
  await stage.sandbox.faults(...opened.flatMap(lost));
  for (const { attempt } of opened) await stage.sandbox.pay(attempt.code_url);
  return opened;
}

const ask = (method, path, bearer = stage.shop.secretKey) =>
  stage.shop.ask(method, `/v1/reconciliations${path}`, { bearer });

test("a day that cannot be reconciled is refused in words", async () => {
  const now = await today(stage.sandbox);
  for (const [date, status, code] of [
    [now, 409, "bill_not_ready"],
    ["2099-01-01", 400, "invalid_request"],
    ["2020-01-01", 400, "invalid_request"],
    ["2025-1-1", 400, "invalid_request"],
  ]) {
    const reply = await ask("POST", `/${date}`);
    assertProblem(reply, status, code);
    if (status === 409) assert.ok(Number(reply.headers.get("retry-after")) > 0);
  }
  assertProblem(await ask("GET", `/${now}`), 404, "no_reconciliation");
  assertProblem(await ask("GET", `/${now}`, "wrong"), 401, "unauthorized");
  assert.deepEqual((await ask("GET", "")).body, { data: [] });
});

test("money that nobody told of is found in the bill, and the checkout becomes paid", async () => {
  const { sandbox, shop } = stage;
  const date = await today(sandbox);
  const [unheard] = await paidUnheard(shop, {});
  await nextDay(sandbox);
  const day = await reconciled(shop, date);
  assert.equal((await shop.checkout(unheard.id)).status, "paid");
  assert.deepEqual(day.counts, { rows: 1, foreign: 0, compared: 1, purged: 0, agree: 1, entered: 1, open: 0 });
  const [found] = day.differences;
  const order = await sandbox.order(unheard.attempt.out_trade_no);
  assert.deepEqual(
    [found.what, found.kind, found.number, found.checkout, found.there],
    ["payment", "missing_here", order.transaction_id, unheard.id, { total: 8_800 }],
  );
  assert.ok(found.healed_at && found.detail.includes("entered"));
  assert.match(day.accounts[0].bill.sha1, /^[0-9a-f]{40}$/);

  const again = await reconcile(shop, date);
  for (const one of [day, again]) for (const name of ["asked_at", "ended_at"]) delete one[name];
  assert.deepEqual(again, day, "a second look changes nothing");
  const { payment } = await shop.checkout(unheard.id);
  assert.equal(payment.transaction_id, order.transaction_id);
});

test("a bill that is late is waited for, and nothing happened is an answer", async () => {
  const { sandbox, shop } = stage;
  const date = await today(sandbox);
  const [unheard] = await paidUnheard(shop, {});
  await sandbox.faults(...lost(unheard), { route: "bill", kind: "late", times: ALWAYS });
  await nextDay(sandbox);
  const waiting = await reconciliation(shop, date);
  assert.equal(waiting.status, "waiting");
  assert.equal(waiting.accounts[0].trouble.code, "bill_not_ready");
  assert.ok(waiting.accounts[0].next_attempt_at > waiting.asked_at);
  await sandbox.faults(...lost(unheard));
  await sandbox.advance(1_800 + 450);
  assert.equal((await reconciled(shop, date)).counts.rows, 1);
  assert.equal((await shop.checkout(unheard.id)).status, "paid");

  const quiet = await today(sandbox);
  await nextDay(sandbox);
  const nothing = await reconciled(shop, quiet);
  assert.deepEqual([nothing.accounts[0].bill, nothing.counts.rows], [null, 0]);
});

test("a bill that is not the one that was signed for counts nothing until it is", async () => {
  const { sandbox, shop } = stage;
  const date = await today(sandbox);
  const [unheard] = await paidUnheard(shop, {});
  await sandbox.faults(...lost(unheard), { route: "bill", kind: "wrong-hash", times: ALWAYS });
  await nextDay(sandbox);
  const waiting = await reconciliation(shop, date);
  assert.deepEqual([waiting.status, waiting.accounts[0].trouble.code], ["waiting", "bill_corrupt"]);
  assert.equal(waiting.counts.rows, 0);
  assert.equal((await shop.checkout(unheard.id)).status, "open");
  await sandbox.faults(...lost(unheard));
  await sandbox.advance(120);
  assert.equal((await reconciled(shop, date)).counts.entered, 1);
  assert.equal((await shop.checkout(unheard.id)).status, "paid");
});

test("a refund is compared by what it came to", async () => {
  const { sandbox, shop } = stage;
  const date = await today(sandbox);
  const opened = await shop.opened(WEEK);
  await sandbox.pay(opened.attempt.code_url);
  await shop.untilPaid(opened.id);
  const { body } = await shop.giveBack(opened.id, { amount: { total: 4_000 } });
  const { out_trade_no } = opened.attempt;
  await sandbox.faults(
    { route: "notify", out_trade_no, kind: "dropped", times: ALWAYS },
    { route: "refund-query", out_trade_no, kind: "rate-limited", times: ALWAYS },
  );
  await nextDay(sandbox);
  const day = await reconciled(shop, date);
  assert.equal((await shop.refund(body.out_refund_no)).status, "success");
  const [found, ...others] = day.differences;
  assert.deepEqual(others, []);
  assert.deepEqual(
    [found.what, found.kind, found.number, found.there],
    ["refund", "missing_here", body.out_refund_no, { total: 4_000, status: "SUCCESS" }],
  );
  assert.deepEqual([day.counts.compared, day.counts.agree], [2, 2]);
});

test("each sub-merchant has its own bill, and another profile's shop sees nothing of it", async () => {
  const { sandbox, shop, worker, merchant } = stage;
  const partner = new Shop(worker, PARTNER_KEY);
  const date = await today(sandbox);
  const [one, two] = merchant.partner.sub_merchants.map(({ sub_mchid }) => sub_mchid);
  const [first, second] = await paidUnheard(partner, { sub_mchid: one }, { sub_mchid: two });
  await nextDay(sandbox);
  const day = await reconciled(partner, date);
  assert.deepEqual(day.accounts.map(({ sub_mchid }) => sub_mchid), [one, two].sort());
  assert.deepEqual(day.accounts.map(({ counts }) => counts.entered), [1, 1]);
  for (const { id } of [first, second]) assert.equal((await partner.checkout(id)).status, "paid");
  const theirs = day.differences.map(({ checkout, sub_mchid }) => [checkout, sub_mchid]);
  assert.deepEqual(new Map(theirs), new Map([[first.id, one], [second.id, two]]));
  assert.deepEqual((await reconciliation(shop, date)).differences, []);
});

test("the deployment's own timer begins what is due", async () => {
  const { sandbox, shop, worker } = stage;
  const date = await today(sandbox);
  const [unheard] = await paidUnheard(shop, {});
  // Less than an hour each, so that no timer of the deployment rings by itself.
  const left = 24 * 3_600 + 10 * 3_600;
  for (let passed = 0; passed < left; passed += 3_500) await sandbox.advance(3_500);
  assertProblem(await ask("GET", `/${date}`), 404, "no_reconciliation");
  const runner = await worker.miniflare.getWorker();
  await runner.scheduled({ cron: "15 * * * *" });
  await reconciled(shop, date);
  assert.equal((await shop.checkout(unheard.id)).status, "paid");
});
