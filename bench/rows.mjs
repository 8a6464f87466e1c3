// What is measured: each row is a stream of requests and what it must cost in the bare runtime.

import { randomBytes, randomUUID } from "node:crypto";

import { NOTIFY_PATH, genuine } from "../tests/harness/notification.mjs";
import { SECRET_KEY } from "../tests/harness/worker.mjs";
import { call } from "./load.mjs";

/** Pages that poll, each for a code of its own. */
const POLLED = 100;

const JSON_TYPE = { "Content-Type": "application/json" };

function expect(reply, ...statuses) {
  if (statuses.includes(reply.status)) return reply;
  throw new Error(`expected ${statuses}, got ${reply.status}: ${reply.body.toString().slice(0, 300)}`);
}

/** The bare runtime, one thing at a time. "create" is the first commit of a new object, which makes
 * its database; "commit" and "read" go to the same objects again. */
export const bareRows = (url) =>
  ["empty", "create", "commit", "read", "sign", "verify", "fetch"].map((name) => ({
    name,
    one: async (index) => expect(
      await call(`${url}/${name}`, { headers: { "X-Row": `row-${index}` } }), 204,
    ),
  }));

/**
 * Ours. `parts` names the bare rows without which the same cannot be done: an order stores its
 * intent, is signed, sent, its answer verified and stored; a notification is verified and stored.
 *
 * Unpaid orders are asked about by alarm, the first time after half a minute, and that would be on
 * the next rows' bill: each round settles the orders that it placed.
 */
export function ourRows({ ours }, merchant, doubts) {
  const opened = [];
  const json = ({ body }) => JSON.parse(body);
  const bearer = (token) => ({ Authorization: `Bearer ${token}` });
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
      parts: { create: 1, sign: 1, fetch: 1, verify: 1, commit: 1 },
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
      parts: { verify: 1, commit: 1 },
      // Letters are written beforehand: sealing and signing them is the platform's work.
      prepare: (count) => opened.splice(0, count).map(({ attempt }) =>
        genuine(merchant, attempt.out_trade_no)),
      one: async (_, letter) => {
        expect(await call(ours + NOTIFY_PATH, { method: "POST", ...letter }), 200);
      },
    },
  ];
}

/**
 * What nobody pays, and so comes last. Each shopper has an address of their own, since one address
 * may have few sessions open; so a place in a new quota is made, and one in the common quota taken.
 */
export const unpaidRows = ({ ours }) => [
  {
    name: "session opened",
    parts: { create: 2, sign: 1, fetch: 1, verify: 1, commit: 2 },
    one: async (index) => {
      const session = { key: randomBytes(16).toString("base64url"), product: "oolong-250", quantity: 1 };
      const address = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
      const headers = { ...JSON_TYPE, "CF-Connecting-IP": address };
      const body = JSON.stringify(session);
      expect(await call(`${ours}/v1/sessions`, { method: "POST", headers, body }), 201);
    },
  },
];
