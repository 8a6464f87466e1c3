// The sandbox's console in a real browser, on the real sandbox: what a developer finds out there,
// and what can be made to happen.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { PHONE, news, row, useConsole } from "../harness/console.mjs";
import { until } from "../harness/wait.mjs";

const { stage, visit } = useConsole();

/** Signs a body with spaces, as Python writes JSON, and sends it without them: the usual mistake. */
const spaced = (text) => text.replaceAll('":', '": ').replaceAll(',"', ', "');

test("a refused request says why, and marks the first byte that differs", async () => {
  const { reply } = await stage.merchant.order({}, { change: spaced });
  assert.deepEqual([reply.status, reply.body.code], [401, "SIGN_ERROR"]);
  await stage.merchant.order();
  await visit("/#requests", {}, async (page) => {
    await page.locator("#view .rows > li").nth(1).waitFor();
    await page.getByRole("link", { name: "Refused only" }).click();
    await page.waitForURL("**#requests?refused=1");
    await until("only what was refused is listed", async () =>
      (await page.locator("#view .rows > li").count()) === (await page.locator("#view .rows a[data-refused]").count()));
    await row(page, "401 SIGN_ERROR").first().getByRole("link").click();
    await page.getByRole("heading", { name: "Why it was refused" }).waitFor();
    assert.match(new URL(page.url()).hash, /^#requests\/\d+$/);

    const [ours, theirs] = [page.getByRole("region", { name: /^To be signed/ }), page.getByRole("region", { name: /^Your program signed/ })];
    assert.equal(await ours.locator("mark").textContent(), '"');
    assert.equal(await theirs.locator("mark").textContent(), " ");
    assert.equal(await ours.locator("li").count(), 6, "five lines, and the end behind the last line feed");
    await page.getByText(/They first differ at byte \d+ \(line 5, column 10\): a double quote is to be signed, a space was\./).waitFor();
    // The answer and the question stand side by side, and go back leads to the list.
    await page.getByRole("region", { name: "The sandbox answered" }).getByText("SIGN_ERROR").waitFor();
    await page.goBack();
    assert.equal(await page.getByRole("link", { name: "Refused only" }).getAttribute("aria-current"), "true");
  });
});

test("a string that is pasted is compared, also one that spells its line feeds", async () => {
  await stage.merchant.order({}, { change: spaced });
  const { data: [entry] } = await (await fetch(`${stage.sandbox.url}/sandbox/requests?refused=true&limit=1`)).json();
  const right = entry.refusal.signature.string_to_sign;
  await visit(`/#requests/${entry.id}`, {}, async (page) => {
    await page.getByText("Compare with your own string").click();
    const box = page.getByLabel(/What your program signs/);
    const yours = page.getByRole("region", { name: "Yours" });
    await box.fill(right.replace("POST", "post"));
    assert.equal(await yours.locator("mark").textContent(), "p");
    await page.locator(".compare .reason", { hasText: "It is not what was signed either." }).waitFor();
    await box.fill(JSON.stringify(right));
    await page.getByText("The two are the same, byte for byte.").waitFor();
    await page.locator(".compare .reason", { hasText: "The string is the right one." }).waitFor();
    assert.equal(await yours.locator("mark").count(), 0);
    await box.fill(right.trimEnd());
    await page.locator(".compare").getByText("a line feed is to be signed, the end was").waitFor();
    assert.equal(await box.evaluate((node) => node === document.activeElement), true, "typing is not interrupted");
  });
});

test("a fault that is switched on happens, and the request says so", async () => {
  await visit("/#faults/native", {}, async (page) => {
    const dropped = page.getByRole("switch", { name: "reply-dropped" });
    await page.getByLabel("How many times").fill("1");
    await dropped.click();
    await news(page, "native: reply-dropped waits, 1 ×.");
    assert.equal(await dropped.getAttribute("aria-checked"), "true");
    await page.getByText("any order").waitFor();
    assert.equal((await stage.merchant.order()).reply, undefined, "nobody answered");
    await until("it has happened", async () => (await dropped.getAttribute("aria-checked")) === "false");
    await page.locator("#nav").getByRole("link", { name: "Requests" }).click();
    await row(page, "fault: reply-dropped").first().waitFor();
  });
});

test("a fault can be for one order, be removed, and all be cleared", async () => {
  const { out_trade_no } = await stage.merchant.order();
  await visit("/#faults/notify", {}, async (page) => {
    const waiting = async () => (await (await fetch(`${stage.sandbox.url}/sandbox/faults`)).json()).data;
    await page.getByLabel("Order number, or empty for any").fill(out_trade_no);
    await page.getByLabel("How many times").fill("2");
    await page.getByRole("switch", { name: "stale" }).click();
    await row(page, `order ${out_trade_no}`).waitFor();
    const [fault] = await waiting();
    assert.deepEqual([fault.route, fault.kind, fault.times, fault.out_trade_no], ["notify", "stale", 2, out_trade_no]);
    await page.getByRole("switch", { name: "tampered" }).click();
    await page.getByRole("button", { name: "Remove notify: stale" }).click();
    await until("one waits", async () => (await waiting()).length === 1);
    await page.getByRole("button", { name: "Clear all" }).click();
    await page.getByText("None. Everything goes well.").waitFor();
    assert.deepEqual(await waiting(), []);
  });
});

test("a scenario is played in one press, and says what it did", async () => {
  const { out_trade_no, code_url } = await stage.merchant.order();
  await visit(`/?code=${encodeURIComponent(code_url)}#scenarios`, {}, async (page) => {
    await page.getByRole("button", { name: "Play payer-refuses" }).click();
    await page.getByRole("list", { name: "What payer-refuses did" }).waitFor();
    await page.locator("#hint", { hasText: "Payment refused" }).waitFor();
    assert.equal((await stage.sandbox.order(out_trade_no)).phone, "refused");
    await page.getByRole("button", { name: "Play lost-notification" }).click();
    await page.getByRole("list", { name: "What lost-notification did" }).waitFor();
    await stage.sandbox.faults();
  });
});

test("a notification shows each try in full, and is sent again, also with a fault", async () => {
  stage.merchant.answer = 500;
  const { out_trade_no, code_url } = await stage.merchant.order();
  await stage.sandbox.pay(code_url);
  await visit("/#notifications", {}, async (page) => {
    await row(page, out_trade_no).getByText("answered 500").waitFor();
    await row(page, out_trade_no).getByRole("link").click();
    const sent = page.getByRole("region", { name: "The sandbox sent" });
    await sent.getByText("wechatpay-signature", { exact: false }).first().waitFor();
    assert.match(await sent.locator("pre").textContent(), /^\{\n {2}"id": /, "laid out for reading");
    await sent.getByRole("button", { name: "As sent" }).click();
    assert.ok(stage.merchant.told.includes(await sent.locator("pre").textContent()), "the very characters");
    await page.getByRole("region", { name: "Your program answered" }).getByText("not today").waitFor();

    stage.merchant.answer = 204;
    await page.getByLabel("With a fault").selectOption("whitespace");
    const before = stage.merchant.told.length;
    await page.getByRole("button", { name: "Send again: whitespace" }).click();
    await news(page, "Sent again: answered 204.");
    await page.getByText("fault: whitespace").waitFor();
    assert.match(stage.merchant.told[before], /\n/);
    await page.getByRole("button", { name: "Send again", exact: true }).click();
    await page.getByRole("heading", { name: "Try 3" }).waitFor();
  });
});

test("a try that nobody heard fits a narrow screen, with all its words", async () => {
  const { out_trade_no, code_url } = await stage.merchant.order({ notify_url: "http://127.0.0.1:9/nobody" });
  await stage.sandbox.pay(code_url);
  await visit("/#notifications", { viewport: PHONE }, async (page) => {
    await row(page, out_trade_no).getByRole("link").click();
    await page.locator(".try .tag", { hasText: "refused" }).first().waitFor();
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= PHONE.width);
  });
});

test("a refund that is on its way is ended by hand", async () => {
  const { out_trade_no, code_url } = await stage.merchant.order();
  await stage.sandbox.pay(code_url);
  await stage.merchant.refund(out_trade_no, "R-console-1", 4_000);
  await visit("/#refunds", {}, async (page) => {
    await row(page, "R-console-1").getByRole("link").click();
    await page.getByRole("button", { name: "It goes wrong" }).click();
    await news(page, "Refund R-console-1 ended: ABNORMAL.");
    await page.locator("#view .tag", { hasText: "abnormal" }).waitFor();
    const [refund] = await stage.sandbox.refundsOf(out_trade_no);
    assert.equal(refund.status, "ABNORMAL");
  });
});

test("a day's bill is downloaded", async () => {
  const { out_trade_no, code_url } = await stage.merchant.order();
  await stage.sandbox.pay(code_url);
  await visit("/#bills", {}, async (page) => {
    const link = page.getByRole("link", { name: /^All of .*, merchant/ }).first();
    const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
    assert.match(download.suggestedFilename(), /\.csv$/);
    assert.match(await readFile(await download.path(), "utf8"), new RegExp(out_trade_no));
  });
});

test("a merchant's credentials are copied and downloaded", async () => {
  const { merchant } = stage.sandbox;
  const permissions = ["clipboard-read", "clipboard-write"];
  await visit("/#merchants", { permissions }, async (page) => {
    await page.getByRole("button", { name: `Copy APIv3 key of ${merchant.mchid}` }).click();
    await news(page, "Copied");
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), merchant.api_v3_key);
    const link = page.getByRole("list", { name: `Files of ${merchant.mchid}` }).getByRole("link", { name: "apiclient_key.pem" });
    const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
    assert.equal((await readFile(await download.path(), "utf8")).trim(), merchant.private_key_pem.trim());
  });
});

test("the platform's keys are switched, and the page follows what others switch", async () => {
  await visit("/#platform", {}, async (page) => {
    await page.getByLabel("In use").selectOption("public-key");
    await news(page, "The platform's keys have changed.");
    assert.equal((await stage.sandbox.keys({})).mode, "public-key");
    await stage.sandbox.keys({ mode: "both" });
    await until("the page knows", async () => (await page.getByLabel("In use").inputValue()) === "both");
    await page.getByLabel("Closing an order that nobody placed").selectOption("404");
    await news(page, "Set.");
    const settings = await (await fetch(`${stage.sandbox.url}/sandbox/settings`)).json();
    assert.equal(settings.close_unknown, "404");
  });
});
