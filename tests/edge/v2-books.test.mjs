// The books of a merchant who has nothing but a V2 key, against the sandbox: bills as it writes them,
// and the daily reconciliation of what was sold, given back, and never told.

import assert from "node:assert/strict";
import { test } from "node:test";

import { nextDay, reconcile, today } from "../harness/days.mjs";
import { useStage } from "../harness/stage.mjs";
import { WITHOUT_V3, certified, v2Variables } from "../harness/v2.mjs";

const stage = useStage({
  overrides: (merchant) => ({ ...WITHOUT_V3, ...v2Variables(merchant) }),
  services: async (sandbox, port) => ({ WECHATPAY_MTLS: await certified(sandbox, port, sandbox.merchant) }),
});

const sell = async (overrides) => {
  const opened = await stage.shop.opened({ expires_in: 604_800, ...overrides });
  await stage.sandbox.pay(opened.attempt.code_url);
  return opened;
};

const bill = async (kind, date) => {
  const { status, body, headers } = await stage.shop.ask("GET", `/v1/bills/${kind}?date=${date}`, { bearer: stage.shop.secretKey });
  return { status, body, digest: headers.get("saoma-bill-digest") };
};

test("a day's bills come from the sandbox over V2, and its books agree without a digest", async () => {
  await nextDay(stage.sandbox, "12:00:00");
  const date = await today(stage.sandbox);
  const { shop, sandbox } = stage;
  const oolong = await shop.untilPaid((await sell()).id);
  const puer = await shop.untilPaid((await sell({ description: "Pu'er, 357 g", amount: { total: 16_805, currency: "CNY" } })).id);
  assert.equal((await shop.giveBack(oolong.id, { amount: { total: 800, currency: "CNY" } })).status, 201);
  // All sixteen letters about this one are lost, and nobody asks meanwhile.
  const opened = await shop.opened({ expires_in: 604_800 });
  await sandbox.faults({ route: "notify", out_trade_no: opened.attempt.out_trade_no, kind: "dropped", times: 16 });
  await sandbox.pay(opened.attempt.code_url);

  await nextDay(sandbox);
  const trade = await bill("trade", date);
  assert.equal(trade.status, 200, JSON.stringify(trade.body));
  assert.equal(trade.digest, "none");
  for (const { payment } of [oolong, puer]) assert.ok(trade.body.includes(payment.transaction_id), trade.body);
  const rows = trade.body.split("\r\n").filter((line) => line.startsWith("`"));
  assert.equal(rows.length, 4 + 1, "three payments, a refund, the totals");
  const flow = await bill("fund-flow", date);
  assert.deepEqual([flow.status, flow.digest], [200, "unsigned"], JSON.stringify(flow.body));

  const day = await reconcile(shop, date);
  assert.equal(day.digest, "none");
  assert.deepEqual([day.counts.rows, day.counts.open], [4, 0], JSON.stringify(day));
  assert.equal((await shop.checkout(opened.id)).status, "paid", "by whoever said it first");
  const again = await reconcile(shop, date);
  assert.deepEqual([again.counts.rows, again.counts.agree, again.counts.open], [4, 4, 0], JSON.stringify(again));
});

test("a day without a sale has no bill, and that is its books", async () => {
  await nextDay(stage.sandbox);
  await nextDay(stage.sandbox);
  const date = new Date(Date.parse(`${await today(stage.sandbox)}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
  const none = await bill("trade", date);
  assert.deepEqual([none.status, none.body.code], [404, "no_bill"]);
  assert.equal((await reconcile(stage.shop, date)).counts.rows, 0);
});
