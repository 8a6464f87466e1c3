// The wire between the Worker and the platform: one site that is down, one that is slow, one that
// asks for patience, and answers that nobody vouches for.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, describe, test } from "node:test";

import { API_V3_KEY, PUBLIC_KEY, Platform, publicPem } from "../harness/platform.mjs";
import { freePorts } from "../harness/port.mjs";
import { Shop } from "../harness/shop.mjs";
import { until } from "../harness/wait.mjs";
import { Worker, variables } from "../harness/worker.mjs";

const SERIAL = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1";
const keys = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const merchants = { [SERIAL]: keys.publicKey.export({ type: "spki", format: "pem" }) };

const open = [];
after(async () => {
  for (const one of open.reverse()) await one.stop();
});

async function platform(options = {}) {
  const started = await Platform.start({ merchants, ...options });
  open.push(started);
  return started;
}

/** A Worker between `main` and, if there is one, `backup`. */
async function worker(main, backup) {
  const [port] = await freePorts(1);
  const merchant = {
    mchid: "1900000001", appid: "wxd678efh567hg6787", serial_no: SERIAL, api_v3_key: API_V3_KEY,
    private_key_pem: keys.privateKey.export({ type: "pkcs8", format: "pem" }),
    platform_public_key_id: PUBLIC_KEY.serial, platform_public_key_pem: publicPem(PUBLIC_KEY.key),
  };
  const bindings = variables(merchant, { url: `http://127.0.0.1:${port}`, platformUrl: main });
  if (backup) bindings.WECHATPAY_BACKUP_URL = backup;
  for (const [name, value] of Object.entries(bindings)) if (value === undefined) delete bindings[name];
  const started = await Worker.start({ port, bindings });
  open.push(started);
  const advance = (advance_s) => started.fetch("/dev/clock", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ advance_s }),
  });
  return { shop: new Shop(started), advance };
}

const PROBE = { "Wechatpay-Signature": "WECHATPAY/SIGNTEST/bm90IGEgc2lnbmF0dXJl" };

/** A refusal that the platform vouches for. */
function no(site, status, code) {
  const body = JSON.stringify({ code, message: "no" });
  return [status, body, site.signed(body)];
}

/** The calls that `site` heard, as verb and kind. */
const ways = (site) => site.calls.map(({ method, target }) => `${method} ${target.split("/")[4]}`);

/** What a query says of a payment, beside what the order says. */
const PAID = {
  transaction_id: "4200000001202501010000000001", trade_type: "NATIVE", trade_state: "SUCCESS",
  trade_state_desc: "", bank_type: "OTHERS", success_time: "2025-01-01T10:54:00+08:00",
  payer: { openid: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
};

/** What the platform tells of the refund that `body` applied for. */
function refundOf(body, out_trade_no) {
  const { transaction_id, amount } = JSON.parse(body);
  return {
    refund_id: "50300000000202501010000000001", transaction_id, out_trade_no, channel: "ORIGINAL",
    user_received_account: "支付用户零钱", create_time: "2025-01-01T10:55:00+08:00",
    success_time: "2025-01-01T10:56:00+08:00", funds_account: "AVAILABLE",
    amount: { ...amount, payer_total: amount.total, payer_refund: amount.refund },
  };
}

/** Runs the Worker's timers until the checkout has a code. */
const withCode = (shop, advance, id) => until("the order gets its code", async () => {
  const view = await shop.checkout(id);
  if (view.phase === "waiting") return view;
  await advance(5);
  return false;
});

describe("the wire", { concurrency: 3 }, () => {
  test("where the main host refuses connections, the same signed call goes to the other at once", async () => {
    const backup = await platform();
    const [nobody] = await freePorts(1);
    const { shop } = await worker(`http://127.0.0.1:${nobody}`, backup.url);
    const opened = await shop.opened();
    assert.match(opened.attempt.code_url, /^weixin:/);
    assert.equal(backup.callsOf("native").length, 1);
    await shop.opened();
    assert.equal(backup.callsOf("native").length, 2);
  });

  test("where the connection breaks, the very same signed bytes go to the other host", async () => {
    const [main, backup] = [await platform(), await platform()];
    main.hangsUp = true;
    const { shop } = await worker(main.url, backup.url);
    await shop.opened();
    const [[first], [second]] = [main.calls, backup.calls];
    assert.equal(second.body, first.body);
    assert.equal(second.target, first.target);
    assert.equal(second.headers.authorization, first.headers.authorization);
    assert.deepEqual([main.calls.length, backup.calls.length], [1, 1]);
  });

  for (const [status, code] of [[400, "PARAM_ERROR"], [403, "NO_AUTH"], [400, "INVALID_REQUEST"]]) {
    test(`the main host takes the order and hangs up, the other says ${code}: asked, not refused`, async () => {
      const [main, backup] = [await platform(), await platform()];
      main.hangsUp = true;
      // Two sites, the same orders behind them.
      backup.next = [(call) => {
        backup.orders.set(JSON.parse(main.calls[0].body).out_trade_no, main.calls[0].body);
        assert.equal(call.body, main.calls[0].body);
        return no(backup, status, code);
      }];
      const { shop, advance } = await worker(main.url, backup.url);
      const reply = await shop.open();
      assert.equal(reply.status, 201, JSON.stringify(reply.body));
      const view = await withCode(shop, advance, reply.body.id);
      assert.equal(view.attempt.out_trade_no, reply.body.attempt.out_trade_no);
      assert.deepEqual(ways(main), ["POST native"]);
      assert.deepEqual(ways(backup), ["POST native", "GET out-trade-no", "POST native"]);
    });
  }

  test("the main host takes the refund and hangs up, the other says no: its sum stays reserved", async () => {
    const [main, backup] = [await platform(), await platform()];
    const { shop, advance } = await worker(main.url, backup.url);
    const { id, attempt } = await shop.opened();
    const paid = { ...PAID, ...JSON.parse(main.calls[0].body), out_trade_no: attempt.out_trade_no };
    main.next = [() => [200, JSON.stringify(paid)]];
    await until("the payment is found", async () => {
      if ((await shop.checkout(id)).status === "paid") return true;
      await advance(30);
      return false;
    });
    main.hangsUp = true;
    backup.next = [() => no(backup, 400, "PARAM_ERROR")];
    const reply = await shop.giveBack(id, { amount: { total: 8_000, currency: "CNY" } });
    assert.equal(reply.status, 201, JSON.stringify(reply.body));
    const { out_refund_no, status, waiting_for, wechatpay } = reply.body;
    assert.deepEqual([status, waiting_for, wechatpay.code], ["queued", "answer", "PARAM_ERROR"]);
    const [first] = main.calls.filter(({ target }) => target === "/v3/refund/domestic/refunds");
    const [second] = backup.calls;
    assert.equal(second.body, first.body);
    const another = await shop.giveBack(id, { amount: { total: 8_000, currency: "CNY" } });
    assert.deepEqual([another.status, another.body.code], [409, "refund_exceeds_payment"]);
    // The question finds what the main host did.
    main.hangsUp = false;
    const found = { ...refundOf(first.body, attempt.out_trade_no), out_refund_no, status: "SUCCESS" };
    for (const site of [main, backup]) site.next = [() => [200, JSON.stringify(found)]];
    await until("the refund is found", async () => {
      if ((await shop.refund(out_refund_no)).status === "success") return true;
      await advance(30);
      return false;
    });
    const applied = [...main.calls, ...backup.calls].filter(({ method, target }) =>
      method === "POST" && target === "/v3/refund/domestic/refunds");
    assert.equal(applied.length, 2, "one call, at both sites, and no other");
  });

  test("a host that comes back is used again, and one that answers is not left", async () => {
    const [main, backup] = [await platform(), await platform()];
    const { shop } = await worker(main.url, backup.url);
    await shop.opened();
    assert.deepEqual([main.calls.length, backup.calls.length], [1, 0]);
    const { port } = main;
    await main.stop();
    await shop.opened();
    await main.listen(port);
    await shop.opened();
    assert.deepEqual([main.calls.length, backup.calls.length], [1, 2], "avoided for a while");
  });

  test("after a host that hangs, the question and the order go to the other", async () => {
    const [main, backup] = [await platform(), await platform()];
    main.isMute = true;
    const { shop, advance } = await worker(main.url, backup.url);
    const reply = await shop.open();
    assert.equal(reply.status, 201);
    const view = await withCode(shop, advance, reply.body.id);
    assert.equal(view.attempt.out_trade_no, reply.body.attempt.out_trade_no);
    const [{ body, said }] = main.callsOf("native");
    assert.equal(main.calls.length, 1, "nobody waits for it a second time");
    assert.equal(backup.callsOf("query").length, 1, "asked first");
    const [repeated] = backup.callsOf("native");
    assert.equal(repeated.body, body, "the identical order");
    assert.notEqual(repeated.said.nonce_str, said.nonce_str);
    assert.notEqual(repeated.said.signature, said.signature);
  });

  test("with one host alone, a refused connection is an unknown outcome", async () => {
    const main = await platform();
    const { port } = main;
    const { shop, advance } = await worker(main.url);
    await main.stop();
    const reply = await shop.open();
    assert.equal(reply.status, 201);
    assert.equal(reply.body.phase, "placing");
    await main.listen(port);
    await withCode(shop, advance, reply.body.id);
  });

  for (const [name, spoil, knows] of [
    ["a probe-signed", PROBE, false],
    ["an unsigned", { "Wechatpay-Serial": "", "Wechatpay-Signature": "" }, true],
  ]) {
    const then = knows ? "NOTPAY" : "404";
    test(`${name} success is in doubt: query, and on ${then} the identical order, signed anew`, async () => {
      const main = await platform();
      const { shop, advance } = await worker(main.url);
      main.next = [(call) => {
        if (knows) main.orders.set(JSON.parse(call.body).out_trade_no, call.body);
        const body = JSON.stringify({ code_url: "weixin://wxpay/bizpayurl?pr=nobodyknows" });
        return [200, body, spoil];
      }];
      const reply = await shop.open();
      assert.equal(reply.status, 201);
      const view = await withCode(shop, advance, reply.body.id);
      assert.doesNotMatch(view.attempt.code_url, /nobodyknows/);
      assert.deepEqual(ways(main), ["POST native", "GET out-trade-no", "POST native"]);
      const [first, , again] = main.calls;
      assert.equal(again.body, first.body);
      assert.notEqual(again.said.nonce_str, first.said.nonce_str);
      assert.notEqual(again.said.signature, first.said.signature);
    });
  }

  for (const status of [429, 503]) {
    test(`a platform that answers ${status} is left alone for as long as it asks`, async () => {
      const main = await platform();
      const { shop, advance } = await worker(main.url);
      main.next = [() => [status, '{"code":"BUSY"}', { "Retry-After": "120" }]];
      const reply = await shop.open();
      assert.equal(reply.status, 201);
      assert.equal(reply.body.phase, "placing");
      for (let passed = 0; passed < 100; passed += 20) await advance(20);
      assert.equal(main.calls.length, 1, "not before two minutes have passed");
      await advance(60);
      await withCode(shop, advance, reply.body.id);
    });
  }
});
