// A shopper in the tea shop, from the shelf to the receipt, in a real browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { decode, photograph, useBrowser } from "../harness/browser.mjs";
import { delivered, genuine } from "../harness/notification.mjs";
import { useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";

const stage = useStage();
const browser = useBrowser();

/** What the issue promises from the phone's "pay" to "paid" on the page. */
const PAID_MS_MAX = 2_000;

const DESK = { width: 1_280, height: 900 };
const PHONE = { width: 390, height: 844 };

/** Opens the till for some oolong and waits until its code can be scanned. */
async function buyOolong(page, quantity = 1) {
  await page.goto(stage.worker.url);
  const card = page.locator('[data-product="oolong-250"]');
  for (let more = 1; more < quantity; more += 1) await card.locator(".stepper button").last().click();
  await card.locator(".buy").click();
  const checkout = page.locator("saoma-checkout");
  await page.locator('saoma-checkout[data-status="waiting"]').waitFor();
  return checkout;
}

/** The number of the order behind the code that a picture shows. */
async function scanned(checkout, name) {
  const codeUrl = await until("the picture shows a code", async () => decode(await photograph(checkout, name)));
  assert.match(codeUrl, /^weixin:\/\//);
  return codeUrl;
}

test("a shopper buys, scans the code on the screen and sees “paid” within two seconds", async (t) => {
  await browser.open({ viewport: DESK }, async (page, seen) => {
    const checkout = await buyOolong(page, 2);
    const codeUrl = await scanned(checkout, "code");
    await photograph(page, "till-desk");

    const began = performance.now();
    const { out_trade_no } = await stage.sandbox.pay(codeUrl);
    await page.locator("#receipt").waitFor();
    const took = performance.now() - began;
    t.diagnostic(`from the phone's “pay” to “paid” on the page: ${took.toFixed(0)} ms`);
    assert.ok(took < PAID_MS_MAX, `${took} ms`);

    assert.equal(await page.locator("#receipt-amount").textContent(), "CN¥176.00");
    assert.equal(await page.locator("#till-title").textContent(), "Paid. Thank you!");
    assert.match(await page.title(), /^Paid/);
    await photograph(page, "paid-desk");
    const order = await stage.sandbox.order(out_trade_no);
    assert.equal(order.trade_state, "SUCCESS");

    await delivered(stage.worker, genuine(stage.merchant, out_trade_no));
    await page.evaluate(() => globalThis.dispatchEvent(new Event("focus")));
    assert.equal((await seen.heard("saoma-paid")).length, 1, "told once");
    assert.deepEqual(seen.errors, []);
    assert.deepEqual(await seen.violations(), []);
  });
});

for (const [name, options] of Object.entries({
  "desk-light": { viewport: DESK, colorScheme: "light" },
  "desk-dark": { viewport: DESK, colorScheme: "dark" },
  "phone-light": { viewport: PHONE, colorScheme: "light", deviceScaleFactor: 2 },
  "phone-dark": { viewport: PHONE, colorScheme: "dark", deviceScaleFactor: 3, locale: "zh-CN" },
})) {
  test(`the shop fits and the code can be scanned: ${name}`, async () => {
    await browser.open(options, async (page, seen) => {
      await page.goto(stage.worker.url);
      await page.locator(".card").first().waitFor();
      await photograph(page, `shop-${name}`, { fullPage: true });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= options.viewport.width, "nothing sticks out");
      await scanned(await buyOolong(page), `code-${name}`);
      assert.deepEqual(seen.errors, []);
      assert.deepEqual(await seen.violations(), []);
    });
  });
}

test("the price on the shelf follows the quantity, and the shop speaks two languages", async () => {
  await browser.open({ viewport: DESK }, async (page) => {
    await page.goto(stage.worker.url);
    const card = page.locator('[data-product="oolong-250"]');
    await card.getByRole("button", { name: "One Tieguanyin oolong more" }).click();
    await card.getByText("CN¥176.00", { exact: true }).waitFor();
    await page.getByRole("button", { name: "中文" }).click();
    assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
    await card.getByText("铁观音", { exact: true }).waitFor();
    await card.getByText("¥176.00", { exact: true }).waitFor();
    await page.reload();
    await card.getByText("铁观音", { exact: true }).waitFor();
  });
});

test("the keyboard alone opens the till, and Escape leaves it where one was", async () => {
  await browser.open({ viewport: DESK }, async (page) => {
    await page.goto(stage.worker.url);
    const buy = page.getByRole("button", { name: "Buy Tieguanyin oolong" });
    await buy.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Tieguanyin oolong × 1" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("#till").waitFor({ state: "hidden" });
    assert.equal(await buy.evaluate((node) => node === document.activeElement), true);
    assert.equal(await page.locator("saoma-checkout").count(), 0);
  });
});

test("closing the till and opening it again shows the same code", async () => {
  await browser.open({ viewport: DESK }, async (page) => {
    const first = await scanned(await buyOolong(page), "again-1");
    await page.locator("#till-close").click();
    await page.locator('[data-product="oolong-250"] .buy').click();
    await page.locator('saoma-checkout[data-status="waiting"]').waitFor();
    assert.equal(await scanned(page.locator("saoma-checkout"), "again-2"), first);
  });
});

test("who has paid and reloads can buy the same again", async () => {
  await browser.open({ viewport: DESK }, async (page, seen) => {
    const first = await scanned(await buyOolong(page), "twice-1");
    await stage.sandbox.pay(first);
    await page.locator("#receipt").waitFor();
    await page.reload();
    await page.locator('[data-product="oolong-250"] .buy').click();
    await page.locator('saoma-checkout[data-status="waiting"]').waitFor();
    assert.notEqual(await scanned(page.locator("saoma-checkout"), "twice-2"), first);
    assert.equal((await seen.heard("saoma-paid")).length, 0, "nothing was paid since");
  });
});

test("a product without words of the shop's own is sold all the same", async () => {
  await browser.open({ viewport: DESK }, async (page) => {
    await page.route("**/v1/products", (route) => route.fulfill({
      json: { data: [{ id: "gift", description: "Gift box", price: { total: 100, currency: "CNY" }, quantity_max: 1 }] },
    }));
    await page.goto(stage.worker.url);
    await page.getByRole("heading", { name: "Gift box" }).waitFor();
    await page.getByRole("button", { name: "Buy Gift box" }).waitFor();
  });
});

test("a list that does not arrive is said so, and can be asked for again", async () => {
  await browser.open({ viewport: DESK }, async (page) => {
    await page.route("**/v1/products", (route) => route.abort(), { times: 1 });
    await page.goto(stage.worker.url);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".card").first().waitFor();
  });
});

test("in development the till leads to the sandbox's phone, and otherwise it does not", async () => {
  const phone = "http://127.0.0.1:8788";
  for (const [settings, shown] of [[{ phone }, true], [{}, false]]) {
    await browser.open({ viewport: DESK }, async (page) => {
      await page.route("**/shop.json", (route) => route.fulfill({ json: settings }));
      await buyOolong(page);
      const link = page.locator("#till-phone-link");
      assert.equal(await link.isVisible(), shown);
      if (!shown) return;
      assert.equal(await link.getAttribute("href"), phone);
      assert.equal(await link.getAttribute("target"), "_blank");
    });
  }
});
