// Anyone can post to the notification address. Whatever is not proven to be the platform's is
// refused with 401, tells the sender nothing, and changes nothing.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, test } from "node:test";

import { NOTIFY_PATH, deliver, delivered, envelope, genuine, seal, signed, transaction } from "../harness/notification.mjs";
import { useStage } from "../harness/stage.mjs";

const stage = useStage();

const WINDOW_S = 5 * 60;
const MARGIN_S = 20;
const now = () => Math.trunc(Date.now() / 1_000);

/** `text` with one bit of its middle character changed, still of the same alphabet. */
function flipped(text) {
  const middle = text.length >> 1;
  const other = text[middle] === "A" ? "B" : "A";
  return text.slice(0, middle) + other + text.slice(middle + 1);
}

const withHeader = (letter, name, value) => ({ ...letter, headers: { ...letter.headers, [name]: value } });
const without = (letter, name) => {
  const { [name]: _, ...headers } = letter.headers;
  return { ...letter, headers };
};

const paidLetter = (number, options) =>
  signed(stage.merchant, envelope(stage.merchant, transaction(stage.merchant, number)), options);

const FORGERIES = {
  "a changed body": (number) => {
    const letter = genuine(stage.merchant, number);
    return { ...letter, body: letter.body.replace("支付成功", "支付失败") };
  },
  "a body re-serialised with other spaces": (number) => {
    const letter = genuine(stage.merchant, number);
    return { ...letter, body: JSON.stringify(JSON.parse(letter.body), null, 1) };
  },
  "a changed ciphertext": (number) => {
    const letter = genuine(stage.merchant, number);
    const { ciphertext } = JSON.parse(letter.body).resource;
    return { ...letter, body: letter.body.replace(ciphertext, flipped(ciphertext)) };
  },
  "a changed signature": (number) => {
    const letter = genuine(stage.merchant, number);
    return withHeader(letter, "Wechatpay-Signature", flipped(letter.headers["Wechatpay-Signature"]));
  },
  "a changed nonce": (number) => {
    const letter = genuine(stage.merchant, number);
    return withHeader(letter, "Wechatpay-Nonce", flipped(letter.headers["Wechatpay-Nonce"]));
  },
  "a changed timestamp": (number) =>
    withHeader(genuine(stage.merchant, number), "Wechatpay-Timestamp", String(now() - 1)),
  "a key of somebody else's": (number) => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    return paidLetter(number, { key: privateKey });
  },
  "the platform's other key under this serial": (number) =>
    paidLetter(number, { key: stage.merchant.platform_certificate_private_key_pem }),
  "the merchant's own key": (number) =>
    paidLetter(number, { key: stage.merchant.private_key_pem }),
  "a serial that nobody knows": (number) =>
    paidLetter(number, { serial: "PUB_KEY_ID_0000000000000000000000000000000000" }),
  "a letter from yesterday": (number) =>
    paidLetter(number, { timestamp: now() - WINDOW_S - MARGIN_S }),
  "a letter from tomorrow": (number) =>
    paidLetter(number, { timestamp: now() + WINDOW_S + MARGIN_S }),
  "a probe": (number) => {
    const letter = genuine(stage.merchant, number);
    const prefix = "WECHATPAY/SIGNTEST/";
    const signature = prefix + letter.headers["Wechatpay-Signature"].slice(prefix.length);
    return withHeader(letter, "Wechatpay-Signature", signature);
  },
  "a signature that is no base64": (number) =>
    withHeader(genuine(stage.merchant, number), "Wechatpay-Signature", "***"),
  "a scheme that we do not speak": (number) =>
    withHeader(genuine(stage.merchant, number), "Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3"),
  "a timestamp that is no number": (number) =>
    withHeader(genuine(stage.merchant, number), "Wechatpay-Timestamp", "soon"),
  ...Object.fromEntries(["Timestamp", "Nonce", "Signature", "Serial"].map((name) => [
    `no Wechatpay-${name}`,
    (number) => without(genuine(stage.merchant, number), `Wechatpay-${name}`),
  ])),
};

for (const [what, forge] of Object.entries(FORGERIES)) {
  test(`${what} is refused and changes nothing`, async () => {
    const { shop, worker } = stage;
    const opened = await shop.opened();
    const reply = await deliver(worker, forge(opened.attempt.out_trade_no));
    assert.equal(reply.status, 401, reply.body);
    const told = reply.body.toLowerCase();
    for (const reason of ["stale", "serial", "probe", "timestamp", "nonce"]) {
      assert.ok(!told.includes(reason), `the sender learns no reason: ${reply.body}`);
    }
    const view = await shop.checkout(opened.id);
    assert.equal(view.status, "open");
    assert.equal(view.version, opened.version);
  });
}

test("the same letters, unforged, are accepted from either of the platform's keys", async () => {
  const { merchant, shop, worker } = stage;
  const certificate = {
    key: merchant.platform_certificate_private_key_pem, serial: merchant.platform_certificate_serial,
  };
  for (const options of [{}, certificate]) {
    const opened = await shop.opened();
    await delivered(worker, paidLetter(opened.attempt.out_trade_no, options));
    assert.equal((await shop.checkout(opened.id)).status, "paid");
  }
});

test("a letter well inside the window is accepted, from either side of the present", async () => {
  const { shop, worker } = stage;
  for (const offset of [-(WINDOW_S - MARGIN_S), WINDOW_S - MARGIN_S]) {
    const opened = await shop.opened();
    const letter = paidLetter(opened.attempt.out_trade_no, { timestamp: now() + offset });
    await delivered(worker, letter);
  }
});

test("what is sealed with another key is refused although rightly signed", async () => {
  const { merchant, shop, worker } = stage;
  const opened = await shop.opened();
  const plaintext = JSON.stringify(transaction(merchant, opened.attempt.out_trade_no));
  const resource = seal("x".repeat(32), plaintext);
  const reply = await deliver(worker, signed(merchant, envelope(merchant, {}, { resource })));
  assert.ok(reply.status >= 400, `${reply.status}`);
  assert.equal((await shop.checkout(opened.id)).status, "open");
});

test("a notification of an event that we do not act on is acknowledged", async () => {
  const { merchant, shop, worker } = stage;
  const opened = await shop.opened();
  const plaintext = JSON.stringify({ echo_message: "hello" });
  const resource = { ...seal(merchant.api_v3_key, plaintext, { aad: "security" }), original_type: "security" };
  const body = envelope(merchant, {}, { event_type: "SECURITY_ECHO.SUCCESS", resource });
  const reply = await deliver(worker, signed(merchant, body));
  assert.ok([200, 204].includes(reply.status), `${reply.status} ${reply.body}`);
  assert.equal((await shop.checkout(opened.id)).version, opened.version);
});

test("an oversized notification is refused before anything is verified", async () => {
  const { merchant, worker } = stage;
  const body = envelope(merchant, { attach: "x".repeat(300_000) });
  const reply = await deliver(worker, signed(merchant, body));
  assert.ok(reply.status === 413 || reply.status === 401, `${reply.status}`);
});

test("reading the notification address is refused", async () => {
  const reply = await stage.worker.fetch(NOTIFY_PATH);
  assert.equal(reply.status, 405);
  assert.match(reply.headers.get("allow"), /POST/);
  await reply.body?.cancel();
});

after(() => {
  const { api_v3_key: sealing, private_key_pem: signing } = stage.merchant ?? {};
  if (!sealing) return;
  const secrets = [sealing, signing.split("\n")[1]];
  for (const secret of secrets) assert.ok(!stage.worker.words.includes(secret), "a secret was printed");
});
