// A shop's page that interferes: handlers that take the element away or turn it into another, words
// that are none, observers and forms.

import assert from "node:assert/strict";
import { test } from "node:test";

import { devices } from "playwright-core";

import { STATES } from "../../www/gallery/pictures.js";
import { useBrowser } from "../harness/browser.mjs";
import { useElementPage } from "../harness/element-page.mjs";

const served = useElementPage();
const browser = useBrowser();

const PICTURES = Object.fromEntries(Object.entries(STATES).map(([name, { picture }]) => [name, picture]));

const { defaultBrowserType: _, ...PHONE } = devices["iPhone 13"];

/** Runs `visit` on a page with `mount(attributes)`, `turn()` and the pictures. */
async function on(options, visit) {
  await browser.open(options, async (page, seen) => {
    await page.addInitScript((pictures) => {
      globalThis.PICTURES = pictures;
      globalThis.failed = [];
      addEventListener("error", ({ message }) => failed.push(message));
      globalThis.mount = (attributes, parent = document.body) => {
        const element = document.createElement("saoma-checkout");
        for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
        parent.append(element);
        return element;
      };
      globalThis.turn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 20)));
      globalThis.asked = () => (globalThis.engines ?? []).map(({ asked }) => asked.join(" "));
      globalThis.inside = (element, selector) => element.shadowRoot.querySelector(selector);
    }, PICTURES);
    await page.goto(served.url);
    await page.evaluate(() => customElements.whenDefined("saoma-checkout").then(() => {}));
    await visit(page, seen);
    assert.deepEqual(await page.evaluate(() => failed), []);
    assert.deepEqual(seen.errors, []);
  });
}

test("on a phone a shop may put its own button there, and nothing is asked for who left", async () => {
  for (const attributes of [
    { product: "a", layout: "dialog", open: "" }, { session: "chk_a.1.s" }, { product: "a" },
  ]) {
    await on(PHONE, async (page) => {
      const all = await page.evaluate(async (attributes) => {
        document.addEventListener("saoma-mobile", ({ target }) => target.replaceWith("JSAPI"), { once: true });
        mount(attributes);
        await turn();
        return asked();
      }, attributes);
      assert.deepEqual(all, [""]);
    });
  }
});

test("on a phone a shop may ask for something else, and only that is ordered", async () => {
  await on(PHONE, async (page) => {
    const all = await page.evaluate(async () => {
      document.addEventListener("saoma-mobile", ({ target }) => (target.product = "b"), { once: true });
      mount({ product: "a", layout: "dialog", open: "" });
      await turn();
      return engines.map(({ asked, given }) => [given.order.product, asked.join(" ")]);
    });
    assert.deepEqual(all, [["a", ""], ["b", "resume shown"]]);
  });
});

test("a page that observes the element hears of changes, and not of every second", async () => {
  await on({}, async (page) => {
    const changes = await page.evaluate(async () => {
      const element = mount({ session: "chk_a.1.s" });
      await turn();
      engines[0].show(PICTURES.waiting);
      const changes = [];
      const observer = new MutationObserver((all) => changes.push(...all.map(({ attributeName }) => attributeName)));
      observer.observe(element, { attributes: true });
      for (const left_s of [600, 599, 598]) engines[0].show({ ...PICTURES.waiting, left_s });
      engines[0].show(PICTURES.paid);
      await turn();
      return changes;
    });
    assert.deepEqual(changes, ["data-status"]);
  });
});

test("a dialog that is laid out inline was closed by the page, and not by a key", async () => {
  await on({}, async (page, seen) => {
    await page.evaluate(async () => {
      const element = mount({ product: "a", layout: "dialog", open: "" });
      await turn();
      element.layout = "inline";
      await turn();
      await turn();
    });
    assert.deepEqual((await seen.heard("saoma-closed")).map(({ detail }) => detail.reason), ["page"]);
  });
});

test("sentences that are none leave the locale's in their place", async () => {
  await on({}, async (page) => {
    const [line, label, isValid, result] = await page.evaluate(async () => {
      const form = document.querySelector("form");
      const element = mount({ session: "chk_a.1.s", name: "payment" }, form);
      element.messages = { label: undefined, waiting: "", check: 7, paid: null };
      await turn();
      engines[0].show(PICTURES.waiting);
      const line = inside(element, ".line").textContent;
      const label = inside(element, "svg.code").getAttribute("aria-label");
      const isValid = form.checkValidity();
      const settled = element.settled();
      engines[0].show(PICTURES.paid);
      return [line, label, isValid, (await settled).status];
    });
    assert.deepEqual([line, isValid, result], ["", false, "paid"]);
    assert.match(label, /176/);
  });
});

test("the way back belongs to the order that was paid, and not to the next one", async () => {
  await on({}, async (page) => {
    await page.evaluate(async () => {
      const element = mount({ session: "chk_a.1.s", "return-url": "#thanks", "auto-return": "1" });
      await turn();
      engines[0].show(PICTURES.paid);
      engines[0].tell({ news: "paid", via: "push" });
      element.session = "chk_b.1.s";
      await turn();
      await new Promise((done) => setTimeout(done, 1_500));
    });
    assert.equal(new URL(page.url()).hash, "");
  });
});

test("a payment is heard in the page although the element was out of it for that moment", async () => {
  await on({}, async (page, seen) => {
    await page.evaluate(async () => {
      const element = mount({ session: "chk_a.1.s" });
      await turn();
      element.remove();
      engines[0].show(PICTURES.paid);
      engines[0].tell({ news: "paid", via: "push" });
      document.body.append(element);
      await turn();
    });
    assert.equal((await seen.heard("saoma-paid")).length, 1);
  });
});
