// Two client libraries that we did not write, each as a direct merchant and as a service provider,
// place, query and close orders at the sandbox with their own verification switched on.

import { randomBytes } from "node:crypto";
import { test } from "node:test";

import { useStage } from "../harness/stage.mjs";
import { clients, judged } from "./clients.mjs";
import { assert } from "./count.mjs";

const stage = useStage();
const all = clients(stage);

const orderNumber = () => `interop${randomBytes(10).toString("hex")}`;

const order = (number, overrides = {}) => ({
  description: "Image形象店-深圳腾大-QQ公仔",
  out_trade_no: number,
  notify_url: `${stage.worker.url}/wechatpay/v3/notify/transactions`,
  amount: { total: 100, currency: "CNY" },
  ...overrides,
});

/** What every answer about an order says of who is who. */
function sameParties(data, { payee }) {
  for (const [name, value] of Object.entries(payee)) assert.equal(data[name], value, name);
}

for (const { name, open } of all) {
  test(`${name}: an order is placed, paid and found by either of its numbers`, async () => {
    const client = await open();
    const number = orderNumber();
    const placed = await client.place(order(number, { attach: "购物车=42" }));
    assert.equal(placed.status, 200, JSON.stringify(placed.data));
    assert.match(placed.data.code_url, /^weixin:\/\/wxpay\/bizpayurl\?pr=/);

    const waiting = await client.byNumber(number);
    assert.equal(waiting.status, 200);
    assert.equal(waiting.data.trade_state, "NOTPAY");
    assert.equal(waiting.data.out_trade_no, number);
    sameParties(waiting.data, client.who);

    const { transaction_id } = await stage.sandbox.pay(placed.data.code_url);
    for (const { status, data } of [await client.byNumber(number), await client.byTransaction(transaction_id)]) {
      assert.equal(status, 200);
      assert.equal(data.trade_state, "SUCCESS");
      assert.equal(data.trade_type, "NATIVE");
      assert.equal(data.transaction_id, transaction_id);
      assert.equal(data.out_trade_no, number);
      assert.equal(data.attach, "购物车=42");
      assert.deepEqual(data.amount, {
        total: 100, payer_total: 100, currency: "CNY", payer_currency: "CNY",
      });
      assert.match(data.success_time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/);
      sameParties(data, client.who);
    }
  });

  test(`${name}: an order is closed, again and again, and then not placed any more`, async () => {
    const client = await open();
    const number = orderNumber();
    await client.place(order(number));
    for (const _ of [1, 2]) {
      const closed = await client.close(number);
      assert.equal(closed.status, 204);
      assert.equal(closed.data, undefined);
    }
    assert.equal((await client.byNumber(number)).data.trade_state, "CLOSED");
    const again = await client.place(order(number));
    assert.equal(again.status, 400);
    assert.equal(again.data.code, "ORDER_CLOSED");
  });

  test(`${name}: an order is repeated as it was, and not otherwise`, async () => {
    const client = await open();
    const number = orderNumber();
    const first = await client.place(order(number));
    const same = await client.place(order(number));
    assert.equal(same.status, 200);
    assert.notEqual(same.data.code_url, first.data.code_url);
    const changed = await client.place(order(number, { description: "another" }));
    assert.equal(changed.status, 400);
    assert.equal(changed.data.code, "INVALID_REQUEST");
    const { code_url } = same.data;
    await stage.sandbox.pay(code_url);
    const paid = await client.close(number);
    assert.equal(paid.status, 400);
    assert.equal(paid.data.code, "ORDER_PAID");
  });

  test(`${name}: a field that the platform does not know is refused`, async () => {
    const client = await open();
    const amount = { total: 100, currency: "CNY", colour: "red" };
    await all.spoilt(async () => {
      const refused = await client.place(order(orderNumber(), { amount }));
      assert.equal(refused.status, 400);
      assert.equal(refused.data.code, "INVALID_REQUEST");
    });
  });

  test(`${name}: a number that nobody placed is unknown`, async () => {
    const client = await open();
    const unknown = await client.byNumber(orderNumber());
    assert.equal(unknown.status, 404);
    assert.equal(unknown.data.code, "ORDER_NOT_EXIST");
  });

  for (const keys of [["public key"], ["certificate"]]) {
    test(`${name}: whoever trusts the ${keys} alone is answered with it`, async () => {
      const client = await open(keys);
      const placed = await client.place(order(orderNumber()));
      assert.equal(placed.status, 200, JSON.stringify(placed.data));
    });
  }

  for (const kind of ["unsigned", "probe-signed"]) {
    test(`${name}: an answer that is ${kind} is not believed`, async () => {
      const client = await open();
      const number = orderNumber();
      await client.place(order(number));
      await stage.sandbox.faults({ route: "query", out_trade_no: number, kind, times: 1 });
      await all.spoilt(() => assert.rejects(client.byNumber(number), /verify|algorithm|Headers incomplete/i));
      assert.equal((await client.byNumber(number)).data.trade_state, "NOTPAY");
    });
  }

  test(`${name}: whoever signs with another's key is refused`, async () => {
    const client = await open();
    const other = client.who.mode === "direct" ? stage.merchant.partner : stage.merchant;
    const { private_key_pem } = other;
    const stranger = await client.constructor.open({
      merchant: stage.merchant, url: stage.sandbox.url, who: { ...client.who, private_key_pem },
    });
    try {
      const refused = await stranger.place(order(orderNumber()));
      assert.equal(refused.status, 401);
      assert.equal(refused.data.code, "SIGN_ERROR");
    } finally {
      stranger.end();
    }
  });
}

judged(all);
