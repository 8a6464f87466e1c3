// A bill of any size goes through a few pieces of memory: what is measured is the whole runtime.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { get } from "node:http";
import { pipeline } from "node:stream/promises";
import { after, before, test } from "node:test";
import { createGzip } from "node:zlib";

import { cpuMs, workerdOf } from "../../bench/cpu.mjs";
import {
  BillPlatform, measured, ready, startWith, stream, tradeBill,
} from "../harness/bill-platform.mjs";
import { forgetPeak, peakBytes, wasmBytes } from "../harness/memory.mjs";
import { SECRET_KEY } from "../harness/worker.mjs";

const MEBIBYTE = 1_024 * 1_024;
/** What Cloudflare gives an isolate; here the whole process has to do with it. */
const PROCESS_BYTES_MAX = 128 * MEBIBYTE;
const WASM_BYTES_MAX = 16 * MEBIBYTE;

/** A million rows are some 316 MB as they are and 707 MB as JSON. */
const ROWS = process.env.SAOMA_SOAK === "1" ? 1_000_000 : 100_000;

let platform;
let worker;
let bill;

before(async () => {
  platform = await BillPlatform.start();
  worker = await startWith(platform);
  const zipped = [];
  await pipeline(tradeBill(ROWS), createGzip({ level: 1 }), async (chunks) => {
    for await (const chunk of chunks) zipped.push(chunk);
  });
  bill = { ...measured(tradeBill(ROWS)), zipped: Buffer.concat(zipped) };
});
after(async () => {
  await worker?.stop();
  await platform?.close();
});

const asIs = (reply) => stream(reply, tradeBill(ROWS));
const compressed = (reply) => reply.writeHead(200).end(bill.zipped);

/** Over a connection of its own: minutes lie between two questions, and idle ones are closed. */
const ask = (accept) => new Promise((answered, failed) => {
  const headers = { Accept: accept, Authorization: `Bearer ${SECRET_KEY}` };
  get(`${worker.url}/v1/bills/trade?date=2025-01-01`, { agent: false, headers }, answered)
    .on("error", failed);
});

/** Asks for the bill and forgets it; digest, bytes and line ends of what came, and what it cost. */
async function pass(accept, file) {
  platform.offer({ answer: (origin, token) => ready(origin, token, bill.hash), file });
  const pid = workerdOf();
  forgetPeak(pid);
  const before = { cpu: cpuMs(pid), at: performance.now() };
  const reply = await ask(accept);
  assert.equal(reply.statusCode, 200);
  const hash = createHash("sha1");
  const came = { bytes: 0, lines: 0, last: Buffer.alloc(0) };
  for await (const chunk of reply) {
    hash.update(chunk);
    came.bytes += chunk.length;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) came.lines += 1;
    came.last = Buffer.concat([came.last, chunk]).subarray(-500);
  }
  return {
    ...came,
    hash: hash.digest("hex"),
    peak: peakBytes(pid),
    cpu_ms: cpuMs(pid) - before.cpu,
    wall_ms: performance.now() - before.at,
  };
}

function told(t, { peak, cpu_ms, wall_ms, bytes }) {
  const perSecond = Math.round(ROWS / (wall_ms / 1_000));
  t.diagnostic(`${ROWS} rows, ${bytes} bytes out: ${perSecond} rows/s, ${Math.round(cpu_ms)} ms of CPU, `
    + `${(peak / MEBIBYTE).toFixed(1)} MiB resident at the peak`);
}

for (const [name, file] of [["as it is", asIs], ["compressed", compressed]]) {
  test(`a long bill that comes ${name} goes through little memory`, async (t) => {
    const came = await pass("text/csv", file);
    told(t, came);
    assert.deepEqual([came.bytes, came.hash], [bill.bytes, bill.hash]);
    assert.ok(came.peak < PROCESS_BYTES_MAX, `${came.peak} bytes`);
  });

  test(`a long bill that comes ${name} becomes lines of JSON in little memory`, async (t) => {
    const came = await pass("application/x-ndjson", file);
    told(t, came);
    assert.equal(came.lines, ROWS + 1);
    const { summary } = JSON.parse(came.last.toString().trimEnd().split("\n").at(-1));
    assert.equal(summary.row_count, ROWS);
    assert.ok(came.peak < PROCESS_BYTES_MAX, `${came.peak} bytes`);
  });
}

test("a few compressed bytes that stand for very many are taken in pieces", async (t) => {
  const bytes = 256 * MEBIBYTE;
  const zeros = Buffer.alloc(MEBIBYTE);
  const zipped = [];
  await pipeline(
    function* () { for (let n = 0; n < bytes / MEBIBYTE; n += 1) yield zeros; },
    createGzip(),
    async (chunks) => { for await (const chunk of chunks) zipped.push(chunk); },
  );
  platform.offerBytes(Buffer.concat(zipped), { hash: bill.hash });
  const pid = workerdOf();
  forgetPeak(pid);
  const reply = await ask("text/csv");
  assert.equal(JSON.parse((await reply.toArray()).join("")).code, "bill_corrupt");
  t.diagnostic(`${(peakBytes(pid) / MEBIBYTE).toFixed(1)} MiB resident at the peak`);
  assert.ok(peakBytes(pid) < PROCESS_BYTES_MAX, `${peakBytes(pid)} bytes`);
});

test("after all of them wasm holds a few pieces and no more", async (t) => {
  const bytes = await wasmBytes(worker.miniflare);
  t.diagnostic(`${(bytes / MEBIBYTE).toFixed(1)} MiB of wasm memory`);
  assert.ok(bytes > 0 && bytes < WASM_BYTES_MAX, `${bytes} bytes`);
});
