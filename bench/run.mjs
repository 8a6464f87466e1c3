// `npm run bench`: what the speeds and sizes are, measured in one run and printed as one table,
// the bare runtime beside ours.
//
// CPU is user plus system time of workerd over `--requests` requests (2000), less the same for
// empty replies. Background work of the orders placed (one alarm each) is on ours' bill.
//
// `npm run bench -- --stored`: only how orders and lists fare from 1,000 to 100,000 stored orders,
// `--real` of which (10000) are placed and paid.
//
// `npm run bench -- --reconciled`: only how fast a day's bill is compared, `--ours` of whose rows (500)
// are checkouts of this Worker.
//
// `npm run bench -- --platform-load`: only how many native orders a second the sandbox takes, of
// `--orders` (20000) flat out and as many at `--rate` a second (1500), beside a bare server.
//
// `npm run bench -- --page`: only what a shopper waits for, over `--loads` page loads (10) and
// `--payments` payments (50).

import { parseArgs } from "node:util";

import { cpuMs } from "./cpu.mjs";
import { median, stream } from "./load.mjs";
import { pageRows } from "./page.mjs";
import { payToPaid } from "./paid.mjs";
import { platformLoadRows } from "./platform-load.mjs";
import { startPlatform } from "./platform.mjs";
import { reconciledRows } from "./reconciled.mjs";
import { bareRows, ourRows, unpaidRows } from "./rows.mjs";
import { startRuntime } from "./runtime.mjs";
import { sizes } from "./sizes.mjs";
import { storedRows } from "./stored.mjs";
import { table } from "./table.mjs";

const REQUESTS_MIN = 1_000;

/** Requests of one row at a stretch. Rows take turns, so that a neighbour's noise meets them all. */
const ROUND = 200;

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "2000" },
    purchases: { type: "string", default: "20" },
    stored: { type: "boolean", default: false },
    real: { type: "string", default: "10000" },
    reconciled: { type: "boolean", default: false },
    ours: { type: "string", default: "500" },
    "platform-load": { type: "boolean", default: false },
    orders: { type: "string", default: "20000" },
    rate: { type: "string", default: "1500" },
    page: { type: "boolean", default: false },
    loads: { type: "string", default: "10" },
    payments: { type: "string", default: "50" },
  },
});
const rounds = Math.ceil(Math.max(REQUESTS_MIN, Number(values.requests)) / ROUND);
const requests = rounds * ROUND;

/** Runs one round of a row; the first round of each only warms up. */
async function turn(row, round, workerd) {
  const letters = row.prepare?.(ROUND) ?? [];
  const before = cpuMs(workerd);
  const { tookMs } = await stream(ROUND, (index) => row.one(round * ROUND + index, letters[index]));
  if (round === 0) return;
  row.cpuMs = (row.cpuMs ?? 0) + cpuMs(workerd) - before;
  row.tookMs = [...(row.tookMs ?? []), ...tookMs];
}

async function takeTurns(rows, workerd) {
  for (let round = 0; round <= rounds; round += 1) {
    for (const row of rows) await turn(row, round, workerd);
  }
}

async function measureCpu() {
  const platform = await startPlatform();
  const runtime = await startRuntime(platform);
  try {
    const doubts = [];
    const bare = bareRows(runtime.bare);
    const ours = ourRows(runtime, platform.merchant, doubts);
    await takeTurns([...bare, ...ours], runtime.workerd);
    const unpaid = unpaidRows(runtime);
    await takeTurns(unpaid, runtime.workerd);
    return { bare, ours: [...ours, ...unpaid], doubts };
  } finally {
    await runtime.stop();
    await platform.close();
  }
}

const ms = (number) => number.toFixed(2);

function printCpu({ bare, ours, doubts }) {
  const empty = bare.find(({ name }) => name === "empty").cpuMs / requests;
  const cpu = (row) => row.cpuMs / requests - empty;
  const part = (name) => cpu(bare.find((row) => row.name === name));
  const beside = ({ parts }) =>
    Object.entries(parts).reduce((sum, [name, times]) => sum + times * part(name), 0);
  const listed = ({ parts }) =>
    Object.entries(parts).map(([name, times]) => (times > 1 ? `${times} ${name}` : name)).join(" + ");
  table(`CPU per request, ms, over ${requests} requests, less the ${ms(empty)} of an empty reply`, [
    ["", "ours", "bare", "ratio", "wait p50"],
    ...bare.filter(({ name }) => name !== "empty").map((row) =>
      [`bare ${row.name}`, "", ms(cpu(row)), "", ms(median(row.tookMs))]),
    ...ours.map((row) => [
      row.name, ms(cpu(row)), ...(listed(row) ? [ms(beside(row)), `${(cpu(row) / beside(row)).toFixed(1)}×`] : ["", ""]),
      ms(median(row.tookMs)), listed(row),
    ]),
  ]);
  if (doubts.length) process.stdout.write(`  (${doubts.length} orders got no answer in time)\n`);
}

if (values.stored) {
  const heading = `As orders are stored, ms, p50 / p95 / CPU (${values.real} of them real, the rest rows)`;
  table(heading, await storedRows(Number(values.real)));
} else if (values.reconciled) {
  table("A day's bill, compared", await reconciledRows(Number(values.ours)));
} else if (values["platform-load"]) {
  const rows = await platformLoadRows({ orders: Number(values.orders), rate: Number(values.rate) });
  table("Native orders placed at the sandbox, ms; at a rate, from each one's moment in the schedule", rows);
} else if (values.page) {
  const { code, paid } = await pageRows({ loads: Number(values.loads), payments: Number(values.payments) });
  table("Until a code can be scanned, ms: 150 ms round trip, 1.6 Mbit/s, a processor four times slower", code);
  table("Until “paid” is shown, ms", paid);
} else {
  printCpu(await measureCpu());
  table("Sizes, bytes", [["", "raw", "gzip", "brotli"], ...(await sizes())]);
  table("From the phone's “pay” to “paid” on the page, ms", await payToPaid(Number(values.purchases)));
}
