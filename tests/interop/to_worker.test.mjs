// Notifications that client libraries built in the platform's place, from their own sealing and
// signing: the Worker takes the genuine ones, of either merchant and under either key, and none
// that was changed on the way.

import { randomUUID } from "node:crypto";
import { test } from "node:test";

import { NOTIFY_PATH, REFUND_PATH, deliver, transaction } from "../harness/notification.mjs";
import { Shop } from "../harness/shop.mjs";
import { useStage } from "../harness/stage.mjs";
import { PARTNER_KEY, partnerVariables } from "../harness/worker.mjs";
import { clients } from "./clients.mjs";
import { assert } from "./count.mjs";
import { platformKeys } from "./identity.mjs";

const stage = useStage({ overrides: partnerVariables });

/** By mode: the shop, what it opens, and where its notifications go. */
const SHOPS = {
  direct: () => ({ shop: stage.shop, order: {}, path: NOTIFY_PATH, refundPath: REFUND_PATH }),
  partner: ({ sub_mchid }) => ({
    shop: new Shop(stage.worker, PARTNER_KEY),
    order: { sub_mchid },
    path: "/wechatpay/partner/v3/notify/transactions",
    refundPath: "/wechatpay/partner/v3/notify/refunds",
  }),
};

/** The payment of an order, in the names of the mode (protocol reference B.3). */
function payment({ mode, payee }, outTradeNo) {
  const { mchid: _, appid: __, payer, ...rest } = transaction(stage.merchant, outTradeNo);
  const { openid } = payer;
  const who = mode === "partner" ? { sp_openid: openid, sub_openid: openid } : { openid };
  return { ...rest, ...payee, payer: who };
}

/** A part of a paid order that goes back, and the sandbox says nothing of it by itself. */
async function refunding({ shop, order }) {
  const opened = await shop.opened(order);
  await stage.sandbox.pay(opened.attempt.code_url);
  const { attempt: { out_trade_no } } = await shop.untilPaid(opened.id);
  await stage.sandbox.faults({ route: "notify", out_trade_no, kind: "dropped", times: 16 });
  const { status, body } = await shop.giveBack(opened.id, { amount: { total: 4_000, currency: "CNY" } });
  assert.equal(status, 201, JSON.stringify(body));
  assert.equal(body.status, "processing");
  const [known] = await stage.sandbox.refundsOf(out_trade_no);
  return { view: body, known };
}

/** The end of a refund, in the names of the mode (protocol reference C.2). */
function refundEnd({ parties }, { out_trade_no, transaction_id, out_refund_no, refund_id }, refund_status) {
  return {
    ...parties,
    out_trade_no,
    transaction_id,
    out_refund_no,
    refund_id,
    refund_status,
    ...(refund_status === "SUCCESS" && { success_time: "2026-11-21T12:00:00+08:00" }),
    user_received_account: "支付用户零钱",
    amount: { total: 8_800, refund: 4_000, payer_total: 8_800, payer_refund: 4_000 },
  };
}

/** A letter and everything that may become of it on the way, by what was done. */
const CHANGES = {
  "a changed byte": (letter) => ({ ...letter, body: letter.body.replace("encrypt", "encrypT") }),
  "a space more": (letter) => ({ ...letter, body: `${letter.body} ` }),
  "its last byte cut off": (letter) => ({ ...letter, body: letter.body.slice(0, -1) }),
  "its JSON written anew": (letter) => ({ ...letter, body: JSON.stringify(JSON.parse(letter.body), null, 1) }),
  "another's signature": signedAs((_, other) => ({ "Wechatpay-Signature": other.headers["Wechatpay-Signature"] })),
  "another's body": (letter, other) => ({ ...letter, body: other.body }),
  "another time": signedAs(({ headers }) => ({ "Wechatpay-Timestamp": `${headers["Wechatpay-Timestamp"] - 1}` })),
  "another nonce": signedAs(() => ({ "Wechatpay-Nonce": randomUUID() })),
  "a key's name that nobody has": signedAs(() => ({ "Wechatpay-Serial": "5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC" })),
  "the mark of a probe": signedAs(({ headers }) => ({
    "Wechatpay-Signature": `WECHATPAY/SIGNTEST/${headers["Wechatpay-Signature"].slice(19)}`,
  })),
  "no signature": signedAs(() => ({ "Wechatpay-Signature": "" })),
};

/** A letter with some headers replaced. */
function signedAs(replace) {
  return (letter, other) => ({ ...letter, headers: { ...letter.headers, ...replace(letter, other) } });
}

for (const { name, mode, open } of clients(stage)) {
  for (const kind of ["public key", "certificate"]) {
    test(`${name}: a payment under the ${kind} is believed`, async () => {
      const client = await open();
      const { shop, order, path } = SHOPS[mode](client.who);
      const opened = await shop.opened(order);
      const paid = payment(client.who, opened.attempt.out_trade_no);
      const letter = await client.letter(platformKeys(stage.merchant)[kind], "TRANSACTION.SUCCESS", paid);
      const { status, body } = await deliver(stage.worker, letter, path);
      assert.ok([200, 204].includes(status), `${status} ${body}`);
      const view = await shop.checkout(opened.id);
      assert.equal(view.status, "paid");
      assert.equal(view.payment.transaction_id, paid.transaction_id);
      assert.equal(view.payment.total, paid.amount.total);
    });

    test(`${name}: a payment under the ${kind} that was changed on the way is refused`, async () => {
      const client = await open();
      const { shop, order, path } = SHOPS[mode](client.who);
      const opened = await shop.opened(order);
      const paid = payment(client.who, opened.attempt.out_trade_no);
      const signer = platformKeys(stage.merchant)[kind];
      const letter = await client.letter(signer, "TRANSACTION.SUCCESS", paid);
      const other = await client.letter(signer, "TRANSACTION.SUCCESS", { ...paid, transaction_id: "42" });
      for (const [what, change] of Object.entries(CHANGES)) {
        assert.equal((await deliver(stage.worker, change(letter, other), path)).status, 401, what);
      }
      const view = await shop.checkout(opened.id);
      assert.equal(view.status, "open");
      assert.equal(view.version, opened.version);
      // It was genuine all along.
      const { status } = await deliver(stage.worker, letter, path);
      assert.ok([200, 204].includes(status), String(status));
    });
  }

  for (const [kind, ends] of [["public key", ["SUCCESS"]], ["certificate", ["ABNORMAL", "CLOSED"]]]) {
    test(`${name}: a refund's end under the ${kind} is believed, and nothing else`, async () => {
      const client = await open();
      const { refundPath, ...place } = SHOPS[mode](client.who);
      for (const end of ends) {
        const { view, known } = await refunding(place);
        const signer = platformKeys(stage.merchant)[kind];
        const told = refundEnd(client.who, known, end);
        const letter = await client.letter(signer, `REFUND.${end}`, told);
        const other = await client.letter(signer, `REFUND.${end}`, { ...told, refund_id: "42" });
        for (const [what, change] of Object.entries(CHANGES)) {
          assert.equal((await deliver(stage.worker, change(letter, other), refundPath)).status, 401, what);
        }
        assert.deepEqual(await place.shop.refund(view.out_refund_no), view);
        const { status, body } = await deliver(stage.worker, letter, refundPath);
        assert.ok([200, 204].includes(status), `${status} ${body}`);
        assert.equal((await place.shop.refund(view.out_refund_no)).status, end.toLowerCase());
      }
    });
  }

  test(`${name}: a payment at another merchant's address changes nothing`, async () => {
    const client = await open();
    const { shop, order } = SHOPS[mode](client.who);
    const { path } = SHOPS[mode === "direct" ? "partner" : "direct"](client.who);
    const opened = await shop.opened(order);
    const paid = payment(client.who, opened.attempt.out_trade_no);
    const signer = platformKeys(stage.merchant)["public key"];
    const letter = await client.letter(signer, "TRANSACTION.SUCCESS", paid);
    // Signed by the platform, but sealed under a key that this merchant does not have.
    const { status } = await deliver(stage.worker, letter, path);
    assert.ok(status >= 400, String(status));
    assert.equal((await shop.checkout(opened.id)).version, opened.version);
  });
}
