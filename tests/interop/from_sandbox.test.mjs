// What the sandbox tells a merchant, of payments, refunds and key tests: client libraries that we
// did not write verify and open it, under every key, and refuse what was changed on the way.

import { randomBytes } from "node:crypto";
import { test } from "node:test";

import { useLetterbox } from "../harness/letterbox.mjs";
import { useStage } from "../harness/stage.mjs";
import { clients, judged } from "./clients.mjs";
import { assert } from "./count.mjs";
import { platformKeys } from "./identity.mjs";
import { PlatformSchema } from "./schema.mjs";

const stage = useStage();
const box = useLetterbox();
const all = clients(stage);

const schema = new PlatformSchema();

const name = (kind) => `${kind}${randomBytes(10).toString("hex")}`;

/** Business seconds after which a refund has ended. */
const REFUNDED_S = 61;

/** Says which of the platform's keys signs letters. */
async function letSign(serial) {
  const reply = await fetch(`${stage.sandbox.url}/sandbox/keys`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ sign_notifications: serial }),
  });
  assert.equal(reply.status, 200, await reply.text());
}

/** An order that is told to a path of its own: `{ out_trade_no, transaction_id, path }`. */
async function paid(client) {
  const out_trade_no = name("t");
  const path = `/${out_trade_no}`;
  const { data } = await client.place({
    description: "红茶500g",
    out_trade_no,
    notify_url: `${box.url}${path}`,
    attach: "购物车=42",
    amount: { total: 1_000, currency: "CNY" },
  });
  const { transaction_id } = await stage.sandbox.pay(data.code_url);
  return { out_trade_no, transaction_id, path };
}

/** The self-test is newer than both libraries; one of them can call any address. */
const axios = (mode) => all.find((one) => one.name === `wechatpay-axios-plugin, ${mode}`).open();

/** The same letter with one thing changed. */
const CHANGES = {
  "a character of the body": (letter) => ({ ...letter, body: letter.body.replace("encrypt", "encrypT") }),
  "a space more": (letter) => ({ ...letter, body: `${letter.body} ` }),
  "another nonce": ({ headers, ...letter }) =>
    ({ ...letter, headers: { ...headers, "wechatpay-nonce": `${headers["wechatpay-nonce"]}0` } }),
  "another time": ({ headers, ...letter }) =>
    ({ ...letter, headers: { ...headers, "wechatpay-timestamp": `${headers["wechatpay-timestamp"] - 1}` } }),
};

for (const { name: who, open } of all) {
  for (const kind of ["public key", "certificate"]) {
    test(`${who}: a payment told under the ${kind} is verified and opened`, async () => {
      await letSign(platformKeys(stage.merchant)[kind].serial);
      const client = await open([kind]);
      const { out_trade_no, transaction_id, path } = await paid(client);
      const letter = await box.at(path);
      assert.equal(letter.headers["wechatpay-serial"], platformKeys(stage.merchant)[kind].serial);
      const told = await client.open(letter);
      assert.deepEqual(schema.judgeLetter(letter, client.who.mode, told.resource), []);
      assert.equal(told.event_type, "TRANSACTION.SUCCESS");
      assert.equal(told.resource_type, "encrypt-resource");
      assert.equal(told.resource.out_trade_no, out_trade_no);
      assert.equal(told.resource.transaction_id, transaction_id);
      assert.equal(told.resource.trade_state, "SUCCESS");
      assert.equal(told.resource.attach, "购物车=42");
      assert.equal(told.resource.amount.total, 1_000);
      for (const [field, value] of Object.entries(client.who.payee)) {
        assert.equal(told.resource[field], value, field);
      }
      for (const [what, change] of Object.entries(CHANGES)) {
        assert.equal(await client.open(change(letter)), undefined, what);
      }
    });
  }

  test(`${who}: the end of a refund is verified and opened, good or bad`, async () => {
    await letSign(platformKeys(stage.merchant)["public key"].serial);
    const client = await open();
    for (const [kind, status] of [[undefined, "SUCCESS"], ["abnormal", "ABNORMAL"], ["closed", "CLOSED"]]) {
      const { out_trade_no, transaction_id } = await paid(client);
      if (kind) await stage.sandbox.faults({ route: "refund", out_trade_no, kind, times: 1 });
      const out_refund_no = name("r");
      const applied = await client.refund({
        transaction_id,
        out_refund_no,
        notify_url: `${box.url}/${out_refund_no}`,
        amount: { refund: 234, total: 1_000, currency: "CNY" },
      });
      assert.equal(applied.status, 200, JSON.stringify(applied.data));
      await stage.sandbox.advance(REFUNDED_S);
      const letter = await box.at(`/${out_refund_no}`);
      const told = await client.open(letter);
      assert.deepEqual(schema.judgeLetter(letter, client.who.mode, told.resource), []);
      assert.equal(told.event_type, `REFUND.${status}`);
      const { resource } = told;
      assert.equal(resource.refund_status, status);
      assert.equal(resource.out_refund_no, out_refund_no);
      assert.equal(resource.refund_id, applied.data.refund_id);
      assert.equal(resource.transaction_id, transaction_id);
      assert.equal(resource.out_trade_no, out_trade_no);
      assert.deepEqual(resource.amount, { total: 1_000, refund: 234, payer_total: 1_000, payer_refund: 234 });
      assert.equal("success_time" in resource, status === "SUCCESS");
      for (const [field, value] of Object.entries(client.who.parties)) {
        assert.equal(resource[field], value, field);
      }
      assert.equal(await client.open(CHANGES["a space more"](letter)), undefined);
    }
  });

  test(`${who}: a test of keys is verified and opened`, async () => {
    await letSign(platformKeys(stage.merchant)["public key"].serial);
    const client = await open();
    const [echo_message, path] = ["Saoma 你好", `/${name("echo")}`];
    const plugin = await axios(client.who.mode);
    const said = await plugin.echo({ echo_message, notify_url: `${box.url}${path}` });
    assert.equal(said.status, 200, JSON.stringify(said.data));
    const told = await client.open(await box.at(path));
    assert.equal(told.event_type, "SECURITY_ECHO.SUCCESS");
    assert.equal(told.resource.echo_message, echo_message);
  });
}

judged(all, schema);
