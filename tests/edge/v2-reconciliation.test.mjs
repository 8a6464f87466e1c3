// The daily reconciliation of a merchant who has nothing but a V2 key: his bills have no digest, so
// what stands in them is asked of WeChat Pay, and only its signed answer is entered.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { bill, paymentRow, refundRow } from "../harness/bill-office.mjs";
import { reconcile, reconciled } from "../harness/days.mjs";
import { V2Platform, beijing, startV2 } from "../harness/v2-platform.mjs";

let platform;
let stage;
before(async () => {
  platform = await V2Platform.start();
  stage = await startV2(platform);
});
after(async () => {
  await stage?.worker.stop();
  await platform.close();
});

const WEEK = { expires_in: 7 * 86_400 };
const { stringify } = JSON;

/** Opens a checkout and gives it with its number. */
async function open() {
  const opened = await stage.shop.opened(WEEK);
  return { id: opened.id, number: opened.attempt.out_trade_no };
}

/** A payment as `paymentRow` and `refundRow` take one. */
function order(number, paid) {
  const time = paid.time_end.replace(/(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/, "$1-$2-$3T$4:$5:$6");
  const { appid, mchid } = platform.merchant;
  const { transaction_id, total_fee } = paid;
  return { appid, mchid, out_trade_no: number, transaction_id, amount: { total: Number(total_fee) }, success_time: time };
}

/** Somebody pays and WeChat Pay tells nobody. */
const payUnheard = ({ number }) => order(number, platform.pay(number));

/** A payment that nobody made, of an order that exists or not. */
const invented = (number, transaction_id) =>
  order(number, { transaction_id, total_fee: "8800", time_end: beijing(platform.now()) });

const dayOf = (compact) => compact.replace(/(\d{4})(\d\d)(\d\d)/, "$1-$2-$3");
const today = () => beijing(platform.now()).slice(0, 8);

/** Both clocks at twenty past ten of the next morning. */
function nextMorning() {
  const now = platform.now();
  const midnight = Math.trunc((now.getTime() + 8 * 3_600_000) / 86_400_000 + 1) * 86_400_000 - 8 * 3_600_000;
  return stage.advance(Math.ceil((midnight - now.getTime()) / 1_000) + 10 * 3_600 + 1_200);
}

/** How often WeChat Pay was asked about a number. */
const asked = (number) =>
  platform.calls.filter(({ fields }) => (fields.out_refund_no ?? fields.out_trade_no) === number
    && /query$/.test(fields.path ?? "query")).length;

test("what the bill says is asked, and only the signed answer is entered", async () => {
  const { shop } = stage;
  const [told, unheard, never, other] = [await open(), await open(), await open(), await open()];
  const settled = payUnheard(told);
  assert.equal((await platform.tell(told.number)).fields.return_code, "SUCCESS");
  await shop.untilPaid(told.id);
  const paid = payUnheard(unheard);
  // The row of one names another payment than WeChat Pay has.
  const elsewhere = payUnheard(other);
  const stray = "aaaaaaaaaaaaaaaaaaaa01aaaaaaaa";
  platform.orders.set("aaaaaaaaaaaaaaaaaaab01aaaaaaaa", { fields: { total_fee: "8800" }, terms: {}, state: "NOTPAY" });
  const known = order("aaaaaaaaaaaaaaaaaaab01aaaaaaaa", platform.pay("aaaaaaaaaaaaaaaaaaab01aaaaaaaa"));
  platform.refunds.set("CONSOLE-1", {
    transaction_id: settled.transaction_id, out_trade_no: told.number, total_fee: "8800", refund_count: "1",
    out_refund_no_0: "CONSOLE-1", refund_id_0: "50001", refund_fee_0: "4000", refund_status_0: "SUCCESS",
    refund_success_time_0: "2025-01-01 12:00:05",
  });
  const day = today();
  platform.bills.set(day, bill([
    paymentRow(settled),
    paymentRow(paid),
    paymentRow(invented(never.number, "4200000000invented")),
    paymentRow({ ...elsewhere, transaction_id: "4200000000elsewhere" }),
    paymentRow(invented(stray, "4200000000stray")),
    paymentRow(known),
    refundRow(settled, { out_refund_no: "CONSOLE-1", amount: 4_000, refund_id: "50001" }),
    refundRow(settled, { out_refund_no: "CONSOLE-2", amount: 4_000 }),
    paymentRow(invented("SHOP-1", "4300001")),
  ]));
  await nextMorning();
  const found = await reconciled(shop, dayOf(day));
  assert.equal(found.digest, "none");
  assert.deepEqual([found.accounts[0].digest, found.accounts[0].bill], ["none", { rows: 9, foreign: 1 }]);
  const kinds = Object.fromEntries(found.differences.map(({ number, kind, healed_at }) => [number, [kind, !!healed_at]]));
  assert.deepEqual(kinds, {
    [paid.transaction_id]: ["missing_here", true],
    "CONSOLE-1": ["missing_here", true],
    [known.transaction_id]: ["unknown", false],
    "4200000000invented": ["unconfirmed", false],
    "4200000000elsewhere": ["unconfirmed", false],
    "4200000000stray": ["unconfirmed", false],
    "CONSOLE-2": ["unconfirmed", false],
    // What we have heard by now, since the deadline's ladder asks as well, and the bill names otherwise.
    ...(kinds[elsewhere.transaction_id] && { [elsewhere.transaction_id]: kinds[elsewhere.transaction_id] }),
  }, stringify(found.differences, null, 1));
  assert.equal((await shop.checkout(unheard.id)).status, "paid");
  assert.equal((await shop.checkout(never.id)).status, "open", "nobody has paid it");
  const refunds = await shop.refunds(told.id);
  assert.deepEqual(refunds.map((one) => [one.out_refund_no ?? one.number, one.amount?.total]).flat().includes(4_000), true, stringify(refunds));
  const orphans = await shop.orphans();
  assert.deepEqual(orphans.map(({ transaction_id }) => transaction_id), [known.transaction_id]);
});
