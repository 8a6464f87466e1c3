// `npm run bench`: what the speeds and sizes are, measured in one run and printed as one table,
// the bare runtime beside ours.
//
// CPU is user plus system time of workerd over `--requests` requests (2000), less the same for
// empty replies. Background work of the orders placed (one alarm each) is on ours' bill.

import { parseArgs } from "node:util";

import { cpuMs } from "./cpu.mjs";
import { median, stream } from "./load.mjs";
import { payToPaid } from "./paid.mjs";
import { startPlatform } from "./platform.mjs";
import { bareRows, ourRows } from "./rows.mjs";
import { startRuntime } from "./runtime.mjs";
import { sizes } from "./sizes.mjs";
import { table } from "./table.mjs";

const REQUESTS_MIN = 1_000;
const WARM_UP = 200;

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "2000" },
    purchases: { type: "string", default: "20" },
  },
});
const requests = Math.max(REQUESTS_MIN, Number(values.requests));

/** Milliseconds of CPU and of waiting per request of a row, after a warm-up of the same. */
async function measure({ one, prepare }, workerd, used = 0) {
  const letters = prepare?.(WARM_UP + requests) ?? [];
  await stream(WARM_UP, (index) => one(used + index, letters[index]));
  const before = cpuMs(workerd);
  const { tookMs } = await stream(requests, (index) =>
    one(used + WARM_UP + index, letters[WARM_UP + index]));
  return { cpu: (cpuMs(workerd) - before) / requests, wait: median(tookMs) };
}

async function measureCpu() {
  const platform = await startPlatform();
  const runtime = await startRuntime(platform);
  try {
    const bare = {};
    for (const row of bareRows(runtime.bare)) bare[row.name] = await measure(row, runtime.workerd);
    const less = (name) => Math.max(0, bare[name].cpu - bare.empty.cpu);
    const ours = [];
    for (const row of ourRows(runtime, platform.merchant)) {
      const { cpu, wait } = await measure(row, runtime.workerd);
      const beside = Object.entries(row.parts).reduce((sum, [part, times]) => sum + times * less(part), 0);
      ours.push({ name: row.name, parts: row.parts, cpu: cpu - bare.empty.cpu, wait, beside });
    }
    return { bare, less, ours };
  } finally {
    await runtime.stop();
    await platform.close();
  }
}

const ms = (number) => number.toFixed(2);

function printCpu({ bare, less, ours }) {
  table(`CPU per request, ms, over ${requests} requests, less ${ms(bare.empty.cpu)} of an empty reply`, [
    ["", "ours", "bare", "ratio", "wait p50"],
    ...Object.keys(bare).filter((name) => name !== "empty").map((name) => [
      `bare ${name}`, "", ms(less(name)), "", ms(bare[name].wait),
    ]),
    ...ours.map(({ name, parts, cpu, wait, beside }) => [
      name, ms(cpu), beside ? ms(beside) : "", beside ? `${(cpu / beside).toFixed(1)}×` : "", ms(wait),
      Object.entries(parts).map(([part, times]) => (times > 1 ? `${times} ${part}` : part)).join(" + "),
    ]),
  ]);
}

printCpu(await measureCpu());
table("Sizes, bytes", [["", "raw", "gzip", "brotli"], ...(await sizes())]);
table("From the phone's “pay” to “paid” on the page, ms", await payToPaid(Number(values.purchases)));
