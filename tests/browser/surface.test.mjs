// What a shop can style and fill, as custom-elements.json names it and as Chromium finds it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { useBrowser } from "../harness/browser.mjs";
import { PlayedEdge } from "../harness/played-edge.mjs";
import { inProject } from "../harness/project.mjs";

const browser = useBrowser();
const manifest = JSON.parse(readFileSync(inProject("widget/package/custom-elements.json"), "utf8"));
const [declared] = manifest.modules[0].declarations;
const names = (rows) => rows.map(({ name }) => name).sort();

let edge;
before(async () => {
  edge = await PlayedEdge.open();
});
after(() => edge?.close());

test("the manifest names every part and every slot that there is", async () => {
  edge.pages["/shop"] = {
    html: `<!doctype html><html lang="en"><title>A shop</title><script type="module" src="/saoma.js"></script>
      <saoma-checkout product="tea" layout="dialog" open return-url="/thanks"></saoma-checkout>`,
  };
  await browser.open({}, async (page) => {
    await page.goto(`${edge.origin}/shop`);
    // The dialog lies over the page; the element itself takes up no room.
    await page.locator('saoma-checkout[data-status="waiting"]').waitFor({ state: "attached" });
    const found = () => page.evaluate(() => {
      const { shadowRoot } = document.querySelector("saoma-checkout");
      const all = (selector, of) => [...shadowRoot.querySelectorAll(selector)].flatMap(of);
      return [all("[part]", (element) => [...element.part]), all("slot", (element) => element.name)];
    });
    const atFirst = await found();
    edge.order.paid();
    // The way back is the main button, and is there only now.
    await page.locator('saoma-checkout[data-status="paid"]').waitFor({ state: "attached" });
    const atLast = await found();
    // In a dialog nothing of the page's stands between the tags.
    await page.evaluate(() => { document.querySelector("saoma-checkout").layout = null; });
    const all = [atFirst, atLast, await found()];
    const [parts, slots] = [0, 1].map((at) => [...new Set(all.flatMap((one) => one[at]))].sort());
    assert.deepEqual(parts, names(declared.cssParts));
    assert.deepEqual(slots, names(declared.slots));
  });
});

test("what stands between the tags is shown until there is something better, and not beside it", async () => {
  const held = Promise.withResolvers();
  edge.pages["/shop"] = {
    html: `<!doctype html><html lang="en"><title>A shop</title><script type="module" src="/saoma.js"></script>
      <saoma-checkout product="tea"><a href="/pay">pay</a></saoma-checkout>`,
  };
  await browser.open({}, async (page) => {
    await page.route("**/saoma.js", (route) => held.promise.then(() => route.continue()));
    await page.goto(`${edge.origin}/shop`, { waitUntil: "commit" });
    await page.getByRole("link", { name: "pay" }).waitFor({ state: "visible" });
    held.resolve();
    await page.locator('saoma-checkout[data-status="waiting"]').waitFor();
    await page.getByRole("link", { name: "pay" }).waitFor({ state: "hidden" });
  });
});
