// Client libraries that we did not write give money back at the sandbox: applied for, looked up,
// ended well and badly, and sent to a card that only the platform can read.

import { randomBytes } from "node:crypto";
import { test } from "node:test";

import { useStage } from "../harness/stage.mjs";
import { clients, judged } from "./clients.mjs";
import { assert } from "./count.mjs";

const stage = useStage();
const all = clients(stage);

const number = (kind) => `${kind}${randomBytes(10).toString("hex")}`;

/** Business seconds after which a refund has ended, and the next one may be applied for. */
const LATER_S = 61;

/** An order of 1000 fen, paid: both of its numbers. */
async function paid(client) {
  const out_trade_no = number("t");
  const { data } = await client.place({
    description: "红茶500g",
    out_trade_no,
    notify_url: "http://127.0.0.1:9/notify",
    amount: { total: 1_000, currency: "CNY" },
  });
  const { transaction_id } = await stage.sandbox.pay(data.code_url);
  return { out_trade_no, transaction_id };
}

const application = ({ transaction_id }, refund, more = {}) => ({
  transaction_id,
  out_refund_no: number("r"),
  reason: "商品已售完",
  notify_url: "http://127.0.0.1:9/notify",
  amount: { refund, total: 1_000, currency: "CNY" },
  ...more,
});

/** What is the same in every answer about a refund. */
function isAbout(data, order, applied) {
  assert.equal(data.out_refund_no, applied.out_refund_no);
  assert.equal(data.transaction_id, order.transaction_id);
  assert.equal(data.out_trade_no, order.out_trade_no);
  assert.match(data.refund_id, /^\d{1,32}$/);
  const { total, refund, payer_total, payer_refund, currency } = data.amount;
  const expected = { total: 1_000, refund: applied.amount.refund, currency: "CNY" };
  assert.deepEqual({ total, refund, currency }, expected);
  assert.deepEqual([payer_total, payer_refund], [1_000, applied.amount.refund]);
}

for (const { name, open } of all) {
  test(`${name}: a part of an order is given back`, async () => {
    const client = await open();
    const order = await paid(client);
    const applied = application(order, 234);
    const accepted = await client.refund(applied);
    assert.equal(accepted.status, 200, JSON.stringify(accepted.data));
    assert.equal(accepted.data.status, "PROCESSING");
    isAbout(accepted.data, order, applied);

    const same = await client.refund(applied);
    assert.equal(same.status, 200);
    assert.equal(same.data.refund_id, accepted.data.refund_id);

    await stage.sandbox.advance(LATER_S);
    const ended = await client.refundStatus(applied.out_refund_no);
    assert.equal(ended.status, 200);
    assert.equal(ended.data.status, "SUCCESS");
    assert.equal(ended.data.channel, "ORIGINAL");
    assert.match(ended.data.success_time, /\+08:00$/);
    isAbout(ended.data, order, applied);
    assert.equal((await client.byNumber(order.out_trade_no)).data.trade_state, "REFUND");
  });

  test(`${name}: no more is given back than was paid, and not too fast`, async () => {
    const client = await open();
    const order = await paid(client);
    const over = await client.refund(application(order, 1_001));
    assert.equal(over.status, 400);
    const first = await client.refund(application(order, 600));
    assert.equal(first.status, 200);
    const hasty = await client.refund(application(order, 400));
    assert.equal(hasty.status, 429);
    await stage.sandbox.advance(LATER_S);
    const rest = await client.refund(application(order, 401));
    assert.equal(rest.status, 400);
    assert.equal(rest.data.code, "INVALID_REQUEST");
    const exact = await client.refund(application(order, 400));
    assert.equal(exact.status, 200, JSON.stringify(exact.data));
    const unknown = await client.refundStatus(number("r"));
    assert.equal(unknown.status, 404);
    assert.equal(unknown.data.code, "RESOURCE_NOT_EXISTS");
  });

  test(`${name}: what does not reach the payer's account goes to a card`, async () => {
    const client = await open();
    const order = await paid(client);
    const applied = application(order, 1_000);
    const { out_trade_no } = order;
    await stage.sandbox.faults({ route: "refund", out_trade_no, kind: "abnormal", times: 1 });
    const { data: { refund_id } } = await client.refund(applied);
    await stage.sandbox.advance(LATER_S);
    const stuck = await client.refundStatus(applied.out_refund_no);
    assert.equal(stuck.data.status, "ABNORMAL");
    assert.equal(stuck.data.success_time, undefined);

    const card = { bank_type: "ICBC_DEBIT", bank_account: "6222020903001483077", real_name: "张三" };
    const sent = await client.refundToCard(refund_id, { out_refund_no: applied.out_refund_no, ...card });
    assert.equal(sent.status, 200, JSON.stringify(sent.data));
    assert.equal(sent.data.status, "PROCESSING");
    await stage.sandbox.advance(LATER_S);
    const ended = await client.refundStatus(applied.out_refund_no);
    assert.equal(ended.data.status, "SUCCESS");
    assert.equal(ended.data.channel, "OTHER_BANKCARD");
    isAbout(ended.data, order, applied);
  });

  test(`${name}: a refund that fails for good needs a new number`, async () => {
    const client = await open();
    const order = await paid(client);
    const { out_trade_no } = order;
    await stage.sandbox.faults({ route: "refund", out_trade_no, kind: "closed", times: 1 });
    const applied = application(order, 1_000);
    assert.equal((await client.refund(applied)).status, 200);
    await stage.sandbox.advance(LATER_S);
    assert.equal((await client.refundStatus(applied.out_refund_no)).data.status, "CLOSED");
    const next = await client.refund(application(order, 1_000));
    assert.equal(next.status, 200, JSON.stringify(next.data));
  });
}

judged(all);
