// What a merchant does all day, through whichever client library: it sells, gives back, and on the
// next morning asks for its bills.

import { randomBytes } from "node:crypto";

/** A number that nobody has used. */
export const number = (kind) => `${kind}${randomBytes(10).toString("hex")}`;

/** Nobody listens there. */
export const NOWHERE = "http://127.0.0.1:9/notify";

/** Business seconds after which a refund has ended, and the next one may be applied for. */
export const REFUNDED_S = 61;

/** A card that only the platform may read of. */
export const CARD = { bank_type: "ICBC_DEBIT", bank_account: "6222020903001483077", real_name: "张三" };

/** An order of 1000 fen. */
export const order = (out_trade_no, more = {}) => ({
  description: "测试商品-红茶500g",
  out_trade_no,
  notify_url: NOWHERE,
  attach: "cart=42",
  amount: { total: 1_000, currency: "CNY" },
  ...more,
});

/** A part of an order that shall go back. */
export const application = ({ transaction_id }, more = {}) => ({
  transaction_id,
  out_refund_no: number("r"),
  reason: "商品已售完",
  notify_url: NOWHERE,
  amount: { refund: 234, total: 1_000, currency: "CNY" },
  ...more,
});

/** An order that was placed: its number and its code. */
export async function placed(client, more) {
  const out_trade_no = number("t");
  const { status, data } = await client.place(order(out_trade_no, more));
  if (status !== 200) throw new Error(`not placed: ${status} ${JSON.stringify(data)}`);
  return { out_trade_no, code_url: data.code_url };
}

/** An order that was paid: both of its numbers. */
export async function paid(client, sandbox, more) {
  const { code_url } = await placed(client, more);
  return sandbox.pay(code_url);
}

/** A refund that was taken, of an order of its own. */
export async function refunded(client, sandbox, more) {
  const sold = await paid(client, sandbox);
  const applied = application(sold, more);
  const { status, data } = await client.refund(applied);
  if (status !== 200) throw new Error(`not refunded: ${status} ${JSON.stringify(data)}`);
  return { ...sold, out_refund_no: applied.out_refund_no, refund_id: data.refund_id };
}

/** Refunds whose money did not reach the payer, so many. */
export async function stuck(client, sandbox, many = 1) {
  const all = [];
  for (let made = 0; made < many; made += 1) {
    const sold = await paid(client, sandbox);
    await sandbox.faults({ route: "refund", out_trade_no: sold.out_trade_no, kind: "abnormal", times: 1 });
    const applied = application(sold);
    const { data } = await client.refund(applied);
    all.push({ ...sold, out_refund_no: applied.out_refund_no, refund_id: data.refund_id });
  }
  await sandbox.advance(REFUNDED_S);
  return all;
}

/** Beijing is eight hours ahead. */
const BEIJING_S = 8 * 3_600;
const DAY_S = 86_400;

/** Moves the clock to this hour of tomorrow in Beijing, and says which day that is. */
export async function tomorrowAt(sandbox, hour) {
  const { now } = await sandbox.clock();
  const seconds = Date.parse(now) / 1_000 + BEIJING_S;
  const then = (Math.floor(seconds / DAY_S) + 1) * DAY_S + hour * 3_600;
  await sandbox.advance(Math.ceil(then - seconds));
  return new Date(then * 1_000).toISOString().slice(0, 10);
}

/** So many days before this one. */
export const daysBefore = (day, days) =>
  new Date(Date.parse(day) - days * DAY_S * 1_000).toISOString().slice(0, 10);

/**
 * A day on which each of `all` sells and gives back, and the morning after it, when its bills are
 * there: which day it was, and by the client's name what it sold.
 */
export async function aDay(stage, all) {
  const day = await tomorrowAt(stage.sandbox, 12);
  const sold = new Map();
  for (const { name, open } of all) sold.set(name, await refunded(await open(), stage.sandbox));
  await tomorrowAt(stage.sandbox, 11);
  return { day, sold };
}
