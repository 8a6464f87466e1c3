// What the console shows of V2, on the real sandbox: orders that were placed over it, its XML, scans of
// printed product codes, and the addresses and settings that go with them.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { Judge } from "../harness/axe.mjs";
import { DESK, news, row, useConsole } from "../harness/console.mjs";
import { HOSTILE } from "../harness/played-sandbox.mjs";
import { PrintedCodes } from "../harness/printed.mjs";
import { until } from "../harness/wait.mjs";

let codes;
const { stage, visit } = useConsole(async ({ merchant }) => {
  codes = new PrintedCodes(merchant);
  await codes.listen();
});
after(() => codes?.close());

const NARROW = { width: 320, height: 568 };
const hint = (page, words) => page.locator("#hint", { hasText: words }).waitFor();

/** Holds the text of a printed code before the phone's camera. */
async function paste(page, text) {
  await page.getByLabel("Code", { exact: true }).fill(text);
}

test("an order over V2 is marked, and its XML is laid out with its hostile text as text", async () => {
  const order = await codes.place({ body: HOSTILE, attach: "]]><b>out</b>" });
  assert.equal(order.result_code, "SUCCESS");
  await visit("/", {}, async (page) => {
    await row(page, order.out_trade_no).getByText("API v2").waitFor();
    await row(page, order.out_trade_no).getByRole("link").click();
    for (const text of ["v2, signed with MD5", "oolong-250", order.prepay_id]) {
      await page.locator("dd", { hasText: text }).first().waitFor();
    }
    await page.getByRole("link", { name: /^POST \/pay\/unifiedorder/ }).click();
    const sent = page.getByRole("region", { name: "Your program sent" });
    const laidOut = await sent.locator("pre").textContent();
    assert.match(laidOut, /^<xml>\n {2}<appid><!\[CDATA\[wx/);
    assert.match(laidOut, /\n<\/xml>$/);
    assert.ok(laidOut.includes(`<body><![CDATA[${HOSTILE}]]></body>`), "not one character is another one");
    assert.equal(await page.locator("#view script, #view b, #view img:not([src^='/sandbox/'])").count(), 0);
    await sent.getByRole("button", { name: "As sent" }).click();
    assert.doesNotMatch(await sent.locator("pre").textContent(), /\n/, "the very characters");
    const answered = page.getByRole("region", { name: "The sandbox answered" });
    assert.match(await answered.locator("pre").textContent(), /\n {2}<prepay_id>wx/);
  });
});

test("a V2 notification is shown as it was told", async () => {
  const { out_trade_no, code_url } = await codes.place({ attach: HOSTILE });
  await stage.sandbox.pay(code_url);
  await visit("/#notifications", {}, async (page) => {
    await row(page, out_trade_no).getByRole("link").click();
    const sent = page.getByRole("region", { name: "The sandbox sent" }).first();
    await sent.getByText("text/xml").waitFor();
    const laidOut = await sent.locator("pre").textContent();
    assert.match(laidOut, /^<xml>\n {2}<appid>wx/);
    assert.ok(laidOut.includes(HOSTILE));
    await sent.getByRole("button", { name: "As sent" }).click();
    assert.ok(stage.merchant.told.includes(await sent.locator("pre").textContent()));
  });
});

test("a printed code is pasted and paid, and the scan shows what was asked and answered", async () => {
  await visit("/", {}, async (page) => {
    await paste(page, codes.link("oolong-250"));
    await hint(page, "Scanning it asks the shop for an order.");
    assert.equal(await page.locator("#what").textContent(), "Product oolong-250");
    await page.getByRole("button", { name: "Scan and wait" }).click();
    await hint(page, "Opened by payer, not paid yet");
    assert.equal(await page.locator("#amount").textContent(), "¥88.00");
    await page.getByRole("button", { name: "Pay", exact: true }).click();
    await news(page, "Paid: ¥88.00 for Oolong 250 g.");
    assert.equal(codes.asked.length, 1, "the phone went on with the order, and asked nobody again");

    await page.getByRole("link", { name: "What was asked and answered" }).click();
    await page.getByRole("heading", { name: "Scan of oolong-250" }).waitFor();
    const [sent, answered] = ["The sandbox sent", "Your program answered"].map((name) => page.getByRole("region", { name }));
    await sent.getByRole("button", { name: "As sent" }).click();
    assert.equal(await sent.locator("pre").textContent(), codes.asked[0]);
    assert.match(await answered.locator("pre").textContent(), /\n {2}<prepay_id>/);
    const [scan] = await stage.sandbox.callbacks();
    await page.locator("dd").getByRole("link", { name: scan.out_trade_no }).click();
    await page.getByRole("heading", { name: `Order ${scan.out_trade_no}` }).waitFor();
  });
});

test("a shop that has nothing left is heard by the payer, and the badge counts it", async () => {
  codes.answers = () => codes.no("商品已售罄");
  await visit("/", {}, async (page) => {
    await paste(page, codes.link("gaiwan"));
    await page.getByRole("button", { name: "Scan and pay" }).click();
    await hint(page, "The merchant answered result_code FAIL");
    assert.equal(await page.locator("#what").textContent(), "商品已售罄");
    assert.equal(await page.locator("#hint").getAttribute("class"), "quiet bad");
    await page.locator("#nav").getByRole("link", { name: /^Scans 1 came to nothing/ }).click();
    await row(page, "gaiwan").getByText("callback_refused").waitFor();
    await row(page, "gaiwan").getByRole("link").click();
    await page.getByRole("heading", { name: "Why it came to nothing" }).waitFor();
    await page.locator("dd", { hasText: "商品已售罄" }).waitFor();
  });
});

test("a wrong sign of an answer is explained, and what is no link is told on the phone", async () => {
  const { partner } = stage.sandbox.merchant;
  codes.answers = () => codes.yes({ prepay_id: "wx1" }, partner.api_v2_key);
  await visit("/", {}, async (page) => {
    await paste(page, codes.link(HOSTILE.slice(0, 24)));
    await page.getByRole("button", { name: "Refuse" }).click();
    await hint(page, "The answer's sign is wrong.");
    assert.equal(await page.locator("#what").textContent(), "系统繁忙");
    await page.getByRole("link", { name: "What was asked and answered" }).click();
    await page.getByText(`V2 key of merchant ${partner.sp_mchid}`).first().waitFor();
    await page.getByRole("region", { name: /^To be signed/ }).waitFor();
    assert.equal(await page.locator("#view img").count(), 0);

    await paste(page, codes.link("oolong-250").replace("sign=", "sing="));
    await page.getByRole("button", { name: "Scan and pay" }).click();
    await hint(page, 'no parameter "sing"');
    assert.equal(await page.locator("#what").textContent(), "原生支付URL参数错误");
    assert.equal(await page.locator("#scan-told").isHidden(), true, "nobody was asked");
  });
});

test("the addresses are set and cleared with the keyboard, and a wrong one is told", async () => {
  const { mchid } = stage.sandbox.merchant;
  const own = async () => (await stage.sandbox.addresses()).find((each) => each.mchid === mchid);
  await visit("/#merchants", {}, async (page) => {
    const form = page.getByRole("form", { name: `Addresses of ${mchid}` });
    const [native, refund] = ["Scans of product codes", "Refunds without"].map((words) => form.getByLabel(words));
    await until("what is set is shown", async () => (await native.inputValue()) === codes.url);
    await refund.fill("http://pay.example.com/refund");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator("#trouble", { hasText: "refund_notify_url" }).waitFor();
    assert.equal(await refund.inputValue(), "http://pay.example.com/refund", "what was typed stays");
    await refund.fill("https://pay.example.com/refund");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await news(page, "Set: refund_notify_url.");
    assert.deepEqual(await own(), { mchid, native_url: codes.url, refund_notify_url: "https://pay.example.com/refund" });
    await refund.fill("");
    await form.getByRole("button", { name: `Set refund_notify_url of ${mchid}` }).click();
    await news(page, "Cleared: refund_notify_url.");
    assert.equal((await own()).refund_notify_url, null);
  });
});

test("V2's settings are chosen on the page", async () => {
  await visit("/#platform", {}, async (page) => {
    await page.getByLabel("Answers to scans come within, ms").fill("2000");
    await page.getByRole("button", { name: "Set how long scans wait" }).click();
    await news(page, "Set.");
    assert.equal((await stage.sandbox.settings({})).callback_within_ms, 2_000);
    await page.getByLabel("without a client certificate").selectOption("not_required");
    await until("it is set", async () => (await stage.sandbox.settings({})).v2_certificate === "not_required");
    await stage.sandbox.settings({ callback_within_ms: 5_000, v2_certificate: "required" });
  });
});

test("only white space between tags is laid out, and what is no flat message stays as it came", async () => {
  const field = (text) => `<xml><a>${text}</a><b/></xml>`;
  const laidOut = (text) => `<xml>\n  <a>${text}</a>\n  <b/>\n</xml>`;
  const values = ["", " ", "\n x \n", "a<![CDATA[<b>]]]]><![CDATA[>]]>", "&lt;&#13;", HOSTILE.replaceAll("<", "&lt;")];
  const others = [
    "", "no", "{}", "<", "<xml>", "<xml></a></xml><", "<!DOCTYPE x [<!ENTITY a 'b'>]><xml><a>&a;</a></xml>",
    "<xml><!ENTITY x></xml>", "<html><body><br><p>no</p></body></html>", "<xml><![CDATA[</xml>",
  ];
  await visit("/", {}, async (page) => {
    const made = await page.evaluate(async (texts) => {
      const { xmlLaidOut } = await import("/console/xml.js");
      return texts.map((text) => xmlLaidOut(text));
    }, [...values.map(field), field("x").replaceAll("><", ">\n\t<"), ...others]);
    assert.deepEqual(made, [...values.map(laidOut), laidOut("x"), ...others.map(() => null)]);
  });
});

for (const [name, look] of Object.entries({ light: { colorScheme: "light" }, dark: { colorScheme: "dark" } })) {
  test(`what V2 adds is right for a screen reader and fits a narrow screen: ${name}`, async () => {
    codes.answers = () => codes.no(`No room ${"no-room-".repeat(12)}`);
    const long = codes.link(`p-${"x".repeat(30)}`);
    const { said } = await stage.sandbox.pay(long).catch((error) => error);
    const { out_trade_no } = await codes.place();
    const judge = new Judge();
    await visit(`/?code=${encodeURIComponent(long)}`, { ...look, viewport: NARROW }, async (page) => {
      const { mchid } = stage.sandbox.merchant;
      for (const place of ["phone", "scans", `scans/${said.callback.id}`, "merchants", "platform", `orders/${mchid}/${out_trade_no}`]) {
        await page.evaluate((hash) => { location.hash = hash; }, place);
        await page.getByText("One moment…").waitFor({ state: "hidden" });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= NARROW.width, `${place} is ${wide} wide`);
        await judge.judge(page, place);
      }
    });
    await visit(`/?code=${encodeURIComponent(long)}`, { ...look, viewport: DESK }, async (page) => {
      await page.getByRole("button", { name: "Scan and pay" }).click();
      await hint(page, "No room");
      await judge.judge(page, "the phone says no");
    });
    assert.deepEqual([judge.violations, judge.unjudged], [[], []]);
  });
}
