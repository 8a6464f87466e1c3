// A platform that takes a call and never answers. The Worker does not wait for it without end: it
// says that it does not know, and its own alarm finds out.

import assert from "node:assert/strict";
import { createServer, request as forward } from "node:http";
import { after, before, test } from "node:test";

import { openStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";

/** Stands between Worker and sandbox; while `silent`, it takes requests and answers none. */
const gate = { silent: true, heard: [] };
let stage;

before(async () => {
  gate.server = createServer((incoming, reply) => {
    gate.heard.push(`${incoming.method} ${incoming.url.split("?")[0]}`);
    if (gate.silent) return;
    const { method, url: path, headers } = incoming;
    const { hostname, port } = new URL(stage.sandbox.url);
    const outgoing = forward({ hostname, port, method, path, headers }, (answer) => {
      reply.writeHead(answer.statusCode, answer.headers);
      answer.pipe(reply);
    });
    incoming.pipe(outgoing);
  });
  await new Promise((ready) => gate.server.listen(0, "127.0.0.1", ready));
  const WECHATPAY_URL = `http://127.0.0.1:${gate.server.address().port}`;
  stage = await openStage({ overrides: { WECHATPAY_URL } });
});
after(async () => {
  await stage?.close();
  gate.server?.closeAllConnections();
  gate.server?.close();
});

test("a call that nobody answers is cut off, and the alarm finishes the order", async () => {
  const opened = await stage.shop.open();
  assert.equal(opened.status, 201, JSON.stringify(opened.body));
  assert.equal(opened.body.phase, "placing");
  assert.equal(opened.body.attempt.code_url, undefined);
  assert.equal(gate.heard[0], "POST /v3/pay/transactions/native");

  // No clock is moved and nobody but this reader asks: what goes on is the Worker's own alarm.
  gate.silent = false;
  const waiting = await until("the checkout has a code", async () => {
    const view = await stage.shop.checkout(opened.body.id);
    return view.phase === "waiting" && view;
  });
  const { out_trade_no, code_url } = waiting.attempt;
  assert.equal(out_trade_no, opened.body.attempt.out_trade_no, "one order, not two");
  const asked = `GET /v3/pay/transactions/out-trade-no/${out_trade_no}`;
  assert.ok(gate.heard.indexOf(asked) > 0, "asked before it was repeated");
  await stage.sandbox.pay(code_url);
  await stage.shop.untilPaid(opened.body.id);
});
