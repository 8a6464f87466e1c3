// The hosted page as the Worker sends it: every state, the headers to the letter, languages, hostile
// texts. Who is let in, and what its forms do, is in pay-door.test.mjs.

import assert from "node:assert/strict";
import { test } from "node:test";

import { attribute, pay, textOf, visitor } from "../harness/html.mjs";
import { deliver, genuine } from "../harness/notification.mjs";
import { useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";

const stage = useStage();

const LANGUAGES = ["zh-CN", "zh-TW", "en", "ja", "ko", "ar"];
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; " +
  "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

const visit = visitor(stage);

const headersOf = ({ headers }, names) => Object.fromEntries(names.map((name) => [name, headers.get(name)]));

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
      const shown = textOf(page.one("p", "class", "amount")).replaceAll(/[\u2066\u2069]/g, "");
      assert.equal(shown, amount, "as Intl writes it");
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
