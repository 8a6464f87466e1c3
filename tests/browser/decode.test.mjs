// What stands on the screen, read by two decoders: every size, pixel ratio, look and length of code.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PNG } from "pngjs";

import { photograph, useBrowser } from "../harness/browser.mjs";
import { readings } from "../harness/decoders.mjs";
import { foreignPages, twoTags } from "../harness/foreign.mjs";
import { CODES, tokenOf } from "../harness/played-order.mjs";
import { PlayedEdge } from "../harness/played-edge.mjs";
import { combinations, sample } from "../harness/soak.mjs";

/** 41 modules, the longer code with its border, at four to eight CSS pixels each. */
const SIZES = [164, 205, 246, 287, 328];

/** Of a screen; a printer's dots are finer than any of them (203 to a tenth of a metre is 2.1). */
const RATIOS = [1, 1.25, 1.5, 2, 3];

const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  "forced colours": { forcedColors: "active", colorScheme: "dark" },
  print: { media: "print" },
};

/** 25 mm at 96 CSS pixels to the inch. */
const PRINTED_PX = (25 / 25.4) * 96;

const MODULES_OF_BORDER = 4;

const MATRIX = combinations({ look: Object.keys(LOOKS), ratio: RATIOS, size: SIZES, code: Object.keys(CODES) });

let worker;
const browser = useBrowser();
const { shop } = await foreignPages("shop");
before(async () => {
  worker = await PlayedEdge.open();
  for (const [name, code_url] of Object.entries(CODES)) await worker.opened(name, { code_url });
});
after(() => worker.close());

/** Opens a page with one code on it, as `wish` wants it, and hands over the drawing. */
function shown({ look, ratio, size, code }, visit) {
  const { media, ...context } = LOOKS[look];
  const name = `decode-${look}-${ratio}-${size}-${code}`.replaceAll(/[ .]/g, "-");
  return browser.open({ deviceScaleFactor: ratio, ...context }, async (page) => {
    shop.html = `${twoTags(worker.origin, `session="${tokenOf(code)}" qr-size="${size}"`)}<style>
      :root { color-scheme: light dark } body { background: Canvas }</style>`;
    await page.goto(shop.origin);
    if (media) await page.emulateMedia({ media });
    await page.locator('saoma-checkout[data-status="waiting"]').waitFor();
    const drawing = page.locator('saoma-checkout svg[part~="qr"]');
    await drawing.locator("path").waitFor({ state: "attached" });
    await visit({ page, drawing, picture: await photograph(page.locator("saoma-checkout"), name) });
  });
}

/** Whether the middles of the four outermost modules are white on every side. */
function isBordered(picture, side) {
  const { width, height, data } = PNG.sync.read(picture);
  const isLight = (x, y) => {
    const at = Math.floor(((y + 0.5) / side) * height) * width + Math.floor(((x + 0.5) / side) * width);
    return Math.min(...data.subarray(at * 4, at * 4 + 3)) >= 250;
  };
  // Corners may be rounded, so each side is looked at between them.
  const along = Array.from({ length: side - 2 * MODULES_OF_BORDER }, (_, index) => index + MODULES_OF_BORDER);
  const deep = Array.from({ length: MODULES_OF_BORDER }, (_, index) => index);
  return along.every((at) => deep.every((near) => {
    const far = side - 1 - near;
    return isLight(at, near) && isLight(at, far) && isLight(near, at) && isLight(far, at);
  }));
}

test("two decoders read every code on the screen, and its border is four modules of white", async (t) => {
  const tried = {};
  const failed = [];
  const borderless = [];
  const matrix = sample(MATRIX, 11);
  for (const wish of matrix) {
    await shown(wish, async ({ drawing, picture }) => {
      for (const [decoder, text] of Object.entries(await readings(picture))) {
        tried[decoder] = (tried[decoder] ?? 0) + 1;
        if (text !== CODES[wish.code]) failed.push({ decoder, text, ...wish });
      }
      // Paper is white as far as it goes, and photographed at fewer dots than a printer has.
      if (wish.look === "print") return;
      const side = Number((await drawing.getAttribute("viewBox")).split(" ")[2]);
      if (!isBordered(await drawing.screenshot(), side)) borderless.push(wish);
    });
  }
  for (const [decoder, count] of Object.entries(tried)) {
    const misses = failed.filter((miss) => miss.decoder === decoder).length;
    t.diagnostic(`decodes by ${decoder}: ${count} tried, ${misses} failed`);
  }
  assert.deepEqual(failed, []);
  assert.deepEqual(borderless, []);
  assert.equal(Object.values(tried).reduce((sum, count) => sum + count), 2 * matrix.length);
});

test("a screen's code is as wide as wanted, in whole pixels for each module", async () => {
  for (const wish of sample(MATRIX.filter(({ look }) => look === "light"), 7)) {
    await shown(wish, async ({ drawing }) => {
      const side = Number((await drawing.getAttribute("viewBox")).split(" ")[2]);
      const { width, height } = await drawing.evaluate((svg) => svg.getBoundingClientRect());
      const dots = (width * wish.ratio) / side;
      assert.ok(Math.abs(dots - Math.round(dots)) < 0.01, `${dots} dots a module: ${JSON.stringify(wish)}`);
      assert.equal(width, height);
      assert.ok(width <= wish.size && width > wish.size - side, `${width} px: ${JSON.stringify(wish)}`);
    });
  }
});

test("on paper a code is 25 mm wide, whatever its size on the screen", async () => {
  for (const code of Object.keys(CODES)) {
    for (const size of [164, 328]) {
      await shown({ look: "print", ratio: 2, size, code }, async ({ drawing }) => {
        const { width, height } = await drawing.evaluate((svg) => svg.getBoundingClientRect());
        assert.ok(Math.abs(width - PRINTED_PX) < 0.1, `${width} px`);
        assert.ok(Math.abs(height - PRINTED_PX) < 0.1, `${height} px`);
      });
    }
  }
});
