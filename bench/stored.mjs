// How orders and lists fare as more and more orders are stored: `npm run bench -- --stored`.
//
// The first orders are real: placed, paid and listed, an object and a row each. Above that, rows of
// the index are copies of theirs under other names, because placing a hundred thousand would take
// longer than anybody waits; an object that nobody wakes costs nothing but its file, so the rows are
// what may slow anybody down. The wait of an order includes two rows of the index.

import { randomUUID } from "node:crypto";

import { NOTIFY_PATH, genuine } from "../tests/harness/notification.mjs";
import { SECRET_KEY } from "../tests/harness/worker.mjs";
import { cpuMs } from "./cpu.mjs";
import { call, median, stream } from "./load.mjs";
import { startPlatform } from "./platform.mjs";
import { startRuntime } from "./runtime.mjs";

/** How many orders are stored at each look. */
const LEVELS = [1_000, 10_000, 100_000];

/** Rows of one statement; D1 bounds how long one may run. */
const COPIES = 3_000;

/** Real orders that are placed and settled at a stretch. */
const ROUND = 200;

/** Requests of one look at a kind. */
const LOOKS = 100;

const headers = { Authorization: `Bearer ${SECRET_KEY}`, "Content-Type": "application/json" };

/** Places one order; its wait is `stream`'s. */
async function place({ ours }) {
  const order = { reference: randomUUID(), description: "Oolong 250 g", amount: { total: 8_800, currency: "CNY" } };
  const reply = await call(`${ours}/v1/checkouts`, { method: "POST", headers, body: JSON.stringify(order) });
  if (reply.status !== 201) throw new Error(`${reply.status}: ${reply.body}`);
  return JSON.parse(reply.body);
}

/** Settles what was placed, so that no alarm asks about it during the looks. */
async function settle({ ours }, merchant, placed) {
  const letters = placed.map(({ attempt }) => genuine(merchant, attempt.out_trade_no));
  await stream(letters.length, async (index) => {
    const reply = await call(ours + NOTIFY_PATH, { method: "POST", ...letters[index] });
    if (reply.status !== 200) throw new Error(`${reply.status}: ${reply.body}`);
  });
}

const stored = async (index) =>
  (await index.prepare("SELECT count(*) AS n FROM checkouts").first()).n;

/** Copies rows until there are `count`: of other names, over the year before. */
async function copy(index, count) {
  const name = "lower(hex(randomblob(10)))";
  const letters = ["0g", "1h", "8i", "9j"];
  const stem = letters.reduce((text, [from, to]) => `replace(${text}, '${from}', '${to}')`, name);
  const make = index.prepare(`
    INSERT INTO checkouts SELECT 'chk_' || stem, profile, 1, at, 'paid', 0, 0, at, json_set(row,
      '$.id', 'chk_' || stem, '$.reference', 'copy-' || stem, '$.created_at', at,
      '$.out_trade_no', stem || '01abcdefgh', '$.paid[0].out_trade_no', stem || '01abcdefgh',
      '$.paid[0].transaction_id', '42000' || abs(random()))
    FROM (SELECT ${stem} AS stem, profile, created_at - abs(random() % 31536000) AS at, row
      FROM checkouts WHERE status = 'paid' LIMIT ?)`);
  for (let there = await stored(index); there < count; there = await stored(index)) {
    await make.bind(Math.min(count - there, COPIES)).run();
  }
  await index.prepare(`
    INSERT OR IGNORE INTO payments SELECT checkouts.id, paid.value ->> 'transaction_id', profile, NULL,
    paid.value ->> 'day', paid.value FROM checkouts, json_each(row, '$.paid') AS paid`).run();
}

async function looks(runtime, merchant, index) {
  const { ours } = runtime;
  const list = async (query) => {
    const reply = await call(`${ours}/v1/checkouts?${new URLSearchParams(query)}`, { headers });
    if (reply.status !== 200) throw new Error(`${reply.status}: ${reply.body}`);
    return JSON.parse(reply.body);
  };
  const middle = await index.prepare(
    "SELECT id, created_at AS at FROM checkouts WHERE status = 'paid' ORDER BY created_at DESC LIMIT 1 OFFSET ?",
  ).bind(Math.trunc(await stored(index) / 2)).first();
  // A real one: a reference leads to the id that follows from it, and copies have other ids.
  const real = await index.prepare(
    "SELECT row ->> 'reference' AS reference, row ->> '$.paid[0].transaction_id' AS transaction_id "
    + "FROM checkouts WHERE status = 'paid' AND row ->> 'reference' NOT LIKE 'copy-%' LIMIT 1",
  ).first();
  const cursor = Buffer.from(`${middle.at}.${middle.id}`).toString("base64url");
  const kinds = {
    "order placed": () => place(runtime),
    "newest 20": () => list({}),
    "20 from the middle": () => list({ cursor }),
    "paid, from the middle": () => list({ status: "paid", cursor }),
    "by reference": () => list({ reference: real.reference }),
    "by transaction_id": () => list({ transaction_id: real.transaction_id }),
  };
  const found = {};
  for (const [name, one] of Object.entries(kinds)) {
    await stream(20, one);
    const before = cpuMs(runtime.workerd);
    const { results, tookMs } = await stream(LOOKS, one);
    const cpu = (cpuMs(runtime.workerd) - before) / LOOKS;
    found[name] = [median(tookMs), tookMs.toSorted((a, b) => a - b)[Math.trunc(LOOKS * 0.95)], cpu];
    if (name === "order placed") await settle(runtime, merchant, results);
    if (name.startsWith("by ") && results.some(({ data }) => data.length !== 1)) throw new Error(`${name}: not found`);
  }
  return found;
}

/**
 * Rows of a table: each kind with p50, p95 and workerd's CPU (D1 runs in it) in milliseconds at every
 * level; `real` orders are real.
 */
export async function storedRows(real) {
  const platform = await startPlatform();
  const runtime = await startRuntime(platform);
  try {
    const levels = [];
    let placed = 0;
    for (const level of LEVELS) {
      for (; placed < Math.min(level, real); placed += ROUND) {
        const { results } = await stream(ROUND, () => place(runtime));
        await settle(runtime, platform.merchant, results);
      }
      const index = await runtime.database();
      await copy(index, level);
      levels.push(await looks(runtime, platform.merchant, index));
    }
    const ms = (number) => number.toFixed(1);
    return [
      ["orders stored", ...LEVELS.map(String)],
      ...Object.keys(levels[0]).map((name) =>
        [name, ...levels.map((found) => found[name].map(ms).join(" / "))]),
    ];
  } finally {
    await runtime.stop();
    await platform.close();
  }
}
