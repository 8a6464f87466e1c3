// The hosted page as the Worker sends it: every state, the headers to the letter, languages, hostile
// texts, forms, and who is turned away in which words.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";

import { Page, attribute, textOf } from "../harness/html.mjs";
import { deliver, genuine } from "../harness/notification.mjs";
import { useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";
import { SHOP_ORIGIN } from "../harness/worker.mjs";

const stage = useStage();

const LANGUAGES = ["zh-CN", "zh-TW", "en", "ja", "ko", "ar"];
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; " +
  "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

const headersOf = ({ headers }, names) => Object.fromEntries(names.map((name) => [name, headers.get(name)]));

/** A client token as the Worker makes them: `id.expiry.HMAC(client key, id.expiry)`. */
function token(id, left_s, key = stage.bindings.CLIENT_KEY) {
  const claim = `${id}.${Math.trunc(Date.now() / 1_000) + left_s}`;
  return `${claim}.${createHmac("sha256", key).update(claim).digest("base64url")}`;
}

/** Asks for a page and reads it, whatever its status. */
async function visit(path, { status = 200, worker = stage.worker, ...options } = {}) {
  const reply = await worker.fetch(path, options);
  const text = await reply.text();
  assert.equal(reply.status, status, text);
  return { reply, text, page: new Page(text) };
}

const pay = (clientToken, query = "") => `/pay/${clientToken}${query}`;

/** Opens a checkout, has something done to it, and shows its page. */
async function shown(doing = () => {}, overrides = {}) {
  const opened = await stage.shop.opened(overrides);
  await doing(opened);
  return { opened, ...(await visit(pay(opened.client_token, "?lang=en"))) };
}

test("the page of a checkout that waits has the code, the amount, two forms, and headers of its own", async () => {
  const { opened, reply, page } = await shown();
  assert.deepEqual(
    headersOf(reply, [
      "content-type", "content-language", "cache-control", "content-security-policy", "referrer-policy",
      "x-robots-tag", "x-content-type-options", "cross-origin-resource-policy",
      "access-control-allow-origin", "refresh", "set-cookie",
    ]),
    {
      "content-type": "text/html; charset=utf-8",
      "content-language": "en",
      "cache-control": "no-store",
      "content-security-policy": POLICY,
      "referrer-policy": "no-referrer",
      "x-robots-tag": "noindex",
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
      "access-control-allow-origin": null,
      refresh: null,
      "set-cookie": null,
    },
  );
  assert.equal(page.status, "waiting");
  assert.deepEqual(page.forms, ["check", "renew"]);
  assert.equal(textOf(page.one("p", "class", "amount")), "CN¥88.00");
  const widget = page.one("saoma-checkout");
  assert.equal(attribute(widget, "session"), opened.client_token);
  assert.equal(attribute(widget, "locale"), "en");
  const code = page.one("svg", "class", "code");
  assert.equal(attribute(code, "shape-rendering"), "crispEdges");
  assert.equal(attribute(code, "aria-label"), "WeChat Pay code: CN¥88.00 for Oolong 250 g");
  assert.equal(code.childNodes.length, 2, "a white square and one path");
  const { seconds, address, isForNoScript } = page.comesAgain();
  assert.ok(seconds >= 5 && seconds <= 10 && isForNoScript);
  assert.match(address, new RegExp(`^${pay(opened.client_token)}\\?lang=en&since=\\d+$`));
});

const ENDS = {
  paid: async ({ id, attempt }) => {
    await stage.sandbox.pay(attempt.code_url);
    await stage.shop.untilPaid(id);
  },
  cancelled: async ({ id }) => assert.equal((await stage.shop.cancel(id)).status, 200),
  closing: async ({ id }) => {
    await stage.sandbox.faults({ route: "close", kind: "rate-limited", times: 9 });
    assert.equal((await stage.shop.cancel(id)).status, 202);
    await stage.sandbox.faults();
  },
  conflict: async ({ id, attempt }) => {
    const amount = { total: 8_801, payer_total: 8_801, currency: "CNY", payer_currency: "CNY" };
    await deliver(stage.worker, genuine(stage.merchant, attempt.out_trade_no, { amount }));
    await stage.shop.until(id, "the conflict shows", ({ conflict }) => conflict);
  },
};

for (const [status, doing] of Object.entries(ENDS)) {
  test(`a checkout that is ${status} says so, without a code`, async () => {
    const { opened, page } = await shown(doing);
    assert.equal(page.status, status);
    assert.deepEqual([page.all("svg", "class", "code").length, page.forms.length], [0, 0]);
    assert.equal(Boolean(page.comesAgain()), status === "closing", "what is over does not come again");
    const picture = await stage.worker.fetch(`${pay(opened.client_token)}/qr.svg`);
    assert.equal(picture.status, 404, await picture.text());
  });
}

test("a checkout that nobody paid in time is expired once WeChat Pay has confirmed it", async () => {
  const { shop, sandbox } = stage;
  const opened = await shop.opened({ expires_in: 300 });
  await sandbox.advance(400);
  await until("the page says so", async () => {
    const { page } = await visit(pay(opened.client_token));
    return page.status === "expired" || void (await sandbox.advance(60));
  });
});

test("an order whose outcome is not known yet is being prepared", async () => {
  const { shop, sandbox } = stage;
  await sandbox.faults({ route: "native", kind: "reply-dropped", times: 9 }, { route: "query", kind: "reply-dropped", times: 9 });
  const { status, body } = await shop.open();
  assert.deepEqual([status, body.phase], [201, "placing"]);
  const { page } = await visit(pay(body.client_token));
  assert.equal(page.status, "placing");
  assert.ok(page.comesAgain());
  await sandbox.faults();
});

for (const language of LANGUAGES) {
  test(`the page speaks ${language} when it is chosen or asked for`, async () => {
    const { client_token: clientToken } = await stage.shop.opened({ amount: { total: 123_450, currency: "CNY" } });
    const amount = new Intl.NumberFormat(language, { style: "currency", currency: "CNY" }).format(1_234.5);
    for (const [query, headers] of [
      [`?lang=${language}`, { "Accept-Language": "de" }],
      ["", { "Accept-Language": `xx, de;q=0.9, ${language};q=0.5, fr;q=0.4` }],
    ]) {
      const { page, reply } = await visit(pay(clientToken, query), { headers });
      const html = page.one("html");
      assert.deepEqual([attribute(html, "lang"), attribute(html, "dir")], [language, language === "ar" ? "rtl" : "ltr"]);
      assert.equal(reply.headers.get("content-language"), language);
      assert.equal(textOf(page.one("p", "class", "amount")), amount, "as Intl writes it");
      const links = page.all("a").filter((link) => attribute(link, "hreflang"));
      assert.deepEqual(links.map((link) => attribute(link, "hreflang")).sort(), [...LANGUAGES].sort());
      const present = links.filter((link) => attribute(link, "aria-current") === "true");
      assert.deepEqual(present.map((link) => attribute(link, "lang")), [language]);
    }
  });
}

test("nobody's language is answered in simplified Chinese, and a chosen one stays in every link", async () => {
  const { client_token: clientToken } = await stage.shop.opened();
  const { page } = await visit(pay(clientToken), { headers: { "Accept-Language": "tlh" } });
  assert.equal(attribute(page.one("html"), "lang"), "zh-CN");
  const { page: chosen } = await visit(pay(clientToken, "?lang=ja&refresh=off"));
  assert.equal(chosen.comesAgain(), undefined);
  for (const form of chosen.all("form")) assert.match(attribute(form, "action"), /\?lang=ja&refresh=off$/);
  const others = chosen.all("a").map((link) => attribute(link, "href")).filter((href) => !/lang=ja/.test(href));
  assert.equal(others.length, LANGUAGES.length - 1);
  assert.equal(others.filter((href) => href.endsWith("&refresh=off")).length, LANGUAGES.length - 1);
});

for (const [what, description] of Object.entries({
  markup: "</p></title><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;",
  "a comment and a tag that never end": "<!-- <saoma-checkout session='x'><textarea>",
  "letters that turn the line round": "\u202Eabc\u2066\u2067\u202D 250 g \u200F☕",
  "127 bytes": `${"茶".repeat(42)}!`,
})) {
  test(`a description of ${what} is shown as it is, and is nothing but a text`, async () => {
    const { page, text } = await shown(() => {}, { description });
    assert.equal(textOf(page.one("p", "class", "purpose")), description);
    assert.ok(textOf(page.one("title")).endsWith(` · ${description}`));
    assert.ok(attribute(page.one("svg", "class", "code"), "aria-label").endsWith(` for ${description}`));
    assert.deepEqual([page.all("img").length, page.all("script").length, page.all("textarea").length], [0, 1, 0]);
    assert.ok(!/ on\w+=|style=|javascript:/.test(text.replaceAll(/>[^<]*</g, "><").replaceAll(/"[^"]*"/g, '""')));
  });
}

test("the code alone is a picture that other pages may show, and never kept", async () => {
  const { client_token: clientToken } = await stage.shop.opened();
  const reply = await stage.worker.fetch(`${pay(clientToken)}/qr.svg`);
  const picture = await reply.text();
  assert.equal(reply.status, 200);
  assert.deepEqual(
    headersOf(reply, ["content-type", "cache-control", "cross-origin-resource-policy", "content-security-policy", "x-robots-tag"]),
    {
      "content-type": "image/svg+xml", "cache-control": "no-store",
      "cross-origin-resource-policy": "cross-origin",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "x-robots-tag": "noindex",
    },
  );
  const drawing = /d="([^"]+)"/.exec(picture)[1];
  const { text } = await visit(pay(clientToken));
  assert.ok(text.includes(`d="${drawing}"`), "the page's own");
});

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
    assert.equal(reply.headers.get("content-security-policy"), POLICY);
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
