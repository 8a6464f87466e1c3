// The API's document foresees every answer that the Worker can be brought to give.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";

import { genuine } from "../harness/notification.mjs";
import { OpenApi, openApiText } from "../harness/openapi.mjs";
import { freePorts } from "../harness/port.mjs";
import { Shop, pageKey } from "../harness/shop.mjs";
import { knock } from "../harness/socket.mjs";
import { openStage } from "../harness/stage.mjs";
import { v2Variables } from "../harness/v2.mjs";
import { until } from "../harness/wait.mjs";
import { OPERATOR_KEY, SECRET_KEY, SHOP_ORIGIN, Worker, partnerVariables } from "../harness/worker.mjs";

import { dayIsReconciled, indexIsRebuilt } from "./openapi-days.mjs";
import { paymentIsResolved, refundIsResolved } from "./openapi-decisions.mjs";
import { codesAreDrawn, moneyNeedsACertificate, v2IsHeard } from "./openapi-v2.mjs";

const api = new OpenApi();
let stage;
before(async () => {
  stage = await openStage({ overrides: (merchant) => ({
    ...partnerVariables(merchant), ...v2Variables(merchant, "v3"), RAW_CALLS: "on",
    PARTNER__API_V2_KEY: merchant.partner.api_v2_key, PARTNER__SPBILL_CREATE_IP: "127.0.0.1",
  }) });
});
after(() => stage?.close());

/** Asks, and has the answer judged. `shop` may be one of another Worker. */
async function ask(id, { params = {}, query = "", shop = stage.shop, ...options } = {}) {
  const { path, method } = api.operation(id);
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => params[name]);
  const reply = await shop.ask(method.toUpperCase(), filled + query, options);
  api.foresees(id, reply);
  if (reply.status < 300 && typeof options.body === "object" && method === "post" && !path.startsWith("/wechatpay")) {
    api.allows(id, options.body);
  }
  return reply;
}

async function expect(status, id, options) {
  const reply = await ask(id, options);
  assert.equal(reply.status, status, `${id}: ${JSON.stringify(reply.body)}`);
  return reply.body;
}

/** Another Worker, whose variables and rate limits differ. */
async function withWorker(overrides, look, rates) {
  const [port] = await freePorts(1);
  const bindings = { ...stage.bindings, PUBLIC_URL: `http://127.0.0.1:${port}`, ...overrides };
  for (const [name, value] of Object.entries(bindings)) if (value === undefined) delete bindings[name];
  const worker = await Worker.start({ port, bindings, rates });
  try {
    await look(new Shop(worker), worker);
  } finally {
    await worker.stop();
  }
}

test("checkouts: every answer is foreseen", async () => {
  const { sandbox } = stage;
  const bearer = SECRET_KEY;
  const body = {
    reference: "OPENAPI-1", description: "Oolong 250 g", amount: { total: 8_800, currency: "CNY" }, expires_in: 3_600,
    attach: "table 7", goods_tag: "WXG", support_fapiao: true, settle_info: { profit_sharing: false },
    detail: { cost_price: 8_800, invoice_id: "1", goods_detail: [{ merchant_goods_id: "oolong", goods_name: "Oolong", quantity: 1, unit_price: 8_800 }] },
    scene_info: { payer_client_ip: "14.23.150.211", device_id: "013467007045764", store_info: { id: "0001" } },
    buyer: { name: "张三", street: "文三路 9 号" },
  };
  const open = (changes) => ask("createCheckout", { bearer, body: { ...body, ...changes } });
  const { id, attempt } = await expect(201, "createCheckout", { bearer, body });
  await expect(200, "createCheckout", { bearer, body });
  assert.equal((await open({ amount: { total: 1 } })).status, 409);
  assert.equal((await open({ unknown: 1 })).status, 400);
  await expect(401, "createCheckout", { body });
  await expect(413, "createCheckout", { bearer, body: { ...body, reference: "x".repeat(100_000) } });
  await expect(415, "createCheckout", { bearer, body: "x", headers: { "Content-Type": "text/plain" } });
  await expect(200, "readCheckout", { bearer, params: { id } });
  await expect(401, "readCheckout", { params: { id } });
  await expect(404, "readCheckout", { bearer, params: { id: "nobody" } });
  await sandbox.pay(attempt.code_url, { coupon: 100 });
  await stage.shop.untilPaid(id);
  const paid = await expect(200, "readCheckout", { bearer, params: { id } });
  assert.equal(paid.payment.promotion_detail.length, 1, "the coupon was seen too");
  await expect(409, "cancelCheckout", { bearer, params: { id } });
  const second = await stage.shop.opened();
  await sandbox.faults({ route: "close", kind: "rate-limited", times: 9 });
  await expect(202, "cancelCheckout", { bearer, params: second });
  await sandbox.faults();
  const third = await stage.shop.opened();
  await expect(200, "cancelCheckout", { bearer, params: third });
  await expect(401, "cancelCheckout", { params: third });
  await expect(404, "cancelCheckout", { bearer, params: { id: "nobody" } });
  await withWorker({ APPID: "wx0000000000000000" }, async (shop) => {
    await expect(502, "createCheckout", { shop, bearer, body });
  });
});

test("refunds: every answer is foreseen", async () => {
  const { sandbox, shop } = stage;
  const bearer = SECRET_KEY;
  const opened = await shop.opened();
  await sandbox.pay(opened.attempt.code_url);
  const { id, payment } = await shop.untilPaid(opened.id);
  const body = { reference: "R-1", amount: { total: 4_000, currency: "CNY" }, reason: "one bag returned", transaction_id: payment.transaction_id };
  const to = { bearer, params: { id } };
  await sandbox.faults({ route: "refund", kind: "abnormal", times: 1 });
  const { out_refund_no } = await expect(201, "createRefund", { ...to, body });
  await expect(200, "createRefund", { ...to, body });
  await expect(409, "createRefund", { ...to, body: { ...body, reason: "another" } });
  await expect(400, "createRefund", { ...to, body: { ...body, unknown: 1 } });
  await expect(404, "createRefund", { bearer, params: { id: "nobody" }, body });
  const { data } = await expect(200, "listRefunds", to);
  assert.equal(data.length, 1);
  await expect(404, "listRefunds", { bearer, params: { id: "nobody" } });
  const of = { bearer, params: { out_refund_no } };
  const way = { type: "MERCHANT_BANK_CARD" };
  await expect(200, "readRefund", of);
  await expect(409, "redirectRefund", { ...of, body: way });
  await until("the money did not reach the payer", async () => {
    await sandbox.advance(30);
    return (await expect(200, "readRefund", of)).status === "abnormal";
  });
  await expect(400, "redirectRefund", { ...of, body: {} });
  await expect(200, "redirectRefund", { ...of, body: way });
  const nobody = { bearer, params: { out_refund_no: "nobody" } };
  await expect(404, "readRefund", nobody);
  await expect(404, "redirectRefund", { ...nobody, body: way });
  for (const [route, params, sent] of [["createRefund", to.params, body], ["redirectRefund", of.params, way]]) {
    await expect(401, route, { params, body: sent });
    await expect(413, route, { bearer, params, body: { ...sent, reason: "x".repeat(100_000) } });
    await expect(415, route, { bearer, params, body: "x", headers: { "Content-Type": "text/plain" } });
  }
  await expect(401, "listRefunds", { params: { id } });
  await expect(401, "readRefund", { params: of.params });
  await expect(200, "readCheckout", { bearer, params: { id } });
});

test("lists: every answer is foreseen", async () => {
  const { sandbox, shop } = stage;
  const bearer = SECRET_KEY;
  const opened = await shop.opened();
  await sandbox.pay(opened.attempt.code_url);
  const { id } = await shop.untilPaid(opened.id);
  await shop.giveBack(id);
  await until("the list has the refund", async () => {
    const query = `?reference=${opened.reference}`;
    const { data: [row] } = await expect(200, "listCheckouts", { bearer, query });
    return row?.payments.length === 1 && row.refunds === 1;
  });
  await expect(400, "listCheckouts", { bearer, query: "?state=paid" });
  await expect(401, "listCheckouts", {});
  await expect(200, "listDeadLetters", { bearer });
  await expect(400, "listDeadLetters", { bearer, query: "?status=paid" });
  await expect(401, "listDeadLetters", {});
  const asOperator = { bearer: OPERATOR_KEY, params: { id } };
  for (const route of ["readCheckout", "listRefunds"]) {
    await expect(200, route, asOperator);
    await expect(400, route, { ...asOperator, query: "?profile=nobody" });
  }
  const [{ out_refund_no }] = await shop.refunds(id);
  await expect(400, "readRefund", { bearer, params: { out_refund_no }, query: "?profile=partner" });
});

test("events: every answer is foreseen", async () => {
  const { id } = await stage.shop.opened();
  await stage.shop.cancel(id);
  await stage.shop.until(id, "it is cancelled", ({ status }) => status === "cancelled");
  const [nobody, unknown] = [{ id: `chk_${"a".repeat(20)}` }, { id, event_id: "msg_0" }];
  const { data: [{ id: event_id }] } = await expect(200, "listEvents", { bearer: SECRET_KEY, params: { id } });
  await expect(200, "listEvents", { bearer: OPERATOR_KEY, params: { id } });
  await expect(400, "listEvents", { bearer: OPERATOR_KEY, params: { id }, query: "?profile=nobody" });
  await expect(401, "listEvents", { params: { id } });
  await expect(404, "listEvents", { bearer: SECRET_KEY, params: nobody });
  const bearer = OPERATOR_KEY;
  await expect(202, "resendEvent", { bearer, params: { id, event_id } });
  await expect(401, "resendEvent", { bearer: SECRET_KEY, params: { id, event_id } });
  await expect(404, "resendEvent", { bearer, params: unknown });
  await expect(200, "redrive", { bearer, params: { id } });
  await expect(401, "redrive", { bearer: SECRET_KEY, params: { id } });
  await expect(404, "redrive", { bearer, params: nobody });
});

test("what an operator decides, and the history: every answer is foreseen", async () => {
  await refundIsResolved(expect, stage);
  await paymentIsResolved(expect, stage);
});

test("bills: every answer is foreseen", async () => {
  // A stage of its own: two days pass.
  const own = await openStage();
  const { sandbox, shop } = own;
  const kinds = ["readTradeBill", "readFundFlowBill"];
  try {
    const opened = await shop.opened();
    await sandbox.pay(opened.attempt.code_url);
    await shop.untilPaid(opened.id);
    const { success_time } = await sandbox.order(opened.attempt.out_trade_no);
    const query = `?date=${success_time.slice(0, 10)}`;
    const bearer = SECRET_KEY;
    await sandbox.advance(2 * 86_400);
    for (const id of kinds) {
      await expect(200, id, { shop, bearer, query });
      await expect(200, id, { shop, bearer, query, headers: { Accept: "application/x-ndjson" } });
      await expect(400, id, { shop, bearer, query: "?date=yesterday" });
      await expect(401, id, { shop, query });
      await sandbox.faults({ route: "bill", kind: "late", times: 1 });
      await expect(409, id, { shop, bearer, query });
      await expect(404, id, { shop, bearer, query: `?date=${dayBefore(success_time)}` });
    }
  } finally {
    await own.close();
  }
});

test("reconciliations and rebuilds: every answer is foreseen", async () => {
  // A stage of its own: two days pass.
  const own = await openStage();
  try {
    await dayIsReconciled(expect, own);
    await indexIsRebuilt(expect, own);
  } finally {
    await own.close();
  }
});

/** The day before a moment that is written in China time. */
function dayBefore(moment) {
  return new Date(Date.parse(`${moment.slice(0, 10)}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

test("notifications and orphans: every answer is foreseen", async () => {
  const stranger = genuine(stage.merchant, "T20250101000001");
  const asPartner = { ...stage.merchant, api_v3_key: stage.merchant.partner.api_v3_key };
  const letters = {
    hearPayment: stranger,
    hearProfilePayment: genuine(asPartner, "T20250101000002"),
    hearRefund: stranger,
    hearProfileRefund: genuine(asPartner, "T20250101000002"),
  };
  for (const [id, { headers, body }] of Object.entries(letters)) {
    const params = { profile: "partner" };
    await expect(200, id, { params, headers, body });
    await expect(401, id, { params, body: "{}" });
    await expect(413, id, { params, body: JSON.stringify("x".repeat(100_000)) });
  }
  for (const id of ["hearProfilePayment", "hearProfileRefund"]) {
    await expect(500, id, { params: { profile: "nobody" }, body: "{}" });
  }
  const { data } = await expect(200, "listOrphans", { bearer: SECRET_KEY });
  assert.ok(data.length > 0, "an orphan was judged too");
  await expect(400, "listOrphans", { bearer: SECRET_KEY, query: "?limit=0" });
  await expect(401, "listOrphans", {});
});

test("printed codes and V2: every answer is foreseen", async () => {
  await codesAreDrawn(expect, withWorker);
  await v2IsHeard(expect, stage);
  await moneyNeedsACertificate(expect, stage, withWorker);
});

test("sessions: every answer is foreseen", async () => {
  const { sandbox, worker } = stage;
  const origin = SHOP_ORIGIN;
  const elsewhere = "https://elsewhere.example";
  await expect(200, "listProducts", { origin });
  await expect(403, "listProducts", { origin: elsewhere });
  await expect(404, "listProducts", { query: "?profile=nobody" });
  const body = { key: pageKey(), product: "oolong-250", quantity: 2, buyer: { table: "7" } };
  const { client_token: bearer } = await expect(201, "createSession", { origin, body });
  await expect(200, "createSession", { origin, body });
  await expect(409, "createSession", { origin, body: { ...body, quantity: 1 } });
  await expect(400, "createSession", { origin, body: { ...body, product: "nothing" } });
  await expect(403, "createSession", { origin: elsewhere, body });
  await expect(404, "createSession", { origin, body: { ...body, product: "nobody/oolong-250" } });
  await expect(413, "createSession", { origin, body: { ...body, product: "x".repeat(100_000) } });
  await expect(415, "createSession", { origin, body: "x", headers: { "Content-Type": "text/plain" } });
  await withWorker({ OPEN_SESSIONS_MAX: "1" }, async (shop) => {
    const fresh = () => ({ shop, origin, body: { ...body, key: pageKey() } });
    await expect(201, "createSession", fresh());
    await expect(429, "createSession", fresh());
  });
  const lost = token(`chk_${"a".repeat(20)}`);
  for (const id of ["readSession", "checkSession", "renewSession"]) {
    await expect(200, id, { bearer, origin });
    await expect(401, id, { origin });
    await expect(403, id, { bearer, origin: elsewhere });
    await expect(404, id, { bearer: lost, origin });
  }
  await expect(400, "readSession", { bearer, origin, query: "?version=x" });
  await expect(426, "watchSession", { bearer });
  await withWorker({}, async (shop) => {
    for (const id of ["readSession", "watchSession"]) {
      await until("a page asks too often", async () => (await ask(id, { shop, bearer })).status === 429);
    }
  }, { PAGE_RATE: 1 });
  for (const [status, options] of [
    [101, { clientToken: bearer }], [401, { clientToken: "x" }],
    [403, { clientToken: bearer, origin: elsewhere }], [404, { clientToken: lost }],
  ]) {
    const { status: seen } = await knock(worker, options);
    assert.equal(seen, status);
    assert.ok(api.operation("watchSession").responses[status], `watchSession ${status}`);
    api.seen.add(`watchSession ${status}`);
  }
  const { code_url } = await expect(200, "readSession", { bearer, origin });
  await sandbox.pay(code_url);
  await stage.shop.look(bearer, "?version=1&wait=20");
  await expect(200, "readSession", { bearer, origin });
});

test("the hosted page: every answer is foreseen", async () => {
  const { client_token: own } = await stage.shop.opened();
  const lost = token(`chk_${"a".repeat(20)}`);
  for (const id of ["showPayPage", "drawPayCode", "checkPayPage", "renewPayPage"]) {
    const isForm = api.operation(id).method === "post";
    await expect(isForm ? 303 : 200, id, { params: { token: own } });
    await expect(401, id, { params: { token: "x" } });
    await expect(404, id, { params: { token: lost } });
    if (isForm) await expect(403, id, { params: { token: own }, origin: "https://elsewhere.example" });
  }
  await withWorker({}, async (shop) => {
    for (const id of ["showPayPage", "drawPayCode", "checkPayPage", "renewPayPage"]) {
      const params = { token: "x" };
      await until("a shopper asks too often", async () => (await ask(id, { shop, params })).status === 429);
    }
  }, { PAGE_RATE: 1 });
});

/** A genuine client token, made as the Worker makes them. */
function token(id) {
  const claim = `${id}.${Math.trunc(Date.now() / 1_000) + 3_600}`;
  return `${claim}.${createHmac("sha256", stage.bindings.CLIENT_KEY).update(claim).digest("base64url")}`;
}

test("the operator's routes: every answer is foreseen", async () => {
  const bearer = OPERATOR_KEY;
  const call = (body) => ({ bearer, body });
  await expect(200, "examine", call({ order: true, profile: "default" }));
  await expect(200, "examine", call({ profile: "partner" }));
  await expect(200, "callWechatpay", call({ method: "GET", target: "/v3/certificates" }));
  const echo = { method: "POST", target: "/v3/security/echo", body: { echo_message: "x" } };
  await expect(200, "callWechatpay", call({ ...echo, serial: stage.merchant.platform_public_key_id }));
  await expect(200, "callWechatpay", call({ method: "GET", target: "/v3/nowhere" }));
  await expect(403, "callWechatpay", call({ method: "POST", target: "/v3/pay/transactions/native", body: {} }));
  for (const id of ["examine", "callWechatpay"]) {
    await expect(400, id, call({ unknown: 1 }));
    await expect(401, id, { body: {} });
    await expect(413, id, call({ profile: "x".repeat(100_000) }));
    await expect(415, id, { bearer, body: "x", headers: { "Content-Type": "text/plain" } });
  }
  await withWorker({ WECHATPAY_URL: "http://127.0.0.1:9", OPERATOR_KEY: undefined }, async (shop) => {
    await expect(404, "examine", { shop, ...call({}) });
    await expect(404, "callWechatpay", { shop, ...call(echo) });
    await expect(404, "rebuildIndex", { shop, ...call({}) });
  });
  await withWorker({ WECHATPAY_URL: "http://127.0.0.1:9" }, async (shop) => {
    await expect(200, "examine", { shop, ...call({}) });
    await expect(504, "callWechatpay", { shop, ...call(echo) });
  });
});

test("a misconfigured Worker says so everywhere, as foreseen", async () => {
  await withWorker({ API_V3_KEY: "short" }, async (shop) => {
    for (const { operationId: id, method } of api.operations) {
      if (id === "examine") continue;
      const body = method === "post" ? {} : undefined;
      await expect(500, id, { shop, params: { id: "x", out_refund_no: "x", event_id: "x", profile: "partner", token: "x", product: "x" }, body });
    }
    await expect(200, "examine", { shop, bearer: OPERATOR_KEY, body: {} });
  });
  await withWorker({ OPERATOR_KEY: "short" }, async (shop) => {
    await expect(500, "examine", { shop, bearer: OPERATOR_KEY, body: {} });
  });
});

/** What only a failing runtime or a silent platform brings. */
const NOT_PROVOKED = ["502", "503"];

test("nothing is documented that was not seen", () => {
  const unseen = api.operations.flatMap(({ operationId, responses }) =>
    Object.keys(responses)
      .filter((status) => !NOT_PROVOKED.includes(status))
      .map((status) => `${operationId} ${status}`)
      .filter((answer) => !api.seen.has(answer)));
  assert.deepEqual(unseen, []);
});

test("the document is served, for readers on any origin", async () => {
  const reply = await stage.worker.fetch("/openapi.yaml", { headers: { Origin: "https://docs.example" } });
  assert.equal(reply.status, 200);
  assert.match(reply.headers.get("content-type"), /^application\/yaml\b/);
  assert.equal(reply.headers.get("access-control-allow-origin"), "*");
  assert.ok((await reply.text()) === openApiText(), "the document that was checked");
});
