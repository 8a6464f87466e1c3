// The sandbox's console in a real browser, on the real sandbox: the phone and the orders before it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { decode, photograph } from "../harness/browser.mjs";
import { DESK, PHONE, news, row, useConsole } from "../harness/console.mjs";
import { until } from "../harness/wait.mjs";

const { stage, browser, visit } = useConsole();

const holding = (code) => `/?code=${encodeURIComponent(code)}`;
const hint = (page, words) => page.locator("#hint", { hasText: words }).waitFor();

test("an order is chosen, its code read by two decoders, scanned and paid, and the shop is told", async () => {
  const { out_trade_no, code_url } = await stage.merchant.order();
  await visit("/", {}, async (page) => {
    await row(page, out_trade_no).getByRole("button").click();
    await hint(page, "Good for 1 h 59 min more");
    assert.equal(await page.locator("#amount").textContent(), "¥88.00");
    assert.equal(new URL(page.url()).searchParams.get("code"), code_url, "the address brings it back");
    await row(page, out_trade_no).getByRole("link", { name: `Details of ${out_trade_no}` }).click();
    const picture = page.getByRole("img", { name: `The code of order ${out_trade_no}` });
    assert.equal(await until("the picture shows the code", async () => decode(await photograph(picture, "console-code"))), code_url);

    await page.getByRole("button", { name: "Scan and pay" }).click();
    await news(page, "Paid: ¥88.00 for Oolong 250 g.");
    await hint(page, "The shop knows.");
    await page.locator("#view .tag", { hasText: "paid" }).waitFor();
    const order = await stage.sandbox.order(out_trade_no);
    assert.equal(order.trade_state, "SUCCESS");
    await page.getByRole("link", { name: new RegExp(`${out_trade_no}.*answered 204`) }).waitFor();
  });
});

test("a code in the address is before the camera, and its phone can pay with a coupon", async () => {
  const { out_trade_no, code_url } = await stage.merchant.order();
  await visit(holding(code_url), {}, async (page) => {
    await page.getByLabel("Coupon, fen").fill("800");
    await page.getByLabel("Coupon, fen").press("Enter");
    await news(page, "Paid");
    await until("the coupon is spent", async () => (await page.getByLabel("Coupon, fen").inputValue()) === "");
    assert.equal((await stage.sandbox.order(out_trade_no)).coupon, 800);
  });
});

test("a phone opens an order and waits, refuses, and pays after all", async () => {
  const { out_trade_no, code_url } = await stage.merchant.order();
  await visit(holding(code_url), {}, async (page) => {
    await page.getByRole("button", { name: "Scan and wait" }).click();
    await hint(page, "Opened by payer, not paid yet");
    await row(page, out_trade_no).locator(".tag", { hasText: "opened" }).waitFor();
    await page.getByRole("button", { name: "Refuse" }).click();
    await hint(page, "Payment refused; the order stays open");
    assert.equal((await stage.sandbox.order(out_trade_no)).trade_state, "NOTPAY");
    await page.locator("#pay").click();
    await news(page, "Paid");
  });
});

test("the first phone that opens an order holds it: a second payer is refused, in words", async () => {
  const { out_trade_no, code_url } = await stage.merchant.order();
  await visit(holding(code_url), {}, async (page) => {
    await page.getByRole("button", { name: "Scan and wait" }).click();
    await hint(page, "Opened by payer");
    await page.getByLabel("second payer").check();
    await page.locator("#pay").click();
    await hint(page, "another payer");
    assert.equal((await stage.sandbox.order(out_trade_no)).trade_state, "NOTPAY");
    await page.getByLabel("first payer").check();
    await page.locator("#pay").click();
    await news(page, "Paid");
  });
});

test("a code that nobody knows is said so, and cannot be paid", async () => {
  await visit(holding("weixin://wxpay/bizpayurl?pr=nobodys00"), {}, async (page) => {
    await page.locator("#what", { hasText: "Nobody knows this code." }).waitFor();
    await page.locator("#pay").click({ force: true });
    assert.equal(await page.locator("#pay").getAttribute("aria-disabled"), "true");
    assert.equal(await page.locator("#trouble").isHidden(), true);
  });
});

test("what happens shows without a reload, and focus, scroll and selection stay", async () => {
  await stage.merchant.order();
  await visit("/", { viewport: { width: 1_280, height: 420 } }, async (page) => {
    await page.locator(".line-state[data-live=true]").waitFor();
    let loads = 0;
    page.on("framenavigated", () => { loads += 1; });
    const oldest = page.locator("#view .rows > li").last();
    await oldest.getByRole("button").focus();
    await page.evaluate(() => {
      const { lastElementChild: name } = document.querySelector("#view .rows > li:last-child .sub").parentElement;
      getSelection().selectAllChildren(name);
      scrollTo(0, 200);
    });
    const before = await page.evaluate(() => ({ selected: String(getSelection()), scroll: scrollY }));
    const { out_trade_no, code_url } = await stage.merchant.order();
    await row(page, out_trade_no).locator(".tag", { hasText: "waiting" }).waitFor();
    await stage.sandbox.pay(code_url);
    await row(page, out_trade_no).locator(".tag", { hasText: "paid" }).waitFor();
    assert.equal(loads, 0, "no navigation");
    const kept = await page.evaluate(() => ({ selected: String(getSelection()), scroll: scrollY }));
    assert.deepEqual(kept, before);
    assert.equal(await oldest.getByRole("button").evaluate((node) => node === document.activeElement), true);
  });
});

test("without the line of events the page asks each second, and says so when nobody answers", async () => {
  await browser.open({ viewport: DESK }, async (page) => {
    await page.route("**/sandbox/events", (route) => route.abort());
    await page.goto(stage.sandbox.url);
    await page.locator(".line-state[data-live=false]", { hasText: "Asked each second." }).waitFor();
    const { out_trade_no } = await stage.merchant.order();
    await row(page, out_trade_no).waitFor();
    await page.route("**/sandbox/feed*", (route) => route.abort());
    await page.locator("#offline").waitFor();
    await page.unroute("**/sandbox/feed*");
    await page.locator("#offline").waitFor({ state: "hidden" });
  });
});

test("another run of the sandbox has other keys, and the page shows those", async () => {
  await browser.open({ viewport: DESK }, async (page) => {
    await page.goto(`${stage.sandbox.url}/#merchants`);
    await row(page, "apiclient_key.pem").first().waitFor();
    const merchants = await (await fetch(`${stage.sandbox.url}/sandbox/merchants`)).json();
    merchants.data[0].api_v3_key = "0123456789abcdefghijklmnopqrstuv";
    await page.route("**/sandbox/feed*", (route) => route.abort());
    await page.route("**/sandbox/merchants", (route) => route.fulfill({ json: merchants }));
    await page.locator('[data-advance="300"]').click();
    await page.locator("#offline").waitFor();
    await page.unroute("**/sandbox/feed*");
    await page.getByText(merchants.data[0].api_v3_key).waitFor();
  });
});

test("on a phone the phone is a section of its own, and choosing an order leads there", async () => {
  const { out_trade_no, code_url } = await stage.merchant.order();
  await visit("/", { viewport: PHONE }, async (page) => {
    assert.equal(await page.locator("#pay").isVisible(), false);
    await row(page, out_trade_no).getByRole("button").click();
    await page.locator("#pay").click();
    await hint(page, "The shop knows.");
    await page.goBack();
    await row(page, out_trade_no).locator(".tag", { hasText: "paid" }).waitFor();
  });
  await visit(holding(code_url), { viewport: PHONE }, (page) => page.locator(".tick").waitFor());
});

test("business time moves on: a code expires, and the page says so", async () => {
  const { out_trade_no, code_url } = await stage.merchant.order();
  await visit(holding(code_url), {}, async (page) => {
    const before = (await stage.sandbox.clock()).advanced_s;
    await page.getByRole("button", { name: "+2 h" }).click();
    await hint(page, "The code has expired.");
    await row(page, out_trade_no).locator(".tag", { hasText: "expired" }).waitFor();
    await page.getByRole("link", { name: "Platform" }).click();
    await page.getByLabel("Minutes forward").fill("90");
    await page.getByRole("button", { name: "Move on" }).click();
    await news(page, "Business time moved on by 1 h 30 min.");
    assert.equal((await stage.sandbox.clock()).advanced_s, before + 7_200 + 5_400);
  });
});

test("forgetting all orders asks first", async () => {
  const { out_trade_no } = await stage.merchant.order();
  await visit("/", {}, async (page) => {
    await row(page, out_trade_no).waitFor();
    await page.getByRole("button", { name: "Forget all orders" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Keep them" }).click();
    assert.equal((await stage.sandbox.order(out_trade_no)).out_trade_no, out_trade_no);
    await page.getByRole("button", { name: "Forget all orders" }).click();
    await page.getByRole("button", { name: "Forget all", exact: true }).click();
    await news(page, "All orders are forgotten.");
    await page.getByText("No order yet.").waitFor();
    assert.deepEqual(await stage.sandbox.all("orders"), []);
  });
});
