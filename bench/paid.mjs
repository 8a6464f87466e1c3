// How long a shopper waits between the phone's "pay" and "paid" on the page: real sandbox, real
// Worker, real browser.

import { chromium } from "playwright-core";

import { chromiumProgram } from "../tests/harness/browser.mjs";
import { openStage } from "../tests/harness/stage.mjs";
import { median } from "./load.mjs";

async function onePurchase(browser, { sandbox, worker }) {
  const page = await browser.newPage();
  try {
    await page.goto(worker.url);
    const answer = page.waitForResponse("**/v1/sessions");
    await page.locator(".card .buy").first().click();
    const { code_url } = await (await answer).json();
    await page.locator('saoma-checkout[data-status="waiting"]').waitFor();
    const began = performance.now();
    await sandbox.pay(code_url);
    await page.locator("#receipt").waitFor();
    return performance.now() - began;
  } finally {
    await page.close();
  }
}

/** Rows of a table: p50 and the slowest of `purchases`. */
export async function payToPaid(purchases) {
  const executablePath = chromiumProgram();
  if (!executablePath) return [["no Chromium here: not measured"]];
  const stage = await openStage({ build: "deployable" });
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const took = [];
    for (let index = 0; index <= purchases; index += 1) took.push(await onePurchase(browser, stage));
    took.shift(); // The first one warms everybody up.
    return [["p50", median(took).toFixed(0)], ["slowest", Math.max(...took).toFixed(0)], ["purchases", String(purchases)]];
  } finally {
    await browser.close();
    await stage.close();
  }
}
