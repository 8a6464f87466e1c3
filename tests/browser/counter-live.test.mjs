// A printed product code from shelf to money, nothing played: the counter page prints it, a camera's
// picture of the paper is decoded, the sandbox's phone scans and pays, and the page shows it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { photograph, useBrowser } from "../harness/browser.mjs";
import { decode } from "../harness/decoders.mjs";
import { Judge } from "../harness/axe.mjs";
import { openStage } from "../harness/stage.mjs";
import { v2Variables } from "../harness/v2.mjs";
import { until } from "../harness/wait.mjs";
import { OPERATOR_KEY } from "../harness/worker.mjs";

let stage;
const browser = useBrowser();

before(async () => {
  stage = await openStage({ overrides: (merchant) => v2Variables(merchant, "v3") });
  await stage.sandbox.addresses({ native_url: `${stage.worker.url}/wechatpay/v2/native` });
});
after(() => stage?.close());

async function comeIn(tab) {
  await tab.goto(`${stage.worker.url}/counter/`);
  await tab.locator("#key").fill(OPERATOR_KEY);
  await tab.keyboard.press("Enter");
  await until("every code is there", async () => (await tab.locator(".label img").count()) === 2);
}

/** Prints the labels of `size` mm, and reads from a picture of the paper what the code of `product` says. */
async function readFromPaper(tab, { size, product, name }) {
  await tab.getByLabel("Size of the code").selectOption(size);
  await tab.emulateMedia({ media: "print" });
  const text = await decode(await photograph(tab.locator(`[data-product="${product}"]`), name));
  await tab.emulateMedia({ media: null });
  return text;
}

/** 192 dots to the inch: a little coarser than the coarsest printer of labels, which has 203. */
const PAPER = { viewport: { width: 1_280, height: 900 }, deviceScaleFactor: 2 };

test("a printed code is photographed, decoded, scanned and paid, and the counter page shows it", async () => {
  await browser.open(PAPER, async (tab, seen) => {
    await comeIn(tab);
    await tab.getByText("Nobody has paid by a shelf code yet today.").waitFor();
    const links = [];
    for (const size of ["30", "40", "60"]) {
      links.push(await readFromPaper(tab, { size, product: "oolong-250", name: `counter-live-paper-${size}` }));
    }
    const [link] = links;
    assert.deepEqual(links, [link, link, link], "whatever its size");
    const said = new URL(link);
    assert.equal(said.searchParams.get("product_id"), "oolong-250");
    assert.equal(said.searchParams.get("mch_id"), stage.merchant.mchid);

    const scanned = await stage.sandbox.scan(link, "li");
    assert.deepEqual([scanned.description, scanned.amount.total], ["Oolong 250 g", 8_800]);
    await tab.locator('.sale[data-status="open"]').waitFor();
    const { out_trade_no, transaction_id } = await stage.sandbox.pay(link, { payer: "li" });
    assert.equal(out_trade_no, scanned.out_trade_no, "the scan before opened this very order");
    await tab.locator("#told").getByText(/^Paid: Tieguanyin oolong, CN¥88\.00$/).waitFor();
    await tab.locator("#sales-sum").getByText("1 payment, CN¥88.00 together").waitFor();
    await photograph(tab, "counter-live-paid", { fullPage: true });

    // Whoever comes next pays an order of their own, by the same paper.
    const next = await stage.sandbox.pay(link, { payer: "wang" });
    assert.notEqual(next.out_trade_no, out_trade_no);
    await tab.locator("#sales-sum").getByText("2 payments, CN¥176.00 together").waitFor();
    await tab.locator(".sale a").last().click();
    await tab.getByText(transaction_id).first().waitFor();
    assert.deepEqual(await seen.violations(), []);
    assert.deepEqual(seen.errors, []);
  });
});

test("the labels that the page shows are genuine to a payer on a phone's screen too", async () => {
  await browser.open({ viewport: { width: 320, height: 640 }, deviceScaleFactor: 2, colorScheme: "dark" }, async (tab) => {
    await comeIn(tab);
    const text = await decode(await photograph(tab.locator('[data-product="puer-cake"]'), "counter-live-phone"));
    const paid = await stage.sandbox.pay(text, { payer: "zhao" });
    const order = await stage.sandbox.order(paid.out_trade_no);
    assert.equal(order.amount?.total ?? order.total, 16_800);
  });
});

test("nothing on the page keeps somebody out: its door, its labels", async () => {
  const judge = new Judge();
  await browser.open({ viewport: { width: 1_280, height: 900 } }, async (tab) => {
    await tab.goto(`${stage.worker.url}/counter/`);
    await judge.judge(tab, "the door");
    await comeIn(tab);
    await judge.judge(tab, "the labels");
  });
  assert.deepEqual(judge.violations, []);
});
