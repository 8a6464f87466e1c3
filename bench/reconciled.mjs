// How fast a day is reconciled: `npm run bench -- --reconciled`.
//
// The bill has a hundred thousand rows, most of them other programs'. Ours are real checkouts, each an
// object of its own, which is where the time goes: half of them know of their payment, and half hear
// of it from the bill.

import { randomUUID } from "node:crypto";

import { BillOffice, paymentRow } from "../tests/harness/bill-office.mjs";
import { NOTIFY_PATH, genuine } from "../tests/harness/notification.mjs";
import { SECRET_KEY } from "../tests/harness/worker.mjs";
import { call, stream } from "./load.mjs";
import { startPlatform } from "./platform.mjs";
import { startRuntime } from "./runtime.mjs";

const ROWS = 100_000;
const POLL_MS = 20;

const headers = { Authorization: `Bearer ${SECRET_KEY}`, "Content-Type": "application/json" };

async function ask(method, url, body, expected) {
  const reply = await call(url, { method, headers, body: body && JSON.stringify(body) });
  if (reply.status !== expected) throw new Error(`${url}: ${reply.status}: ${reply.body}`);
  return JSON.parse(reply.body);
}

/** Places `count` orders, and gives what WeChat Pay's bill says of them. */
async function place(ours, merchant, count, day) {
  const order = () =>
    ({ reference: randomUUID(), description: "Oolong 250 g", amount: { total: 8_800, currency: "CNY" } });
  const { results } = await stream(count, () => ask("POST", `${ours}/v1/checkouts`, order(), 201));
  return results.map(({ attempt }, n) => ({
    out_trade_no: attempt.out_trade_no,
    transaction_id: `4200000000${String(n).padStart(18, "0")}`,
    mchid: merchant.mchid,
    appid: merchant.appid,
    success_time: `${day}T12:00:00+08:00`,
    amount: { total: 8_800 },
  }));
}

/** Has the day looked at, and waits: when the first row was compared, and when all was known. */
async function reconcile(ours, day) {
  const path = `${ours}/v1/reconciliations/${day}`;
  const began = performance.now();
  await ask("POST", path, undefined, 202);
  let staged;
  for (;;) {
    const { status, counts } = await ask("GET", path, undefined, 200);
    const now = performance.now() - began;
    if (counts.rows > 0) staged ??= now;
    if (status === "done") return { counts, staged, took: now };
    if (status === "waiting" || status === "failed") throw new Error(`the day is ${status}`);
    await new Promise((resume) => setTimeout(resume, POLL_MS));
  }
}

/** Rows of a table; `ours` checkouts are in the bill. */
export async function reconciledRows(count) {
  const platform = await startPlatform();
  const { merchant } = platform;
  const office = await BillOffice.open(merchant, platform);
  const runtime = await startRuntime({ ...platform, url: office.url });
  try {
    // Two days ago, whose bill is ready whatever the hour.
    const day = new Date(Date.now() + (8 - 48) * 3_600_000).toISOString().slice(0, 10);
    const paid = await place(runtime.ours, merchant, count, day);
    const known = paid.filter((_, n) => n % 2 === 0);
    await stream(known.length, async (n) => {
      const { out_trade_no, ...told } = known[n];
      const amount = { total: 8_800, payer_total: 8_800, currency: "CNY", payer_currency: "CNY" };
      const letter = genuine(merchant, out_trade_no, { ...told, amount });
      const reply = await call(runtime.ours + NOTIFY_PATH, { method: "POST", ...letter });
      if (reply.status !== 200) throw new Error(`${reply.status}: ${reply.body}`);
    });
    const every = Math.trunc(ROWS / count);
    const rows = Array.from({ length: ROWS }, (_, n) => (n % every === 0 && paid[n / every]
      ? paymentRow(paid[n / every])
      : paymentRow({ ...paid[0], out_trade_no: `SHOP-${n}`, transaction_id: `43${n}` })));
    office.offer(day, rows);
    const looks = [await reconcile(runtime.ours, day), await reconcile(runtime.ours, day)];
    const second = (ms) => (ms / 1_000).toFixed(1);
    return [
      ["", "first look", "second look"],
      ["rows", ...looks.map(({ counts }) => String(counts.rows))],
      ["of ours", ...looks.map(({ counts }) => String(counts.compared))],
      ["agree / entered", ...looks.map(({ counts }) => `${counts.agree} / ${counts.entered}`)],
      ["read and proven, s", ...looks.map(({ staged }) => second(staged))],
      ["done, s", ...looks.map(({ took }) => second(took))],
      ["rows a second", ...looks.map(({ counts, took }) => String(Math.round((counts.rows * 1_000) / took)))],
      ["rows of ours a second", ...looks.map(({ counts, took, staged }) =>
        String(Math.round((counts.compared * 1_000) / (took - staged))))],
    ];
  } finally {
    await runtime.stop();
    await office.close();
    await platform.close();
  }
}
