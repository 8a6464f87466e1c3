// A checkout that has been purged can tell nothing: what was open with it stays open, and money that
// it never knew is not hidden behind it.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { BillOffice, paymentRow, refundRow } from "../harness/bill-office.mjs";
import { nextDay, reconcile, reconciled, today } from "../harness/days.mjs";
import { useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";

let office;
const stage = useStage({
  overrides: async (merchant, sandbox) => {
    office = await BillOffice.open(merchant, sandbox);
    return { WECHATPAY_URL: office.url, RETENTION_DAYS: "30" };
  },
});
after(() => office?.close());

test("a difference outlives its checkout, and so does money that nobody told it of", async () => {
  const { sandbox, shop } = stage;
  const date = await today(sandbox);
  const opened = await shop.opened({ expires_in: 7 * 86_400 });
  await sandbox.pay(opened.attempt.code_url);
  await shop.untilPaid(opened.id);
  const order = await sandbox.order(opened.attempt.out_trade_no);
  office.offer(date, [paymentRow(order, { total: 8_801 })]);
  await nextDay(sandbox);
  const before = await reconciled(shop, date);
  assert.deepEqual(before.differences.map(({ kind, healed_at }) => [kind, healed_at]), [["amount", undefined]]);

  await sandbox.advance(31 * 86_400);
  await until("it is purged", async () => {
    const { status } = await shop.ask("GET", `/v1/checkouts/${opened.id}`, { bearer: shop.secretKey });
    return status === 404;
  });
  const again = await reconcile(shop, date);
  assert.deepEqual([again.counts.purged, again.counts.open], [1, 1]);
  assert.deepEqual(again.differences, before.differences);

  const later = await today(sandbox);
  office.offer(later, [refundRow(order, { out_refund_no: "CONSOLE-9", amount: 100 })]);
  await nextDay(sandbox);
  const day = await reconciled(shop, later);
  assert.deepEqual(day.counts, { rows: 1, foreign: 0, compared: 1, purged: 0, agree: 0, entered: 0, open: 1 });
  assert.deepEqual(day.differences.map(({ what, kind, number }) => [what, kind, number]), [["refund", "unknown", "CONSOLE-9"]]);
  const orphans = await shop.orphans();
  assert.deepEqual(orphans.map(({ out_refund_no }) => out_refund_no), ["CONSOLE-9"]);
});
