// No answer is not an answer. Whatever goes wrong between the Worker and the platform, there is
// one order, and it gets its code.

import assert from "node:assert/strict";
import { test } from "node:test";

import { delivered, genuine } from "../harness/notification.mjs";
import { assertProblem } from "../harness/shop.mjs";
import { openStage, useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";

const stage = useStage();

/** Opens a checkout while `kind` spoils `times` answers, and sees it get its code all the same. */
async function openedInDoubt(kind, times = 1) {
  const { sandbox, shop } = stage;
  await sandbox.faults({ route: "native", kind, times });
  const reply = await shop.open();
  await sandbox.faults();
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  return reply.body;
}

/** Runs the Worker's timers until the checkout has a code. */
function withCode(opened) {
  return until("the checkout has a code", async () => {
    const view = await stage.shop.checkout(opened.id);
    if (view.phase === "waiting" && view.attempt.code_url) return view;
    await stage.sandbox.advance(5);
    return false;
  });
}

for (const kind of ["reply-dropped", "error-but-done", "rate-limited", "unsigned", "probe-signed"]) {
  test(`after one answer that was ${kind} the same order gets its code`, async () => {
    const opened = await openedInDoubt(kind);
    if (opened.phase !== "waiting") {
      assert.equal(opened.phase, "placing");
      assert.equal(opened.attempt.code_url, undefined, "no code that nobody vouched for");
    }
    const waiting = await withCode(opened);
    assert.equal(waiting.attempt.out_trade_no, opened.attempt.out_trade_no, "one order, not two");
    await stage.sandbox.pay(waiting.attempt.code_url);
    assert.equal((await stage.shop.untilPaid(opened.id)).payment.total, 8_800);
  });
}

test("a lost answer shows as placing, and the browser sees the code arrive", async () => {
  const { sandbox, shop } = stage;
  await sandbox.faults({ route: "native", kind: "reply-dropped", times: 3 });
  const reply = await shop.open();
  await sandbox.faults();
  assert.equal(reply.status, 201);
  assert.equal(reply.body.phase, "placing");
  const waiting = await withCode(reply.body);
  const seen = await shop.look(reply.body.client_token);
  assert.equal(seen.body.code_url, waiting.attempt.code_url);
});

test("repeating a request whose order is in doubt does not make a second order", async () => {
  const { sandbox, shop } = stage;
  await sandbox.faults({ route: "native", kind: "reply-dropped", times: 2 });
  const content = { reference: "doubtful-1" };
  const first = await shop.open(content);
  const again = await shop.open(content);
  await sandbox.faults();
  assert.equal(again.status, 200);
  assert.equal(again.body.attempt.out_trade_no, first.body.attempt.out_trade_no);
  await withCode(first.body);
});

test("money that arrives while the code is in doubt settles the checkout", async () => {
  const { merchant, sandbox, shop, worker } = stage;
  await sandbox.faults({ route: "native", kind: "reply-dropped", times: 3 });
  const reply = await shop.open();
  await sandbox.faults();
  assert.equal(reply.body.phase, "placing");
  const letter = genuine(merchant, reply.body.attempt.out_trade_no);
  await delivered(worker, letter);
  assert.equal((await shop.checkout(reply.body.id)).status, "paid");
});

for (const kind of ["unsigned", "probe-signed", "error-but-done", "reply-dropped", "rate-limited"]) {
  test(`a query whose answer was ${kind} settles nothing, and the next one does`, async () => {
    const { sandbox, shop } = stage;
    const opened = await shop.opened();
    const number = opened.attempt.out_trade_no;
    await sandbox.faults(
      { route: "notify", out_trade_no: number, kind: "dropped", times: 16 },
      { route: "query", out_trade_no: number, kind, times: 1 },
    );
    await sandbox.pay(opened.attempt.code_url);
    const checked = await shop.ask("POST", "/v1/session/check", { bearer: opened.client_token });
    assert.equal(checked.status, 200, JSON.stringify(checked.body));
    assert.notEqual(checked.body.status, "paid", "an unproven answer counts for nothing");
    await until("a later query finds the payment", async () => {
      await sandbox.advance(30);
      return (await shop.checkout(opened.id)).status === "paid";
    });
    await sandbox.faults();
  });
}

test("a refusal by the platform is told to the shop with its code and Request-ID", async () => {
  const wrong = await openStage({ overrides: { APPID: "wx0000000000000000" } });
  try {
    const reply = await wrong.shop.open();
    assertProblem(reply, 502, "wechatpay_refused");
    assert.match(reply.body.wechatpay.code, /^[A-Z_]+$/);
    assert.ok(reply.body.wechatpay.status >= 400 && reply.body.wechatpay.status < 500);
    assert.equal(typeof reply.body.wechatpay.request_id, "string");
  } finally {
    await wrong.close();
  }
});
