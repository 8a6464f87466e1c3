// The sandbox's console in a browser, before the real sandbox and a merchant of our own.

import assert from "node:assert/strict";

import { useBrowser } from "./browser.mjs";
import { useMerchant } from "./merchant.mjs";

export const DESK = { width: 1_280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** What moves by itself would move under a test's hands. */
const STILL = { viewport: DESK, reducedMotion: "reduce" };

/** What the corner says, sooner or later. */
export const news = (page, words) => page.locator("#news", { hasText: words }).waitFor();

/** The row of a list that has this text in it. */
export const row = (page, text) => page.locator("#view li", { hasText: text });

/** Opens the console at `place` of `url`; whatever is done there must leave no error behind. */
export function visitor(browser, url) {
  return (place, options, steps) => browser.open({ ...STILL, ...options }, async (page, seen) => {
    await page.goto(url() + place);
    await page.locator("#nav [aria-current]").waitFor();
    await steps(page, seen);
    assert.deepEqual(seen.errors, []);
    assert.deepEqual(await seen.violations(), []);
  });
}

/** The real sandbox, its merchant, a browser, and a way to visit; `prepare(stage)` comes first. */
export function useConsole(prepare) {
  const stage = useMerchant(prepare);
  const browser = useBrowser();
  return { stage, browser, visit: visitor(browser, () => stage.sandbox.url) };
}
