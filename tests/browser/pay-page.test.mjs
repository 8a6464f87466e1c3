// The hosted page in a real browser: without scripts it is looked at, scanned, paid and comes again by
// itself; with scripts the widget takes over, and nothing that the policy forbids is tried.

import assert from "node:assert/strict";
import { test } from "node:test";

import { decode, photograph, useBrowser } from "../harness/browser.mjs";
import { useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";

const stage = useStage();
const browser = useBrowser();

const DESK = { width: 1_280, height: 900 };
const PHONE = { width: 390, height: 844 };
const NO_SCRIPT = { javaScriptEnabled: false, viewport: DESK };

/** CSS pixels of 25 mm: an inch is 96 of them and 25.4 mm. */
const PAPER_PX = (25 * 96) / 25.4;

/** A checkout and its page, opened in a tab that tells what the browser complained about. */
async function visit(options, query, look, overrides) {
  const opened = await stage.shop.opened(overrides);
  await browser.open(options, async (tab, seen) => {
    const complaints = [];
    tab.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    tab.on("requestfailed", (request) => complaints.push(request.url()));
    assert.ok(opened.pay_url.startsWith(`${stage.worker.url}/pay/`), opened.pay_url);
    await tab.goto(opened.pay_url + query);
    await look({ tab, seen, opened });
    assert.deepEqual(complaints, []);
    assert.deepEqual(seen.errors, []);
  });
}

const sight = (tab, status) => tab.locator(`.sight[data-status="${status}"]`);
const code = (tab) => tab.locator("svg.code");

/** What is said to those without scripts; others have no such element. */
const noScript = (tab) => tab.locator("noscript p");

/** What a phone reads from the screen. */
async function scanned(target, name, expected) {
  const text = await decode(await photograph(target, name));
  assert.equal(text, expected, name);
}

test("without scripts a shopper scans, pays, and sees the page turn to “paid” by itself", () =>
  visit(NO_SCRIPT, "?lang=en", async ({ tab, opened }) => {
    await scanned(code(tab), "pay-code", opened.attempt.code_url);
    assert.equal(await tab.getByText("I have paid").isVisible(), true);
    assert.match(await noScript(tab).innerText(), /^This page refreshes itself every \d+ seconds\./);
    await photograph(tab, "pay-waiting-desk", { fullPage: true });
    await stage.sandbox.pay(opened.attempt.code_url);
    await sight(tab, "paid").waitFor();
    assert.equal(await code(tab).count(), 0);
    assert.equal(await tab.getByText("Paid. Thank you!").isVisible(), true);
    assert.equal(await tab.locator("meta[http-equiv=refresh]").count(), 0, "and stays so");
    await photograph(tab, "pay-paid-desk", { fullPage: true });
  }));

test("without scripts “I have paid” is answered, and a reload asks nothing again", () =>
  visit(NO_SCRIPT, "?lang=en&refresh=off", async ({ tab }) => {
    await tab.getByRole("button", { name: "I have paid" }).click();
    await tab.getByText("No payment seen yet.").waitFor();
    const { pathname, search } = new URL(tab.url());
    assert.ok(!pathname.endsWith("/check"), pathname);
    assert.equal(search, "?lang=en&refresh=off&asked=1");
    const again = await tab.reload();
    assert.equal(again.request().method(), "GET");
  }));

test("without scripts a new code can be had, and the old one is of no use then", () =>
  visit(NO_SCRIPT, "?lang=en", async ({ tab, opened }) => {
    await tab.getByRole("button", { name: "Get a new code" }).click();
    const fresh = await until("another code is shown", async () => {
      const { attempt } = await stage.shop.checkout(opened.id);
      return attempt.code_url !== opened.attempt.code_url && attempt.code_url;
    });
    await until("the screen shows it", async () => (await decode(await photograph(code(tab), "pay-fresh"))) === fresh);
    await assert.rejects(stage.sandbox.pay(opened.attempt.code_url));
    await stage.sandbox.pay(fresh);
    await sight(tab, "paid").waitFor();
  }));

test("a shopper can stop the page from coming again, start it, and change the language by links", () =>
  visit(NO_SCRIPT, "?lang=en", async ({ tab }) => {
    await tab.getByRole("link", { name: "Stop refreshing" }).click();
    await until("it says so", async () => /^This page does not refresh itself\./.test(await noScript(tab).innerText()));
    assert.equal(await tab.locator("meta[http-equiv=refresh]").count(), 0);
    await tab.getByRole("link", { name: "日本語" }).click();
    await tab.locator('html[lang="ja"]').waitFor();
    assert.equal(await tab.locator("meta[http-equiv=refresh]").count(), 0, "it is remembered");
    await tab.getByRole("link", { name: "English" }).click();
    await tab.getByRole("link", { name: "Let it refresh itself" }).click();
    await tab.locator("meta[http-equiv=refresh]").waitFor({ state: "attached" });
  }));

for (const [name, options, query] of [
  ["phone-light", { viewport: PHONE, deviceScaleFactor: 2, hasTouch: true, isMobile: true }, "?lang=zh-CN"],
  ["phone-dark", { viewport: PHONE, deviceScaleFactor: 3, colorScheme: "dark" }, "?lang=zh-TW"],
  ["desk-dark", { viewport: DESK, colorScheme: "dark" }, "?lang=ja"],
  ["narrow", { viewport: { width: 320, height: 640 } }, "?lang=ko"],
  ["right-to-left", { viewport: DESK }, "?lang=ar"],
  ["forced-colours", { viewport: DESK, forcedColors: "active", colorScheme: "dark" }, "?lang=en"],
]) {
  test(`the page fits, and its code can be scanned: ${name}`, () =>
    visit({ ...NO_SCRIPT, ...options }, query, async ({ tab, opened }) => {
      await scanned(code(tab), `pay-code-${name}`, opened.attempt.code_url);
      const { scrollWidth, clientWidth } = await tab.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return { scrollWidth, clientWidth };
      });
      assert.ok(scrollWidth <= clientWidth, "nothing sticks out");
      for (const button of await tab.locator("button").all()) {
        assert.ok((await button.boundingBox()).height >= 44, "large enough for a finger");
      }
      await photograph(tab, `pay-${name}`, { fullPage: true });
    }, { description: "Oolong 250 g, Pu'er 357 g and a very long name without an end, so that it has to be broken somewhere" }));
}

test("on paper the code is 25 mm wide, beside the order, the amount and until when", () =>
  visit({ ...NO_SCRIPT, deviceScaleFactor: 3 }, "?lang=en", async ({ tab, opened }) => {
    await tab.emulateMedia({ media: "print" });
    const { width, height } = await code(tab).boundingBox();
    for (const px of [width, height]) assert.ok(Math.abs(px - PAPER_PX) < 0.1, `${px} px`);
    await scanned(code(tab), "pay-code-print", opened.attempt.code_url);
    for (const text of ["CN¥88.00", "Oolong 250 g", opened.id, /Valid until .*\d{4}-\d\d-\d\d \d\d:\d\d.* \(Beijing time, UTC\+8\)/]) {
      assert.equal(await tab.getByText(text).first().isVisible(), true, String(text));
    }
    for (const name of ["I have paid", "Get a new code"]) {
      assert.equal(await tab.getByText(name).isVisible(), false, name);
    }
    await photograph(tab, "pay-print", { fullPage: true });
  }));

test("with scripts the widget takes over, the page stays, and the policy forbids nothing that is tried", () =>
  visit({ viewport: DESK }, "?lang=en", async ({ tab, seen, opened }) => {
    const shown = tab.locator('saoma-checkout[data-status="waiting"]');
    await shown.waitFor();
    await until("the widget shows the code", async () =>
      (await decode(await photograph(shown, "pay-widget"))) === opened.attempt.code_url);
    await photograph(tab, "pay-widget-desk", { fullPage: true });
    assert.equal(await sight(tab, "waiting").isVisible(), false, "one code on the page");
    assert.equal(await noScript(tab).count(), 0);
    const came = tab.url();
    await stage.sandbox.pay(opened.attempt.code_url);
    await tab.locator('saoma-checkout[data-status="paid"]').waitFor();
    assert.equal((await seen.heard("saoma-paid")).length, 1);
    assert.equal(tab.url(), came, "it never went anywhere");
    assert.deepEqual(await seen.violations(), []);
  }));

test("where the widget never arrives, what the Worker drew can be paid all the same", async () => {
  const opened = await stage.shop.opened();
  await browser.open({ viewport: DESK }, async (tab, seen) => {
    await tab.route("**/saoma.js", (route) => route.abort());
    await tab.goto(`${opened.pay_url}?lang=en`);
    await scanned(code(tab), "pay-code-no-widget", opened.attempt.code_url);
    await stage.sandbox.pay(opened.attempt.code_url);
    await tab.getByRole("button", { name: "I have paid" }).click();
    await sight(tab, "paid").waitFor();
    assert.deepEqual(await seen.violations(), []);
  });
});

test("a link that leads nowhere is told in words, not in code", async () => {
  await browser.open(NO_SCRIPT, async (tab) => {
    const reply = await tab.goto(`${stage.worker.url}/pay/chk_nobody?lang=en`);
    assert.equal(reply.status(), 401);
    await tab.getByRole("heading", { name: "This payment link does not work" }).waitFor();
    await photograph(tab, "pay-invalid", { fullPage: true });
  });
});
