// Fifty at once. Whatever arrives together, through as many isolates and handlers as the runtime
// likes, there is one order, one event, one refund.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { histories } from "../harness/disk.mjs";
import { Ears } from "../harness/ears.mjs";
import { REFUND_PATH, delivered, envelope, genuine, refundLetter, signed, transaction } from "../harness/notification.mjs";
import { assertProblem, pageKey } from "../harness/shop.mjs";
import { useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";
import { SECRET_KEY } from "../harness/worker.mjs";

const MANY = 50;
const HOUR_S = 3_600;

const ears = await Ears.open();
const stage = useStage({
  overrides: { WEBHOOK_URL: ears.url, WEBHOOK_SECRETS: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
});
after(() => ears.close());

/** How many events each of these checkouts may have on disk in the end: `id → { number: count }`. */
const expected = new Map();

const atOnce = (ask, count = MANY) => Promise.all(Array.from({ length: count }, (_, at) => ask(at)));

/** What the answers say, but for what is minted for each. */
function said(replies) {
  const strip = ({ client_token, expires_in_ms, code_expires_in_ms, ...rest }) => JSON.stringify(rest);
  return [...new Set(replies.map(({ body }) => strip(body)))].map((text) => JSON.parse(text));
}

const statuses = (replies) => Object.fromEntries(
  Map.groupBy(replies, ({ status }) => status).entries().map(([status, group]) => [status, group.length]),
);

async function ordersOf(id) {
  const all = await stage.sandbox.all("orders");
  return all.filter(({ out_trade_no }) => out_trade_no.startsWith(id.slice(4)));
}

async function paid(overrides) {
  const opened = await stage.shop.opened(overrides);
  await stage.sandbox.pay(opened.attempt.code_url);
  return stage.shop.untilPaid(opened.id);
}

for (const [weather, faults] of [
  ["on a good day", []],
  ["while the platform's answer is lost", [{ route: "native", kind: "reply-dropped", times: 1 }]],
  ["while the platform is busy", [{ route: "native", kind: "rate-limited", times: 1 }]],
]) {
  test(`fifty identical creates at once are one order, ${weather}`, async () => {
    const { sandbox, shop } = stage;
    const content = { reference: `crowd, ${weather}` };
    await sandbox.faults(...faults);
    const replies = await atOnce(() => shop.open(content));
    await sandbox.faults();
    assert.deepEqual(statuses(replies), { 200: MANY - 1, 201: 1 });
    const ids = new Set(replies.map(({ body }) => body.id));
    const numbers = new Set(replies.map(({ body }) => body.attempt.out_trade_no));
    assert.deepEqual([ids.size, numbers.size], [1, 1]);
    const orders = await ordersOf([...ids][0]);
    assert.deepEqual(orders.map(({ out_trade_no }) => out_trade_no), [...numbers]);
    if (!faults.length) assert.equal(said(replies).length, 1, "fifty equal answers");
  });
}

test("fifty pages with one key are one session and one order", async () => {
  const key = pageKey();
  const replies = await atOnce(() => stage.shop.session({ key }));
  assert.deepEqual(statuses(replies), { 200: MANY - 1, 201: 1 });
  assert.equal(new Set(replies.map(({ body }) => body.code_url)).size, 1);
  const id = replies[0].body.client_token.split(".")[0];
  assert.equal((await ordersOf(id)).length, 1);
});

test("fifty copies of one notification are one event", async () => {
  const { merchant, shop, worker } = stage;
  const opened = await shop.opened();
  const letter = genuine(merchant, opened.attempt.out_trade_no);
  await atOnce(() => delivered(worker, letter));
  const view = await shop.checkout(opened.id);
  assert.equal(view.status, "paid");
  assert.equal(view.conflict, undefined);
  const { body } = await until("the shop is told", async () => {
    const events = await shop.ask("GET", `/v1/checkouts/${opened.id}/events`, { bearer: SECRET_KEY });
    return events.body.data.every(({ state }) => state === "delivered") && events;
  });
  assert.deepEqual(body.data.map(({ type, deliveries }) => [type, deliveries.length]), [["checkout.paid", 1]]);
  assert.deepEqual(ears.takenOf(opened.id).map(([id, { taken }]) => [id, taken]), [[body.data[0].id, 1]]);
  expected.set(opened.id, { [opened.attempt.out_trade_no]: 1 });
});

test("fifty notifications of one payment under ids of their own are one event", async () => {
  const { merchant, shop, worker } = stage;
  const opened = await shop.opened();
  const told = transaction(merchant, opened.attempt.out_trade_no);
  await atOnce(() => delivered(worker, signed(merchant, envelope(merchant, told))));
  assert.equal((await shop.checkout(opened.id)).payment.transaction_id, told.transaction_id);
  expected.set(opened.id, { [opened.attempt.out_trade_no]: 1 });
});

test("fifty refunds with one reference at once are one refund", async () => {
  const { sandbox, shop } = stage;
  const { id, attempt } = await paid();
  const wish = { reference: "R-crowd", amount: { total: 4_000, currency: "CNY" } };
  const replies = await atOnce(() => shop.giveBack(id, wish));
  assert.deepEqual(statuses(replies), { 200: MANY - 1, 201: 1 });
  const numbers = new Set(replies.map(({ body }) => body.out_refund_no));
  assert.equal(numbers.size, 1);
  const made = await sandbox.refundsOf(attempt.out_trade_no);
  assert.deepEqual(made.map(({ out_refund_no }) => out_refund_no), [...numbers]);
});

test("of fifty different refunds at once, no more are taken than the payment can bear", async () => {
  const { shop } = stage;
  const { id } = await paid();
  const replies = await atOnce((at) => shop.giveBack(id, { reference: `R-${at}`, amount: { total: 1_000, currency: "CNY" } }));
  assert.deepEqual(statuses(replies), { 201: 8, 409: MANY - 8 }, "88 yuan, ten at a time");
  for (const reply of replies.filter(({ status }) => status === 409)) assertProblem(reply, 409, "refund_exceeds_payment");
  assert.equal((await shop.refunds(id)).length, 8);
});

test("two browsers and their friends that look at a stale code get the same fresh one", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened({ expires_in: 24 * HOUR_S });
  await sandbox.advance(2 * HOUR_S + 60);
  const before = (await ordersOf(opened.id))[0];
  await atOnce(() => shop.look(opened.client_token));
  const seen = await until("a fresh code", async () => {
    const replies = await atOnce(() => shop.look(opened.client_token), 2);
    const codes = new Set(replies.map(({ body }) => body.code_url));
    return codes.size === 1 && !codes.has(undefined) && !codes.has(opened.attempt.code_url) && replies[0].body;
  });
  const [order, ...others] = await ordersOf(opened.id);
  assert.deepEqual(others, [], "one order");
  assert.equal(order.code_url, seen.code_url);
  assert.ok(order.void_codes <= before.void_codes + 1, "renewed once");
});

test("two browsers that ask for a fresh code at once make one new order, and close the old one", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened();
  const renew = () => shop.ask("POST", "/v1/session/renew", { bearer: opened.client_token });
  const replies = await atOnce(renew, 2);
  assert.deepEqual(statuses(replies), { 200: 2 });
  const seen = await until("a fresh code", async () => {
    const { body } = await shop.look(opened.client_token);
    if (body.code_url && body.code_url !== opened.attempt.code_url) return body;
    await sandbox.advance(5);
    return false;
  });
  const states = (await ordersOf(opened.id)).map(({ out_trade_no, trade_state }) => [trade_state, out_trade_no === opened.attempt.out_trade_no]);
  assert.deepEqual(states.sort(), [["CLOSED", true], ["NOTPAY", false]]);
  await sandbox.pay(seen.code_url);
  await shop.untilPaid(opened.id);
});

test("fifty cancellations and a phone that pays meanwhile come to one end", async () => {
  const { sandbox, shop } = stage;
  const opened = await shop.opened();
  const [scan, ...replies] = await Promise.all([
    sandbox.pay(opened.attempt.code_url).catch(() => undefined),
    ...Array.from({ length: MANY }, () => shop.cancel(opened.id)),
  ]);
  assert.deepEqual(replies.filter(({ status }) => ![200, 202, 409].includes(status)), []);
  const view = await until("decided", async () => {
    const seen = await shop.checkout(opened.id);
    if (seen.status !== "open") return seen;
    await sandbox.advance(30);
    return false;
  });
  const [order, ...others] = await ordersOf(opened.id);
  assert.deepEqual(others, []);
  assert.deepEqual([order.trade_state, view.status], scan ? ["SUCCESS", "paid"] : ["CLOSED", "cancelled"]);
});

test("fifty copies of a refund's end are one event", async () => {
  const { merchant, sandbox, shop, worker } = stage;
  const { id, attempt, payment } = await paid();
  // The platform's own, which would come later and say it in other words.
  await sandbox.faults({ route: "notify", kind: "dropped", times: 99 });
  const { body } = await shop.giveBack(id, { amount: { total: 8_800, currency: "CNY" } });
  const [{ refund_id }] = await sandbox.refundsOf(attempt.out_trade_no);
  const letter = refundLetter(merchant, {
    mchid: merchant.mchid, out_trade_no: attempt.out_trade_no, transaction_id: payment.transaction_id,
    out_refund_no: body.out_refund_no, refund_id, refund_status: "SUCCESS",
    success_time: "2026-11-21T12:00:01+08:00", user_received_account: "支付用户零钱",
    amount: { total: 8_800, refund: 8_800, payer_total: 8_800, payer_refund: 8_800 },
  });
  await atOnce(() => delivered(worker, letter, REFUND_PATH));
  assert.equal((await shop.refund(body.out_refund_no)).status, "success");
  expected.set(id, { [attempt.out_trade_no]: 1, [body.out_refund_no]: 1 });
});

test("on disk each of those events stands once", async () => {
  await stage.worker.pause();
  const seen = new Map([...histories(stage.worker.state)].map(({ id, events }) => [id, events]));
  for (const [id, counts] of expected) {
    const told = seen.get(id).filter(({ notification_id }) => notification_id);
    const found = Object.fromEntries(Map.groupBy(told, ({ number }) => number).entries().map(([number, rows]) => [number, rows.length]));
    assert.deepEqual(found, counts, id);
  }
  assert.equal(expected.size, 3);
});
