// Every state in every language, theme and layout, by axe and by eye of a few rules: no violation,
// no allow-list, nothing wider than its place.

import assert from "node:assert/strict";
import { test } from "node:test";

import { STATES } from "../../www/gallery/pictures.js";
import { Judge } from "../harness/axe.mjs";
import { useBrowser } from "../harness/browser.mjs";
import { useElementPage } from "../harness/element-page.mjs";
import { combinations, sample } from "../harness/soak.mjs";

const served = useElementPage();
const browser = useBrowser();

const LOCALES = ["en", "zh-CN", "zh-TW", "ja", "ko", "ar"];

const MEDIA = {
  light: { theme: "light" },
  dark: { theme: "dark" },
  forced: { theme: "auto", media: { forcedColors: "active", colorScheme: "dark" } },
};

const MATRIX = combinations({
  state: Object.keys(STATES),
  look: Object.keys(MEDIA),
  locale: LOCALES,
  layout: ["inline", "dialog"],
});

/** Shows what the query asks for. */
async function show(page, query) {
  await page.goto(`${served.url}/gallery/?${new URLSearchParams(query)}`);
  await page.waitForFunction(() => "ready" in document.documentElement.dataset);
}

test("axe finds nothing in any state, theme, language and layout", async (t) => {
  const judge = new Judge();
  await browser.open({ reducedMotion: "reduce" }, async (page, seen) => {
    for (const { state, look, locale, layout } of sample(MATRIX, 43)) {
      const { theme, media = { forcedColors: "none", colorScheme: "light" } } = MEDIA[look];
      await page.emulateMedia(media);
      await show(page, { state, theme, locale, layout, alone: "" });
      await judge.judge(page, [state, look, locale, layout].join(", "));
    }
    assert.deepEqual(seen.errors, []);
    assert.deepEqual(await seen.violations(), []);
  });
  t.diagnostic(judge.figures);
  assert.deepEqual(judge.violations, []);
  assert.deepEqual(judge.unjudged, []);
});

test("nothing is wider than 240 pixels where there are no more, in any language", async () => {
  await browser.open({ viewport: { width: 1_600, height: 900 } }, async (page) => {
    for (const locale of LOCALES) {
      await show(page, { locale, theme: "light", width: "240" });
      const wide = await page.evaluate(() =>
        [...document.querySelectorAll("saoma-checkout")].flatMap((host) => {
          const panel = host.shadowRoot.querySelector(".panel");
          const edge = panel.getBoundingClientRect();
          return [...panel.querySelectorAll("*")]
            .filter((element) => element.checkVisibility())
            .filter((element) => {
              const { left, right } = element.getBoundingClientRect();
              return left < edge.left - 0.5 || right > edge.right + 0.5;
            })
            .map((element) => `${host.parentElement.textContent} ${element.className}`);
        }));
      assert.deepEqual(wide, [], locale);
    }
  });
});

test("a code is named by amount and purpose, and its text stands nowhere", async () => {
  await browser.open({}, async (page) => {
    for (const locale of LOCALES) {
      await show(page, { state: "waiting", theme: "light", locale, alone: "" });
      const name = await page.getByRole("img").getAttribute("aria-label");
      assert.match(name, /176\.00/);
      assert.match(name, /春山乌龙 250 g × 2/);
      const markup = await page.evaluate(() => document.querySelector("saoma-checkout").shadowRoot.innerHTML);
      assert.doesNotMatch(markup, /weixin:/);
    }
  });
});

test("an amount is read from left to right in every language, its sign letter by letter", async () => {
  await browser.open({}, async (page) => {
    for (const locale of LOCALES) {
      await show(page, { state: "waiting", locale, theme: "light" });
      const places = await page.evaluate(() => {
        const [text] = document.querySelector("saoma-checkout").shadowRoot.querySelector(".amount bdi").childNodes;
        // Marks that only steer the direction have no place of their own.
        const seen = [...text.data].flatMap((sign, at) => (/[\u200e\u200f\u2066\u2069]/.test(sign) ? [] : [at]));
        return seen.map((at) => {
          const range = new Range();
          range.setStart(text, at);
          range.setEnd(text, at + 1);
          return [text.data[at], Math.round(range.getBoundingClientRect().left)];
        });
      });
      assert.ok(places.length > 5, locale);
      assert.deepEqual(places, places.toSorted(([, one], [, other]) => one - other), locale);
    }
  });
});
