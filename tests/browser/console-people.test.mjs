// The sandbox's console for eyes, keyboards and hostile texts, and on a sandbox that tells less.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Judge } from "../harness/axe.mjs";
import { DESK, PHONE, news, row, useConsole, visitor } from "../harness/console.mjs";
import { HOSTILE, usePlayedSandbox } from "../harness/played-sandbox.mjs";
import { PrintedCodes } from "../harness/printed.mjs";
import { combinations, sample } from "../harness/soak.mjs";

let code = "";
const { stage, browser, visit } = useConsole(async ({ merchant, sandbox }) => {
  const paid = await merchant.order({ description: HOSTILE, attach: "<b>attach</b>" });
  await sandbox.pay(paid.code_url);
  await merchant.refund(paid.out_trade_no, "R1", 100);
  await merchant.order({}, { change: (text) => text.replace("POST", "post"), headers: { "User-Agent": "<i>agent</i>" } });
  await merchant.order({ description: `A very long name that has ${"no-room-".repeat(8)} in any list` });
  code = (await merchant.order()).code_url;
  // Nobody has set an address, so this comes to nothing: a scan to look at.
  await sandbox.pay(new PrintedCodes(merchant).link("oolong-250")).catch(() => {});
});
const played = usePlayedSandbox();
const visitPlayed = visitor(browser, () => played.url);

const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  "forced colours": { colorScheme: "dark", forcedColors: "active" },
};
const WIDTHS = { desk: DESK, phone: PHONE, narrow: { width: 320, height: 568 } };
/** The last places of lists, by what leads there. */
const DETAILS = { orders: ".more", notifications: "a.row", requests: "a.row[data-refused]", refunds: "a.row", scans: "a.row" };
const SECTIONS = ["phone", "orders", "notifications", "requests", "scans", "faults", "scenarios", "refunds", "bills", "merchants", "platform"];

/** Goes to every section, and to the first detail of each list. */
async function everywhere(page, look) {
  for (const section of SECTIONS) {
    await page.evaluate((name) => { location.hash = name; }, section);
    await page.locator(`body[data-section=${section === "phone" && page.viewportSize().width > 832 ? "orders" : section}]`).waitFor();
    await page.getByText("One moment…").waitFor({ state: "hidden" });
    await look(section);
    const link = DETAILS[section] && page.locator(`#view ${DETAILS[section]}`).last();
    if (!link) continue;
    await link.click();
    await page.locator("#view .back").waitFor();
    await page.getByText("One moment…").waitFor({ state: "hidden" });
    await look(`${section}, one`);
  }
}

for (const { look, width } of sample(combinations({ look: Object.keys(LOOKS), width: Object.keys(WIDTHS) }), 4)) {
  test(`every section is right for a screen reader and fits: ${look}, ${width}`, async (t) => {
    const judge = new Judge();
    await visit(`/?code=${encodeURIComponent(code)}`, { ...LOOKS[look], viewport: WIDTHS[width] }, async (page) => {
      await everywhere(page, async (name) => {
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= WIDTHS[width].width, `${name} is ${wide} wide`);
        await judge.judge(page, name);
      });
    });
    t.diagnostic(judge.figures);
    assert.deepEqual(judge.violations, []);
    assert.deepEqual(judge.unjudged, []);
  });
}

test("what a merchant wrote is text, wherever it is shown", async () => {
  await visit("/", {}, async (page) => {
    await everywhere(page, async (name) => {
      const alien = await page.evaluate(() => document.querySelectorAll("#view script, #view b, #view i, #view img:not([src^='/sandbox/orders/'])").length);
      assert.equal(alien, 0, name);
    });
    await page.evaluate(() => { location.hash = "requests"; });
    await page.locator("#view a.row[data-refused]").last().click();
    await page.getByText("<i>agent</i>").waitFor();
    await page.evaluate(() => { location.hash = "orders"; });
    await row(page, HOSTILE).getByRole("link").click();
    await page.locator("dd", { hasText: "<b>attach</b>" }).waitFor();
    assert.match(await page.title(), /Saoma sandbox$/);
  });
});

/** Goes on with Tab until what has the focus matches, and answers how many steps that took. */
async function tabTo(page, selector) {
  for (let steps = 1; steps < 60; steps += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return steps;
  }
  throw new Error(`the keyboard does not reach ${selector}`);
}

test("the keyboard alone chooses an order, pays it, and finds its way through the sections", async () => {
  const { out_trade_no } = await stage.merchant.order();
  await visit("/", {}, async (page) => {
    await tabTo(page, "#skip");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "section-title");
    await tabTo(page, "button.row");
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, "none", "the focus is seen");
    await page.keyboard.press("Enter");
    await page.locator("#hint", { hasText: "Good for" }).waitFor();
    await page.locator("#skip").focus();
    await tabTo(page, "#pay");
    await page.keyboard.press("Enter");
    await news(page, "Paid");
    assert.equal((await stage.sandbox.order(out_trade_no)).trade_state, "SUCCESS");
    await tabTo(page, "#nav a[href='#faults']");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Faults");
    await tabTo(page, "[role=switch]");
    await page.keyboard.press("Space");
    await page.locator("[role=switch][aria-checked=true]").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "switch", "the focus stays");
    await page.keyboard.press("Space");
    await page.getByText("None. Everything goes well.").waitFor();
  });
});

test("a thumb finds the phone's buttons", async () => {
  await visit(`/?code=${encodeURIComponent(code)}`, { viewport: PHONE }, async (page) => {
    for (const id of ["pay", "scan", "refuse", "code", "coupon"]) {
      const { height } = await page.locator(`#${id}`).boundingBox();
      assert.ok(height >= 44, `${id} is ${height} px high`);
    }
  });
});

test("what is announced is news, and a countdown is none", async () => {
  await visit(`/?code=${encodeURIComponent(code)}`, {}, async (page) => {
    const live = await page.evaluate(() => [...document.querySelectorAll("[aria-live]:not([aria-live=off]), [role=status], [role=alert]")].map(({ id }) => id));
    assert.deepEqual(live.sort(), ["news", "offline", "trouble"]);
    assert.equal(await page.locator("#news").isHidden(), true, "opening a page is no news");
  });
});

const MEAGRE = {
  mchid: "1900000001", appid: "wx1", now: "2026-11-21T12:00:00+08:00", advanced_s: 0, seen: null,
  orders: [], refunds: [], notifications: [], faults: [],
};

test("a sandbox that tells less is shown all the same", async () => {
  played.answers = { "/sandbox/feed": MEAGRE };
  await visitPlayed("/", {}, async (page) => {
    for (const section of SECTIONS) {
      await page.evaluate((name) => { location.hash = name; }, section);
      await page.locator("#section-title").waitFor();
    }
    await page.evaluate(() => { location.hash = "orders/1900000001/nobodys"; });
    await page.getByText("This sandbox is only played.").waitFor();
  });
});

test("a press that fails says what the sandbox said", async () => {
  played.answers = { "/sandbox/feed": MEAGRE };
  await visitPlayed("/", {}, async (page) => {
    await page.getByRole("button", { name: "+5 min" }).click();
    await page.getByRole("alert").getByText("This sandbox is only played.").waitFor();
  });
});

test("numbers, escapes and repeated names of a body are laid out as they were", async () => {
  const body = '{"a":12345678901234567890,"a":1.0e2,"b":"\\u00e9\\"[","c":{},"d":[],"e":[1,{"f":null}]}';
  played.answers = {
    "/sandbox/feed": { ...MEAGRE, requests: [] },
    "/sandbox/requests/1": {
      id: 1, at: MEAGRE.now, method: "POST", target: "/v3/x", route: null, fault: null, refusal: null,
      request: { headers: [["x-long", "y".repeat(4_000)]], body, body_bytes: 20_000 }, reply: null,
    },
  };
  await visitPlayed("/#requests/1", { viewport: WIDTHS.narrow }, async (page) => {
    const wanted = `{
  "a": 12345678901234567890,
  "a": 1.0e2,
  "b": "\\u00e9\\"[",
  "c": {},
  "d": [],
  "e": [
    1,
    {
      "f": null
    }
  ]
}`;
    assert.equal(await page.locator("pre").textContent(), wanted);
    await page.getByText(`Body, the first ${body.length} of 20000 bytes`).waitFor();
    await page.getByText("Nothing: the connection was closed.").waitFor();
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320);
  });
});
