// Native mode 2 over V2 against a platform that was written by hand from the reference: a merchant with
// nothing but a V2 key, through the life of an order, by what was signed rightly and what was not.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { freshFolder } from "../harness/project.mjs";
import { V2Platform, fieldsOf, signed, startV2, xmlOf } from "../harness/v2-platform.mjs";
import { until } from "../harness/wait.mjs";
import { Worker } from "../harness/worker.mjs";

let platform;
let stage;
before(async () => {
  platform = await V2Platform.start();
  stage = await startV2(platform);
});
after(async () => {
  await stage?.worker.stop();
  await platform.close();
});

const HOUR_S = 3_600;
const numberOf = ({ attempt }) => attempt.out_trade_no;
const history = async (id) => {
  const { body } = await stage.shop.ask("GET", `/v1/checkouts/${id}/history`, { bearer: stage.shop.secretKey });
  return body;
};

/** The paths that were called about an order, in their order. */
const called = (number) =>
  platform.calls.filter(({ fields }) => fields.out_trade_no === number).map(({ path }) => path.slice("/pay/".length));

/** A letter to the address of payments, as somebody writes it. */
async function letter(body, path = "/wechatpay/v2/notify/transactions") {
  const reply = await stage.worker.fetch(path, { method: "POST", headers: { "Content-Type": "text/xml" }, body });
  return { status: reply.status, fields: fieldsOf(await reply.text()) };
}

test("an order says what NATIVE wants, and its code comes to the page", async () => {
  const opened = await stage.shop.opened({ reference: "订单/2025 #42", expires_in: HOUR_S, attach: "cart=<7>&x]]>" });
  const { fields, code_url } = platform.orders.get(numberOf(opened));
  const { appid, mchid } = platform.merchant;
  assert.deepEqual(
    [fields.appid, fields.mch_id, fields.body, fields.total_fee, fields.fee_type ?? "CNY", fields.trade_type],
    [appid, mchid, "Oolong 250 g", "8800", "CNY", "NATIVE"],
  );
  assert.deepEqual([fields.spbill_create_ip, fields.product_id, fields.attach], ["203.0.113.7", "202542", "cart=<7>&x]]>"]);
  const [from, to] = [fields.time_start, fields.time_expire].map((time) =>
    Date.parse(time.replace(/(....)(..)(..)(..)(..)(..)/, "$1-$2-$3T$4:$5:$6+08:00")));
  assert.equal(to - from, HOUR_S * 1_000, "both in Beijing's time");
  assert.ok(Math.abs(from - platform.now()) < 60_000);
  assert.equal(fields.notify_url, `${stage.worker.url}/wechatpay/v2/notify/transactions`);
  assert.equal(opened.attempt.code_url, code_url);
  assert.equal(opened.api, "v2");
  const { body: view } = await stage.shop.look(opened.client_token);
  assert.deepEqual([view.phase, view.code_url], ["waiting", code_url]);
  assert.ok(!JSON.stringify(view).includes("prepay") && !("api" in view));
});

test("a payment that is told of is acknowledged in XML, once and for all", async () => {
  const opened = await stage.shop.opened();
  const paid = platform.pay(numberOf(opened));
  const notice = platform.notice(numberOf(opened));
  assert.equal(notice.sign_type, undefined);
  for (let n = 0; n < 3; n += 1) {
    assert.deepEqual(await platform.tell(numberOf(opened), notice), {
      status: 200, fields: { return_code: "SUCCESS", return_msg: "OK" },
    });
  }
  // A fresh nonce makes another letter, about the same payment.
  await platform.tell(numberOf(opened));
  const { payment } = await stage.shop.untilPaid(opened.id);
  assert.equal(payment.transaction_id, paid.transaction_id);
  const lines = JSON.stringify(await history(opened.id)).split(paid.transaction_id).length - 1;
  assert.equal(lines, 1, "it stands in the history once");
});

test("a letter that is not signed rightly is refused and changes nothing", async () => {
  const opened = await stage.shop.opened();
  const number = numberOf(opened);
  platform.pay(number);
  const notice = platform.notice(number);
  const { sign, ...unsigned } = notice;
  for (const forged of [
    platform.notice(number, { key: "0".repeat(32) }),
    { ...notice, total_fee: "1" },
    { ...notice, added: "1" },
    { ...notice, sign: notice.sign.toLowerCase() },
    unsigned,
    // MD5 of an order that was signed by HMAC-SHA256: not by default, and not because nothing is said.
    signed(unsigned, platform.merchant.api_v2_key, "MD5"),
  ]) {
    const { status, fields } = await platform.tell(number, forged);
    assert.deepEqual([status, fields.return_code], [401, "FAIL"]);
  }
  const doctype = `<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]>${xmlOf(notice)}`;
  for (const body of [doctype, "", "{}", "<xml><a><b>1</b></a></xml>", `<xml>${"<a>1</a>".repeat(2)}</xml>`]) {
    const { status, fields } = await letter(body);
    assert.ok(status >= 400 && fields.return_code === "FAIL", `${status} ${body.slice(0, 40)}`);
  }
  assert.equal((await stage.shop.checkout(opened.id)).status, "open");
  assert.equal((await platform.tell(number, notice)).status, 200);
  await stage.shop.untilPaid(opened.id);
});

test("another amount than was asked for is acknowledged and freezes the checkout", async () => {
  const opened = await stage.shop.opened();
  platform.pay(numberOf(opened), { total_fee: "8700", cash_fee: "8700" });
  assert.equal((await platform.tell(numberOf(opened))).status, 200);
  const view = await stage.shop.checkout(opened.id);
  assert.deepEqual([view.status, view.trouble], ["open", "conflict"]);
  const { status, body } = await stage.shop.cancel(opened.id);
  assert.deepEqual([status, body.code], [409, "in_conflict"]);
});

test("what nobody told of is found by asking", async () => {
  const opened = await stage.shop.opened();
  const { transaction_id } = platform.pay(numberOf(opened));
  await stage.advance(600);
  const { payment } = await stage.shop.untilPaid(opened.id);
  assert.equal(payment.transaction_id, transaction_id);
  assert.deepEqual(called(numberOf(opened)).slice(0, 2), ["unifiedorder", "orderquery"]);
});

test("an order that nobody paid is asked for, closed and asked for again", async () => {
  const opened = await stage.shop.opened({ expires_in: HOUR_S });
  const number = numberOf(opened);
  await stage.advance(HOUR_S + 60);
  await stage.shop.until(opened.id, "it has expired", ({ status }) => status === "expired");
  assert.deepEqual(called(number).slice(-3), ["orderquery", "closeorder", "orderquery"]);
  assert.equal(platform.orders.get(number).state, "CLOSED");
  // Money beats clocks: its phone had begun to pay.
  platform.pay(number);
  assert.equal((await platform.tell(number)).status, 200);
  await stage.shop.untilPaid(opened.id);
});

test("an answer is believed only under the sign of whoever has the key", async () => {
  const sign = (fields, key = platform.merchant.api_v2_key) => xmlOf(signed(fields, key, "HMAC-SHA256"));
  const paid = (fields) => ({
    return_code: "SUCCESS", result_code: "SUCCESS", appid: fields.appid, mch_id: fields.mch_id, trade_state: "CLOSED",
    out_trade_no: fields.out_trade_no,
  });
  const twists = [
    (_, fields) => sign(paid(fields), "0".repeat(32)),
    (_, fields) => xmlOf(paid(fields)),
    (_, fields) => sign({ ...paid(fields), mch_id: "1900000009" }),
    (_, fields) => sign({ ...paid(fields), out_trade_no: "another" }),
    () => xmlOf({ return_code: "FAIL", return_msg: "系统繁忙" }),
    () => "<html>502</html>",
  ];
  const opened = await Promise.all(twists.map(() => stage.shop.opened()));
  platform.always = (path, answer, fields) => {
    const at = opened.findIndex((one) => numberOf(one) === fields.out_trade_no);
    return path === "/pay/orderquery" && at >= 0 ? twists[at](answer, fields) : answer;
  };
  const asked = await Promise.all(opened.map(({ id }) => stage.shop.cancel(id)));
  assert.deepEqual(asked.map(({ status }) => status), twists.map(() => 202), "none is confirmed");
  platform.always = undefined;
  await stage.advance(120);
  for (const { id } of opened) {
    await stage.shop.until(id, "it is cancelled", (view) => view.status === "cancelled");
  }
});

test("with a V2 key alone nothing else is asked for", () => {
  const orders = ["/pay/unifiedorder", "/pay/orderquery", "/pay/closeorder"];
  // The hourly look at yesterday may have come while the clock was moved.
  const asked = [...platform.paths].filter((path) => path !== "/pay/downloadbill");
  assert.deepEqual(asked.sort(), orders.sort());
});

test("killed while WeChat Pay was placing the order, it goes on with the same one", async () => {
  // One runtime at a time: only then is it known which one to kill.
  await stage.worker.stop();
  stage = undefined;
  const state = freshFolder("v2-kill");
  const own = await startV2(platform, { state });
  const reference = "T-killed";
  let release;
  const held = new Promise((done) => { release = done; });
  const before = platform.count("/pay/unifiedorder");
  platform.twist("/pay/unifiedorder", async () => { await held; return null; });
  const lost = own.shop.open({ reference }).catch(() => undefined);
  await until("the order has arrived", () => platform.count("/pay/unifiedorder") === before + 1);
  await own.worker.kill();
  release();
  await lost;
  const { port, bindings } = own;
  const worker = await Worker.start({ port, bindings, state });
  try {
    const shop = new own.shop.constructor(worker);
    const opened = await until("there is a code", async () => {
      const { body } = await shop.open({ reference });
      return body.phase === "waiting" && body;
    });
    const places = platform.calls.slice().filter(({ path, fields }) =>
      path === "/pay/unifiedorder" && fields.out_trade_no === numberOf(opened));
    assert.equal(places.length, 2, "the very same order, twice");
    const terms = places.map(({ fields: { nonce_str, sign, ...terms } }) => terms);
    assert.deepEqual(terms[0], terms[1]);
    assert.notEqual(places[0].fields.nonce_str, places[1].fields.nonce_str);
    platform.pay(numberOf(opened));
    await platform.tell(numberOf(opened));
    await shop.untilPaid(opened.id);
  } finally {
    await worker.stop();
  }
});
