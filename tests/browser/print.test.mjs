// The checkout on paper: the code, the sum, the order, and until when; nothing that can be pressed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { usePlayedShop } from "../harness/played-shop.mjs";

const stage = usePlayedShop();

const HERE = 'product="oolong-250" locale="en"';

/** What is written on the element, in whatever medium it stands. */
const written = (checkout) => checkout.evaluate(({ shadowRoot }) =>
  [...shadowRoot.querySelectorAll("*")]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.matches("style"))
    .flatMap((element) => [...element.childNodes])
    .filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())
    .map((node) => node.data.trim()));

for (const [layout, more] of [["inline", ""], ["dialog", ' layout="dialog" open']]) {
  test(`print() prints the code with order, sum and deadline, and nothing to press: ${layout}`, async () => {
    await stage.open({ attributes: HERE + more }, async ({ page, worker, checkout, stands }) => {
      await stands("waiting");
      await page.evaluate(() => {
        globalThis.printed = 0;
        globalThis.print = () => void (globalThis.printed += 1);
      });
      await checkout.evaluate((element) => element.print());
      assert.equal(await page.evaluate(() => globalThis.printed), 1);

      const order = worker.order.token.split(".")[0];
      assert.equal((await written(checkout)).some((text) => text.includes(order)), false, "not on the screen");
      // A browser that prints says so before it does.
      const pdf = await page.pdf();
      assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
      await page.emulateMedia({ media: "print" });
      const texts = await written(checkout);
      for (const pattern of [/^CN¥88\.00$/, new RegExp(`^Order ${order}$`), /^Valid until .*20\d\d, \d{1,2}:\d\d [AP]M/]) {
        assert.ok(texts.some((text) => pattern.test(text)), `${pattern} is not in ${JSON.stringify(texts)}`);
      }
      assert.equal(await checkout.getByRole("button").count(), 0);
      assert.equal(await checkout.locator('svg[part~="qr"]').isVisible(), true);
    });
  });
}
