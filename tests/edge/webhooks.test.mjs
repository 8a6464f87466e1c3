// The shop is told, by the built Worker, of everything that happens at the sandbox: signed so that the
// official package believes it, again until it has it, and never anything else under the same id.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { delivered, genuine } from "../harness/notification.mjs";
import { OpenApi } from "../harness/openapi.mjs";
import { BREAK, HANG, Receiver, SECRET, verified } from "../harness/receiver.mjs";
import { assertProblem } from "../harness/shop.mjs";
import { openStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";
import { OPERATOR_KEY, SECRET_KEY } from "../harness/worker.mjs";

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;
const api = new OpenApi();

let receiver;
let elsewhere;
let stage;
before(async () => {
  [receiver, elsewhere] = [await Receiver.start(), await Receiver.start()];
  stage = await openStage({ overrides: { WEBHOOK_URL: receiver.url, WEBHOOK_SECRETS: SECRET } });
});
after(async () => {
  await stage?.close();
  await receiver?.stop();
  await elsewhere?.stop();
});

const events = async (id, bearer = SECRET_KEY) => {
  const reply = await stage.shop.ask("GET", `/v1/checkouts/${id}/events`, { bearer });
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  return reply.body.data;
};

/** The event of that type, once it has come so far. */
const untilEvent = (id, type, state) => until(`${type} is ${state}`, async () =>
  (await events(id)).find((event) => event.type === type && event.state === state));

const operate = (path, bearer = OPERATOR_KEY) => stage.shop.ask("POST", path, { bearer });

async function paid(...answers) {
  const opened = await stage.shop.opened();
  receiver.plan(opened.id, ...answers);
  await stage.sandbox.pay(opened.attempt.code_url);
  return stage.shop.untilPaid(opened.id);
}

/** What every letter of one event has in common. */
function assertSame(letters) {
  const [{ headers, body }] = letters;
  for (const letter of letters) {
    assert.equal(letter.headers["webhook-id"], headers["webhook-id"]);
    assert.equal(letter.body, body);
    assert.deepEqual(verified(letter), JSON.parse(body));
  }
}

test("a paid checkout is told once, and the official package believes it", async () => {
  const view = await paid();
  const event = await untilEvent(view.id, "checkout.paid", "delivered");
  await stage.sandbox.advance(HOUR_S);
  const letters = receiver.of(view.id);
  assert.equal(letters.length, 1);
  const [{ method, path, headers, told }] = letters;
  assert.deepEqual([method, path], ["POST", "/webhooks/saoma?shop=tea"]);
  assert.equal(headers["content-type"], "application/json");
  assert.match(headers["user-agent"], /^saoma\/\d/);
  assert.match(headers["webhook-id"], /^msg_[0-9a-f]{24}$/);
  assert.deepEqual([told.type, told.timestamp, event.id], ["checkout.paid", event.created_at, headers["webhook-id"]]);
  assert.deepEqual(verified(letters[0]), told);
  const { client_token: _, pay_url: __, version, ...asRead } = await stage.shop.checkout(view.id);
  const { version: then, late, ...data } = told.data;
  assert.deepEqual([data, late, then <= version], [asRead, false, true]);
  api.tells(told);
});

test("nobody can change a letter, or send an old one, without being noticed", async () => {
  const view = await paid();
  const letter = await receiver.nth(1, view.id);
  const old = String(Math.trunc(Date.now() / 1_000) - 301);
  for (const forged of [
    { ...letter, body: letter.body.replace("8800", "8801") },
    { ...letter, headers: { ...letter.headers, "webhook-id": "msg_another" } },
    { ...letter, headers: { ...letter.headers, "webhook-timestamp": old } },
  ]) {
    assert.throws(() => verified(forged), { name: "WebhookVerificationError" }, forged.body);
  }
});

test("a shop that fails is told again, the same to the byte, until it has it", async () => {
  const redirect = [307, { Location: elsewhere.url }];
  const view = await paid(500, [429, { "Retry-After": "900" }], BREAK, redirect);
  const { id } = await untilEvent(view.id, "checkout.paid", "waiting");
  const { sandbox } = stage;
  // The schedule: 5 s, 1 min (the shop asks for 15), 5 min, 30 min, each a quarter longer at most.
  for (const [count, wait_s] of [[2, 7], [3, 700], [4, 376], [5, 2_251]]) {
    if (count === 3) {
      await sandbox.advance(300);
      assert.equal(receiver.of(view.id).length, 2, "the shop asked for patience");
    }
    await sandbox.advance(wait_s);
    await receiver.nth(count, view.id);
  }
  const event = await untilEvent(view.id, "checkout.paid", "delivered");
  assert.equal(event.id, id);
  const seen = event.deliveries.map(({ status, failure }) => status ?? failure);
  assert.deepEqual(seen, [500, 429, "unreachable", 307, 204]);
  assert.deepEqual([event.attempts, event.next_attempt_at], [5, undefined]);
  assert.equal(receiver.of(view.id).length, 5);
  assertSame(receiver.of(view.id));
  assert.deepEqual(elsewhere.letters, [], "a redirect is not followed");
});

test("a shop that does not answer in ten seconds is told again", async () => {
  const view = await paid(HANG);
  const event = await until("the shop was given up on", async () =>
    (await events(view.id)).find(({ attempts }) => attempts === 1));
  const [{ failure, status }] = event.deliveries;
  assert.deepEqual([failure, status], ["timed_out", undefined]);
  await stage.sandbox.advance(7);
  await untilEvent(view.id, "checkout.paid", "delivered");
  assertSame(receiver.of(view.id));
});

test("after the whole schedule an event is dead, and an operator has it sent again", async () => {
  const never = Array.from({ length: 11 }, () => 503);
  const [first, second] = [await paid(...never), await paid(...never)];
  for (let day = 0; day < 10; day += 1) await stage.sandbox.advance(1.25 * DAY_S);
  const dead = await untilEvent(first.id, "checkout.paid", "dead");
  assert.deepEqual([dead.attempts, dead.next_attempt_at], [11, undefined]);
  await untilEvent(second.id, "checkout.paid", "dead");
  await stage.sandbox.advance(DAY_S);
  assert.equal(receiver.of(first.id).length, 11, "dead is dead");

  const path = `/v1/checkouts/${first.id}/events/${dead.id}/resend`;
  assertProblem(await operate(path, SECRET_KEY), 401, "unauthorized");
  assertProblem(await operate(path.replace(dead.id, "msg_0")), 404, "event_not_found");
  const resent = await operate(path);
  assert.deepEqual([resent.status, resent.body.id], [202, dead.id]);
  await untilEvent(first.id, "checkout.paid", "delivered");
  assertSame(receiver.of(first.id));

  assertProblem(await operate(`/v1/checkouts/${second.id}/redrive`, SECRET_KEY), 401, "unauthorized");
  assert.equal((await operate(`/v1/checkouts/${second.id}/redrive`)).status, 200);
  await untilEvent(second.id, "checkout.paid", "delivered");
  assert.equal(receiver.of(second.id).length, 12);
});

test("what was delivered can be sent again too, under the same id", async () => {
  const view = await paid();
  const { id } = await untilEvent(view.id, "checkout.paid", "delivered");
  assert.equal((await operate(`/v1/checkouts/${view.id}/events/${id}/resend`)).status, 202);
  await receiver.nth(2, view.id);
  assertSame(receiver.of(view.id));
});

test("the shop and the operator see the events of a checkout, and nobody else does", async () => {
  const view = await paid();
  await untilEvent(view.id, "checkout.paid", "delivered");
  assert.equal((await events(view.id, OPERATOR_KEY))[0].type, "checkout.paid");
  const path = `/v1/checkouts/${view.id}/events`;
  assertProblem(await stage.shop.ask("GET", path, { bearer: "x".repeat(40) }), 401, "unauthorized");
  const unknown = path.replace(view.id, `chk_${"a".repeat(20)}`);
  assertProblem(await stage.shop.ask("GET", unknown, { bearer: SECRET_KEY }), 404, "checkout_not_found");
});

test("a checkout that expires and one that is cancelled are told, each once", async () => {
  const { sandbox, shop } = stage;
  const [late, unwanted] = [await shop.opened({ expires_in: 300 }), await shop.opened()];
  await shop.cancel(unwanted.id);
  await until("both have ended", async () => {
    await sandbox.advance(301);
    const views = [await shop.checkout(late.id), await shop.checkout(unwanted.id)];
    return views.map(({ status }) => status).join() === "expired,cancelled";
  });
  for (const [{ id }, type] of [[late, "checkout.expired"], [unwanted, "checkout.cancelled"]]) {
    await untilEvent(id, type, "delivered");
    const [letter, ...more] = receiver.of(id);
    assert.deepEqual([letter.told.type, letter.told.data.status, more], [type, type.split(".")[1], []]);
    verified(letter);
    api.tells(letter.told);
  }
});

test("money that comes late is told as late, after the end was told", async () => {
  const { merchant, sandbox, shop, worker } = stage;
  const opened = await shop.opened();
  await shop.cancel(opened.id);
  await until("cancelled", async () => {
    await sandbox.advance(30);
    return (await shop.checkout(opened.id)).status === "cancelled";
  });
  await delivered(worker, genuine(merchant, opened.attempt.out_trade_no));
  const { told } = await receiver.nth(1, opened.id, "checkout.paid");
  assert.deepEqual([told.data.status, told.data.late, told.data.payment.late], ["paid", true, true]);
  assert.deepEqual(receiver.of(opened.id).map(({ told: { type } }) => type), ["checkout.cancelled", "checkout.paid"]);
  api.tells(told);
});

test("a payment that does not match is told as a conflict, in words", async () => {
  const { merchant, shop, worker } = stage;
  const opened = await shop.opened();
  const amount = { total: 8_801, payer_total: 8_801, currency: "CNY", payer_currency: "CNY" };
  await delivered(worker, genuine(merchant, opened.attempt.out_trade_no, { amount }));
  const letter = await receiver.nth(1, opened.id);
  const { type, data } = letter.told;
  assert.deepEqual([type, data.status, data.attempt.code_url], ["checkout.conflict", "open", undefined]);
  assert.match(data.conflict, /another amount than the order's: transaction \d+ over 8801 fen/);
  const event = await untilEvent(opened.id, "checkout.conflict", "delivered");
  assert.equal(event.subject, data.set_aside[0].transaction_id);
  verified(letter);
  api.tells(letter.told);
});

test("a refund that succeeds and one that fails are told with the refund", async () => {
  const { sandbox, shop } = stage;
  const good = await paid();
  const given = (await shop.giveBack(good.id, { reference: "R-GOOD" })).body;
  const bad = await paid();
  await sandbox.faults({ route: "refund", out_trade_no: bad.attempt.out_trade_no, kind: "abnormal", times: 1 });
  const stranded = (await shop.giveBack(bad.id, { reference: "R-BAD" })).body;
  for (const [{ id }, { out_refund_no }, type, status] of [
    [good, given, "refund.succeeded", "success"],
    [bad, stranded, "refund.failed", "abnormal"],
  ]) {
    await until(type, async () => {
      await sandbox.advance(60);
      return receiver.of(id, type).length;
    });
    const event = await untilEvent(id, type, "delivered");
    assert.equal(event.subject, out_refund_no);
    const [letter, ...more] = receiver.of(id, type);
    const { refund, late } = letter.told.data;
    assert.deepEqual([refund.out_refund_no, refund.status, late, more], [out_refund_no, status, undefined, []]);
    verified(letter);
    api.tells(letter.told);
  }
});
