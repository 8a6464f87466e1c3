// The secret changes under a shop that is open: while both are configured both sign, so the shop moves
// over whenever it likes, and what waits meanwhile is signed by whatever is configured when it goes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { NEXT_SECRET, Receiver, SECRET, verified } from "../harness/receiver.mjs";
import { Shop } from "../harness/shop.mjs";
import { openStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";
import { OPERATOR_KEY, SECRET_KEY, Worker } from "../harness/worker.mjs";

let receiver;
let stage;
before(async () => {
  receiver = await Receiver.start();
  stage = await openStage({ overrides: { WEBHOOK_URL: receiver.url, WEBHOOK_SECRETS: SECRET } });
});
after(async () => {
  // The stage knows the first Worker only.
  await stage?.worker.stop();
  await stage?.close();
  await receiver?.stop();
});

/** The same Worker again, with other variables, on the same objects. */
async function redeploy(changes) {
  const { worker } = stage;
  await worker.pause();
  const bindings = { ...stage.bindings, ...changes };
  for (const [name, value] of Object.entries(bindings)) if (value === undefined) delete bindings[name];
  const port = Number(new URL(worker.url).port);
  stage.worker = await Worker.start({ port, bindings, state: worker.state });
  stage.shop = new Shop(stage.worker);
}

async function paid(...answers) {
  const opened = await stage.shop.opened();
  receiver.plan(opened.id, ...answers);
  await stage.sandbox.pay(opened.attempt.code_url);
  return stage.shop.untilPaid(opened.id);
}

/** Which of the two secrets a receiver may hold to believe this letter. */
const believedBy = (letter) => [SECRET, NEXT_SECRET].filter((secret) => {
  try {
    return verified(letter, secret);
  } catch (error) {
    assert.equal(error.name, "WebhookVerificationError");
    return false;
  }
});

/** What became of the one event of a checkout. */
async function event(id) {
  const { body } = await stage.shop.ask("GET", `/v1/checkouts/${id}/events`, { bearer: SECRET_KEY });
  const [only, ...more] = body.data;
  assert.deepEqual(more, []);
  return only;
}

test("a shop moves from one secret to the other without missing an event", async () => {
  const early = await paid(500);
  assert.deepEqual(believedBy(await receiver.nth(1, early.id)), [SECRET]);
  await until("the failure is stored", async () => (await event(early.id)).attempts === 1);

  await redeploy({ WEBHOOK_SECRETS: `${NEXT_SECRET} ${SECRET}` });
  await stage.sandbox.advance(7);
  const again = await receiver.nth(2, early.id);
  assert.deepEqual(believedBy(again), [SECRET, NEXT_SECRET], "what waited is signed by both");
  const during = await receiver.nth(1, (await paid()).id);
  assert.deepEqual(believedBy(during), [SECRET, NEXT_SECRET]);
  assert.equal(during.headers["webhook-signature"].split(" ").length, 2);

  await redeploy({ WEBHOOK_SECRETS: NEXT_SECRET });
  assert.deepEqual(believedBy(await receiver.nth(1, (await paid()).id)), [NEXT_SECRET]);
});

test("a shop that had no webhook can be told later", async () => {
  await redeploy({ WEBHOOK_URL: undefined, WEBHOOK_SECRETS: undefined });
  const { id } = await paid();
  const unwanted = await until("it is known that nobody wants it", async () => {
    const told = await event(id);
    return told.state === "unwanted" && told;
  });
  assert.deepEqual([unwanted.attempts, unwanted.deliveries], [0, []]);

  await redeploy({});
  assert.deepEqual(receiver.of(id), []);
  const path = `/v1/checkouts/${id}/events/${unwanted.id}/resend`;
  assert.equal((await stage.shop.ask("POST", path, { bearer: OPERATOR_KEY })).status, 202);
  const letter = await receiver.nth(1, id);
  assert.deepEqual([letter.headers["webhook-id"], letter.told.type], [unwanted.id, "checkout.paid"]);
});

test("a webhook without its secret serves nobody, and says why", async () => {
  await redeploy({ WEBHOOK_SECRETS: undefined });
  const reply = await stage.shop.open();
  assert.equal(reply.body.code, "misconfigured");
  assert.match(reply.body.detail, /^WEBHOOK_SECRETS: it is not set$/);
  await redeploy({ WEBHOOK_URL: "http://192.168.0.7/webhooks" });
  assert.match((await stage.shop.open()).body.detail, /^WEBHOOK_URL: a webhook's address begins with https/);
});
