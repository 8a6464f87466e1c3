// What a shop can style and fill, as custom-elements.json names it and as Chromium finds it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { useBrowser } from "../harness/browser.mjs";
import { PlayedWorker } from "../harness/played-worker.mjs";
import { inProject } from "../harness/project.mjs";

const browser = useBrowser();
const manifest = JSON.parse(readFileSync(inProject("widget/package/custom-elements.json"), "utf8"));
const [declared] = manifest.modules[0].declarations;
const names = (rows) => rows.map(({ name }) => name).sort();

let worker;
before(async () => {
  worker = await PlayedWorker.open();
});
after(() => worker?.close());

test("the manifest names every part and every slot that there is", async () => {
  worker.pages["/shop"] = {
    html: `<!doctype html><html lang="en"><title>A shop</title><script type="module" src="/saoma.js"></script>
      <saoma-checkout product="tea" layout="dialog" open return-url="/thanks"></saoma-checkout>`,
  };
  await browser.open({}, async (page) => {
    await page.goto(`${worker.origin}/shop`);
    // The dialog lies over the page; the element itself takes up no room.
    await page.locator('saoma-checkout[data-status="waiting"]').waitFor({ state: "attached" });
    const { parts, slots } = await page.evaluate(() => {
      const { shadowRoot } = document.querySelector("saoma-checkout");
      const all = (selector, of) => [...shadowRoot.querySelectorAll(selector)].flatMap(of);
      return {
        parts: [...new Set(all("[part]", (element) => [...element.part]))].sort(),
        slots: [...new Set(all("slot", (element) => element.name))].sort(),
      };
    });
    assert.deepEqual(parts, names(declared.cssParts));
    assert.deepEqual(slots, names(declared.slots).filter((name) => name !== ""));
  });
});

test("what stands between the tags is shown until the element is there, and not beside it", async () => {
  const held = Promise.withResolvers();
  worker.pages["/shop"] = {
    html: `<!doctype html><html lang="en"><title>A shop</title><script type="module" src="/saoma.js"></script>
      <saoma-checkout product="tea"><a href="/pay">pay</a></saoma-checkout>`,
  };
  await browser.open({}, async (page) => {
    await page.route("**/saoma.js", (route) => held.promise.then(() => route.continue()));
    await page.goto(`${worker.origin}/shop`, { waitUntil: "commit" });
    await page.getByRole("link", { name: "pay" }).waitFor({ state: "visible" });
    held.resolve();
    await page.locator('saoma-checkout[data-status="waiting"]').waitFor();
    await page.getByRole("link", { name: "pay" }).waitFor({ state: "hidden" });
  });
});
