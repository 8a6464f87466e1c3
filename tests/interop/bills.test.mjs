// A day of payments and refunds at the sandbox, and on the next its bills: client libraries that we
// did not write ask for them, fetch them, and hash what they hold.

import { test } from "node:test";
import { gunzipSync } from "node:zlib";

import { useStage } from "../harness/stage.mjs";
import { aDay, daysBefore } from "./business.mjs";
import { clients, judged } from "./clients.mjs";
import { assert } from "./count.mjs";

const stage = useStage();
const all = clients(stage);

let business;

/** A day of business and the morning after it, once for the whole file. */
const theDay = () => (business ??= aDay(stage, all));

/** A bill's headings and rows, each row by heading; the summary apart (protocol reference B.10). */
function read(file) {
  const text = file.toString("utf8");
  assert.ok(text.startsWith("\ufeff") && text.endsWith("\r\n"));
  const lines = text.slice(1, -2).split("\r\n").map((line) => line.split(","));
  const values = ([first]) => first.startsWith("`");
  const rowsOf = (headings, rows) => rows.map((row) => Object.fromEntries(
    headings.map((heading, at) => [heading, row[at].replace(/^`/, "")]),
  ));
  const [headings, ...rest] = lines;
  const end = rest.findIndex((line) => !values(line));
  const [summaryHeadings, ...summary] = rest.slice(end);
  return {
    headings,
    rows: rowsOf(headings, rest.slice(0, end)),
    summary: rowsOf(summaryHeadings, summary)[0],
  };
}

/** Fetches what an answer points to; the library's own hash must be the one that was promised. */
async function fetched(client, { status, data }) {
  assert.equal(status, 200, JSON.stringify(data));
  assert.equal(data.hash_type, "SHA1");
  const file = await client.download(data.download_url);
  assert.equal(file.status, 200);
  const plain = gunzipSync(file.data);
  assert.equal(await client.sha1(plain), data.hash_value);
  return read(plain);
}

for (const { name: who, open } of all) {
  test(`${who}: the trade bill has what was sold and what was given back`, async () => {
    const client = await open();
    const { day, sold } = await theDay();
    const { out_trade_no, transaction_id, out_refund_no, refund_id } = sold.get(who);
    const { headings, rows, summary } = await fetched(client, await client.tradeBill(day, "ALL"));
    assert.equal(headings.length, 27);
    const own = rows.filter((row) => row["商户订单号"] === out_trade_no);
    assert.equal(own.length, 2);
    const [payment, refund] = ["SUCCESS", "REFUND"].map((state) =>
      own.find((row) => row["交易状态"] === state));
    for (const row of own) {
      assert.equal(row["微信订单号"], transaction_id);
      assert.equal(row["商户号"], client.who.mchid);
      assert.equal(row["特约商户号"], client.who.sub_mchid ?? "0");
      assert.equal(row["商户数据包"], "cart=42");
    }
    assert.equal(payment["订单金额"], "10.00");
    assert.equal(payment["交易时间"].slice(0, 10), day);
    assert.equal(refund["申请退款金额"], "2.34");
    assert.equal(refund["微信退款单号"], refund_id);
    assert.equal(refund["商户退款单号"], out_refund_no);
    assert.equal(summary["总交易单数"], String(rows.length));
  });

  test(`${who}: payments and refunds come apart as well`, async () => {
    const client = await open();
    const { day, sold } = await theDay();
    const { out_trade_no } = sold.get(who);
    const payments = await fetched(client, await client.tradeBill(day, "SUCCESS"));
    assert.equal(payments.headings.length, 20);
    assert.equal(payments.rows.filter((row) => row["商户订单号"] === out_trade_no).length, 1);
    const refunds = await fetched(client, await client.tradeBill(day, "REFUND"));
    assert.equal(refunds.headings.length, 29);
    const [refund, ...others] = refunds.rows.filter((row) => row["商户订单号"] === out_trade_no);
    assert.deepEqual(others, []);
    assert.equal(refund["申请退款金额"], "2.34");
  });

  test(`${who}: the fund-flow bill has what moved`, async () => {
    const client = await open();
    const { day, sold } = await theDay();
    const answer = await client.fundFlowBill(day, "BASIC");
    if (client.who.mode === "partner") {
      // Its sub-merchants are paid, not the partner.
      assert.equal(answer.status, 400, JSON.stringify(answer.data));
      assert.equal(answer.data.code, "NO_STATEMENT_EXIST");
      return;
    }
    const { headings, rows, summary } = await fetched(client, answer);
    assert.equal(headings.length, 11);
    const { out_trade_no, transaction_id } = sold.get(who);
    const own = rows.filter((row) => row["微信支付业务单号"] === transaction_id
      || row["业务凭证号"] === out_trade_no);
    assert.ok(own.length >= 1, JSON.stringify(rows));
    assert.equal(Number(summary["资金流水总笔数"]), rows.length);
  });

  test(`${who}: a day on which nothing happened has no bill`, async () => {
    const client = await open();
    const { day } = await theDay();
    const before = daysBefore(day, 10);
    const none = await client.tradeBill(before, "ALL");
    assert.equal(none.status, 400);
    assert.equal(none.data.code, "NO_STATEMENT_EXIST");
  });
}

for (const { name: who, open } of all.filter(({ mode }) => mode === "partner")) {
  test(`${who}: a sub-merchant's fund-flow bill opens with the partner's key`, async () => {
    const client = await open();
    const { day } = await theDay();
    const { status, data } = await client.subMerchantFundFlowBill(day, "BASIC");
    assert.equal(status, 200, JSON.stringify(data));
    assert.equal(data.download_bill_count, 1);
    const [part] = data.download_bill_list;
    const file = await client.download(part.download_url);
    assert.equal(file.status, 200);
    const plain = Buffer.from(await client.unseal(file.data, part), "utf8");
    assert.equal(await client.sha1(plain), part.hash_value);
    const { headings, rows } = read(plain);
    assert.equal(headings.length, 11);
    assert.ok(rows.length >= 1);
  });
}

judged(all);
