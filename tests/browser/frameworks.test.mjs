// The npm package in React 18, React 19 (both in StrictMode) and Vue 3: one order however often the
// element is mounted, events as props, `paid` once, and silence once it is gone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { useBrowser } from "../harness/browser.mjs";
import { frameworkApp } from "../harness/framework-apps.mjs";
import { PlayedEdge } from "../harness/played-edge.mjs";
import { widgetVersion } from "../harness/project.mjs";
import ENGLISH from "../../widget/words/en.json" with { type: "json" };
import { until } from "../harness/wait.mjs";

const browser = useBrowser();

const FRAMEWORKS = ["react-18", "react-19", "vue"];

let edge;
const apps = {};
before(async () => {
  edge = await PlayedEdge.open();
  const where = { endpoint: edge.origin, assets: `/${widgetVersion()}/` };
  for (const name of FRAMEWORKS) apps[name] = await frameworkApp(name, where);
});
after(() => edge?.close());

const waiting = 'saoma-checkout[data-status="waiting"]';

/** Opens a framework's page and hands it over when its code is there. */
async function visit(framework, use) {
  edge.clear();
  const { html, script } = apps[framework];
  edge.pages["/app.js"] = { html: script, headers: { "Content-Type": "text/javascript" } };
  edge.pages["/shop"] = {
    html: `<!doctype html><html lang="en"><title>A shop</title><link rel="icon" href="data:,"><div id="root">${html}</div>` +
      '<script type="module" src="/app.js"></script>',
  };
  await browser.open({}, async (page, seen) => {
    const said = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) said.push(message.text());
    });
    await page.goto(`${edge.origin}/shop`);
    await page.locator(waiting).waitFor();
    await use(page, async (name) => (await page.evaluate(() => globalThis.told)).filter((one) => one.name === name));
    assert.deepEqual(seen.errors, []);
    assert.deepEqual(said, [], "the framework found fault with nothing");
  });
}

for (const framework of FRAMEWORKS) {
  test(`${framework}: one order for every mount, and its news as events`, async () => {
    await visit(framework, async (page, told) => {
      const element = page.locator("saoma-checkout");
      assert.equal(edge.asked("POST", "/v1/sessions").length, 1);
      assert.equal((await told("onReady")).length, 1);
      const tag = await element.evaluate((one) =>
        ["class", "product", "quantity", "theme"].map((name) => one.getAttribute(name)));
      assert.deepEqual(tag, ["till", "oolong-250", "1", "light"]);
      assert.equal(await element.evaluate((one) => one.noCountdown), true);
      assert.equal(await page.getByText("Open WeChat.").count(), 1, "the shop's own words");
      await page.locator("#words").click();
      await page.getByText(ENGLISH.hint).waitFor();

      await page.locator("#theme").click();
      await page.locator('saoma-checkout[theme="dark"]').waitFor();
      await page.locator("#toggle").click();
      await element.waitFor({ state: "detached" });
      await page.locator("#toggle").click();
      await page.locator(waiting).waitFor();
      assert.equal(edge.orders.size, 1, "put back, it shows the order that it had");

      edge.order.paid();
      await page.locator('saoma-checkout[data-status="paid"]').waitFor();
      const paid = await told("onPaid");
      assert.equal(paid.length, 1);
      assert.equal(paid[0].theme, "dark", "told to the newest handler");
      const checkout = edge.order.token.split(".")[0];
      assert.equal(paid[0].detail.checkout, checkout);
      assert.deepEqual(paid[0].detail.amount, { total: 8_800, currency: "CNY" });
      await page.locator("#ref").click();
      assert.equal((await told("ref"))[0].detail.checkout, checkout, "the ref is the element");
    });
  });

  test(`${framework}: an element that was taken out asks nothing more`, async () => {
    await visit(framework, async (page) => {
      await page.clock.install();
      await until("somebody follows the order", () => edge.order.listeners.size > 0);
      await page.locator("#toggle").click();
      await until("nobody follows the order", () => edge.order.listeners.size === 0);
      const asked = edge.requests.length;
      await page.clock.fastForward("30:00");
      // Whatever the page may have sent by then, has come before this.
      await page.evaluate(() => fetch("/saoma.js"));
      assert.deepEqual(edge.requests.slice(asked), []);
    });
  });
}
