// The counter in a real browser, with a Worker that says whatever the test wants: labels on the
// screen and on paper, and what was paid by them.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { photograph, useBrowser } from "../harness/browser.mjs";
import { DESK_KEY, useOrderDesk } from "../harness/order-desk.mjs";
import { until } from "../harness/wait.mjs";

const desk = useOrderDesk("counter");
const browser = useBrowser();

const DESK = { width: 1_280, height: 900 };
const PHONE = { width: 320, height: 640 };
const PX_OF_MM = 96 / 25.4;
const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>&lt;b&gt;';

/** A picture as large as a code of 57 modules with its border. */
const CODE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 65 65"><path d="M4 4h57v57h-57z"/></svg>';

const product = (id, changes = {}) => ({
  id, description: id, price: { total: 8_800, currency: "CNY" }, quantity_max: 20, ...changes,
});

const sale = (id, changes = {}) => ({
  id: `chk_${id.repeat(20).slice(0, 20)}`, status: "paid", reference: "counter:oolong-250:0123456789abcdef",
  description: "Oolong 250 g", amount: { total: 8_800, currency: "CNY" }, created_at: "2026-11-22T12:00:00+08:00", ...changes,
});

const page = (rows) => ({ data: rows, next_cursor: null });

beforeEach(() => {
  desk.asked.length = 0;
  desk.answers = {
    "/v1/products": page([product("oolong-250"), product("gaiwan", { sold_out: true }), product("a.b")]),
    "/v1/products/oolong-250/code.svg": { picture: CODE },
    "/v1/products/gaiwan/code.svg": { picture: CODE },
    "/v1/products/a.b/code.svg": {
      status: 409, body: { code: "product_has_no_code", detail: "a.b: an id of 1 to 32 letters, digits, - and _" },
    },
    "/v1/checkouts": page([sale("a"), sale("b", { status: "open" }), sale("c", { status: "expired" })]),
  };
});

async function comeIn(tab) {
  await tab.goto(`${desk.url}/counter/`);
  await tab.locator("#key").fill(DESK_KEY);
  await tab.keyboard.press("Enter");
  await tab.locator(".codeless").waitFor();
}

async function assertWhole(tab, seen) {
  assert.deepEqual(await seen.violations(), []);
  assert.deepEqual(seen.errors.filter((error) => !/409/.test(error)), []);
  const [width, room] = await tab.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(width <= room, `${width} in ${room}`);
}

const labels = (tab) => tab.locator(".label").evaluateAll((items) => items.map((item) => ({
  product: item.dataset.product, picture: item.querySelector("img")?.naturalWidth > 0, seen: item.checkVisibility(),
  picked: item.querySelector("input").checked, words: item.innerText,
})));

for (const [name, options] of Object.entries({
  "desk-light": { viewport: DESK, colorScheme: "light" },
  "desk-dark": { viewport: DESK, colorScheme: "dark", locale: "zh-CN" },
  "phone-light": { viewport: PHONE, colorScheme: "light", locale: "zh-CN" },
  "phone-dark": { viewport: PHONE, colorScheme: "dark" },
})) {
  test(`labels and sales stand on the screen: ${name}`, async () => {
    await browser.open(options, async (tab, seen) => {
      await comeIn(tab);
      const [oolong, gaiwan, nameless] = await labels(tab);
      assert.deepEqual([oolong.picture, oolong.picked], [true, true]);
      for (const words of ["88.00", "微信扫一扫付款", "Scan with WeChat to pay", "oolong-250"]) {
        assert.ok(oolong.words.includes(words), `${words} in ${oolong.words}`);
      }
      assert.deepEqual([gaiwan.picture, gaiwan.picked], [true, false], "nobody prints what is sold out");
      assert.match(gaiwan.words, /sold out|售罄/);
      assert.deepEqual([nameless.picture, nameless.picked], [false, false]);
      assert.ok(nameless.words.includes("a.b: an id of 1 to 32 letters, digits, - and _"));
      assert.deepEqual(await tab.locator(".sale").evaluateAll((rows) => rows.map((row) => row.dataset.status)), ["paid", "open"]);
      await tab.locator("#sales-sum").getByText(/^1 .*88\.00/).waitFor();
      await photograph(tab, `counter-${name}`, { fullPage: true });
      await assertWhole(tab, seen);
    });
  });
}

test("on paper stand the chosen labels alone, in the millimetres that were asked for", async () => {
  await browser.open({ viewport: DESK }, async (tab, seen) => {
    desk.answers["/v1/products"] = page([product("oolong-250"), product("gaiwan")]);
    await tab.goto(`${desk.url}/counter/`);
    await tab.evaluate(() => { globalThis.print = () => { globalThis.printed = (globalThis.printed ?? 0) + 1; }; });
    await tab.locator("#key").fill(DESK_KEY);
    await tab.keyboard.press("Enter");
    await until("both codes are there", async () => (await tab.locator(".label img").count()) === 2);
    await tab.getByRole("checkbox", { name: /gaiwan/ }).uncheck();
    for (const size of ["30", "40", "60"]) {
      await tab.getByLabel("Size of the code").selectOption(size);
      await tab.getByRole("button", { name: "Print the chosen ones" }).click();
      await tab.emulateMedia({ media: "print" });
      const { width, height } = await tab.locator(".label img").first().boundingBox();
      assert.ok(Math.abs(width - size * PX_OF_MM) < 1 && Math.abs(height - width) < 1, `${width} × ${height}`);
      // Without its white border of four modules a code is 25 mm wide at the least.
      assert.ok((width * 57) / 65 >= 25 * PX_OF_MM, `${width}`);
      assert.deepEqual((await labels(tab)).map((label) => label.seen), [true, false]);
      for (const gone of [".masthead", ".sales", ".printing", ".label input"]) {
        assert.equal(await tab.locator(gone).first().isVisible(), false, gone);
      }
      assert.equal(await tab.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor), "rgb(255, 255, 255)");
      await photograph(tab, `counter-paper-${size}`, { fullPage: true });
      await tab.emulateMedia({ media: null });
    }
    assert.equal(await tab.evaluate(() => globalThis.printed), 3);
    assert.equal((await tab.pdf()).subarray(0, 5).toString(), "%PDF-");
    await assertWhole(tab, seen);
  });
});

test("a payment is shown and said once when it comes, and only what is new", async () => {
  await browser.open({ viewport: DESK }, async (tab, seen) => {
    await comeIn(tab);
    assert.equal(await tab.locator("#told").textContent(), "", "what was paid before is no news");
    desk.answers["/v1/checkouts"] = page([sale("b"), sale("a")]);
    await tab.locator("#told").getByText(/^Paid: .*oolong.*88\.00$/i).waitFor();
    assert.deepEqual(await tab.locator(".sale").evaluateAll((rows) => rows.map((row) => row.dataset.status)), ["paid", "paid"]);
    await tab.locator("#sales-sum").getByText("2 payments, CN¥176.00 together").waitFor();
    const { query } = desk.asked.findLast(({ path }) => path === "/v1/checkouts");
    assert.equal(query.source, "counter");
    assert.match(query.created_after, /^20\d\d-\d\d-\d\dT00:00:00\+08:00$/);
    await assertWhole(tab, seen);
  });
});

test("while nothing can be read the last sight stays, and says so", async () => {
  await browser.open({ viewport: DESK }, async (tab) => {
    await comeIn(tab);
    desk.answers["/v1/checkouts"] = "hang up";
    await tab.locator(".stale").waitFor();
    assert.equal(await tab.locator(".sale").count(), 2);
    desk.answers["/v1/checkouts"] = page([]);
    await tab.getByText("Nobody has paid by a shelf code yet today.").waitFor();
    desk.answers["/v1/checkouts"] = { status: 401, body: { code: "unauthorized", detail: "" } };
    await tab.getByRole("alert").getByText("This is not the operator key.").waitFor();
    assert.equal(await tab.locator("#view").isHidden(), true);
    assert.equal(await tab.locator(".label").count(), 0, "nothing is left behind the door");
  });
});

test("before anything could be read nobody is said to have paid, or not to have", async () => {
  await browser.open({ viewport: DESK }, async (tab) => {
    // The door asks for one order only; the sales are asked for by their day.
    desk.answers["/v1/checkouts"] = ({ source }) => (source ? { status: 503, body: { detail: "" } } : page([]));
    await comeIn(tab);
    await tab.locator("#sales").getByText("The server is busy. Try again in a moment.").waitFor();
    assert.equal(await tab.locator("#sales-sum").textContent(), "");
    assert.equal(await tab.getByText("Nobody has paid").count(), 0);
    desk.answers["/v1/checkouts"] = page([sale("a")]);
    await tab.locator("#sales-sum").getByText(/^1 payment/).waitFor();
    await tab.getByRole("button", { name: "Lock" }).click();
    assert.equal(await tab.locator("#sales-sum").textContent(), "", "the next one at the door reads no sum");
  });
});

test("a day of more orders than one look shows says that its sum is of the latest", async () => {
  await browser.open({ viewport: DESK }, async (tab, seen) => {
    desk.answers["/v1/checkouts"] = { data: [sale("a"), sale("b")], next_cursor: "further" };
    await comeIn(tab);
    await tab.locator("#sales-sum").getByText("2 payments, CN¥176.00 together (of the latest 100 orders only").waitFor();
    await tab.getByRole("button", { name: "中文" }).click();
    await tab.locator("#sales-sum").getByText(/^2 笔，.*只算最近 100 单/).waitFor();
    await assertWhole(tab, seen);
  });
});

/** The tab's codes come when the test says so; every request for one is in `asked`. */
async function holdCodes(tab) {
  const asked = [];
  let release;
  const free = new Promise((resolve) => { release = resolve; });
  await tab.route("**/code.svg?*", async (route) => {
    asked.push(new URL(route.request().url()).pathname.split("/")[3]);
    await free;
    // Whoever asked may have gone.
    await route.continue().catch(() => {});
  });
  return { asked, release };
}

test("a label without its code yet is not printed, and a change of language asks for no code twice over", async () => {
  await browser.open({ viewport: DESK }, async (tab) => {
    const codes = await holdCodes(tab);
    await tab.goto(`${desk.url}/counter/`);
    await tab.locator("#key").fill(DESK_KEY);
    await tab.keyboard.press("Enter");
    await until("a code is asked for", () => codes.asked.length === 1);
    await tab.emulateMedia({ media: "print" });
    assert.deepEqual((await labels(tab)).map((label) => label.seen), [false, false, false]);
    await tab.emulateMedia({ media: null });
    await tab.getByRole("button", { name: "中文" }).click();
    await until("it is asked for anew", () => codes.asked.length === 2);
    codes.release();
    await tab.locator(".codeless").waitFor();
    assert.deepEqual(codes.asked, ["oolong-250", "oolong-250", "gaiwan", "a.b"]);
    await tab.emulateMedia({ media: "print" });
    assert.deepEqual((await labels(tab)).map((label) => label.seen), [true, false, false]);
  });
});

test("a code that could not be had once is chosen again when it comes, and what somebody chose stays", async () => {
  await browser.open({ viewport: DESK }, async (tab) => {
    desk.answers["/v1/products/oolong-250/code.svg"] = { status: 503, body: { detail: "" } };
    await tab.goto(`${desk.url}/counter/`);
    await tab.locator("#key").fill(DESK_KEY);
    await tab.keyboard.press("Enter");
    await until("two have no code", async () => (await tab.locator(".codeless").count()) === 2);
    await tab.getByRole("checkbox", { name: /gaiwan/ }).check();
    desk.answers["/v1/products/oolong-250/code.svg"] = { picture: CODE };
    await tab.getByRole("button", { name: "中文" }).click();
    await until("one has none", async () => (await tab.locator(".codeless").count()) === 1);
    assert.deepEqual((await labels(tab)).map((label) => label.picked), [true, true, false]);
  });
});

test("whatever comes from outside is text", async () => {
  await browser.open({ viewport: PHONE }, async (tab, seen) => {
    desk.answers["/v1/products"] = page([product("a.b", { description: HOSTILE }), product("oolong-250")]);
    desk.answers["/v1/products/a.b/code.svg"] = { status: 409, body: { detail: HOSTILE } };
    desk.answers["/v1/checkouts"] = page([sale("a", { reference: "x", product: "no-such", description: HOSTILE })]);
    await comeIn(tab);
    await tab.locator(".sale").getByText(HOSTILE).waitFor();
    await tab.locator(".label").getByText(HOSTILE).first().waitFor();
    assert.equal(await tab.title(), "Counter · Saoma");
    assert.equal(await tab.locator("#view script, #view b, #view img[src='x']").count(), 0);
    await assertWhole(tab, seen);
  });
});

test("the keyboard alone comes in, chooses, prints and locks", async () => {
  await browser.open({ viewport: DESK }, async (tab) => {
    await tab.goto(`${desk.url}/counter/`);
    await tab.evaluate(() => { globalThis.print = () => { globalThis.printed = true; }; });
    const reach = async (what) => {
      for (let presses = 0; presses < 30; presses += 1) {
        await tab.keyboard.press("Tab");
        if (await tab.evaluate((selector) => document.activeElement.matches(selector), what)) return;
      }
      assert.fail(`${what} is out of reach`);
    };
    await reach("#key");
    await tab.keyboard.type(DESK_KEY);
    await tab.keyboard.press("Enter");
    await tab.locator(".codeless").waitFor();
    assert.equal(await tab.evaluate(() => document.activeElement.id), "sales-title", "the reader begins at the top");
    await reach("#print");
    await tab.keyboard.press("Enter");
    assert.equal(await tab.evaluate(() => globalThis.printed), true);
    await reach('[data-product="oolong-250"] input');
    await tab.keyboard.press("Space");
    assert.equal((await labels(tab))[0].picked, false);
    await tab.evaluate(() => document.querySelector(".skip").focus());
    await reach("#leave");
    await tab.keyboard.press("Enter");
    await tab.locator("#door").waitFor();
    assert.equal(await tab.evaluate(() => document.activeElement.id), "key");
  });
});
