// A call by hand: signed, sent once, passed on as it came; and what it must never do.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openGateway } from "../harness/gateway.mjs";
import { freePorts } from "../harness/port.mjs";
import { Shop, assertProblem } from "../harness/shop.mjs";
import { useStage } from "../harness/stage.mjs";
import { OPERATOR_KEY, SECRET_KEY, Worker } from "../harness/worker.mjs";

const stage = useStage({ overrides: { RAW_CALLS: "on" } });

const call = (body, bearer = OPERATOR_KEY) => stage.shop.ask("POST", "/v1/wechatpay", { bearer, body });

test("an order can be asked for, and the answer is proven to be the platform's", async () => {
  const { attempt } = await stage.shop.opened();
  const target = `/v3/pay/transactions/out-trade-no/${attempt.out_trade_no}?mchid=${stage.merchant.mchid}`;
  const { status, body } = await call({ method: "GET", target });
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual([body.status, body.verified, body.reason], [200, true, undefined]);
  assert.equal(body.body.out_trade_no, attempt.out_trade_no);
  assert.equal(body.headers["Wechatpay-Serial"], stage.merchant.platform_public_key_id);
  assert.match(body.request_id, /-\d+$/);
  assert.equal(body.headers["Wechatpay-Signature"], undefined);
});

test("a body goes out as it was written, byte for byte, and another key may sign the answer", async () => {
  const seen = [];
  const between = await openGateway(stage.sandbox.url, {
    answer: (request) => { seen.push(request.headers); return null; },
  });
  const [port] = await freePorts(1);
  const bindings = { ...stage.bindings, PUBLIC_URL: `http://127.0.0.1:${port}`, WECHATPAY_URL: between.url };
  const worker = await Worker.start({ port, bindings });
  try {
    const serial = stage.merchant.platform_certificate_serial;
    // Spaces that no serialiser of ours writes: the signature is over them.
    const text = `{ "echo_message" :\\t"\\u4f60\\u597d" }`.replace("\\t", "\t");
    const json = `{"method":"POST","target":"/v3/security/echo","serial":"${serial}","body":${text}}`;
    for (const body of [json, { method: "POST", target: "/v3/security/echo", serial, body: text }]) {
      const reply = await new Shop(worker).ask("POST", "/v1/wechatpay", { bearer: OPERATOR_KEY, body });
      assert.equal(reply.status, 200, JSON.stringify(reply.body));
      assert.equal(reply.body.status, 200, JSON.stringify(reply.body));
      assert.equal(reply.body.verified, true, reply.body.reason);
      assert.equal(reply.body.body.echo_message, "你好");
      assert.equal(reply.body.headers["Wechatpay-Serial"], serial);
    }
    assert.deepEqual(seen.map((headers) => headers["content-length"]), [text, text].map((body) => String(Buffer.byteLength(body))));
  } finally {
    await worker.stop();
    await between.close();
  }
});

test("a refusal of the platform's is passed on, with whether it is proven", async () => {
  const { status, body } = await call({ method: "GET", target: "/v3/nowhere" });
  assert.equal(status, 200);
  assert.deepEqual([body.status, body.verified, body.text], [404, false, ""]);
  assert.match(body.reason, /Wechatpay-Timestamp is missing/);
});

test("no answer is told as unknown, and nothing is sent twice", async () => {
  let times = 0;
  const between = await openGateway(stage.sandbox.url, {
    answer: (request) => { times += 1; request.socket.destroy(); return null; },
  });
  const [port] = await freePorts(1);
  const bindings = { ...stage.bindings, PUBLIC_URL: `http://127.0.0.1:${port}`, WECHATPAY_URL: between.url };
  const worker = await Worker.start({ port, bindings });
  try {
    const body = { method: "POST", target: "/v3/security/echo", body: { echo_message: "x" } };
    const reply = await new Shop(worker).ask("POST", "/v1/wechatpay", { bearer: OPERATOR_KEY, body });
    assertProblem(reply, 504, "no_answer");
    assert.equal(times, 1);
  } finally {
    await worker.stop();
    await between.close();
  }
});

test("orders and refunds are left to the routes that remember them", async () => {
  for (const [target, route] of [
    ["/v3/pay/transactions/native", "POST /v1/checkouts"],
    ["/v3/pay/transactions/jsapi", "POST /v1/checkouts"],
    ["/v3/refund/domestic/refunds", "POST /v1/checkouts/{id}/refunds"],
    ["/v3/ecommerce/refunds/apply", "POST /v1/checkouts/{id}/refunds"],
    ["/v3/pay/transactions/out-trade-no/1/close", "POST /v1/checkouts/{id}/cancel"],
  ]) {
    const reply = await call({ method: "POST", target, body: {} });
    assertProblem(reply, 403, "reserved_target");
    assert.ok(reply.body.detail.includes(route), reply.body.detail);
  }
});

test("a target that is none is refused, and nothing is sent", async () => {
  for (const target of ["https://evil.example/v3/x", "//evil.example/v3/x", "/v2/x", "/v3/../x", "/v3/x#y", "/v3/x y"]) {
    assertProblem(await call({ method: "GET", target }), 400, "invalid_request");
  }
  assertProblem(await call({ method: "GET", target: "/v3/certificates", profile: "nobody" }), 400, "invalid_request");
});

test("the route is the operator's, and exists only where it is switched on", async () => {
  const body = { method: "GET", target: "/v3/certificates" };
  for (const bearer of ["x", SECRET_KEY]) assertProblem(await call(body, bearer), 401, "unauthorized");
  const [port] = await freePorts(1);
  const bindings = { ...stage.bindings, PUBLIC_URL: `http://127.0.0.1:${port}`, RAW_CALLS: "off" };
  const worker = await Worker.start({ port, bindings });
  try {
    const reply = await new Shop(worker).ask("POST", "/v1/wechatpay", { bearer: OPERATOR_KEY, body });
    assertProblem(reply, 404, "not_found");
  } finally {
    await worker.stop();
  }
});
