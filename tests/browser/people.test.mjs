// Keyboards, screen readers, small windows, big letters, and people whom movement makes ill.
//
// What is expected is written by hand from the words of the locales, not taken from a run.

import assert from "node:assert/strict";
import { test } from "node:test";

import { told, usePlayedShop } from "../harness/played-shop.mjs";
import { isSoaking } from "../harness/soak.mjs";
import { focused, listen, said } from "../harness/voice.mjs";
import { until } from "../harness/wait.mjs";

const stage = usePlayedShop();
const OOLONG = 'product="oolong-250"';
const LOCALES = ["en", "zh-CN", "zh-TW", "ja", "ko", "ar"];

/** A shop whose button opens the checkout in a dialog. */
const DIALOG = {
  attributes: `${OOLONG} locale="en" layout="dialog"`,
  around: (tags) => `${tags}<a href="#terms">Terms</a> <button>Buy</button> <a href="#imprint">Imprint</a>
    <script>document.querySelector("button").onclick = () => document.querySelector("saoma-checkout").show()</script>`,
};

const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};

/** The names of what Tab leads to, one after the other, until the first comes round again. */
async function walk(page, key = "Tab") {
  const names = [];
  for (let step = 0; step < 12; step += 1) {
    await press(page, key);
    const name = await focused(page);
    if (name && name === names[0]) break;
    // Between the last and the first, a browser's own buttons have the focus.
    if (name) names.push(name);
  }
  return names;
}

test("a whole purchase by the keyboard: opened, looked round in, left, come back to, asked, paid, closed", async () => {
  await stage.open(DIALOG, async ({ page, worker, checkout, stands }) => {
    await press(page, "Tab", "Tab");
    assert.equal(await focused(page), "Buy");
    assert.equal(worker.requests.length, 0, "nothing is ordered before it is wanted");
    await press(page, "Enter");
    await stands("waiting");
    const dialog = page.getByRole("dialog", { name: "WeChat Pay" });
    await dialog.waitFor();
    assert.equal(await dialog.evaluate((node) => node.matches(":modal")), true);
    assert.deepEqual(await walk(page), ["Close", "I have paid"]);
    assert.deepEqual(await walk(page, "Shift+Tab"), ["I have paid", "Close"]);

    await press(page, "Escape");
    await dialog.waitFor({ state: "hidden" });
    assert.equal(await focused(page), "Buy", "the focus is back where it was");
    // A dialog is hidden first, and says so afterwards.
    await until("“closed” is told", async () => (await told(page)).at(-1) === "closed");

    await press(page, "Space");
    await dialog.waitFor();
    await stands("waiting");
    assert.equal(worker.orders.size, 1, "the same order");
    worker.oncheck = (order) => order.paid();
    await until("the way to “I have paid”", async () => {
      await press(page, "Tab");
      return (await focused(page)) === "I have paid";
    });
    await press(page, "Enter");
    await stands("paid");
    assert.equal(worker.asked("POST", "/v1/session/check").length, 1);
    assert.equal(await checkout.evaluate(({ shadowRoot }) => shadowRoot.activeElement?.getAttribute("role")), "group",
      "the button is gone, and the focus stays where the news is");
    await press(page, "Escape");
    await dialog.waitFor({ state: "hidden" });
    assert.equal(await focused(page), "Buy");
    assert.equal((await told(page)).filter((news) => news === "paid").length, 1);
  });
});

test("inline, the focus is never taken from where it is", async () => {
  const around = (tags) => `<input aria-label="Your name" autofocus>${tags}`;
  await stage.open({ around }, async ({ page, worker, stands }) => {
    await stands("waiting");
    worker.order.codeLives(30_000);
    await page.getByRole("button", { name: "Get a new code" }).waitFor();
    worker.order.paid();
    await stands("paid");
    assert.equal(await focused(page), "Your name");
  });
});

test("what is said: bought with five minutes left, then one, then paid", async () => {
  await stage.open({ prepare: listen }, async ({ page, worker, stands }) => {
    const heard = (text) => until(text, async () => (await said(page)).includes(text));
    await stands("waiting");
    // A second before each threshold, so that the page's own count passes it.
    worker.order.codeLives(300_900);
    await heard("Less than five minutes left.");
    worker.order.codeLives(60_900);
    await heard("Less than a minute left.");
    worker.order.paid();
    await stands("paid");
    assert.deepEqual(await said(page), [
      "Preparing your code…",
      "Waiting for payment",
      "Less than ten minutes left.",
      "Less than five minutes left.",
      "Less than a minute left.",
      "Paid. Thank you!",
    ]);
  });
});

test("what is said: expired, and a new order", async () => {
  await stage.open({ prepare: listen }, async ({ page, worker, stands }) => {
    await stands("waiting");
    worker.order.expired();
    await stands("expired");
    await page.getByRole("button", { name: "Place a new order" }).press("Enter");
    await stands("waiting");
    assert.equal(worker.orders.size, 2);
    assert.deepEqual(await said(page), [
      "Preparing your code…",
      "Waiting for payment",
      "This code has expired. You have not been charged.",
      "Preparing your code…",
      "Waiting for payment",
    ]);
  });
});

test("what is said: a new code for the same order, in one press, while the old one is closed", async () => {
  await stage.open({ prepare: listen }, async ({ page, worker, checkout, stands }) => {
    await stands("waiting");
    const { description, total } = worker.goods;
    worker.onrenew = (order) => order.become({ status: "open", phase: "closing", description, total });
    worker.order.codeLives(299_000);
    await page.getByRole("button", { name: "Get a new code" }).press("Enter");
    await stands("closing");
    await worker.order.renewed("weixin://wxpay/bizpayurl?pr=new0000");
    await stands("waiting");
    assert.equal(worker.orders.size, 1, "the same order");
    assert.equal(worker.asked("POST", "/v1/session/renew").length, 1);
    assert.equal((await told(page)).includes("refreshed"), true);
    assert.equal(await checkout.getByRole("timer").isVisible(), true);
    assert.deepEqual(await said(page), [
      "Preparing your code…",
      "Waiting for payment",
      "Less than five minutes left.",
      "Closing this order. If you have just paid, it will still count.",
      "Waiting for payment",
    ]);
  });
});

test("what is said: offline, and online again", async () => {
  await stage.open({ own: true, prepare: listen }, async ({ page, checkout, stands }) => {
    await stands("waiting");
    await page.context().setOffline(true);
    await checkout.getByText(/You are offline/).waitFor();
    await page.context().setOffline(false);
    await checkout.getByText(/You are offline/).waitFor({ state: "hidden" });
    assert.deepEqual(await said(page), [
      "Preparing your code…",
      "Waiting for payment",
      "You are offline. If you have paid, this page will update by itself.",
    ]);
  });
});

/** What a screen reader finds, by hand from the words of each locale. */
const TREES = {
  en: {
    waiting: `- group "WeChat Pay":
  - paragraph: WeChat Pay
  - paragraph: CN¥88.00
  - paragraph: Oolong 250 g
  - 'img "WeChat Pay code: CN¥88.00 for Oolong 250 g"'
  - status:
    - paragraph: Waiting for payment
  - timer: Code valid for 2:00:00
  - paragraph: Open WeChat on your phone, choose Scan, and point it at the code.
  - button "I have paid"`,
    paid: `- group "WeChat Pay":
  - paragraph: WeChat Pay
  - paragraph: CN¥88.00
  - paragraph: Oolong 250 g
  - status:
    - paragraph: Paid. Thank you!`,
  },
  "zh-CN": {
    waiting: `- group "微信支付":
  - paragraph: 微信支付
  - paragraph: ¥88.00
  - paragraph: Oolong 250 g
  - img "微信支付二维码：支付 ¥88.00，用于 Oolong 250 g"
  - status:
    - paragraph: 等待付款
  - timer: 二维码有效期 2:00:00
  - paragraph: 请打开手机微信，使用“扫一扫”扫描二维码付款
  - button "我已付款"`,
    paid: `- group "微信支付":
  - paragraph: 微信支付
  - paragraph: ¥88.00
  - paragraph: Oolong 250 g
  - status:
    - paragraph: 支付成功，谢谢！`,
  },
  ar: {
    waiting: `- group "WeChat Pay":
  - paragraph: WeChat Pay
  - paragraph: 88.00 CN¥
  - paragraph: Oolong 250 g
  - 'img "رمز WeChat Pay: 88.00 CN¥ مقابل Oolong 250 g"'
  - status:
    - paragraph: في انتظار الدفع
  - timer: الرمز صالح لمدة 2:00:00
  - paragraph: افتح WeChat على هاتفك، واختر «مسح»، ثم وجّه الكاميرا نحو الرمز.
  - button "لقد دفعت"`,
    paid: `- group "WeChat Pay":
  - paragraph: WeChat Pay
  - paragraph: 88.00 CN¥
  - paragraph: Oolong 250 g
  - status:
    - paragraph: تم الدفع. شكرًا لك!`,
  },
};

/** A tree without the marks of direction, which are heard by nobody, and with the count at its start. */
const read = async (checkout) => (await checkout.ariaSnapshot())
  .replaceAll(/[\u200e\u200f\u2066-\u2069]/g, "").replaceAll("\u00a0", " ").replace(/\b(2:00:00|1:59:5\d)\b/, "2:00:00");

for (const [locale, trees] of Object.entries(TREES)) {
  test(`what a screen reader finds: ${locale}`, async () => {
    await stage.open({ attributes: `${OOLONG} locale="${locale}"` }, async ({ page, worker, checkout, stands }) => {
      await stands("waiting");
      await checkout.getByRole("img").waitFor();
      assert.equal(await read(checkout), trees.waiting);
      const panel = checkout.getByRole("group");
      assert.deepEqual(await panel.evaluate(({ lang, dir }) => [lang, dir]), [locale, locale === "ar" ? "rtl" : "ltr"]);
      worker.order.paid();
      await stands("paid");
      assert.equal(await read(checkout), trees.paid);
      assert.equal(await page.evaluate(() => document.activeElement === document.body), true, "inline, nothing takes the focus");
    });
  });
}

/** How far a page sticks out of its window, sideways. */
const overhang = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** 1280 × 1024 at 400 % has 320 × 256 CSS pixels, as WCAG 1.4.10 counts. */
const NARROW = { "320 px": { width: 320, height: 640 }, "400 % zoom": { width: 320, height: 256 } };
const ENDLESS = { description: "Handrolled-high-mountain-oolong-of-the-spring-harvest-without-a-place-to-break", total: 100_000_000 };

for (const [name, viewport] of Object.entries(NARROW)) {
  for (const layout of ["inline", "dialog"]) {
    test(`nothing scrolls sideways: ${name}, ${layout}`, async () => {
      for (const locale of isSoaking ? LOCALES : ["en", "ar"]) {
        const attributes = `${OOLONG} locale="${locale}" layout="${layout}" open`;
        await stage.open({ viewport, attributes, goods: ENDLESS }, async ({ page, worker, checkout, stands }) => {
          await stands("waiting");
          assert.equal(await overhang(page), 0, `waiting, ${locale}`);
          worker.order.codeLives(29_000);
          await checkout.getByRole("button").nth(1).waitFor();
          assert.equal(await overhang(page), 0, `half a minute, ${locale}`);
          const button = checkout.getByRole("button").last();
          // The dialog may still be rising into its place, and the notice be coming.
          await until("what gets the focus can be seen", () => button.evaluate((node) => {
            node.blur();
            node.focus();
            const { top, bottom } = node.getBoundingClientRect();
            return top >= 0 && bottom <= innerHeight;
          }));
          worker.order.expired();
          await stands("expired");
          assert.equal(await overhang(page), 0, `expired, ${locale}`);
        });
      }
    });
  }
}

test("nothing moves where less movement is wanted, and something does elsewhere", async () => {
  const moving = (checkout) => checkout.evaluate(({ shadowRoot }) =>
    shadowRoot.getAnimations().filter(({ playState }) => playState === "running").length);
  for (const reducedMotion of ["reduce", "no-preference"]) {
    const prepare = () => { stage.worker.weather = ({ method }) => (method === "POST" ? "hang" : undefined); };
    await stage.open({ reducedMotion, prepare }, async ({ checkout, stands }) => {
      await stands("loading");
      await checkout.getByText("Preparing your code…").waitFor();
      assert.equal((await moving(checkout)) > 0, reducedMotion === "no-preference");
    });
  }
});

test("whatever can be pressed is at least 44 pixels in both directions", async () => {
  await stage.open(DIALOG, async ({ page, worker, checkout, stands }) => {
    const small = async () => {
      const boxes = await Promise.all((await checkout.getByRole("button").all()).map(async (button) =>
        ({ name: await button.innerText(), ...(await button.boundingBox()) })));
      assert.ok(boxes.length > 0);
      return boxes.filter(({ width, height }) => width < 44 || height < 44);
    };
    await page.getByRole("button", { name: "Buy" }).click();
    await stands("waiting");
    assert.deepEqual(await small(), []);
    worker.order.codeLives(60_000);
    await page.getByRole("button", { name: "Get a new code" }).waitFor();
    assert.deepEqual(await small(), []);
    worker.order.expired();
    await stands("expired");
    assert.deepEqual(await small(), []);
  });
});
