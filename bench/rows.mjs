// What is measured: each row is a stream of requests and what it must cost in the bare runtime.

import { randomBytes, randomUUID } from "node:crypto";

import { NOTIFY_PATH, REFUND_PATH, genuine, refundLetter } from "../tests/harness/notification.mjs";
import { SECRET_KEY } from "../tests/harness/worker.mjs";
import { call } from "./load.mjs";
import { refundId } from "./platform.mjs";

/** Pages that poll, each for a code of its own. */
const POLLED = 100;

const JSON_TYPE = { "Content-Type": "application/json" };

const json = ({ body }) => JSON.parse(body);
const bearer = (token) => ({ Authorization: `Bearer ${token}` });

function expect(reply, ...statuses) {
  if (statuses.includes(reply.status)) return reply;
  throw new Error(`expected ${statuses}, got ${reply.status}: ${reply.body.toString().slice(0, 300)}`);
}

/** The bare runtime, one thing at a time. "create" is the first commit of a new object, which makes
 * its database; "commit" and "read" go to the same objects again. "index" is a row of D1. */
export const bareRows = (url) =>
  ["empty", "create", "commit", "read", "sign", "verify", "fetch", "index"].map((name) => ({
    name,
    one: async (index) => expect(
      await call(`${url}/${name}`, { headers: { "X-Row": `row-${index}` } }), 204,
    ),
  }));

/**
 * Ours. `parts` names the bare rows without which the same cannot be done: an order stores its
 * intent and its line in the index, is signed, sent, its answer verified and stored; a notification
 * is verified and stored, and so told to the index.
 *
 * Unpaid orders are asked about by alarm, the first time after half a minute, and refunds after a
 * minute; that would be on the next rows' bill: each round settles what it began.
 */
export function ourRows({ ours }, merchant, doubts) {
  const [opened, paid] = [[], []];
  const read = async ({ client_token }) =>
    expect(await call(`${ours}/v1/session`, { headers: bearer(client_token) }), 200);
  return [
    {
      name: "refused at the door",
      parts: {},
      one: async () => expect(await call(`${ours}/v1/session`), 401),
    },
    {
      name: "products",
      parts: {},
      one: async () => expect(await call(`${ours}/v1/products`), 200),
    },
    {
      name: "order placed",
      parts: { create: 1, index: 1, sign: 1, fetch: 1, verify: 1, commit: 1 },
      one: async () => {
        const order = {
          reference: randomUUID(), description: "Oolong 250 g", amount: { total: 8_800, currency: "CNY" },
        };
        const headers = { ...JSON_TYPE, ...bearer(SECRET_KEY) };
        const body = JSON.stringify(order);
        const reply = expect(await call(`${ours}/v1/checkouts`, { method: "POST", headers, body }), 201);
        const checkout = json(reply);
        // On a crowded machine an answer may miss its deadline; the order is then finished later.
        if (checkout.phase !== "waiting") doubts.push(checkout.id);
        opened.push(checkout);
      },
    },
    {
      // Its code is drawn for the first time.
      name: "session first read",
      parts: { read: 1 },
      one: (index) => read(opened[index % opened.length]),
    },
    {
      // A page that polls asks for the same code again and again.
      name: "session read",
      parts: { read: 1 },
      one: (index) => read(opened[index % Math.min(opened.length, POLLED)]),
    },
    {
      name: "notification accepted",
      parts: { verify: 1, commit: 1, index: 1 },
      // Letters are written beforehand: sealing and signing them is the platform's work.
      prepare: (count) => {
        const settled = opened.splice(0, count);
        paid.push(...settled);
        return settled.map(({ attempt }) => genuine(merchant, attempt.out_trade_no));
      },
      one: async (_, letter) => {
        expect(await call(ours + NOTIFY_PATH, { method: "POST", ...letter }), 200);
      },
    },
    ...refundRows(ours, merchant, paid, doubts),
    {
      name: "list of 20",
      parts: {},
      one: async () => expect(await call(`${ours}/v1/checkouts`, { headers: bearer(SECRET_KEY) }), 200),
    },
  ];
}

/** What was paid goes back whole, and the platform tells of it. */
function refundRows(ours, merchant, paid, doubts) {
  const refunds = [];
  return [
    {
      name: "refund applied for",
      parts: { sign: 1, fetch: 1, verify: 1, commit: 2, index: 1 },
      prepare: (count) => paid.splice(0, count),
      one: async (_, checkout) => {
        const wish = { reference: randomUUID(), amount: { total: 8_800, currency: "CNY" } };
        const headers = { ...JSON_TYPE, ...bearer(SECRET_KEY) };
        const path = `${ours}/v1/checkouts/${checkout.id}/refunds`;
        const view = json(expect(await call(path, { method: "POST", headers, body: JSON.stringify(wish) }), 201));
        if (view.status !== "processing") doubts.push(view.out_refund_no);
        refunds.push({ ...view, out_trade_no: checkout.attempt.out_trade_no });
      },
    },
    {
      name: "refund notified",
      parts: { verify: 1, commit: 1, index: 1 },
      prepare: (count) => refunds.splice(0, count).map((view) => refundLetter(merchant, ended(merchant, view))),
      one: async (_, letter) => {
        expect(await call(ours + REFUND_PATH, { method: "POST", ...letter }), 200);
      },
    },
  ];
}

/** A refund that has reached the payer, as a notification tells it. */
const ended = ({ mchid }, { out_refund_no, out_trade_no, transaction_id }) => ({
  mchid, out_refund_no, out_trade_no, transaction_id,
  refund_id: refundId(out_refund_no),
  refund_status: "SUCCESS",
  success_time: "2026-11-21T12:00:05+08:00",
  user_received_account: "支付用户零钱",
  amount: { total: 8_800, refund: 8_800, payer_total: 8_800, payer_refund: 8_800 },
});

/**
 * What nobody pays, and so comes last. Each shopper has an address of their own, since one address
 * may have few sessions open; so a place in a new quota is made, and one in the common quota taken.
 */
export const unpaidRows = ({ ours }) => [
  {
    name: "session opened",
    parts: { create: 2, index: 1, sign: 1, fetch: 1, verify: 1, commit: 2 },
    one: async (index) => {
      const session = { key: randomBytes(16).toString("base64url"), product: "oolong-250", quantity: 1 };
      const address = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
      const headers = { ...JSON_TYPE, "CF-Connecting-IP": address };
      const body = JSON.stringify(session);
      expect(await call(`${ours}/v1/sessions`, { method: "POST", headers, body }), 201);
    },
  },
];
