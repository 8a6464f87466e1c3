// Keys change while a shop is open: the platform's, by certificate or by public key, the merchant's
// own, and the APIv3 key. Nobody deploys for it, and no stranger can make the Worker call anybody.

import assert from "node:assert/strict";
import { X509Certificate, generateKeyPairSync } from "node:crypto";
import { after, describe, test } from "node:test";

import { deliver, delivered, envelope, signed, transaction } from "../harness/notification.mjs";
import { API_V3_KEY, CERTIFICATES, PUBLIC_KEY, Platform, publicPem } from "../harness/platform.mjs";
import { freePorts } from "../harness/port.mjs";
import { Shop, assertProblem } from "../harness/shop.mjs";
import { until } from "../harness/wait.mjs";
import { Worker, variables } from "../harness/worker.mjs";

const [OLDER, NEWER] = CERTIFICATES;
const MERCHANT_SERIAL = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1";
const NEXT_SERIAL = "6A01C3D4E5F60718293A4B5C6D7E8F9012345678";
/** A wish is granted this often at most. */
const WISH_AGAIN_S = 300;

const merchantKey = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const nextKey = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const privatePem = (pair) => pair.privateKey.export({ type: "pkcs8", format: "pem" });
const pem = (pair) => pair.publicKey.export({ type: "spki", format: "pem" });

const open = [];
after(async () => {
  for (const one of open.reverse()) await one.stop();
});

/** A platform and a Worker that was told `overrides` and no key of the platform's. */
async function scene(overrides = {}, prepare = () => {}) {
  const platform = await Platform.start({ merchants: { [MERCHANT_SERIAL]: pem(merchantKey) } });
  open.push(platform);
  prepare(platform);
  const [port] = await freePorts(1);
  const merchant = {
    mchid: "1900000001", appid: "wxd678efh567hg6787", serial_no: MERCHANT_SERIAL,
    private_key_pem: privatePem(merchantKey), api_v3_key: API_V3_KEY,
  };
  const bindings = {
    ...variables(merchant, { url: `http://127.0.0.1:${port}`, platformUrl: platform.url }),
    ...overrides,
  };
  for (const [name, value] of Object.entries(bindings)) if (value === undefined) delete bindings[name];
  const worker = await Worker.start({ port, bindings });
  open.push(worker);
  const advance = (advance_s) => worker.fetch("/dev/clock", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ advance_s }),
  });
  const restart = async () => {
    await worker.pause();
    const again = await Worker.start({ port, bindings, state: worker.state });
    open.push(again);
    return { worker: again, shop: new Shop(again) };
  };
  return { platform, worker, merchant, shop: new Shop(worker), advance, restart };
}

const publicKeyVariables = {
  PLATFORM_PUBLIC_KEY_ID: PUBLIC_KEY.serial, PLATFORM_PUBLIC_KEY: publicPem(PUBLIC_KEY.key),
};

/** That `number` was paid, signed by `signer` and sealed with `apiV3Key`. */
function letter(merchant, number, signer, apiV3Key = merchant.api_v3_key) {
  const body = envelope({ ...merchant, api_v3_key: apiV3Key }, transaction(merchant, number));
  return signed(merchant, body, signer);
}

/** The lines of the Worker's log about one event. */
const logged = (worker, event) =>
  worker.words.split("\n").filter((line) => line.includes(`"event":"${event}"`));
const alarms = (worker) => worker.words.split("\n").filter((line) => line.includes('"level":"error"'));

/** An isolate looks into the keyring every ten seconds at most, and may have to do so twice. */
const TWO_LOOKS_MS = 60_000;

// Each has a platform and a Worker of its own, and most of them wait for a clock.
/** The same certificate, had it ended in 2025; nobody reads the signature of its issuer. */
function longEnded({ pem: text }) {
  const der = Buffer.from(text.replace(/-----.*?-----|\s/g, ""), "base64");
  let times = 0;
  // Two UTCTimes in a row: the validity (RFC 5280, 4.1.2.5).
  for (let at = der.indexOf(Buffer.from([0x17, 13])); at >= 0 && times < 2; at = der.indexOf(Buffer.from([0x17, 13]), at + 15)) {
    der.write(times === 0 ? "240101000000Z" : "250101000000Z", at + 2, "latin1");
    times += 1;
  }
  assert.equal(times, 2);
  const ended = `-----BEGIN CERTIFICATE-----\n${der.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
  assert.equal(new X509Certificate(ended).validTo, "Jan  1 00:00:00 2025 GMT");
  return ended;
}

describe("keys", { concurrency: 4 }, () => {
  test("with no key of the platform's, placing waits for its certificates", async () => {
    const { platform, shop, worker, merchant } = await scene({}, (platform) => {
      Object.assign(platform, { signer: OLDER, certificates: [OLDER, NEWER] });
    });
    const [first, second, third] = await Promise.all([shop.opened(), shop.opened(), shop.opened()]);
    assert.notEqual(first.id, second.id);
    assert.notEqual(second.id, third.id);
    assert.equal(platform.callsOf("certificates").length, 1, "asked once for all who wait");
    assert.equal(platform.callsOf("certificates")[0].headers["wechatpay-serial"], undefined);
    for (const call of platform.callsOf("native")) {
      assert.equal(call.headers["wechatpay-serial"], NEWER.serial, "the newest is wished for");
    }
    for (const [opened, signer] of [[first, OLDER], [second, NEWER]]) {
      await delivered(worker, letter(merchant, opened.attempt.out_trade_no, signer));
      assert.equal((await shop.checkout(opened.id)).status, "paid", "any of the list may sign");
    }
    assert.deepEqual(alarms(worker), []);
  });

  test("what the platform sent is kept through a restart", async () => {
    const before = await scene({}, (platform) => {
      Object.assign(platform, { signer: OLDER, certificates: [OLDER, NEWER] });
    });
    const first = await before.shop.opened();
    const { shop, worker } = await before.restart();
    await shop.opened();
    await delivered(worker, letter(before.merchant, first.attempt.out_trade_no, NEWER));
    assert.equal((await shop.checkout(first.id)).status, "paid");
    assert.equal(before.platform.callsOf("certificates").length, 1);
  });

  test("all who come to a fresh isolate wait for its first look into the keyring", async () => {
    const before = await scene({}, (platform) => {
      Object.assign(platform, { signer: OLDER, certificates: [OLDER, NEWER] });
    });
    const opened = await Promise.all(Array.from({ length: 6 }, () => before.shop.opened()));
    const { worker } = await before.restart();
    const letters = opened.map(({ attempt }, at) =>
      letter(before.merchant, attempt.out_trade_no, at % 2 ? NEWER : OLDER));
    const replies = await Promise.all(letters.map((told) => deliver(worker, told)));
    assert.deepEqual(replies.map(({ status }) => status), letters.map(() => 200));
    assert.equal(logged(worker, "keyring_read").length, 1, "and cost no look of their own");
  });

  test("a merchant who has no certificates is told what to set", async () => {
    const { platform, shop, worker } = await scene();
    for (let round = 0; round < 3; round += 1) {
      const reply = await shop.open();
      assertProblem(reply, 500, "misconfigured");
      assert.match(reply.body.detail, /PLATFORM_PUBLIC_KEY/);
    }
    assert.equal(platform.callsOf("certificates").length, 1, "once a day is enough");
    assert.equal(platform.callsOf("native").length, 0);
    assert.deepEqual(alarms(worker), []);
  });

  test("a configured certificate that has ended is believed and wished for no more", async () => {
    const { platform, shop, worker, merchant } = await scene(
      { PLATFORM_CERTIFICATES: longEnded(OLDER) },
      (platform) => Object.assign(platform, { signer: NEWER, certificates: [NEWER] }),
    );
    const first = await shop.opened();
    const second = await shop.opened();
    assert.equal(platform.callsOf("certificates").length, 1, "as if none were configured");
    for (const call of platform.callsOf("native")) {
      assert.equal(call.headers["wechatpay-serial"], NEWER.serial);
    }
    const number = first.attempt.out_trade_no;
    assert.equal((await deliver(worker, letter(merchant, number, OLDER))).status, 401);
    assert.equal((await shop.checkout(first.id)).status, "open");
    await delivered(worker, letter(merchant, second.attempt.out_trade_no, NEWER));
    assert.equal((await shop.checkout(second.id)).status, "paid");
    const [told] = logged(worker, "platform_certificate_ended");
    assert.ok(told.includes(OLDER.serial), told);
  });

  test("while the platform cannot say its keys, nothing is promised, and then all is well", async () => {
    const { platform, shop } = await scene({}, (platform) => {
      Object.assign(platform, { signer: OLDER, certificates: [OLDER] });
      const busy = () => [503, '{"code":"SERVICE_UNAVAILABLE"}', { "Retry-After": "60" }];
      platform.next = [busy];
    });
    const reply = await shop.open({ reference: "early" });
    assertProblem(reply, 503, "unavailable");
    assert.ok(Number(reply.headers.get("retry-after")) > 0);
    assert.equal(platform.callsOf("native").length, 0, "not placed before its answer can be believed");
    const opened = await until("the keyring asks again", async () => {
      const again = await shop.open({ reference: "early" });
      return again.status === 201 && again.body;
    });
    assert.equal(opened.phase, "waiting");
  });

  test("a certificate that nobody knew is learnt, and the message accepted when it comes again", async () => {
    const { platform, shop, worker, merchant, advance } = await scene({}, (platform) => {
      Object.assign(platform, { signer: OLDER, certificates: [OLDER] });
    });
    const opened = await shop.opened();
    // Rotation: the platform signs with one that the Worker has never seen.
    Object.assign(platform, { signer: NEWER, certificates: [OLDER, NEWER] });
    await advance(WISH_AGAIN_S);
    const number = opened.attempt.out_trade_no;
    assert.equal((await deliver(worker, letter(merchant, number, NEWER))).status, 401);
    await until("the message is accepted", async () => {
      const { status } = await deliver(worker, letter(merchant, number, NEWER));
      return status === 200;
    }, TWO_LOOKS_MS);
    assert.equal((await shop.checkout(opened.id)).status, "paid");
    // The older one is still good.
    const another = await shop.opened();
    await delivered(worker, letter(merchant, another.attempt.out_trade_no, OLDER));
    assert.equal(platform.callsOf("certificates").length, 2);
    const last = platform.callsOf("native").at(-1);
    assert.equal(last.headers["wechatpay-serial"], NEWER.serial);
    assert.deepEqual(alarms(worker), []);
  });

  test("an answer under an unknown key is in doubt until the key has come", async () => {
    const { platform, shop, advance } = await scene({}, (platform) => {
      Object.assign(platform, { signer: OLDER, certificates: [OLDER] });
    });
    await shop.opened();
    Object.assign(platform, { signer: NEWER, certificates: [OLDER, NEWER] });
    await advance(WISH_AGAIN_S);
    const reply = await shop.open();
    assert.equal(reply.status, 201);
    await until("the order gets its code", async () => {
      await advance(60);
      return (await shop.checkout(reply.body.id)).phase === "waiting";
    }, TWO_LOOKS_MS);
    const bodies = platform.callsOf("native").map((call) => call.body);
    const ours = bodies.filter((body) => body.includes(reply.body.attempt.out_trade_no));
    assert.ok(ours.length >= 2 && new Set(ours).size === 1, "the identical order was repeated");
  });

  test("strangers with unknown serials cost one look at the keyring and no call", async () => {
    const { platform, shop, worker, merchant } = await scene(publicKeyVariables);
    const opened = await shop.opened();
    const number = opened.attempt.out_trade_no;
    const strange = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    for (let round = 0; round < 40; round += 1) {
      const signer = { key: privatePem(strange), serial: `FFFF${round}` };
      assert.equal((await deliver(worker, letter(merchant, number, signer))).status, 401);
    }
    // Forty came within one interval of ten seconds, or within two where the machine is slow.
    const looks = logged(worker, "keyring_read").length;
    assert.ok(looks >= 1 && looks <= 4, `${looks} looks for 40 strangers`);
    await until("the keyring was told that there is none", () =>
      logged(worker, "keyring_public_key_only").length === 1);
    assert.equal(platform.callsOf("certificates").length, 1, "and is not asked again");
    assert.equal((await shop.checkout(opened.id)).status, "open");
    assert.deepEqual(alarms(worker), [], "nobody is woken");
  });

  test("a merchant in public-key mode never asks for certificates", async () => {
    const { platform, shop, worker, merchant } = await scene(publicKeyVariables);
    const opened = await shop.opened();
    await delivered(worker, letter(merchant, opened.attempt.out_trade_no, PUBLIC_KEY));
    assert.equal((await shop.checkout(opened.id)).status, "paid");
    assert.equal(platform.callsOf("certificates").length, 0);
    assert.equal(logged(worker, "keyring_read").length, 0);
    assert.equal(platform.callsOf("native")[0].headers["wechatpay-serial"], PUBLIC_KEY.serial);
  });

  test("the platform moves from certificates to its public key while the shop is open", async () => {
    const { platform, shop, worker, merchant, advance } = await scene(publicKeyVariables, (platform) => {
      // Applied for, configured, and not switched on yet: certificates sign everything.
      Object.assign(platform, { signer: OLDER, certificates: [OLDER] });
    });
    const reply = await shop.open();
    const opened = await until("the order gets its code", async () => {
      const view = await shop.checkout(reply.body.id);
      if (view.phase === "waiting") return view;
      await advance(60);
      return false;
    }, TWO_LOOKS_MS);
    // Notifications change by percentage, answers by our wish.
    platform.signer = PUBLIC_KEY;
    const second = await shop.opened();
    for (const [view, signer] of [[opened, PUBLIC_KEY], [second, OLDER]]) {
      await delivered(worker, letter(merchant, view.attempt.out_trade_no, signer));
      assert.equal((await shop.checkout(view.id)).status, "paid");
    }
    assert.equal(platform.callsOf("certificates").length, 1);
  });

  test("each merchant of a deployment has a keyring of its own", async () => {
    const acmeSecret = "acme-secret-key-0123456789abcdefghij";
    const { platform, shop, worker, merchant } = await scene({
      ...publicKeyVariables,
      PROFILES: "acme",
      ACME__MCHID: "1900000002", ACME__APPID: "wxd678efh567hg6788", ACME__SECRET_KEYS: acmeSecret,
      ACME__MERCHANT_PRIVATE_KEY: privatePem(nextKey), ACME__MERCHANT_SERIAL: NEXT_SERIAL,
      ACME__API_V3_KEY: API_V3_KEY,
    }, (platform) => {
      platform.certificates = [OLDER];
      platform.merchants[NEXT_SERIAL] = pem(nextKey);
    });
    await shop.opened();
    assert.equal(platform.callsOf("certificates").length, 0);
    platform.signer = OLDER;
    const { body: opened } = await shop.open({}, acmeSecret);
    assert.equal(opened.phase, "waiting", JSON.stringify(opened));
    const [asked] = platform.callsOf("certificates");
    assert.deepEqual([asked.serial, asked.said.mchid], [NEXT_SERIAL, "1900000002"]);
    const acme = { ...merchant, mchid: "1900000002", appid: "wxd678efh567hg6788" };
    const told = letter(acme, opened.attempt.out_trade_no, OLDER);
    const path = "/wechatpay/acme/v3/notify/transactions";
    const heard = await worker.fetch(path, { method: "POST", ...told });
    assert.equal(heard.status, 200);
    // What one merchant was sent is not the other's.
    assert.equal((await deliver(worker, told)).status, 401);
  });

  test("a list that the APIv3 key does not open is believed by nobody, and a person is told", async () => {
    const { platform, shop, worker } = await scene({}, (platform) => {
      Object.assign(platform, { signer: OLDER, certificates: [OLDER], apiV3Key: API_V3_KEY.toUpperCase() });
    });
    assertProblem(await shop.open(), 503, "unavailable");
    assert.match(logged(worker, "keyring_refused").join("\n"), /tag/);
    assert.equal(platform.callsOf("native").length, 0);
  });

  test("while the APIv3 key is replaced, both open", async () => {
    const newer = API_V3_KEY.toUpperCase();
    const { platform, shop, worker, merchant } = await scene(
      { API_V3_KEY: `${API_V3_KEY} ${newer}` },
      (platform) => Object.assign(platform, { signer: OLDER, certificates: [OLDER], apiV3Key: newer }),
    );
    const [first, second] = [await shop.opened(), await shop.opened()];
    await delivered(worker, letter(merchant, first.attempt.out_trade_no, OLDER, API_V3_KEY));
    await delivered(worker, letter(merchant, second.attempt.out_trade_no, OLDER, newer));
    for (const { id } of [first, second]) assert.equal((await shop.checkout(id)).status, "paid");
    assert.equal(platform.callsOf("certificates").length, 1);
  });

  test("the platform forgets the merchant's old key, and the next one takes over at once", async () => {
    const { platform, shop, worker } = await scene({
      ...publicKeyVariables, MERCHANT_PRIVATE_KEY_NEXT: privatePem(nextKey), MERCHANT_SERIAL_NEXT: NEXT_SERIAL,
    });
    await shop.opened();
    assert.equal(platform.calls.at(-1).serial, MERCHANT_SERIAL, "the first key signs while it is good");
    platform.merchants = { [NEXT_SERIAL]: pem(nextKey) };
    platform.calls = [];
    await shop.opened();
    assert.deepEqual(platform.calls.map(({ serial }) => serial), [MERCHANT_SERIAL, NEXT_SERIAL]);
    const [refused, repeated] = platform.calls;
    assert.equal(refused.body, repeated.body, "the identical order");
    assert.notEqual(refused.said.nonce_str, repeated.said.nonce_str);
    platform.calls = [];
    await shop.opened();
    assert.deepEqual(platform.calls.map(({ serial }) => serial), [NEXT_SERIAL], "and is kept");
    assert.deepEqual(alarms(worker), []);
  });

  test("the next key may be configured before the platform knows it, and back again", async () => {
    const { platform, shop } = await scene({
      ...publicKeyVariables, MERCHANT_PRIVATE_KEY_NEXT: privatePem(nextKey), MERCHANT_SERIAL_NEXT: NEXT_SERIAL,
    });
    platform.merchants = {};
    const reply = await shop.open();
    assertProblem(reply, 502, "wechatpay_refused");
    assert.equal(reply.body.wechatpay.code, "SIGN_ERROR");
    assert.deepEqual(platform.calls.map(({ serial }) => serial), [MERCHANT_SERIAL, NEXT_SERIAL]);
    platform.merchants = { [MERCHANT_SERIAL]: pem(merchantKey) };
    platform.calls = [];
    await shop.opened();
    assert.deepEqual(platform.calls.map(({ serial }) => serial), [MERCHANT_SERIAL]);
  });

  test("no answer after the other key signed is no refusal", async () => {
    const { platform, shop, advance } = await scene({
      ...publicKeyVariables, MERCHANT_PRIVATE_KEY_NEXT: privatePem(nextKey), MERCHANT_SERIAL_NEXT: NEXT_SERIAL,
    });
    platform.merchants = { [NEXT_SERIAL]: pem(nextKey) };
    const refused = () => [401, '{"code":"SIGN_ERROR"}'];
    const broken = (call) => {
      platform.orders.set(JSON.parse(call.body).out_trade_no, call.body);
      return [500, '{"code":"SYSTEM_ERROR"}'];
    };
    platform.next = [refused, broken];
    const reply = await shop.open();
    assert.equal(reply.status, 201, "in doubt, not refused");
    await until("the order gets its code", async () => {
      await advance(5);
      return (await shop.checkout(reply.body.id)).phase === "waiting";
    });
  });
});
