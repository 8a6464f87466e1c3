// A real Chromium, what a page did in it, and photographs of what it drew.

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";

import { chromium } from "playwright-core";

import { RESULTS } from "./project.mjs";

export { decode } from "./decoders.mjs";

const PROGRAMS = [process.env.SAOMA_CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"];

/** Far above anything seen; only a broken page reaches it. */
const PATIENCE_MS = 15_000;

/** Where Chromium is on this machine, if it is. */
export const chromiumProgram = () => PROGRAMS.find((path) => path && existsSync(path));

/**
 * One browser for all tests of a file; `open` makes a page of its own for a test. `launch` are
 * options of Playwright's besides those that it needs here.
 */
export function useBrowser(launch = {}) {
  let browser;
  before(async () => {
    const executablePath = chromiumProgram();
    if (!executablePath) throw new Error("no Chromium here; `npm run setup` says how to get one");
    // A sandbox inside a container's sandbox needs rights that containers do not have.
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"], ...launch });
  });
  after(() => browser?.close());
  return {
    /** Runs `visit` with a fresh page and its record of what went wrong there. */
    async open(options, visit) {
      const context = await browser.newContext({ locale: "en-GB", ...options });
      try {
        context.setDefaultTimeout(PATIENCE_MS);
        const page = await context.newPage();
        await visit(page, await record(page));
      } finally {
        await context.close();
      }
    },
  };
}

/** What a page does from now on: errors, refused content, and every event of the checkout, in order. */
export async function record(page) {
  const seen = { errors: [] };
  page.on("pageerror", (error) => seen.errors.push(error.message));
  await page.addInitScript(() => {
    globalThis.heard = [];
    globalThis.violations = [];
    for (const name of ["ready", "status", "paid", "expired", "refreshed", "closed", "mobile", "error"]) {
      document.addEventListener(`saoma-${name}`, ({ type, detail }) => globalThis.heard.push({ type, detail }));
    }
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      globalThis.violations.push(`${violatedDirective} ${blockedURI}`);
    });
  });
  seen.heard = (type) => page.evaluate(
    (wanted) => globalThis.heard.filter((event) => event.type === wanted), type,
  );
  seen.violations = () => page.evaluate(() => globalThis.violations);
  return seen;
}

/** Photographs an element, keeps the picture under `name`, and answers its bytes. */
export async function photograph(target, name, options = {}) {
  mkdirSync(RESULTS, { recursive: true });
  return target.screenshot({ path: join(RESULTS, `${name}.png`), animations: "disabled", ...options });
}
