// The list of checkouts: what it finds, whose it shows, and that nothing asked for gets into SQL.

import assert from "node:assert/strict";
import { test } from "node:test";

import { deliver, genuine } from "../harness/notification.mjs";
import { Shop, assertProblem } from "../harness/shop.mjs";
import { useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";
import { OPERATOR_KEY, PARTNER_KEY, SECRET_KEY, partnerVariables } from "../harness/worker.mjs";

const stage = useStage({ overrides: partnerVariables });

const ask = (query = "", bearer = SECRET_KEY) =>
  stage.shop.ask("GET", `/v1/checkouts?${new URLSearchParams(query)}`, { bearer });

/** A page that is there. */
async function list(query, bearer) {
  const reply = await ask(query, bearer);
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  assert.equal(reply.headers.get("cache-control"), "no-store");
  return reply.body;
}

const ids = ({ data }) => data.map(({ id }) => id);

test("a checkout is found by each of its names, from its opening to its refund", async () => {
  const { shop, sandbox } = stage;
  const opened = await shop.opened({ reference: "茶 & 1=1", description: "Pu'er; 357 g" });
  const [row] = (await list({ reference: opened.reference })).data;
  assert.deepEqual(row, {
    id: opened.id, status: "open", reference: "茶 & 1=1", description: "Pu'er; 357 g", amount: opened.amount,
    source: "shop", attempt: { out_trade_no: opened.attempt.out_trade_no }, created_at: opened.created_at,
    expires_at: opened.expires_at, payments: [], attention: false,
  });
  const { out_trade_no, transaction_id } = await sandbox.pay(opened.attempt.code_url);
  await shop.untilPaid(opened.id);
  const paid = await until("the list says paid", async () => {
    const { data } = await list({ transaction_id, status: "paid" });
    return data[0];
  });
  const { success_time } = await sandbox.order(out_trade_no);
  assert.deepEqual(paid.payments, [
    { transaction_id, out_trade_no, total: 8_800, success_day: success_time.slice(0, 10) },
  ]);
  assert.deepEqual(ids(await list({ out_trade_no })), [opened.id]);
  assert.deepEqual(ids(await list({ out_trade_no, status: "open" })), []);
  assert.deepEqual(ids(await list({ transaction_id, attention: "true" })), []);
  assert.deepEqual(ids(await list({ reference: opened.reference, created_after: opened.created_at })), [opened.id]);
  assert.deepEqual(ids(await list({ reference: opened.reference, created_before: opened.created_at })), []);
  await shop.giveBack(opened.id, { amount: { total: 800 } });
  await sandbox.advance(120);
  const refunded = await until("the list has the refund", async () => {
    const { data } = await list({ transaction_id });
    return data[0].refunded && data[0];
  });
  assert.equal(refunded.refunded, 800);
  assert.equal(refunded.refunds, 1);
});

test("sixty checkouts come once each, newest first, while new ones arrive", async () => {
  const { shop } = stage;
  const before = await Promise.all(Array.from({ length: 60 }, () => shop.opened()));
  const seen = [];
  let cursor;
  do {
    const page = await list({ limit: "7", ...(cursor ? { cursor } : {}) });
    assert.ok(page.data.length <= 7);
    seen.push(...page.data);
    await shop.opened();
    cursor = page.next_cursor;
  } while (cursor);
  const times = seen.map(({ created_at }) => Date.parse(created_at));
  assert.deepEqual(times, times.toSorted((a, b) => b - a));
  const seenIds = seen.map(({ id }) => id);
  assert.equal(new Set(seenIds).size, seenIds.length, "none comes twice");
  assert.deepEqual(before.map(({ id }) => id).filter((id) => !seenIds.includes(id)), [], "none is left out");
});

test("nobody is shown what is another's", async () => {
  const { shop, worker, merchant } = stage;
  const partner = new Shop(worker, PARTNER_KEY);
  const [{ sub_mchid }] = merchant.partner.sub_merchants;
  const theirs = await partner.opened({ sub_mchid });
  const ours = await shop.opened();
  const [row] = (await list({ limit: "100" }, PARTNER_KEY)).data;
  assert.equal(row.id, theirs.id);
  assert.equal(row.sub_mchid, sub_mchid);
  assert.deepEqual(ids(await list({ limit: "100" }, PARTNER_KEY)), [theirs.id]);
  assert.ok(!ids(await list({ limit: "100" })).includes(theirs.id));
  for (const query of [{ reference: theirs.reference }, { out_trade_no: theirs.attempt.out_trade_no }]) {
    assert.deepEqual(ids(await list(query)), []);
    assert.deepEqual(ids(await list(query, PARTNER_KEY)), [theirs.id]);
    assert.deepEqual(ids(await list({ ...query, profile: "partner" }, OPERATOR_KEY)), [theirs.id]);
    assert.deepEqual(ids(await list(query, OPERATOR_KEY)), []);
  }
  assert.ok(ids(await list({ limit: "100" }, OPERATOR_KEY)).includes(ours.id), "the default profile's");
  assertProblem(await ask({ profile: "partner" }), 400, "invalid_request");
  assertProblem(await ask({ profile: "nobody" }, OPERATOR_KEY), 400, "invalid_request");
  assertProblem(await ask("", "no-key-0123456789abcdef0123456789abcdef"), 401, "unauthorized");
});

test("an operator reads a checkout and its refunds, and gets no client token", async () => {
  const { shop, merchant, worker } = stage;
  const [{ sub_mchid }] = merchant.partner.sub_merchants;
  const theirs = await new Shop(worker, PARTNER_KEY).opened({ sub_mchid });
  const read = (path) => shop.ask("GET", path, { bearer: OPERATOR_KEY });
  const reply = await read(`/v1/checkouts/${theirs.id}?profile=partner`);
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  assert.equal(reply.body.reference, theirs.reference);
  assert.ok(!("client_token" in reply.body));
  assert.equal((await read(`/v1/checkouts/${theirs.id}/refunds?profile=partner`)).status, 200);
  assertProblem(await read(`/v1/checkouts/${theirs.id}`), 404, "checkout_not_found");
  assertProblem(
    await shop.ask("POST", `/v1/checkouts/${theirs.id}/cancel`, { bearer: OPERATOR_KEY }), 401, "unauthorized",
  );
});

const NAMES = [
  "status", "reference", "out_trade_no", "transaction_id", "attention", "created_after", "created_before",
  "limit", "cursor", "profile",
];
const INJECTIONS = [
  "' OR 1=1 --", "'; DROP TABLE checkouts; --", "\" OR \"\"=\"", "x' UNION SELECT id, 1, row FROM checkouts --",
  "%' OR 'a' LIKE '%", "?1", "1) OR (1=1", "\u0000", "{\"$gt\":\"\"}", "paid' OR status<>'",
];

for (const name of NAMES) {
  test(`SQL in ${name} finds nothing and changes nothing`, async () => {
    for (const value of INJECTIONS) {
      for (const bearer of [SECRET_KEY, OPERATOR_KEY]) {
        const reply = await ask({ [name]: value }, bearer);
        if (name === "reference" && reply.status === 200) assert.deepEqual(reply.body.data, [], value);
        else assertProblem(reply, 400, "invalid_request");
      }
    }
    assert.ok((await list()).data.length > 0, "the table is there");
  });
}

test("a cursor that somebody made up shows at most another page of their own", async () => {
  const theirs = await list({ limit: "1" }, OPERATOR_KEY);
  const made = Buffer.from(`9007199254740993.${theirs.data[0].id}`).toString("base64url");
  const page = await list({ cursor: made, limit: "100" }, PARTNER_KEY);
  assert.ok(page.data.length > 0 && page.data.every(({ sub_mchid }) => sub_mchid));
  for (const inside of ["1763700000", "x.chk_abcdefghijklmnopqrst", "1.chk_abcdefghijklmnopqrst'--"]) {
    const cursor = Buffer.from(inside).toString("base64url");
    assertProblem(await ask({ cursor }), 400, "invalid_request");
  }
});

test("payments that nobody knows come page by page", async () => {
  const { shop, worker, merchant } = stage;
  for (const nth of [1, 2, 3]) {
    const reply = await deliver(worker, genuine(merchant, `T2025010100000${nth}`));
    assert.equal(reply.status, 200);
  }
  const page = async (query, bearer) => (await shop.ask("GET", `/v1/orphans${query}`, { bearer })).body;
  const first = await page("?limit=2", SECRET_KEY);
  assert.deepEqual(first.data.map(({ out_trade_no }) => out_trade_no), ["T20250101000003", "T20250101000002"]);
  const second = await page(`?limit=2&cursor=${first.next_cursor}`, OPERATOR_KEY);
  assert.deepEqual(second.data.map(({ out_trade_no }) => out_trade_no), ["T20250101000001"]);
  assert.equal(second.next_cursor, null);
  assert.deepEqual((await page("?profile=partner", OPERATOR_KEY)).data, []);
  assertProblem(await shop.ask("GET", "/v1/orphans?cursor=1", { bearer: SECRET_KEY }), 400, "invalid_request");
});
