// What a shop's day at our Worker is made of: orders, money that goes back, bills; each with what must be
// true of it in the end, whatever went wrong on the way.

import assert from "node:assert/strict";

import { until } from "../harness/wait.mjs";
import { tomorrowAt } from "./business.mjs";

/** The longest step, in business seconds: shorter than any order's life by far. */
const STEP_MAX_S = 900;

/** Moves both clocks on, further each time, until `probe` finds what it looks for. */
export function inTime({ sandbox }, what, probe) {
  let step = 7;
  return until(what, async () => {
    const found = await probe();
    if (found) return found;
    await sandbox.advance(step);
    step = Math.min(step * 2, STEP_MAX_S);
    return false;
  });
}

/** One order of 8800 fen was placed for this checkout, and this is how it stands. */
export async function onlyOne({ sandbox }, { attempt: { out_trade_no } }, state) {
  // A checkout's numbers begin with its own twenty characters.
  const own = (await sandbox.all("orders")).filter((row) => row.out_trade_no.startsWith(out_trade_no.slice(0, 20)));
  assert.deepEqual(own.map((row) => [row.out_trade_no, row.trade_state]), [[out_trade_no, state]]);
}

/** The money is there once, and everybody sees it. */
export async function settled(stage, opened, state = "SUCCESS") {
  const view = await inTime(stage, "the checkout is paid", async () => {
    const seen = await stage.shop.checkout(opened.id);
    return seen.status === "paid" && seen;
  });
  assert.equal(view.payment.total, 8_800);
  assert.equal((await stage.shop.look(opened.client_token)).body.status, "paid");
  await onlyOne(stage, view, state);
  return view;
}

/** The fault has happened: nothing waits any more. */
export const happened = async ({ sandbox }) => assert.deepEqual(await sandbox.waitingFaults(), []);

export const lost = (out_trade_no) => ({ route: "notify", out_trade_no, kind: "dropped", times: 16 });

export async function bought(stage) {
  const opened = await stage.shop.opened();
  await stage.sandbox.pay(opened.attempt.code_url);
  return stage.shop.untilPaid(opened.id);
}

/** The shop gives up on an order, and in the end nobody can pay it any more. */
export async function cancelled(stage, opened) {
  const { sandbox, shop } = stage;
  const { status } = await shop.cancel(opened.id);
  assert.ok([200, 202].includes(status), String(status));
  const view = await inTime(stage, "the checkout is cancelled", async () => {
    const seen = await shop.checkout(opened.id);
    return seen.status !== "open" && seen;
  });
  assert.equal(view.status, "cancelled");
  assert.equal((await shop.look(opened.client_token)).body.status, "cancelled");
  await onlyOne(stage, opened, "CLOSED");
  await assert.rejects(sandbox.pay(opened.attempt.code_url));
}

/** A code that somebody vouched for, of the order that was opened and of no other. */
export async function withCode(stage, opened) {
  const view = await inTime(stage, "a code that somebody vouched for", async () => {
    const seen = await stage.shop.checkout(opened.id);
    return seen.phase === "waiting" && seen.attempt.code_url && seen;
  });
  assert.equal(view.attempt.out_trade_no, opened.attempt.out_trade_no);
  return view;
}

/** A part of an order goes back, and the refund is this in the end, once. */
export async function givenBack(stage, view, number, end = "success") {
  const { sandbox, shop } = stage;
  await inTime(stage, `the refund is ${end}`, async () => (await shop.refund(number)).status === end);
  const rows = await sandbox.refundsOf(view.attempt.out_trade_no);
  assert.deepEqual(rows.map((row) => [row.out_refund_no, row.status]), [[number, end.toUpperCase()]]);
  const { refunded } = await shop.checkout(view.id);
  assert.equal(refunded, end === "success" ? 4_000 : 0);
}

export const refundOf = async ({ shop }, view) => {
  const { status, body } = await shop.giveBack(view.id, { amount: { total: 4_000, currency: "CNY" } });
  assert.equal(status, 201, JSON.stringify(body));
  return body.out_refund_no;
};

/** A day whose bill is there, once for all bills of a stage. */
export async function billed(stage) {
  if (stage.day) return stage.day;
  stage.day = await tomorrowAt(stage.sandbox, 12);
  stage.paid = await bought(stage);
  await tomorrowAt(stage.sandbox, 11);
  return stage.day;
}

/** What the shop is told when it asks for that day's bill. */
export async function askedForBill(stage) {
  const path = `/v1/bills/trade?date=${await billed(stage)}`;
  const { status, body } = await stage.shop.ask("GET", path, { bearer: stage.shop.secretKey });
  return status === 200 ? "whole" : `${status} ${body.code}`;
}
