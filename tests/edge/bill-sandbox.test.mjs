// Bills of what happened in the sandbox: what was paid through the Worker stands in the day's bill,
// and what may go wrong on a bill's way is told for what it is.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Shop, assertProblem } from "../harness/shop.mjs";
import { useStage } from "../harness/stage.mjs";
import { PARTNER_KEY, partnerVariables } from "../harness/worker.mjs";

const LINES = { Accept: "application/x-ndjson" };
const DAY_S = 86_400;
const stage = useStage({ overrides: partnerVariables });
/** What was bought, by the first test. */
let paid;

/** Opens a checkout, pays its code, and waits until the Worker knows. */
async function buy(shop, overrides) {
  const opened = await shop.opened(overrides);
  await stage.sandbox.pay(opened.attempt.code_url);
  await shop.untilPaid(opened.id);
  return stage.sandbox.order(opened.attempt.out_trade_no);
}

const ask = (kind, query, { key, headers } = {}) =>
  stage.shop.ask("GET", `/v1/bills/${kind}?${query}`, { bearer: key ?? stage.shop.secretKey, headers });

/** The rows of a bill and its summary. */
async function rows(kind, query, key) {
  const reply = await stage.worker.fetch(`/v1/bills/${kind}?${query}`, {
    headers: { ...LINES, Authorization: `Bearer ${key ?? stage.shop.secretKey}` },
  });
  const text = await reply.text();
  assert.equal(reply.status, 200, text);
  const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  return { rows: lines.slice(0, -1), summary: lines.at(-1).summary };
}

test("today's bill is no bill yet, and WeChat Pay says so", async () => {
  const partner = new Shop(stage.worker, PARTNER_KEY);
  const [{ sub_mchid }] = stage.merchant.partner.sub_merchants;
  paid = {
    oolong: await buy(stage.shop, { attach: "cart=7, gift" }),
    puer: await buy(stage.shop, { amount: { total: 16_805, currency: "CNY" }, description: "Pu'er, 357 g" }),
    ofPartner: await buy(partner, { sub_mchid }),
    sub_mchid,
  };
  paid.date = paid.oolong.success_time.slice(0, 10);
  const today = await ask("trade", `date=${paid.date}`);
  assertProblem(today, 502, "wechatpay_refused");
  assert.equal(today.body.wechatpay.code, "PARAM_ERROR");
});

test("what was paid stands in the bill of its day", async () => {
  await stage.sandbox.advance(2 * DAY_S);
  const { rows: found, summary } = await rows("trade", `date=${paid.date}`);
  for (const [order, description, attach] of [
    [paid.oolong, "Oolong 250 g", "cart=7, gift"],
    [paid.puer, "Pu'er, 357 g", null],
  ]) {
    const row = found.find(({ out_trade_no }) => out_trade_no === order.out_trade_no);
    assert.equal(row.transaction_id, order.transaction_id);
    assert.deepEqual([row.state, row.order_amount, row.sub_mchid, row.refund_id],
      ["SUCCESS", order.amount.total, null, null]);
    assert.equal(row.trade_time, order.success_time);
    assert.deepEqual([row.description, row.attach], [description, attach]);
  }
  assert.equal(summary.row_count, found.length);
  assert.equal(summary.order_amount, 8_800 + 16_805);
});

test("the bill as it is has as many rows, and those of refunds are none", async () => {
  const values = async (type) => {
    const reply = await ask("trade", `date=${paid.date}&type=${type}`);
    assert.equal(reply.status, 200, JSON.stringify(reply.body));
    assert.match(reply.headers.get("content-type"), /^text\/csv/);
    return reply.body.split("\r\n").filter((line) => line.startsWith("`"));
  };
  assert.equal((await values("SUCCESS")).length, 2 + 1, "two payments and the summary");
  assertProblem(await ask("trade", `date=${paid.date}&type=REFUND`), 404, "no_bill");
});

test("what moved on the account stands in the fund-flow bill", async () => {
  const { rows: found, summary } = await rows("fund-flow", `date=${paid.date}`);
  const incomes = found.filter(({ direction }) => direction === "income");
  assert.deepEqual(incomes.map(({ amount }) => amount).sort(), [16_805, 8_800].sort());
  assert.equal(summary.income_amount, 8_800 + 16_805);
  assert.equal(summary.row_count, found.length);
});

test("a partner reads its sub-merchants' bills, the sealed ones too", async () => {
  const query = `date=${paid.date}&sub_mchid=${paid.sub_mchid}`;
  const { rows: found } = await rows("trade", query, PARTNER_KEY);
  assert.deepEqual(found.map(({ sub_mchid }) => sub_mchid), [paid.sub_mchid]);
  const flow = await rows("fund-flow", query, PARTNER_KEY);
  assert.equal(flow.summary.income_amount, 8_800);
  const [, other] = stage.merchant.partner.sub_merchants;
  const none = await ask("trade", `date=${paid.date}&sub_mchid=${other.sub_mchid}`, { key: PARTNER_KEY });
  assertProblem(none, 404, "no_bill");
});

test("a day on which nothing happened has no bill", async () => {
  const day = new Date(Date.parse(`${paid.date}T00:00:00Z`) - DAY_S * 1_000).toISOString().slice(0, 10);
  assertProblem(await ask("trade", `date=${day}`), 404, "no_bill");
});

test("what goes wrong on a bill's way is told for what it is", async () => {
  const after = async (fault, status, code) => {
    await stage.sandbox.faults(fault);
    assertProblem(await ask("trade", `date=${paid.date}`), status, code);
    await stage.sandbox.faults();
  };
  await after({ route: "bill", kind: "late" }, 409, "bill_not_ready");
  await after({ route: "bill", kind: "missing" }, 404, "no_bill");
  await after({ route: "bill", kind: "wrong-hash" }, 502, "bill_corrupt");
  await after({ route: "bill", kind: "expired-url" }, 502, "wechatpay_refused");
  await after({ route: "bill", kind: "probe-signed" }, 503, "unavailable");
  await after({ route: "bill-download", kind: "cut-short" }, 503, "unavailable");
  await after({ route: "bill-download", kind: "reply-dropped" }, 503, "unavailable");
  // Asked again while there is time.
  await stage.sandbox.faults({ route: "bill", kind: "unavailable" }, { route: "bill", kind: "bad-gateway" });
  assert.equal((await ask("trade", `date=${paid.date}`)).status, 200);
});
