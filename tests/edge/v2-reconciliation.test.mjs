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

/** Somebody pays, and WeChat Pay tells nobody. */
const pay = ({ number }) => order(number, platform.pay(number));

/** A checkout that has ended, so that nobody asks about it any more; its phone pays all the same. */
async function paidTooLate() {
  const checkout = await open();
  const { status, body } = await stage.shop.cancel(checkout.id);
  assert.deepEqual([status, body.status], [200, "cancelled"]);
  return { ...checkout, order: pay(checkout) };
}

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

/** What a query says of a refund that was made at WeChat Pay's console. */
const refundOf = ({ transaction_id, out_trade_no }, number, amount) => ({
  transaction_id, out_trade_no, total_fee: "8800", refund_count: "1", [`out_refund_no_0`]: number,
  refund_id_0: `5${number}`, refund_fee_0: String(amount), refund_status_0: "SUCCESS",
  refund_success_time_0: "2025-01-01 12:00:05",
});

const kindsOf = ({ differences }) =>
  Object.fromEntries(differences.map(({ number, kind, healed_at }) => [number, [kind, Boolean(healed_at)]]));

test("what the bill says is asked, and only the signed answer is entered", async () => {
  const { shop } = stage;
  const [told, never] = [await open(), await open()];
  const settled = pay(told);
  assert.equal((await platform.tell(told.number)).fields.return_code, "SUCCESS");
  await shop.untilPaid(told.id);
  const [late, elsewhere] = [await paidTooLate(), await paidTooLate()];
  const nobodys = { number: "aaaaaaaaaaaaaaaaaaaa01aaaaaaaa" };
  platform.orders.set(nobodys.number, { fields: { total_fee: "8800" } });
  const known = pay(nobodys);
  platform.refunds.set("CONSOLE-1", refundOf(settled, "CONSOLE-1", 4_000));
  const day = today();
  platform.bills.set(day, bill([
    paymentRow(settled),
    paymentRow(late.order),
    paymentRow(invented(never.number, "4200000000never")),
    // WeChat Pay has another payment of this order than its bill says.
    paymentRow({ ...elsewhere.order, transaction_id: "4200000000elsewhere" }),
    paymentRow(invented("aaaaaaaaaaaaaaaaaaab01aaaaaaaa", "4200000000stray")),
    paymentRow(known),
    refundRow(settled, { out_refund_no: "CONSOLE-1", amount: 4_000, refund_id: "5CONSOLE-1" }),
    refundRow(settled, { out_refund_no: "CONSOLE-2", amount: 4_000 }),
    paymentRow(invented("SHOP-1", "4300001")),
  ]));
  await nextMorning();
  const found = await reconciled(shop, dayOf(day));
  assert.equal(found.digest, "none");
  assert.deepEqual([found.accounts[0].digest, found.accounts[0].bill], ["none", { rows: 9, foreign: 1 }]);
  const expected = {
    [late.order.transaction_id]: ["missing_here", true],
    "CONSOLE-1": ["missing_here", true],
    [known.transaction_id]: ["unknown", false],
    "4200000000never": ["unconfirmed", false],
    "4200000000elsewhere": ["unconfirmed", false],
    "4200000000stray": ["unconfirmed", false],
    "CONSOLE-2": ["unconfirmed", false],
  };
  assert.deepEqual(kindsOf(found), expected);
  assert.deepEqual([found.counts.agree, found.counts.entered, found.counts.open], [3, 2, 5]);
  assert.equal((await shop.checkout(late.id)).status, "paid");
  assert.equal((await shop.checkout(never.id)).status, "open", "nobody has paid it");
  assert.equal((await shop.checkout(elsewhere.id)).status, "cancelled");
  const refunds = await shop.refunds(told.id);
  assert.deepEqual(refunds.map(({ out_refund_no, amount }) => [out_refund_no, amount.total]), [["CONSOLE-1", 4_000]]);
  const orphans = await shop.orphans();
  assert.deepEqual(orphans.map(({ transaction_id }) => transaction_id), [known.transaction_id]);

  const list = await shop.ask("GET", "/v1/reconciliations", { bearer: shop.secretKey });
  assert.equal(list.body.data.find(({ date }) => date === dayOf(day)).digest, "none");
  const again = await reconcile(shop, dayOf(day));
  assert.deepEqual(kindsOf(again), expected);
  assert.equal((await shop.orphans()).length, 1, "kept once");
});

test("nothing is entered while WeChat Pay is silent about a row, and then it is", async () => {
  const { shop } = stage;
  const late = await paidTooLate();
  const day = today();
  platform.bills.set(day, bill([paymentRow(late.order)]));
  const hush = () => platform.twist("/pay/orderquery", () => null);
  hush();
  const forged = (answer) => answer.replace(/<sign>.*<\/sign>/, `<sign>${"0".repeat(64)}</sign>`);
  platform.twist("/pay/orderquery", forged);
  await nextMorning();
  const waiting = await reconciled(shop, dayOf(day), "waiting");
  assert.equal(waiting.accounts[0].trouble.code, "unavailable");
  assert.equal((await shop.checkout(late.id)).status, "cancelled");
  await stage.advance(120);
  await stage.advance(240);
  const found = await reconciled(shop, dayOf(day));
  assert.deepEqual(kindsOf(found), { [late.order.transaction_id]: ["missing_here", true] });
  assert.equal((await shop.checkout(late.id)).status, "paid");
});

test("half a bill is no bill, and none of it is compared", async () => {
  const { shop } = stage;
  const late = await paidTooLate();
  const day = today();
  const whole = bill([paymentRow(late.order)]);
  platform.bills.set(day, whole.subarray(0, whole.lastIndexOf("\r\n`") + 2));
  await nextMorning();
  const waiting = await reconciled(shop, dayOf(day), "waiting");
  assert.equal(waiting.accounts[0].trouble.code, "bill_corrupt");
  assert.deepEqual([waiting.counts.rows, waiting.counts.compared, waiting.differences], [0, 0, []]);
  assert.equal((await shop.checkout(late.id)).status, "cancelled");
  platform.bills.set(day, whole);
  await stage.advance(120);
  assert.equal((await reconciled(shop, dayOf(day))).counts.entered, 1);
});
