// A client library that we did not write, in the merchant's and in the platform's place, so that
// Worker and sandbox cannot share a mistake.

import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { test } from "node:test";

import wechatpay from "wechatpay-axios-plugin";

import { deliver, delivered, transaction } from "../harness/notification.mjs";
import { useStage } from "../harness/stage.mjs";

const { Aes, Formatter, Rsa, Wechatpay } = wechatpay;
const stage = useStage();

const orderNumber = () => `interop${randomBytes(10).toString("hex")}`;

/** The library as a merchant that trusts the keys named. */
function merchantClient({ certificates = true, publicKey = true } = {}) {
  const { merchant, sandbox } = stage;
  return new Wechatpay({
    mchid: merchant.mchid,
    serial: merchant.serial_no,
    privateKey: merchant.private_key_pem,
    certs: {
      ...(certificates && { [merchant.platform_certificate_serial]: merchant.platform_certificate_pem }),
      ...(publicKey && { [merchant.platform_public_key_id]: merchant.platform_public_key_pem }),
    },
    baseURL: sandbox.url,
  });
}

function order(number, overrides = {}) {
  const { merchant, worker } = stage;
  return {
    appid: merchant.appid,
    mchid: merchant.mchid,
    description: "Image形象店-深圳腾大-QQ公仔",
    out_trade_no: number,
    notify_url: `${worker.url}/wechatpay/v3/notify/transactions`,
    amount: { total: 100, currency: "CNY" },
    ...overrides,
  };
}

const chain = (client, number) => client.v3.pay.transactions.outTradeNo[number];
const answered = (error) => {
  if (!error.response) throw error;
  return error.response;
};

test("the library places, queries and closes an order at the sandbox and believes its answers", async () => {
  const client = merchantClient();
  const { mchid } = stage.merchant;
  const number = orderNumber();

  const placed = await client.v3.pay.transactions.native.post(order(number));
  assert.equal(placed.status, 200);
  assert.match(placed.data.code_url, /^weixin:\/\//);

  const queried = await chain(client, number).get({ params: { mchid } });
  assert.equal(queried.status, 200);
  assert.equal(queried.data.out_trade_no, number);
  assert.equal(queried.data.trade_state, "NOTPAY");

  const closed = await chain(client, number).close.post({ mchid });
  assert.equal(closed.status, 204);
  const after = await chain(client, number).get({ params: { mchid } });
  assert.equal(after.data.trade_state, "CLOSED");
});

test("the library sees a paid order by either of its numbers", async () => {
  const client = merchantClient();
  const { mchid } = stage.merchant;
  const number = orderNumber();
  const { data } = await client.v3.pay.transactions.native.post(order(number));
  const { transaction_id } = await stage.sandbox.pay(data.code_url);
  const byOurs = await chain(client, number).get({ params: { mchid } });
  const byTheirs = await client.v3.pay.transactions.id[transaction_id].get({ params: { mchid } });
  for (const { data: paid } of [byOurs, byTheirs]) {
    assert.equal(paid.trade_state, "SUCCESS");
    assert.equal(paid.transaction_id, transaction_id);
    assert.equal(paid.out_trade_no, number);
    assert.equal(paid.amount.total, 100);
    assert.equal(paid.mchid, mchid);
  }
});

test("the library asks in public-key mode and is answered with that key", async () => {
  const client = merchantClient({ certificates: false });
  const headers = { "Wechatpay-Serial": stage.merchant.platform_public_key_id };
  const placed = await client.v3.pay.transactions.native.post(order(orderNumber()), { headers });
  assert.equal(placed.headers["wechatpay-serial"], stage.merchant.platform_public_key_id);
});

test("the library's mistakes are refused as the platform refuses them", async () => {
  const client = merchantClient();
  const native = client.v3.pay.transactions.native;
  const extra = await native.post(order(orderNumber(), { colour: "red" })).catch(answered);
  assert.equal(extra.status, 400);
  assert.equal(extra.data.code, "INVALID_REQUEST");

  const number = orderNumber();
  await native.post(order(number));
  const changed = await native.post(order(number, { description: "another" })).catch(answered);
  assert.equal(changed.status, 400);
  assert.equal(changed.data.code, "INVALID_REQUEST");

  const { mchid } = stage.merchant;
  const unknown = await chain(client, orderNumber()).get({ params: { mchid } }).catch(answered);
  assert.equal(unknown.status, 404);
  assert.equal(unknown.data.code, "ORDER_NOT_EXIST");
});

test("a merchant who signs with another's key is refused", async () => {
  const { merchant, sandbox } = stage;
  const client = new Wechatpay({
    mchid: merchant.mchid,
    serial: merchant.serial_no,
    privateKey: merchant.partner.private_key_pem,
    certs: { [merchant.platform_certificate_serial]: merchant.platform_certificate_pem },
    baseURL: sandbox.url,
  });
  const reply = await client.v3.pay.transactions.native.post(order(orderNumber())).catch(answered);
  assert.equal(reply.status, 401);
  assert.equal(reply.data.code, "SIGN_ERROR");
});

/** A notification sealed and signed by the library alone. */
function libraryNotification(paid, { apiV3Key = stage.merchant.api_v3_key } = {}) {
  const { merchant } = stage;
  const [nonce, aad] = [Formatter.nonce(12), "transaction"];
  const body = JSON.stringify({
    id: randomUUID(),
    create_time: "2026-11-21T12:00:00+08:00",
    resource_type: "encrypt-resource",
    event_type: "TRANSACTION.SUCCESS",
    summary: "支付成功",
    resource: {
      original_type: "transaction",
      algorithm: "AEAD_AES_256_GCM",
      ciphertext: Aes.AesGcm.encrypt(JSON.stringify(paid), apiV3Key, nonce, aad),
      associated_data: aad,
      nonce,
    },
  });
  const [timestamp, signNonce] = [String(Formatter.timestamp()), Formatter.nonce()];
  const key = Rsa.from(merchant.platform_private_key_pem, Rsa.KEY_TYPE_PRIVATE);
  const headers = {
    "Content-Type": "application/json",
    "Wechatpay-Timestamp": timestamp,
    "Wechatpay-Nonce": signNonce,
    "Wechatpay-Signature": Rsa.sign(Formatter.response(timestamp, signNonce, body), key),
    "Wechatpay-Serial": merchant.platform_public_key_id,
  };
  return { headers, body };
}

test("the Worker accepts a notification that the library built", async () => {
  const { merchant, shop, worker } = stage;
  const opened = await shop.opened();
  const paid = transaction(merchant, opened.attempt.out_trade_no);
  await delivered(worker, libraryNotification(paid));
  const view = await shop.checkout(opened.id);
  assert.equal(view.status, "paid");
  assert.equal(view.payment.transaction_id, paid.transaction_id);
});

for (const [what, tamper] of Object.entries({
  "a changed byte": (letter) => ({ ...letter, body: letter.body.replace("encrypt", "encrypT") }),
  "a space more": (letter) => ({ ...letter, body: `${letter.body} ` }),
  "another's signature": (letter, other) => ({
    ...letter,
    headers: { ...letter.headers, "Wechatpay-Signature": other.headers["Wechatpay-Signature"] },
  }),
  "another's body": (letter, other) => ({ ...letter, body: other.body }),
})) {
  test(`the Worker refuses what the library built once it has ${what}`, async () => {
    const { merchant, shop, worker } = stage;
    const opened = await shop.opened();
    const paid = transaction(merchant, opened.attempt.out_trade_no);
    const [letter, other] = [libraryNotification(paid), libraryNotification(paid)];
    assert.equal((await deliver(worker, tamper(letter, other))).status, 401);
    assert.equal((await shop.checkout(opened.id)).version, opened.version);
  });
}

test("the library opens what the sandbox sealed, and verifies what it signed", async () => {
  const { merchant, sandbox } = stage;
  const heard = Promise.withResolvers();
  const listener = createServer((request, reply) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      reply.writeHead(204).end();
      heard.resolve({ headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
    });
  });
  await new Promise((ready) => listener.listen(0, "127.0.0.1", ready));
  try {
    const notify_url = `http://127.0.0.1:${listener.address().port}/notify`;
    const number = orderNumber();
    const { data } = await merchantClient().v3.pay.transactions.native.post(order(number, { notify_url }));
    const { transaction_id } = await sandbox.pay(data.code_url);
    const { headers, body } = await heard.promise;

    const keys = {
      [merchant.platform_public_key_id]: merchant.platform_public_key_pem,
      [merchant.platform_certificate_serial]: merchant.platform_certificate_pem,
    };
    const key = Rsa.from(keys[headers["wechatpay-serial"]], Rsa.KEY_TYPE_PUBLIC);
    const message = Formatter.response(headers["wechatpay-timestamp"], headers["wechatpay-nonce"], body);
    assert.ok(Rsa.verify(message, headers["wechatpay-signature"], key));

    const { resource } = JSON.parse(body);
    const opened = Aes.AesGcm.decrypt(
      resource.ciphertext, merchant.api_v3_key, resource.nonce, resource.associated_data,
    );
    const paid = JSON.parse(opened);
    assert.equal(paid.out_trade_no, number);
    assert.equal(paid.transaction_id, transaction_id);
    assert.equal(paid.amount.total, 100);
  } finally {
    listener.close();
  }
});
