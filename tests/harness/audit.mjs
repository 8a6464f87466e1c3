// Holds what a run was promised against what the Worker, the platform and the disk have.

import { histories } from "./disk.mjs";

/** Where a refund or an order is at rest at the platform. */
const REFUND_ENDS = ["SUCCESS", "CLOSED", "ABNORMAL"];
const PAID = ["SUCCESS", "REFUND"];

/** Checkouts that are looked at side by side. */
const AT_ONCE = 8;

/** What the platform has, in its own rows. */
export async function platformOf(sandbox) {
  const [orders, refunds, notifications] = await Promise.all(["orders", "refunds", "notifications"].map((kind) => sandbox.all(kind)));
  const by = (rows, key) => Map.groupBy(rows, key);
  return {
    orders: by(orders, (order) => order.out_trade_no.slice(0, 20)),
    refunds: by(refunds, (refund) => refund.out_refund_no.slice(0, 20)),
    notifications,
  };
}

/** The checkout as its shop reads it, with its refunds and its events. */
async function read(entry) {
  const { shop, id } = entry;
  const [checkout, refunds, events] = await Promise.all(["", "/refunds", "/events"].map((rest) =>
    shop.ask("GET", `/v1/checkouts/${id}${rest}`, { bearer: shop.secretKey })));
  return [checkout, refunds, events].every(({ status }) => status === 200)
    ? { view: checkout.body, refunds: refunds.body.data, events: events.body.data }
    : { missing: `${id}: ${checkout.status}, ${refunds.status}, ${events.status}` };
}

/** After a restart: everything that was promised is there, as it was promised, and once. */
export async function assertKept(record, sandbox, ears) {
  const platform = await platformOf(sandbox);
  const accepted = Map.groupBy(platform.notifications.filter(({ state }) => state === "accepted"), ({ out_trade_no }) => out_trade_no.slice(0, 20));
  await forEach(record.checkouts.values(), async (entry) => {
    const before = record.known(entry);
    const taken = ears.takenOf(entry.id);
    const { view, refunds, events, missing } = await read(entry);
    if (missing) return void record.lost.push(missing);
    record.saw(entry, view, before);
    compareEvents(record, entry, events, taken);
    compareOrder(record, entry, view, platform);
    compareRefunds(record, entry, refunds, platform);
    for (const told of accepted.get(entry.id.slice(4)) ?? []) compareNotice(record, told, view, refunds, platform);
  });
}

function compareOrder(record, entry, view, platform) {
  const { id, body, number } = entry;
  if (view.reference !== body.reference || view.amount.total !== body.amount.total) record.lost.push(`${id} is another one`);
  const orders = platform.orders.get(id.slice(4)) ?? [];
  const live = orders.filter(({ trade_state }) => trade_state !== "CLOSED");
  if (live.length > 1) record.doubled.push(`${id} has ${live.length} orders: ${live.map((order) => order.out_trade_no)}`);
  const isReplaced = orders.some((order) => order.out_trade_no === number && order.trade_state === "CLOSED");
  if (view.attempt && view.attempt.out_trade_no !== number && !isReplaced) record.lost.push(`${id}: order ${number}`);
}

function compareRefunds(record, entry, refunds, platform) {
  for (const [reference, { number, fen }] of entry.refunds) {
    const same = refunds.filter((refund) => refund.reference === reference);
    if (same.length > 1) record.doubled.push(`${entry.id} has ${same.length} refunds ${reference}`);
    if (same[0]?.out_refund_no !== number || same[0]?.amount.total !== fen) record.lost.push(`${entry.id}: refund ${reference}`);
  }
  const known = new Set(refunds.map((refund) => refund.out_refund_no));
  const made = platform.refunds.get(entry.id.slice(4)) ?? [];
  for (const { out_refund_no: number } of made) {
    if (!known.has(number)) record.lost.push(`${entry.id}: refund ${number} of the platform's`);
  }
}

/** What a shop has been told stands in the log under the same id, and each thing once. */
function compareEvents(record, entry, events, taken) {
  for (const [id, { type }] of taken) {
    if (!record.told.has(id)) {
      record.told.add(id);
      record.acknowledged.webhook++;
    }
    if (!events.some((event) => event.id === id && event.type === type)) record.lost.push(`${entry.id}: event ${id} ${type}`);
  }
  const once = events.filter(({ type }) => type.startsWith("checkout.")).map(({ type }) => type);
  if (new Set(once).size !== once.length) record.doubled.push(`${entry.id}: events ${once}`);
}

/** What was answered 200 is not asked again: it must have been stored. */
function compareNotice(record, told, view, refunds, platform) {
  if (!record.heard.has(told.id)) {
    record.heard.add(told.id);
    record.acknowledged.notification++;
  }
  const about = `notification ${told.id} of ${told.out_trade_no}`;
  if (!told.out_refund_no) {
    if (view.status !== "paid") record.lost.push(`${about}: the checkout is ${view.status}`);
    return;
  }
  const of = ({ out_refund_no: number }) => number === told.out_refund_no;
  const theirs = [...platform.refunds.values()].flat().find(of);
  const ours = refunds.find(of);
  if (ours?.status !== theirs.status.toLowerCase()) record.lost.push(`${about}: refund ${told.out_refund_no} is ${ours?.status}, not ${theirs.status}`);
}

/** Whether nothing is under way any more: neither an order nor a refund. */
export async function isAtRest(record) {
  let rests = true;
  await forEach(record.checkouts.values(), async (entry) => {
    const { view, refunds, events } = await read(entry);
    const ended = refunds?.every(({ status }) => REFUND_ENDS.includes(status.toUpperCase()));
    const told = events?.every(({ state }) => state === "delivered");
    rests &&= Boolean(ended && told) && view.status !== "open";
  });
  return rests;
}

/** Once all is at rest, our books and the platform's say the same to the fen. */
export async function assertAgreed(record, sandbox, ears) {
  const platform = await platformOf(sandbox);
  await forEach(record.checkouts.values(), async (entry) => {
    const { view, refunds, events, missing } = await read(entry);
    if (missing) return void record.lost.push(missing);
    const orders = platform.orders.get(entry.id.slice(4)) ?? [];
    const paid = orders.filter(({ trade_state }) => PAID.includes(trade_state));
    if (paid.length > 1) record.doubled.push(`${entry.id} was paid ${paid.length} times`);
    const [theirs, ours] = [paid[0]?.transaction_id, view.payment?.transaction_id];
    if (theirs !== ours) record.lost.push(`${entry.id}: paid by ${theirs} there, by ${ours} here`);
    if (orders.some(({ trade_state }) => trade_state === "NOTPAY")) record.lost.push(`${entry.id} is ${view.status} and can be paid`);
    agreeOnRefunds(record, entry, refunds, platform.refunds.get(entry.id.slice(4)) ?? []);
    agreeOnEvents(record, entry, { view, refunds, events }, ears);
    await agreeWithIndex(record, entry, view);
  });
}

function agreeOnRefunds(record, entry, ours, theirs) {
  const row = (number, status, fen) => `${number} ${status.toLowerCase()} ${fen}`;
  const there = new Set(theirs.map(({ out_refund_no, status, amount }) => row(out_refund_no, status, amount.refund)));
  for (const { out_refund_no, status, amount } of ours) {
    const here = row(out_refund_no, status, amount.total);
    // One that the platform refused for good never was there.
    if (!there.delete(here) && status !== "closed") record.lost.push(`${entry.id}: refund ${here} is not there`);
  }
  for (const row of there) record.lost.push(`${entry.id}: refund ${row} is not here`);
}

/** What of a refund its shop is told. */
const NEWS = { success: "refund.succeeded", closed: "refund.failed", abnormal: "refund.failed" };

/** The shop was told of the end and of every refund, once each, and of nothing else. */
function agreeOnEvents(record, entry, { view, refunds, events }, ears) {
  const due = [`checkout.${view.status}`, ...refunds.map(({ status }) => NEWS[status])].sort();
  const logged = events.map(({ type }) => type).sort();
  const heard = ears.takenOf(entry.id).map(([, { type }]) => type).sort();
  if (String(logged) !== String(due)) record.odd.push(`${entry.id}: events ${logged}, due ${due}`);
  const [missing, more] = [heard.length < due.length, heard.length > due.length];
  if (missing) record.lost.push(`${entry.id}: the shop heard ${heard} of ${due}`);
  if (more) record.doubled.push(`${entry.id}: the shop heard ${heard} for ${due}`);
}

/** The list knows of it, and how it ended. */
async function agreeWithIndex(record, entry, view) {
  const { shop, id, body } = entry;
  const reply = await shop.ask("GET", `/v1/checkouts?reference=${body.reference}`, { bearer: shop.secretKey });
  const rows = reply.body.data ?? [];
  if (rows.length > 1) record.doubled.push(`${id} stands ${rows.length} times in the list`);
  if (rows[0]?.id !== id || rows[0]?.status !== view.status) record.lost.push(`${id} is ${view.status}, listed as ${rows[0]?.status}`);
}

/** What the objects have on disk, once the Worker is gone: no event stands there twice. */
export function assertOnDisk(record, state) {
  for (const { id, events } of histories(state)) {
    const told = events.filter(({ notification_id, transaction_id }) => notification_id || transaction_id);
    const distinct = new Set(told.map(({ number, transaction_id, report }) => `${number} ${transaction_id} ${report}`));
    if (distinct.size !== told.length) record.doubled.push(`${id}: ${told.map(({ report }) => report).join("; ")}`);
    const isPaid = record.checkouts.get(id)?.wasPaid;
    if (isPaid && !told.some(({ transaction_id }) => transaction_id)) record.lost.push(`${id}: no event of its payment`);
  }
}

/** Works on all of them, some at a time: each is two requests, and the Worker has other callers. */
async function forEach(entries, work) {
  const queue = [...entries];
  const hands = Array.from({ length: AT_ONCE }, async () => {
    while (queue.length) await work(queue.shift());
  });
  await Promise.all(hands);
}
