// A day's bill goes through the Worker, from a platform that may send anything: nothing of it is
// handed over unproven, and what is handed over is the platform's, byte for byte or row by row.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import {
  BillPlatform, profile, ready, refused, sha1, startWith, taken, tradeBill,
} from "../harness/bill-platform.mjs";
import { until } from "../harness/wait.mjs";
import { SECRET_KEY } from "../harness/worker.mjs";

const OTHER_KEY = "another-secret-key-0123456789abcdefgh";
const DAY = "/v1/bills/trade?date=2025-01-01";
const ROWS = 2_000;
const BILL = Buffer.concat([...tradeBill(ROWS)]);
/** The end of a bill, which is held back from the caller until it is proven. */
const HELD_BYTES = 4_096;

let platform;
let worker;

before(async () => {
  platform = await BillPlatform.start();
  worker = await startWith(platform, {
    PROFILES: "acme",
    ...profile(platform, { prefix: "ACME__", mchid: "1900000002", key: OTHER_KEY }),
  });
});

after(async () => {
  await worker?.stop();
  await platform?.close();
});

const ask = (path = DAY, { accept = "*/*", key = SECRET_KEY, ...options } = {}) =>
  worker.fetch(path, { ...options, headers: { Accept: accept, Authorization: `Bearer ${key}` } });

const downloads = () => platform.asked.filter((path) => path.startsWith("/v3/billdownload/"));

test("a bill is handed over byte for byte, compressed or not on its way", async () => {
  for (const wire of [BILL, gzipSync(BILL)]) {
    platform.offerBytes(BILL, { wire });
    const reply = await ask();
    assert.equal(reply.headers.get("content-type"), "text/csv; charset=utf-8");
    assert.equal(reply.headers.get("cache-control"), "no-store");
    assert.equal(reply.headers.get("content-length"), String(BILL.length));
    const { bytes, whole } = await taken(reply);
    assert.ok(whole && bytes.equals(BILL));
  }
});

test("it is read twice, each time from an address asked for afresh", async () => {
  platform.offerBytes(BILL);
  await taken(await ask("/v1/bills/trade?date=2025-01-01&type=SUCCESS"));
  const question = "/v3/bill/tradebill?bill_date=2025-01-01&bill_type=SUCCESS&tar_type=GZIP";
  const file = (token) => `/v3/billdownload/file?token=${token}&tartype=gzip`;
  assert.deepEqual(platform.asked, [question, file("TOKEN1"), question, file("TOKEN2")]);
});

test("rows are handed over as lines of JSON to whoever wants them, the summary last", async () => {
  platform.offerBytes(BILL, { wire: gzipSync(BILL) });
  const reply = await ask(DAY, { accept: "application/x-ndjson" });
  assert.equal(reply.headers.get("content-type"), "application/x-ndjson");
  const { bytes, whole } = await taken(reply);
  const lines = bytes.toString().trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.ok(whole);
  assert.equal(lines.length, ROWS + 1);
  assert.deepEqual(lines[7], {
    trade_time: "2025-01-01T00:00:07+08:00",
    appid: "wxd678efh567hg6787",
    mchid: "1900000001",
    sub_mchid: null,
    device: null,
    transaction_id: "4200000000202501010000000007",
    out_trade_no: "abcdefghijklmnopqrst0100000007",
    openid: "oUpF8uMuAJO_M2pxb1Q0000000007",
    trade_type: "NATIVE",
    state: "SUCCESS",
    bank_type: "OTHERS",
    currency: "CNY",
    settlement_amount: 8_800,
    coupon_amount: 0,
    refund_id: null,
    out_refund_no: null,
    refund_amount: 0,
    recharge_coupon_refund_amount: 0,
    refund_channel: null,
    refund_state: null,
    description: "乌龙茶 250 克，清香型,第 0000000007 号",
    attach: "cart=0000000007",
    fee_yuan: "0.53000",
    rate: "0.60%",
    order_amount: 8_800,
    requested_refund_amount: 0,
    rate_note: null,
  });
  assert.equal(lines.at(-1).summary.row_count, ROWS);
  assert.equal(lines.at(-1).summary.order_amount, ROWS * 8_800);
});

test("a fund-flow bill of any account is asked for by its name", async () => {
  const bill = Buffer.from("记账时间,收支类型,收支金额（元）\n`2025-01-01 11:20:31,`收入,`12.34\n"
    + "资金流水总笔数,收入笔数,收入金额\n`1.0,`1.0,`12.34\n");
  platform.offerBytes(bill);
  const path = "/v1/bills/fund-flow?date=2025-01-01&account=OPERATION";
  const { bytes } = await taken(await ask(path, { accept: "application/x-ndjson" }));
  assert.equal(bytes.toString(), '{"booked_time":"2025-01-01T11:20:31+08:00","direction":"income",'
    + '"amount":1234}\n{"summary":{"row_count":1,"income_count":1,"income_amount":1234}}\n');
  const question = "/v3/bill/fundflowbill?bill_date=2025-01-01&account_type=OPERATION&tar_type=GZIP";
  assert.equal(platform.asked[0], question);
});

test("a file with another digest is never begun", async () => {
  for (const accept of ["text/csv", "application/x-ndjson"]) {
    for (const wire of [BILL, gzipSync(BILL)]) {
      platform.offerBytes(BILL, { wire, hash: sha1("another") });
      await refused(await ask(DAY, { accept }), 502, "bill_corrupt");
      assert.equal(downloads().length, 1, "nobody reads a second time what is false");
    }
  }
});

test("a file that is cut short is never begun", async () => {
  const zipped = gzipSync(BILL);
  const cuts = [BILL.subarray(0, -1), BILL.subarray(0, 0), zipped.subarray(0, -9), zipped.subarray(0, 9)];
  for (const wire of cuts) {
    platform.offerBytes(BILL, { wire });
    await refused(await ask(), 502, "bill_corrupt");
  }
  platform.offerBytes(BILL, { wire: Buffer.concat([zipped, Buffer.from("more")]) });
  await refused(await ask(), 502, "bill_corrupt");
});

test("a connection that breaks off is a reason to come again", async () => {
  platform.offer({
    answer: (origin, token) => ready(origin, token, sha1(BILL)),
    file: (reply) => {
      reply.writeHead(200, { "Content-Length": BILL.length });
      reply.write(BILL.subarray(0, 100_000), () => reply.destroy());
    },
  });
  const problem = await refused(await ask(), 503, "unavailable");
  assert.ok(problem.retry_after_s > 0);
});

test("nobody gets all of a file that was another one the second time", async () => {
  const other = Buffer.from(BILL);
  other[BILL.length - 8] ^= 1;
  for (const second of [other, gzipSync(other), BILL.subarray(0, -1)]) {
    platform.offer({
      answer: (origin, token) => ready(origin, token, sha1(BILL)),
      file: (reply, download) => reply.writeHead(200).end(download === 1 ? BILL : second),
    });
    const { bytes, whole } = await taken(await ask());
    assert.ok(!whole, "the stream breaks off");
    assert.ok(bytes.length <= BILL.length - HELD_BYTES, `${bytes.length} bytes`);
  }
  await until("the operator is told", () => worker.words.includes("bill_broke_off"));
});

test("a bill that is proven and cannot be read is still handed over as it is", async () => {
  const strange = Buffer.from(BILL.toString().replace("`88.00", "`eighty-eight"));
  platform.offerBytes(strange);
  assert.ok((await taken(await ask())).bytes.equals(strange));
  const problem = await refused(await ask(DAY, { accept: "application/x-ndjson" }), 500, "internal");
  assert.equal(problem.detail, "line 2: 应结订单金额 is not an amount in whole fen");
});

test("a bill that was made anew between two readings is asked for again", async () => {
  platform.offer({
    answer: (origin, token) => ready(origin, token, sha1(token === "TOKEN1" ? BILL : "another")),
    file: (reply) => reply.writeHead(200).end(BILL),
  });
  await refused(await ask(), 503, "unavailable");
});

test("not yet, nothing and no are told apart, whatever status they come with", async () => {
  const says = (status, code) => platform.offer({ answer: () => ({ status, body: { code } }) });
  for (const status of [400, 404]) {
    says(status, "STATEMENT_CREATING");
    const reply = await ask();
    assert.equal(reply.headers.get("retry-after"), "1800");
    await refused(reply, 409, "bill_not_ready");
    says(status, "NO_STATEMENT_EXIST");
    await refused(await ask(), 404, "no_bill");
  }
  says(403, "NO_AUTH");
  assert.equal((await refused(await ask(), 502, "wechatpay_refused")).wechatpay.code, "NO_AUTH");
  says(500, "SYSTEM_ERROR");
  await refused(await ask(), 503, "unavailable");
  assert.deepEqual(downloads(), []);
});

test("an answer that WeChat Pay did not sign names no file", async () => {
  platform.offer({
    answer: (origin, token) => ({ ...ready(origin, token, sha1(BILL)), signed: false }),
  });
  await refused(await ask(), 503, "unavailable");
  assert.deepEqual(downloads(), []);
});

test("a file that is refused is refused", async () => {
  const body = JSON.stringify({ code: "NO_AUTH", message: "无权限" });
  platform.offer({
    answer: (origin, token) => ready(origin, token, sha1(BILL)),
    file: (reply) => reply.writeHead(403).end(body),
  });
  assert.equal((await refused(await ask(), 502, "wechatpay_refused")).wechatpay.code, "NO_AUTH");
});

test("a stranger never gets our signature, neither by name nor by redirect", async () => {
  const met = [];
  const stranger = createServer((request, reply) => {
    met.push(request.url);
    reply.end(BILL);
  });
  await new Promise((open) => stranger.listen(0, "127.0.0.1", open));
  const elsewhere = `http://127.0.0.1:${stranger.address().port}`;
  try {
    platform.offer({ answer: (_, token) => ready(elsewhere, token, sha1(BILL)) });
    await refused(await ask(), 502, "bill_corrupt");
    platform.offer({
      answer: (origin, token) => ready(origin, token, sha1(BILL)),
      file: (reply) => reply.writeHead(302, { Location: `${elsewhere}/v3/billdownload/file` }).end(),
    });
    await refused(await ask(), 503, "unavailable");
    assert.deepEqual(met, []);
  } finally {
    stranger.closeAllConnections();
    stranger.close();
  }
});

test("a bill is its profile's", async () => {
  platform.offerBytes(BILL);
  await taken(await ask());
  assert.deepEqual(new Set(platform.callers), new Set(["1900000001"]));
  platform.offerBytes(BILL);
  await taken(await ask(DAY, { key: OTHER_KEY }));
  assert.deepEqual(new Set(platform.callers), new Set(["1900000002"]));
});

test("only a question with an answer reaches the platform", async () => {
  platform.offerBytes(BILL);
  await refused(await ask(DAY, { key: "x" }), 401, "unauthorized");
  await refused(await worker.fetch(DAY), 401, "unauthorized");
  for (const query of [
    "", "date=2025-02-29", "date=2025-1-1", "date=2025-01-01&type=all", "date=2025-01-01&page=2",
    "date=2025-01-01&sub_mchid=1600000001",
  ]) {
    await refused(await ask(`/v1/bills/trade?${query}`), 400, "invalid_request");
  }
  await refused(await ask("/v1/bills/fund-flow?date=2025-01-01&account=DEPOSIT"), 400, "invalid_request");
  assert.deepEqual(platform.asked, []);
});

test("HEAD tells whether a bill is ready, and fetches nothing", async () => {
  platform.offerBytes(BILL);
  const reply = await ask(DAY, { method: "HEAD" });
  assert.deepEqual([reply.status, await reply.text()], [200, ""]);
  platform.offer({ answer: () => ({ status: 400, body: { code: "NO_STATEMENT_EXIST" } }) });
  assert.equal((await ask(DAY, { method: "HEAD" })).status, 404);
  assert.deepEqual(downloads(), []);
});

test("a caller who hangs up ends the platform's connection too", async () => {
  const closed = [];
  platform.offer({
    answer: (origin, token) => ready(origin, token, sha1(BILL)),
    file: (reply, download) => {
      if (download === 1) return void reply.writeHead(200).end(BILL);
      reply.on("close", () => closed.push(download));
      reply.writeHead(200).write(BILL.subarray(0, -1)); // And never the last byte.
    },
  });
  const hangUp = new AbortController();
  const reply = await ask(DAY, { signal: hangUp.signal });
  await reply.body.getReader().read();
  hangUp.abort();
  await until("the connection is gone", () => closed.includes(2));
});

test("a bill is as much of a platform that is down as any call", async () => {
  const down = await startWith({ ...platform, merchant: platform.merchant, url: "http://127.0.0.1:1" });
  try {
    const headers = { Authorization: `Bearer ${SECRET_KEY}` };
    await refused(await down.fetch(DAY, { headers }), 503, "unavailable");
  } finally {
    await down.stop();
  }
});

// Silence is given half a minute, which nothing shortens.
if (process.env.SAOMA_SOAK === "1") {
  test("a file that stops coming is given up", async () => {
    platform.offer({
      answer: (origin, token) => ready(origin, token, sha1(BILL)),
      file: (reply) => reply.writeHead(200).write(BILL.subarray(0, 100_000)),
    });
    await refused(await ask(), 503, "unavailable");
  });
}
