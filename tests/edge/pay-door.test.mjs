// The door of the hosted page: methods, forms, tokens, rates, and in which words somebody is turned away.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readdirSync } from "node:fs";
import { test } from "node:test";

import { Page, attribute, pay, textOf, visitor } from "../harness/html.mjs";
import { openStage, useStage } from "../harness/stage.mjs";
import { OPERATOR_KEY, SHOP_ORIGIN } from "../harness/worker.mjs";

const stage = useStage();
const visit = visitor(stage);

const headersOf = ({ headers }, names) => Object.fromEntries(names.map((name) => [name, headers.get(name)]));

/** A client token as the Worker makes them: `id.expiry.HMAC(client key, id.expiry)`. */
function token(id, left_s, key = stage.bindings.CLIENT_KEY) {
  const claim = `${id}.${Math.trunc(Date.now() / 1_000) + left_s}`;
  return `${claim}.${createHmac("sha256", key).update(claim).digest("base64url")}`;
}

/** A stage of its own, for as long as `look` takes. */
async function within(options, look) {
  const own = await openStage(options);
  try {
    await look(own);
  } finally {
    await own.close();
  }
}

test("HEAD is answered like GET without the page, and other methods are refused", async () => {
  const { client_token: clientToken } = await stage.shop.opened();
  for (const path of [pay(clientToken), `${pay(clientToken)}/qr.svg`]) {
    const [head, get] = [await stage.worker.fetch(path, { method: "HEAD" }), await stage.worker.fetch(path)];
    assert.equal(head.status, 200);
    assert.equal(await head.text(), "");
    await get.text();
    for (const name of ["content-type", "content-security-policy", "cache-control"]) {
      assert.equal(head.headers.get(name), get.headers.get(name), `${path} ${name}`);
    }
  }
  for (const [method, verb, allow] of [
    ["POST", "", "GET, HEAD, OPTIONS"], ["DELETE", "", "GET, HEAD, OPTIONS"], ["PUT", "/qr.svg", "GET, HEAD, OPTIONS"],
    ["GET", "/check", "POST, OPTIONS"], ["GET", "/renew", "POST, OPTIONS"],
  ]) {
    const reply = await stage.worker.fetch(pay(clientToken) + verb, { method });
    assert.deepEqual([reply.status, reply.headers.get("allow")], [405, allow], `${method} ${verb}`);
    const text = await reply.text();
    if (verb !== "/qr.svg") assert.equal(new Page(text).status, "error");
  }
});

test("“I have paid” asks WeChat Pay and leads back to the page, which says what came of it", async () => {
  const { sandbox, shop, worker } = stage;
  const opened = await shop.opened();
  const check = (query = "") => worker.fetch(`${pay(opened.client_token)}/check${query}`, { method: "POST" });
  const early = await check("?lang=en&refresh=off");
  assert.deepEqual([early.status, await early.text()], [303, ""]);
  assert.equal(early.headers.get("location"), pay(opened.client_token, "?lang=en&refresh=off&asked=1"));
  assert.deepEqual(headersOf(early, ["cache-control", "referrer-policy"]), { "cache-control": "no-store", "referrer-policy": "no-referrer" });
  const { page } = await visit(early.headers.get("location"));
  assert.equal(page.status, "waiting");
  assert.ok(page.all("p", "class", "notice").some((notice) => /No payment seen yet/.test(textOf(notice))));
  // The platform never tells by itself: only the question finds the payment.
  await sandbox.faults({ route: "notify", out_trade_no: opened.attempt.out_trade_no, kind: "dropped", times: 16 });
  await sandbox.advance(10);
  await sandbox.pay(opened.attempt.code_url);
  await (await check()).text();
  assert.equal((await visit(pay(opened.client_token))).page.status, "paid");
  await sandbox.faults();
});

test("“Get a new code” closes the old order, and the page shows the new one's code", async () => {
  const { sandbox, shop, worker } = stage;
  const opened = await shop.opened();
  const reply = await worker.fetch(`${pay(opened.client_token)}/renew?lang=ko`, { method: "POST" });
  assert.deepEqual([reply.status, reply.headers.get("location")], [303, pay(opened.client_token, "?lang=ko")]);
  await reply.text();
  assert.equal((await sandbox.order(opened.attempt.out_trade_no)).trade_state, "CLOSED");
  assert.equal((await visit(pay(opened.client_token))).page.status, "waiting");
  const { attempt } = await shop.checkout(opened.id);
  assert.notEqual(attempt.out_trade_no, opened.attempt.out_trade_no);
});

test("a form of a page that has stood there too long changes nothing about an order that is over", async () => {
  const { sandbox, shop, worker } = stage;
  const ends = {
    paid: async ({ id, attempt }) => {
      await sandbox.pay(attempt.code_url);
      await shop.untilPaid(id);
    },
    cancelled: async ({ id }) => assert.equal((await shop.cancel(id)).status, 200),
  };
  for (const [status, end] of Object.entries(ends)) {
    const opened = await shop.opened();
    await end(opened);
    const { client_token: before, pay_url: address, ...over } = await shop.checkout(opened.id);
    for (const verb of ["renew", "check", "renew"]) {
      const reply = await worker.fetch(`${pay(opened.client_token)}/${verb}`, { method: "POST" });
      assert.deepEqual([reply.status, await reply.text()], [303, ""], `${status} ${verb}`);
    }
    const { client_token: after, pay_url: same, ...still } = await shop.checkout(opened.id);
    assert.deepEqual(still, over, "not even its version");
    assert.ok([before, after].every((one) => one.startsWith(`${opened.id}.`)) && address && same);
    const { page } = await visit(pay(opened.client_token));
    assert.deepEqual([page.status, page.forms, page.comesAgain()], [status, [], undefined]);
  }
});

test("a form is taken from our own page and from no other", async () => {
  const { shop, worker } = stage;
  const { client_token: clientToken } = await shop.opened();
  const post = (headers, verb = "check") =>
    visit(`${pay(clientToken)}/${verb}`, { method: "POST", headers, status: 403 });
  for (const headers of [
    { Origin: "https://elsewhere.example" }, { Origin: SHOP_ORIGIN }, { "Sec-Fetch-Site": "cross-site" },
    { Origin: "null", "Sec-Fetch-Site": "same-site" }, { Origin: worker.url, "Sec-Fetch-Site": "cross-site" },
  ]) {
    for (const verb of ["check", "renew"]) assert.equal((await post(headers, verb)).page.status, "error");
  }
  for (const headers of [{}, { Origin: worker.url, "Sec-Fetch-Site": "same-origin" }, { Origin: "null", "Sec-Fetch-Site": "same-origin" }]) {
    const reply = await worker.fetch(`${pay(clientToken)}/check`, { method: "POST", headers });
    assert.equal(reply.status, 303, await reply.text());
  }
});

test("no token that does not open a checkout is told apart from another", async () => {
  const { shop, worker } = stage;
  const { id, client_token: clientToken } = await shop.opened();
  const nobody = `chk_${"a".repeat(20)}`;
  const pages = [];
  for (const [status, wrong] of [
    [401, "not-a-token"], [401, id], [401, nobody], [401, `${clientToken}A`], [401, token(id, -1)], [401, token(nobody, -1)],
    [401, token(id, 3_600, "another-client-key-0123456789abcdef")], [404, token(nobody, 3_600)],
  ]) {
    const { page, text, reply } = await visit(pay(wrong, "?lang=en"), { status });
    assert.match(reply.headers.get("content-security-policy"), /^default-src 'none'; script-src 'self'/);
    assert.equal(page.comesAgain(), undefined);
    assert.equal(page.all("script").length, 0);
    pages.push(text.replaceAll(wrong, "TOKEN"));
    const picture = await worker.fetch(`${pay(wrong)}/qr.svg`);
    assert.deepEqual([picture.status, picture.headers.get("content-type")], [status, "image/svg+xml"]);
    assert.ok((await picture.text()).startsWith("<svg "));
    for (const verb of ["check", "renew"]) {
      const form = await worker.fetch(`${pay(wrong)}/${verb}`, { method: "POST" });
      assert.equal(form.status, status, await form.text());
    }
  }
  assert.equal(new Set(pages).size, 1, pages.join("\n"));
});

test("a path that is nobody's, and one that is too long, is answered by a page", async () => {
  for (const [status, path] of [[404, "/pay/"], [404, "/pay/x/y"], [404, "/pay/%3Cscript%3E/"], [414, `/pay/${"x".repeat(600)}`]]) {
    const { page } = await visit(path, { status });
    assert.equal(page.status, "error", path);
    assert.ok(!page.text.includes("script"), path);
  }
});

test("a token that was made up wakes no object", async () => {
  const { worker } = stage;
  const objects = () =>
    readdirSync(worker.state, { recursive: true }).filter((name) => /\.sqlite$/.test(String(name))).length;
  const [somebody, nobody] = ["b", "c"].map((letter) => `chk_${letter.repeat(20)}`);
  const before = objects();
  await visit(pay(token(nobody, 3_600, "another-client-key-0123456789abcdef")), { status: 401 });
  await visit(pay(token(nobody, -1)), { status: 401 });
  assert.equal(objects(), before);
  await visit(pay(token(somebody, 3_600)), { status: 404 });
  assert.equal(objects(), before + 1, "as a genuine one does, so that this test sees it");
});

test("who asks too often is told when to come back, and comes back by themselves", () =>
  within({ rates: { PAGE_RATE: 3 } }, async ({ worker, shop }) => {
    const { client_token: clientToken } = await shop.opened();
    const path = pay(clientToken, "?lang=en");
    const limited = [];
    // Within a period of ten seconds; where one ends between two requests, there are more.
    for (let at = 0; at < 12; at++) {
      const reply = await worker.fetch(path);
      const text = await reply.text();
      if (reply.status === 429) limited.push({ reply, page: new Page(text) });
    }
    assert.ok(limited.length > 0 && limited.length < 12, String(limited.length));
    const [{ reply, page }] = limited;
    assert.equal(reply.headers.get("retry-after"), "10");
    assert.deepEqual(page.comesAgain(), { seconds: 10, address: path, isForNoScript: false });
    assert.equal(attribute(page.one("a", "class", "primary"), "href"), path);
    assert.equal((await shop.open()).status, 201, "the shop's server is not the page");
  }));

test("an order that WeChat Pay did not take is said so, and can be tried again", () =>
  within({ overrides: { APPID: "wx0000000000000000" } }, async ({ worker, shop }) => {
    const { body } = await shop.session();
    const { page } = await visit(pay(body.client_token, "?lang=en"), { worker });
    assert.equal(page.status, "refused");
    assert.deepEqual(page.forms, ["renew"]);
    assert.equal(textOf(page.one("button")), "Try again");
    assert.equal(page.comesAgain(), undefined, "somebody has to mend it first");
  }));

test("a Worker that is misconfigured tells a shopper that nothing is lost, and nothing else", () =>
  within({ overrides: { API_V3_KEY: "short" } }, async ({ worker }) => {
    const { page, text } = await visit(pay("x", "?lang=en"), { status: 500, worker });
    assert.equal(textOf(page.one("h1")), "The payment page is not available just now");
    assert.ok(!/API_V3_KEY|misconfigured/i.test(text));
  }));

test("a shop is told where the page is, with the token, and an operator is not", async () => {
  const { shop, worker } = stage;
  const opened = await shop.opened();
  assert.equal(opened.pay_url, `${worker.url}/pay/${opened.client_token}`);
  const read = await shop.checkout(opened.id);
  assert.equal(read.pay_url, `${worker.url}/pay/${read.client_token}`);
  const { body } = await shop.ask("GET", `/v1/checkouts/${opened.id}`, { bearer: OPERATOR_KEY });
  assert.deepEqual([body.id, body.pay_url, body.client_token], [opened.id, undefined, undefined]);
});
