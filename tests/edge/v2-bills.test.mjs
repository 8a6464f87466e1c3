// Bills of a merchant who has nothing but a V2 key: handed over in one reading and marked as
// unproven, told from a failure by their first byte, and never half of one for a whole.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import { BillPlatform, refused, startWith, taken, tradeBill } from "../harness/bill-platform.mjs";
import { V2Platform, startV2, xmlOf } from "../harness/v2-platform.mjs";
import { SECRET_KEY } from "../harness/worker.mjs";

const BILL = Buffer.concat([...tradeBill(60)]);
/** More than goes out in one piece. */
const LONG = Buffer.concat([...tradeBill(4_000)]);
const LINES = { Accept: "application/x-ndjson" };
const FAILED = { return_code: "FAIL" };

let platform;
let stage;
before(async () => {
  platform = await V2Platform.start();
  stage = await startV2(platform);
});
after(async () => {
  await stage?.worker.stop();
  await platform.close();
});

const ask = (query, { kind = "trade", method, headers, worker = stage.worker } = {}) =>
  worker.fetch(`/v1/bills/${kind}?${query}`, { method, headers: { ...headers, Authorization: `Bearer ${SECRET_KEY}` } });

/** The number of rows and the summary of a bill as lines. */
function rowsOf(bytes) {
  const lines = bytes.toString().trimEnd().split("\n").map((line) => JSON.parse(line));
  return { rows: lines.slice(0, -1).length, summary: lines.at(-1).summary };
}

test("a bill goes out as it came, in one reading, and says that nothing proves it", async () => {
  for (const wire of [BILL, gzipSync(BILL)]) {
    platform.bills.set("20250101", wire);
    const before = platform.count("/pay/downloadbill");
    const reply = await ask("date=2025-01-01");
    assert.equal(reply.headers.get("saoma-bill-digest"), "none");
    assert.equal(reply.headers.get("content-length"), String(BILL.length));
    assert.deepEqual((await taken(reply)).bytes, BILL);
    assert.equal(platform.count("/pay/downloadbill"), before + 1);
  }
  const { fields } = platform.calls.at(-1);
  assert.deepEqual(
    [fields.appid, fields.mch_id, fields.bill_date, fields.bill_type, fields.tar_type, fields.sign_type],
    [platform.merchant.appid, platform.merchant.mchid, "20250101", "ALL", "GZIP", "HMAC-SHA256"],
  );
  const lines = await ask("date=2025-01-01&type=REFUND", { headers: LINES });
  assert.equal(lines.headers.get("saoma-bill-digest"), "none");
  assert.deepEqual(rowsOf((await taken(lines)).bytes).rows, 60);
  assert.equal(platform.calls.at(-1).fields.bill_type, "REFUND");
  const head = await ask("date=2025-01-01", { method: "HEAD" });
  assert.deepEqual([head.status, head.headers.get("saoma-bill-digest")], [200, "none"]);
});

test("a long bill goes out while it is read", async () => {
  platform.bills.set("20250102", gzipSync(LONG));
  const plain = await ask("date=2025-01-02");
  assert.equal(plain.headers.get("content-length"), null);
  assert.ok((await taken(plain)).bytes.equals(LONG));
  const { rows, summary } = rowsOf((await taken(await ask("date=2025-01-02", { headers: LINES }))).bytes);
  assert.deepEqual([rows, summary.row_count], [4_000, 4_000]);
});

test("whoever has the totals has all of it", async () => {
  const cut = (bill) => bill.subarray(0, bill.lastIndexOf("\r\n`") + 2);
  for (const headers of [{}, LINES]) {
    // A short one is not begun.
    for (const wire of [cut(BILL), gzipSync(cut(BILL)), gzipSync(BILL).subarray(0, -9), Buffer.alloc(0)]) {
      platform.bills.set("20250103", wire);
      const problem = await refused(await ask("date=2025-01-03", { headers }), 502, "bill_corrupt");
      assert.ok(problem.detail, problem.detail);
    }
    platform.bills.set("20250103", cut(LONG));
    const { bytes } = await taken(await ask("date=2025-01-03", { headers }));
    const totals = headers.Accept ? "\"summary\"" : "\r\n`4000,";
    assert.ok(bytes.length > 100_000 && !bytes.includes(totals));
  }
});

test("a message instead of a bill is told for what it means", async () => {
  const about = (return_msg, error_code) => ({ ...FAILED, return_msg, ...(error_code && { error_code }) });
  for (const [told, status, code] of [
    [about("No Bill Exist", "20002"), 404, "no_bill"],
    [about("No Bill Exist"), 404, "no_bill"],
    [about("Bill Creating"), 409, "bill_not_ready"],
    [about("SYSTEMERROR"), 503, "unavailable"],
    [about("invalid bill_type", "20001"), 502, "wechatpay_refused"],
    [about("SIGN ERROR"), 502, "wechatpay_refused"],
    [{ return_code: "SUCCESS", result_code: "FAIL", err_code: "NO_BILL_EXIST" }, 404, "no_bill"],
  ]) {
    platform.bills.set("20250104", told);
    const problem = await refused(await ask("date=2025-01-04"), status, code);
    if (code === "wechatpay_refused") assert.equal(problem.wechatpay.message, told.return_msg);
  }
  platform.bills.delete("20250104");
  await refused(await ask("date=2025-01-04"), 404, "no_bill");
  const doctype = `<!DOCTYPE xml [<!ENTITY a "Bill Creating">]>${xmlOf(about("&a;"))}`;
  for (const page of ["<html><body>Bill Creating</body></html>", doctype, `<${"x".repeat(300_000)}>`]) {
    platform.bills.set("20250104", BILL);
    platform.twist("/pay/downloadbill", () => page);
    await refused(await ask("date=2025-01-04"), 503, "unavailable");
  }
  platform.twist("/pay/downloadbill", () => null);
  await refused(await ask("date=2025-01-04"), 503, "unavailable");
});

test("what V2 has no bill of is refused before anybody is asked", async () => {
  const before = platform.calls.length;
  await refused(await ask("date=2025-02-30"), 400, "invalid_request");
  await refused(await ask("date=2025-01-01", { kind: "fund-flow" }), 501, "certificate_missing");
  await refused(await ask("date=2025-01-01&sub_mchid=1600000001"), 400, "invalid_request");
  assert.equal(platform.calls.length, before);
});

test("a fund-flow bill comes with the certificate, under HMAC-SHA256, and as its digest says", async () => {
  const flow = Buffer.from("记账时间,收支类型,收支金额(元)\r\n`2025-01-06 00:00:00,`收入,`88.00\r\n资金流水总笔数\r\n`1\r\n");
  const sha1 = (bytes) => createHash("sha1").update(bytes).digest("hex");
  const { worker } = await startV2(platform, {
    overrides: { V2_SIGN_TYPE: "MD5" }, services: { WECHATPAY_MTLS: platform.binding },
  });
  const get = (account) => ask(`date=2025-01-06&account=${account}`, { kind: "fund-flow", worker });
  try {
    platform.bills.set("20250106 Operation", gzipSync(flow));
    // Before its compression or after it: which one is not established.
    for (const digest of [() => `SHA=${sha1(flow)}`, (wire) => `SHA=${sha1(wire)}`]) {
      platform.digest = digest;
      const reply = await get("OPERATION");
      assert.equal(reply.headers.get("saoma-bill-digest"), "unsigned");
      assert.deepEqual((await taken(reply)).bytes, flow);
    }
    assert.equal(platform.calls.at(-1).fields.sign_type, "HMAC-SHA256");
    platform.digest = () => `SHA=${sha1("another")}`;
    await refused(await get("OPERATION"), 502, "bill_corrupt");
    platform.digest = () => "";
    assert.equal((await get("OPERATION")).headers.get("saoma-bill-digest"), "none");
    for (const [told, status, code] of [
      ["NO_BILL_EXIST", 404, "no_bill"], ["BILL_CREATING", 409, "bill_not_ready"], ["PARAM_ERROR", 502, "wechatpay_refused"],
    ]) {
      platform.bills.set("20250106 Fees", { return_code: "SUCCESS", result_code: "FAIL", err_code: told });
      await refused(await get("FEES"), status, code);
    }
    await refused(await get("DEPOSIT"), 400, "invalid_request");
  } finally {
    await worker.stop();
  }
});

test("while one key replaces the other, either opens a bill; a partner asks for one sub-merchant", async () => {
  const keys = `${"0".repeat(32)} ${platform.merchant.api_v2_key}`;
  const overrides = { API_V2_KEY: keys, V2_SIGN_TYPE: "MD5", SUB_MERCHANTS: "{\"1600000001\":{}}" };
  const { worker } = await startV2(platform, { overrides });
  try {
    platform.bills.set("20250105 1600000001", BILL);
    assert.deepEqual((await taken(await ask("date=2025-01-05", { worker }))).bytes, BILL);
    const { fields } = platform.calls.at(-1);
    assert.deepEqual([fields.sub_mch_id, fields.sign_type], ["1600000001", "MD5"]);
    await refused(await ask("date=2025-01-05&sub_mchid=1600000001", { kind: "fund-flow", worker }), 400, "invalid_request");
  } finally {
    await worker.stop();
  }
});

test("who has keys for APIv3 gets a proven bill, whatever its orders go by", async () => {
  const proven = await BillPlatform.start();
  const overrides = { API: "v2", API_V2_KEY: platform.merchant.api_v2_key, SPBILL_CREATE_IP: "203.0.113.7" };
  const worker = await startWith(proven, overrides);
  try {
    proven.offerBytes(BILL);
    const reply = await ask("date=2025-01-01", { worker });
    assert.equal(reply.headers.get("saoma-bill-digest"), "signed");
    assert.deepEqual((await taken(reply)).bytes, BILL);
    assert.ok(proven.asked.every((path) => path.startsWith("/v3/")));
  } finally {
    await worker.stop();
    await proven.close();
  }
});
