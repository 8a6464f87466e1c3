// axe-core on every page that people see: no violation, no allow-list, no rule switched off.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Judge } from "../harness/axe.mjs";
import { useBrowser } from "../harness/browser.mjs";
import { PlayedEdge } from "../harness/played-edge.mjs";
import { deliver, genuine } from "../harness/notification.mjs";
import { inProject } from "../harness/project.mjs";
import { combinations, sample } from "../harness/soak.mjs";
import { useStage } from "../harness/stage.mjs";
import { OPERATOR_KEY } from "../harness/worker.mjs";

const { STATES } = await import(inProject("www/gallery/pictures.js"));

const stage = useStage();
const browser = useBrowser();

/** What moves fades, and a half-faded text has another contrast than the one that people read. */
const STILL = { reducedMotion: "reduce" };

const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  "forced colours": { colorScheme: "dark", forcedColors: "active" },
};
const WIDTHS = { desk: { width: 1_280, height: 900 }, phone: { width: 390, height: 844 }, narrow: { width: 320, height: 568 } };
const PAGES = combinations({ look: Object.keys(LOOKS), width: Object.keys(WIDTHS), locale: ["en-GB", "zh-CN"] });

/** Judges what `visit` shows, in every look, width and language of a page. */
async function judged(t, matrix, visit) {
  const judge = new Judge();
  for (const { look, width, locale } of matrix) {
    const options = { ...STILL, ...LOOKS[look], viewport: WIDTHS[width], locale };
    await browser.open(options, (page) => visit(page, (name) => judge.judge(page, `${name}, ${look}, ${width}, ${locale}`)));
  }
  t.diagnostic(judge.figures);
  assert.deepEqual(judge.violations, []);
  assert.deepEqual(judge.unjudged, []);
}

test("what is wrong is found, in a shadow root and under forced colours as well", async () => {
  for (const look of Object.keys(LOOKS)) {
    const judge = new Judge();
    await browser.open(LOOKS[look], async (page) => {
      await page.setContent('<!doctype html><html lang="en"><title>A page</title><main><h1>Wrong</h1><div></div></main>');
      await page.locator("div").evaluate((host) => {
        host.attachShadow({ mode: "open" }).innerHTML =
          '<p style="forced-color-adjust: none; color: #888; background: #999">pale</p><img src="data:,">';
      });
      await judge.judge(page, look);
    });
    assert.deepEqual(judge.violations.map((words) => words.split(": ")[1]).sort(), ["color-contrast", "image-alt"], look);
  }
});

test("the shop, its till and its receipt", async (t) => {
  await judged(t, sample(PAGES, 5), async (page, judge) => {
    await page.goto(stage.worker.url);
    await page.locator(".card").first().waitFor();
    await judge("shelf");
    const answer = page.waitForResponse("**/v1/sessions");
    await page.locator('[data-product="oolong-250"] .buy').click();
    const { code_url } = await (await answer).json();
    await page.locator('saoma-checkout[data-status="waiting"]').waitFor();
    await judge("till");
    await stage.sandbox.pay(code_url);
    await page.locator("#receipt").waitFor();
    await judge("receipt");
  });
});

test("the order page: its door, its list, an order", async (t) => {
  const { id, attempt } = await stage.shop.opened();
  await stage.sandbox.pay(attempt.code_url);
  await stage.shop.untilPaid(id);
  await judged(t, sample(PAGES, 5), async (page, judge) => {
    await page.goto(`${stage.worker.url}/orders/`);
    await page.locator("#key").waitFor();
    await judge("door");
    await page.locator("#key").fill(OPERATOR_KEY);
    await page.keyboard.press("Enter");
    await page.locator(".results:not([aria-busy])").waitFor();
    await judge("list");
    await page.goto(`${stage.worker.url}/orders/#/orders/${id}`);
    await page.locator(".part").first().waitFor();
    await page.locator(".loading").waitFor({ state: "detached" });
    await judge("order");
  });
});

test("the hosted page with the widget in it, as it waits and once it is paid", async (t) => {
  await judged(t, sample(PAGES, 5), async (page, judge) => {
    const { pay_url, attempt } = await stage.shop.opened();
    await page.goto(pay_url);
    await page.locator('saoma-checkout[data-status="waiting"]').waitFor();
    await judge("waiting");
    await stage.sandbox.pay(attempt.code_url);
    await page.locator('saoma-checkout[data-status="paid"]').waitFor();
    await judge("paid");
  });
});

const LOCALES = ["en", "zh-CN", "zh-TW", "ja", "ko", "ar"];

/** Every picture that the widget can show; a dialog in the narrowest window of WCAG 1.4.10. */
const LAYOUTS = { inline: "desk", dialog: "narrow" };
const PICTURES = combinations({
  look: Object.keys(LOOKS), layout: Object.keys(LAYOUTS), locale: LOCALES, state: Object.keys(STATES),
});

/** The theme is the page's wish, or what the shopper's own system says. */
const THEMES = { light: "light", dark: "dark", "forced colours": "auto" };

test("every state of the widget, in every locale, look and layout", async (t) => {
  const edge = await PlayedEdge.open();
  const judge = new Judge();
  const matrix = sample(PICTURES, 35);
  try {
    for (const { look, layout } of combinations({ look: Object.keys(LOOKS), layout: Object.keys(LAYOUTS) })) {
      const pictures = matrix.filter((picture) => picture.look === look && picture.layout === layout);
      await browser.open({ ...STILL, ...LOOKS[look], viewport: WIDTHS[LAYOUTS[layout]] }, async (page) => {
        for (const { state, locale } of pictures) {
          const wish = new URLSearchParams({ state, locale, layout, theme: THEMES[look], alone: "" });
          await page.goto(`${edge.origin}/gallery/?${wish}`);
          await page.locator("html[data-ready]").waitFor();
          await judge.judge(page, [state, locale, layout, look].join(", "));
        }
      });
    }
  } finally {
    await edge.close();
  }
  t.diagnostic(judge.figures);
  assert.equal(judge.runs, matrix.length);
  assert.deepEqual(judge.violations, []);
  assert.deepEqual(judge.unjudged, []);
});

/** What is done to a checkout before its page is looked at, by how the page then shows it. */
const SIGHTS = {
  waiting: () => {},
  cancelled: ({ id }) => stage.shop.cancel(id),
  paid: async ({ id, attempt }) => {
    await stage.sandbox.pay(attempt.code_url);
    await stage.shop.untilPaid(id);
  },
  closing: async ({ id }) => {
    await stage.sandbox.faults({ route: "close", kind: "rate-limited", times: 9 });
    await stage.shop.cancel(id);
    await stage.sandbox.faults();
  },
  conflict: async ({ id, attempt }) => {
    const amount = { total: 8_801, payer_total: 8_801, currency: "CNY", payer_currency: "CNY" };
    await deliver(stage.worker, genuine(stage.merchant, attempt.out_trade_no, { amount }));
    await stage.shop.until(id, "the conflict shows", ({ conflict }) => conflict);
  },
};

test("the hosted page as the Worker draws it, and a link that leads nowhere", async (t) => {
  const judge = new Judge();
  const language = ["zh-CN", "zh-TW", "en", "ja", "ko", "ar"];
  const matrix = combinations({ look: Object.keys(LOOKS), width: Object.keys(WIDTHS), language, status: Object.keys(SIGHTS) });
  for (const { look, width, language: lang, status } of sample(matrix, 19)) {
    const opened = await stage.shop.opened();
    await SIGHTS[status](opened);
    // The judge is a script itself, so only the widget's is kept from coming.
    await browser.open({ ...STILL, ...LOOKS[look], viewport: WIDTHS[width] }, async (page) => {
      await page.route("**/saoma.js", (route) => route.abort());
      await page.goto(`${opened.pay_url}?lang=${lang}`);
      await page.locator(`.sight[data-status="${status}"]`).waitFor();
      await judge.judge(page, `hosted page, ${status}, ${look}, ${width}, ${lang}`);
      await page.goto(`${stage.worker.url}/pay/nobody?lang=${lang}`);
      await judge.judge(page, `hosted page, no such link, ${look}, ${width}, ${lang}`);
    });
  }
  t.diagnostic(judge.figures);
  assert.deepEqual(judge.violations, []);
  assert.deepEqual(judge.unjudged, []);
});
