// The pictures of the documentation: real pages of a real Worker and sandbox in Chromium, at fixed
// sizes, with nothing moving. Numbers of orders are drawn anew each time.

import { writeFile } from "node:fs/promises";

import { chromium } from "playwright-core";
import { PNG } from "pngjs";

import { chromiumProgram } from "../tests/harness/browser.mjs";
import { PlayedEdge } from "../tests/harness/played-edge.mjs";
import { configuration, inProject } from "../tests/harness/project.mjs";
import { openStage } from "../tests/harness/stage.mjs";
import { v2Variables } from "../tests/harness/v2.mjs";
import { until } from "../tests/harness/wait.mjs";
import { OPERATOR_KEY } from "../tests/harness/worker.mjs";
import { encode } from "./palette.mjs";

/** A README should load fast. */
const BYTES_MAX = 150_000;

const DESK = { viewport: { width: 1_200, height: 800 } };
const PHONE = { viewport: { width: 390, height: 780 } };
const CHINESE = { locale: "zh-CN" };
const DARK = { colorScheme: "dark" };

const buy = async (page, url) => {
  await page.goto(url);
  await page.locator(".card .buy").first().click();
  await page.locator('saoma-checkout[data-status="waiting"]').waitFor({ state: "attached" });
};

/** Every picture: its options, and how one gets there. Answers what is taken, if not the window. */
const PICTURES = {
  // First, before the other pictures leave orders of their own.
  orders: [DESK, async (page, { stage }) => {
    await page.goto(`${stage.worker.url}/orders/`);
    await page.locator("#key").fill(OPERATOR_KEY);
    await page.keyboard.press("Enter");
    await until("the list is whole", async () => {
      await page.getByRole("searchbox").first().press("Enter");
      return (await page.locator(".results a").count()) >= ORDERS.length;
    });
    await page.evaluate(() => document.activeElement.blur());
  }],
  // The shelf, and what was scanned off it.
  counter: [{ viewport: { width: 1_200, height: 1_000 } }, async (page, { stage }) => {
    await sellAtTheCounter(stage);
    await page.goto(`${stage.worker.url}/counter/`);
    await page.locator("#key").fill(OPERATOR_KEY);
    await page.keyboard.press("Enter");
    await until("every code is there", async () => (await page.locator(".label img").count()) === 6);
    await until("both payments are there", async () => (await page.locator('.sale[data-status="paid"]').count()) === 2);
    await page.evaluate(() => document.activeElement.blur());
  }],
  shop: [DESK, async (page, { stage }) => {
    await page.goto(stage.worker.url);
    await page.locator(".card").first().waitFor();
  }],
  "shop-phone": [{ ...PHONE, ...CHINESE }, async (page, { stage }) => {
    await page.goto(stage.worker.url);
    await page.locator(".card").first().waitFor();
  }],
  checkout: [DESK, (page, { stage }) => buy(page, stage.worker.url)],
  "checkout-dark": [{ ...PHONE, ...CHINESE, ...DARK }, (page, { stage }) => buy(page, stage.worker.url)],
  // As the Worker draws it: where scripts run, the widget would take its place.
  hosted: [{ ...PHONE, javaScriptEnabled: false }, async (page, { stage }) => {
    const { pay_url } = await stage.shop.opened({ description: "Spring oolong 250 g" });
    await page.goto(pay_url);
    await page.locator('.sight[data-status="waiting"] svg.code').waitFor();
    if (await page.locator("noscript a").count() !== 1) throw new Error("this is not the page without scripts");
  }],
  gallery: [{ viewport: { width: 1_330, height: 2_740 }, deviceScaleFactor: 0.6 }, async (page, { edge }) => {
    await page.goto(`${edge.origin}/gallery/?state=waiting&locale=all&theme=all`);
    await page.locator("html[data-ready]").waitFor();
  }],
};

/** What was bought: description, fen, buyer, and what became of it. */
const ORDERS = [
  ["Spring oolong 250 g × 2", 17_600, "Li Wei", "paid"],
  ["Pu'er 357 g", 16_800, "王小明", "paid"],
  ["Jasmine 100 g", 5_800, "Anna", "refunded"],
  ["Longjing 50 g", 9_900, "陈静", "cancelled"],
  ["Keemun 200 g", 7_600, "Yuki", "waiting"],
];

async function sell({ shop, sandbox }) {
  for (const [index, [description, total, name, end]] of ORDERS.entries()) {
    const reference = `A-${1_001 + index}`;
    const { id, attempt } = await shop.opened({ reference, description, amount: { total, currency: "CNY" }, buyer: { name } });
    if (end === "cancelled") await shop.cancel(id);
    if (end !== "paid" && end !== "refunded") continue;
    await sandbox.pay(attempt.code_url);
    await shop.untilPaid(id);
    if (end === "refunded") await shop.giveBack(id);
  }
}

/** Two people scan a shelf's codes and pay; a third is still looking at the phone. */
async function sellAtTheCounter({ worker, sandbox }) {
  await sandbox.addresses({ native_url: `${worker.url}/wechatpay/v2/native` });
  for (const [product, payer, pays] of [["jasmine-100", "li", true], ["oolong-250", "wang", true], ["gaiwan", "zhao", false]]) {
    const reply = await worker.fetch(`/v1/products/${product}/code`, { headers: { Authorization: `Bearer ${OPERATOR_KEY}` } });
    const { link } = await reply.json();
    await (pays ? sandbox.pay(link, { payer }) : sandbox.scan(link, payer));
  }
}

async function take(browser, name, places) {
  const [options, visit] = PICTURES[name];
  const context = await browser.newContext({ locale: "en-GB", reducedMotion: "reduce", ...options });
  try {
    const page = await context.newPage();
    await visit(page, places);
    await page.evaluate(() => document.fonts.ready);
    const bytes = encode(PNG.sync.read(await page.screenshot({ animations: "disabled" })));
    if (bytes.length > BYTES_MAX) throw new Error(`${name}.png has ${bytes.length} bytes; ${BYTES_MAX} are allowed`);
    await writeFile(inProject("docs", `${name}.png`), bytes);
    console.log(`  docs/${name}.png  ${bytes.length} bytes`);
  } finally {
    await context.close();
  }
}

const { PRODUCTS } = configuration().vars;
const stage = await openStage({ overrides: (merchant) => ({ PRODUCTS, ...v2Variables(merchant, "v3") }) });
const edge = await PlayedEdge.open();
const browser = await chromium.launch({ executablePath: chromiumProgram(), args: ["--no-sandbox"] });
try {
  await sell(stage);
  const wanted = process.argv.slice(2);
  for (const name of wanted.length ? wanted : Object.keys(PICTURES)) await take(browser, name, { stage, edge });
} finally {
  await browser.close();
  await edge.close();
  await stage.close();
}
