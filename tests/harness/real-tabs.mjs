// A Chromium whose tabs hide each other as a person's do. Playwright tells every page of its own
// browsers that it is in front; a browser that was started by hand is left as it is.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { chromium } from "playwright-core";

import { chromiumProgram, record } from "./browser.mjs";
import { freshFolder } from "./project.mjs";
import { until } from "./wait.mjs";

/** Runs `visit` with a function that opens tabs: `{ page, seen }` each, the newest in front. */
export async function withRealTabs(visit) {
  const folder = freshFolder("tabs");
  const args = ["--headless", "--no-sandbox", "--remote-debugging-port=0", `--user-data-dir=${folder}`];
  const child = spawn(chromiumProgram(), [...args, "about:blank"], { stdio: "ignore" });
  const ended = once(child, "exit");
  try {
    const [port] = await until("Chromium says its port", async () =>
      (await readFile(join(folder, "DevToolsActivePort"), "utf8")).split("\n"));
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true });
    const [context] = browser.contexts();
    await visit(async () => {
      const page = await context.newPage();
      const seen = await record(page);
      await page.bringToFront();
      return { page, seen };
    });
    await browser.close();
  } finally {
    child.kill();
    await ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
