// The operator's order page in a real browser, with a Worker that says whatever the test wants.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { photograph, useBrowser } from "../harness/browser.mjs";
import { DESK_KEY, useOrderDesk } from "../harness/order-desk.mjs";

const desk = useOrderDesk();
const browser = useBrowser();

const ID = "chk_abcdefghijklmnopqrst";
const NUMBER = "abcdefghijklmnopqrst01abcdefgh";
const DESK = { width: 1_280, height: 900 };
const PHONE = { width: 320, height: 640 };

/** Text that would do harm if anything read it as markup. */
const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>&lt;b&gt;';

const order = (changes = {}) => ({
  id: ID, status: "paid", reference: "A-1001", description: "Oolong 250 g",
  amount: { total: 8_800, currency: "CNY" }, attempt: { out_trade_no: NUMBER },
  created_at: "2026-11-21T12:00:00+08:00", expires_at: "2026-11-22T12:00:00+08:00", attention: false, ...changes,
});

const listed = (changes = {}) => ({
  ...order(changes),
  payments: [{ transaction_id: "4200000001202611210000000001", out_trade_no: NUMBER, total: 8_800, success_day: "2026-11-21" }],
});

const page = (rows, next = null) => ({ data: rows, next_cursor: next });

beforeEach(() => {
  desk.asked.length = 0;
  desk.answers = {
    "/v1/checkouts": page([listed()]),
    [`/v1/checkouts/${ID}`]: order({
      payment: { transaction_id: "4200000001202611210000000001", total: 8_800, late: true, success_time: "2026-11-21T12:01:00+08:00" },
      set_aside: [{
        transaction_id: "4200000001202611210000000002", out_trade_no: NUMBER, total: 1, currency: "CNY",
        reason: "second_payment", fate: "held",
      }],
      conflict: "a second payment of a checkout that is paid: transaction 42… over 1 fen, CNY",
      buyer: { name: "张三", street: "文三路 9 号" },
    }),
    [`/v1/checkouts/${ID}/refunds`]: page([{
      out_refund_no: `${NUMBER.slice(0, 20)}r01abcdefgh`, status: "success", amount: { total: 4_000, currency: "CNY" },
      checkout: ID, transaction_id: "4200000001202611210000000001", reference: "R-1", reason: "one bag returned",
      disagreement: "amount", conflict: "another amount than was asked for: refund 50…",
    }]),
    [`/v1/checkouts/${ID}/events`]: page([{
      id: "msg_1", type: "checkout.paid", created_at: "2026-11-21T12:01:01+08:00", state: "dead", attempts: 2,
      deliveries: [
        { at: "2026-11-21T12:01:01+08:00", status: 500, took_ms: 12 },
        { at: "2026-11-21T12:01:06+08:00", failure: "timed_out", took_ms: 10_000 },
      ],
    }]),
    [`/v1/checkouts/${ID}/history`]: page([{ at: "2026-11-21T12:00:01+08:00", what: "placed", number: NUMBER }]),
    "/v1/orphans": page([{
      notification_id: "N-1", out_trade_no: "X-1", transaction_id: "42", trade_state: "SUCCESS", total: 100,
      currency: "CNY", received_at: "2026-11-21T12:00:00+08:00",
    }]),
    "/v1/dead-letters": page([listed({ dead: 1, attention: true })]),
    "/v1/reconciliations": page([{
      date: "2026-11-20", status: "done", asked_at: "2026-11-21T10:00:00+08:00",
      counts: { rows: 5, foreign: 3, compared: 2, agree: 1, entered: 0, open: 1 }, accounts: [],
    }]),
    "/v1/reconciliations/2026-11-20": {
      date: "2026-11-20", status: "done", asked_at: "2026-11-21T10:00:00+08:00",
      counts: { rows: 5, foreign: 3, compared: 2, agree: 1, entered: 0, open: 1 },
      accounts: [{ status: "done", counts: { rows: 5, foreign: 3, compared: 2, agree: 1, entered: 0, open: 1 } }],
      differences: [{
        what: "payment", kind: "missing_there", number: "4200000001202611210000000001", checkout: ID,
        here: { total: 8_800, status: "paid" }, detail: "we have it and the bill does not", found_at: "2026-11-21T10:00:01+08:00",
      }],
    },
  };
});

/** Opens the page and comes in. */
async function comeIn(tab, address = "") {
  await tab.goto(`${desk.url}/orders/${address}`);
  await tab.locator("#key").fill(DESK_KEY);
  await tab.keyboard.press("Enter");
  await tab.locator("#view h1").waitFor();
}

const heading = (tab, text) => tab.getByRole("heading", { level: 1, name: text, exact: true }).waitFor();

/** Nothing was refused, nothing threw, nothing sticks out. */
async function assertWhole(tab, seen) {
  assert.deepEqual(await seen.violations(), []);
  assert.deepEqual(seen.errors, []);
  const [width, room] = await tab.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(width <= room, `${width} in ${room}`);
}

test("a wrong key opens nothing and says so; the right one opens, and stays in this tab alone", async () => {
  await browser.open({ viewport: DESK }, async (tab, seen) => {
    await tab.goto(`${desk.url}/orders/`);
    await tab.locator("#key").fill("no-such-key");
    await tab.getByRole("button", { name: "Open" }).click();
    await tab.getByRole("alert").getByText("This is not the operator key.").waitFor();
    assert.equal(await tab.locator("#view").isHidden(), true);
    assert.equal(await tab.evaluate(() => sessionStorage.getItem("orders-key")), null);
    await photograph(tab, "orders-wrong-key");

    await comeIn(tab);
    await tab.getByRole("link", { name: "A-1001" }).waitFor();
    await photograph(tab, "orders-list", { fullPage: true });
    for (const { url } of desk.asked) assert.ok(!url.includes("key"), url);
    assert.ok(!tab.url().includes("key"));
    await tab.reload();
    await tab.getByRole("link", { name: "A-1001" }).waitFor();
    const other = await tab.context().newPage();
    await other.goto(`${desk.url}/orders/`);
    await other.locator("#door").waitFor();
    assert.equal(await other.locator("#view").isHidden(), true, "another tab has no key");
    await tab.getByRole("button", { name: "Lock" }).click();
    await tab.locator("#door").waitFor();
    assert.equal(await tab.evaluate(() => sessionStorage.length), 0);
    await assertWhole(tab, seen);
  });
});

for (const [name, options] of Object.entries({
  "desk-light": { viewport: DESK, colorScheme: "light" },
  "desk-dark": { viewport: DESK, colorScheme: "dark", locale: "zh-CN" },
  "phone-light": { viewport: PHONE, colorScheme: "light", locale: "zh-CN" },
  "phone-dark": { viewport: PHONE, colorScheme: "dark", deviceScaleFactor: 2 },
})) {
  test(`every view is whole: ${name}`, async () => {
    await browser.open(options, async (tab, seen) => {
      await comeIn(tab);
      for (const [address, waits] of Object.entries({
        "#/": ".order", [`#/orders/${ID}`]: ".part:nth-of-type(4)", "#/orphans": ".entries", "#/dead-letters": ".entries",
        "#/differences": ".entries", "#/differences/2026-11-20": ".entries",
      })) {
        await tab.goto(`${desk.url}/orders/${address}`);
        await tab.locator(waits).first().waitFor();
        await photograph(tab, `orders-${name}-${address.replaceAll(/\W+/g, "-")}`, { fullPage: true });
        await assertWhole(tab, seen);
      }
    });
  });
}

/** Every text of an answer, replaced; what is not text stays. */
const poisoned = (value, keep) => {
  if (Array.isArray(value)) return value.map((one) => poisoned(one, keep));
  if (typeof value === "string") return keep.has(value) ? value : HOSTILE;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, poisoned(inner, keep)]));
};

test("whatever comes from outside is text, wherever it stands", async () => {
  await browser.open({ viewport: DESK }, async (tab, seen) => {
    // Only what leads to the next view keeps its form.
    const keep = new Set([ID, "2026-11-20"]);
    for (const [path, answer] of Object.entries(desk.answers)) desk.answers[path] = poisoned(answer, keep);
    desk.answers[`/v1/checkouts/${ID}`].buyer = { name: HOSTILE, [HOSTILE]: HOSTILE };
    await comeIn(tab);
    for (const address of [
      "#/", `#/orders/${ID}`, "#/orphans", "#/dead-letters", "#/differences", "#/differences/2026-11-20",
    ]) {
      await tab.goto(`${desk.url}/orders/${address}`);
      await tab.locator("#view").getByText(HOSTILE).first().waitFor();
      await tab.locator(".loading").waitFor({ state: "detached" });
      assert.equal(await tab.locator("#view img, #view script, #view b").count(), 0, address);
      assert.equal(await tab.title(), "Orders · Saoma", address);
      await assertWhole(tab, seen);
    }
    await photograph(tab, "orders-hostile", { fullPage: true });
  });
});

test("what no header can say is not a key, and no failure of the network", async () => {
  await browser.open({ viewport: DESK }, async (tab) => {
    await tab.goto(`${desk.url}/orders/`);
    await tab.locator("#key").fill("运维密钥");
    await tab.keyboard.press("Enter");
    await tab.getByRole("alert").getByText("This is not the operator key.").waitFor();
    assert.deepEqual(desk.asked, []);
  });
});

test("the key may be right and the profile not", async () => {
  await browser.open({ viewport: DESK }, async (tab) => {
    desk.answers["/v1/checkouts"] = ({ profile }) => (profile === "acme"
      ? page([listed()]) : { status: 400, body: { code: "invalid_request", detail: "profile: there is no such profile" } });
    await tab.goto(`${desk.url}/orders/`);
    await tab.locator("#key").fill(DESK_KEY);
    await tab.keyboard.press("Enter");
    await tab.getByRole("alert").getByText("profile: there is no such profile").waitFor();
    assert.equal(await tab.evaluate(() => document.activeElement.id), "profile");
    await tab.locator("#profile").fill("acme");
    await tab.keyboard.press("Enter");
    await tab.getByRole("link", { name: "A-1001" }).waitFor();
    assert.ok(desk.asked.slice(1).every(({ query }) => query.profile === "acme"));
  });
});

test("a number is asked for by what it is, and filters go with it", async () => {
  await browser.open({ viewport: DESK }, async (tab) => {
    await comeIn(tab);
    const search = async (text) => {
      desk.asked.length = 0;
      await tab.getByRole("searchbox", { name: "Number" }).fill(text);
      const asked = tab.waitForResponse("**/v1/checkouts**");
      await tab.keyboard.press("Enter");
      await asked;
      return desk.asked[0].query;
    };
    const profile = "default";
    assert.deepEqual(await search("A-1001"), { profile, reference: "A-1001" });
    assert.deepEqual(await search(NUMBER), { profile, out_trade_no: NUMBER });
    const transaction_id = "4200000001202611210000000001";
    assert.deepEqual(await search(transaction_id), { profile, transaction_id });
    await tab.getByLabel("Which is").selectOption("reference");
    assert.deepEqual(await search(NUMBER), { profile, reference: NUMBER }, "unless said otherwise");
    await tab.getByLabel("Status").selectOption("paid");
    await tab.getByLabel("From").fill("2026-11-20");
    await tab.getByLabel("To", { exact: true }).fill("2026-11-21");
    await tab.getByLabel("Only what needs a person").check();
    assert.deepEqual(await search(""), {
      profile, status: "paid", attention: "true",
      created_after: "2026-11-20T00:00:00+08:00", created_before: "2026-11-22T00:00:00+08:00",
    });
    await tab.getByLabel("Which is").selectOption("");
    await tab.getByRole("searchbox", { name: "Number" }).fill(ID);
    await tab.keyboard.press("Enter");
    await heading(tab, "A-1001");
  });
});

test("a list is read on page by page, and is still there on the way back", async () => {
  await browser.open({ viewport: DESK }, async (tab) => {
    const second = listed({ id: "chk_bbbbbbbbbbbbbbbbbbbb", reference: "A-1002" });
    desk.answers["/v1/checkouts"] = ({ cursor }) => (cursor === "next" ? page([second]) : page([listed()], "next"));
    desk.answers["/v1/checkouts/chk_bbbbbbbbbbbbbbbbbbbb"] = order({ reference: "A-1002" });
    await comeIn(tab);
    await tab.getByText("1 order so far").first().waitFor();
    await tab.getByRole("button", { name: "Read more" }).click();
    const link = tab.getByRole("link", { name: "A-1002" });
    await link.waitFor();
    assert.equal(await link.evaluate((node) => node === document.activeElement), true, "the focus goes on");
    assert.equal(await tab.getByRole("button", { name: "Read more" }).count(), 0);
    await link.click();
    await heading(tab, "A-1002");
    await tab.goBack();
    await tab.getByRole("link", { name: "A-1001" }).waitFor();
    assert.equal(await link.evaluate((node) => node === document.activeElement), true, "back where one was");
  });
});

test("orphans and a day's differences are read on page by page too", async () => {
  await browser.open({ viewport: DESK }, async (tab) => {
    const on = (path, first, second) => {
      desk.answers[path] = ({ cursor }) => (cursor === "next" ? second : { ...first, next_cursor: "next" });
    };
    const day = desk.answers["/v1/reconciliations/2026-11-20"];
    const [difference] = day.differences;
    on("/v1/reconciliations/2026-11-20", day, { ...day, differences: [{ ...difference, number: "4200-second" }], next_cursor: null });
    const { data: [orphan] } = desk.answers["/v1/orphans"];
    on("/v1/orphans", page([orphan]), page([{ ...orphan, out_trade_no: "X-second" }]));
    await comeIn(tab);
    for (const [address, first, second] of [
      ["#/differences/2026-11-20", difference.number, "4200-second"], ["#/orphans", orphan.out_trade_no, "X-second"],
    ]) {
      await tab.goto(`${desk.url}/orders/${address}`);
      await tab.getByText(first).first().waitFor();
      await tab.getByRole("button", { name: "Read more" }).click();
      await tab.getByText(second).waitFor();
      assert.ok((await tab.getByText(first).count()) >= 1, "what was read stays");
      assert.equal(await tab.getByRole("button", { name: "Read more" }).count(), 0);
    }
  });
});

test("the keyboard alone comes in, searches, opens an order, changes the tab and locks", async () => {
  await browser.open({ viewport: DESK }, async (tab, seen) => {
    await tab.goto(`${desk.url}/orders/`);
    await tab.locator("#door").waitFor();
    const focused = () => tab.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());
    const tabTo = async (what) => {
      for (let presses = 0; presses < 40; presses += 1) {
        await tab.keyboard.press("Tab");
        if ((await focused()) === what) return;
      }
      assert.fail(`${what} is out of reach`);
    };
    await tabTo("key");
    await tab.keyboard.type(DESK_KEY);
    await tab.keyboard.press("Enter");
    await tab.locator("#view h1").waitFor();
    await tabTo("text");
    await tab.keyboard.type("A-1001");
    const asked = tab.waitForResponse("**/v1/checkouts?**reference**");
    await tab.keyboard.press("Enter");
    await asked;
    await tabTo("A-1001");
    await tab.keyboard.press("Enter");
    await heading(tab, "A-1001");
    await tab.getByRole("heading", { name: "History" }).waitFor();
    assert.equal(await focused(), "A-1001", "the reader goes on from the heading");
    await tab.reload();
    await heading(tab, "A-1001");
    await tab.locator("body").press("Tab");
    await tab.evaluate(() => document.querySelector(".skip").focus());
    await tab.keyboard.press("Enter");
    assert.equal(await focused(), "main", "past the tabs");
    await tab.evaluate(() => document.querySelector(".skip").focus());
    await tabTo("Orphans");
    await tab.keyboard.press("Enter");
    await heading(tab, "Orphans");
    assert.equal(await tab.getByRole("link", { name: "Orphans" }).getAttribute("aria-current"), "page");
    await tab.evaluate(() => document.querySelector(".skip").focus());
    await tabTo("leave");
    await tab.keyboard.press("Enter");
    await tab.locator("#door").waitFor();
    assert.equal(await focused(), "key");
    await assertWhole(tab, seen);
  });
});

test("nothing found, nothing there, no answer: each is said, and can be tried again", async () => {
  await browser.open({ viewport: PHONE }, async (tab, seen) => {
    desk.answers["/v1/checkouts"] = page([]);
    await comeIn(tab);
    await tab.getByText("No order fits.").waitFor();
    await photograph(tab, "orders-nothing", { fullPage: true });

    desk.answers["/v1/orphans"] = page([]);
    await tab.getByRole("link", { name: "Orphans" }).click();
    await tab.locator("#view").getByText("None.").waitFor();

    desk.answers["/v1/dead-letters"] = { status: 503, body: { code: "unavailable", detail: "busy" } };
    await tab.getByRole("link", { name: "Dead letters" }).click();
    await tab.getByRole("alert").getByText("The server is busy.").waitFor();
    await photograph(tab, "orders-busy", { fullPage: true });
    desk.answers["/v1/dead-letters"] = page([listed({ dead: 2 })]);
    await tab.getByRole("button", { name: "Try again" }).click();
    await tab.getByRole("link", { name: "A-1001" }).waitFor();

    desk.answers["/v1/reconciliations"] = "hang up";
    await tab.getByRole("link", { name: "Differences" }).click();
    await tab.getByRole("alert").getByText("The server cannot be reached.").waitFor();

    // One part of an order that does not come hides none of the others.
    desk.answers[`/v1/checkouts/${ID}/events`] = { status: 500, body: { code: "internal", detail: "a failure of ours" } };
    await tab.goto(`${desk.url}/orders/#/orders/${ID}`);
    await tab.getByText("one bag returned").waitFor();
    await tab.getByRole("alert").getByText("a failure of ours").waitFor();

    await tab.goto(`${desk.url}/orders/#/orders/chk_${"z".repeat(20)}`);
    await tab.getByRole("alert").getByText("There is no such order.").waitFor();
    await assertWhole(tab, seen);
  });
});

test("a key that is taken back leads to the door, and shows nothing more", async () => {
  await browser.open({ viewport: DESK }, async (tab) => {
    await comeIn(tab);
    desk.answers["/v1/orphans"] = { status: 401, body: { code: "unauthorized", detail: "this is not the OPERATOR_KEY" } };
    await tab.getByRole("link", { name: "Orphans" }).click();
    await tab.getByRole("alert").getByText("This is not the operator key.").waitFor();
    assert.equal(await tab.locator("#view").textContent(), "");
    assert.equal(await tab.evaluate(() => sessionStorage.length), 0);
  });
});

test("the page speaks two languages and keeps what is open", async () => {
  await browser.open({ viewport: DESK }, async (tab) => {
    await comeIn(tab, `#/orders/${ID}`);
    await tab.getByText("held for a person").waitFor();
    await tab.getByRole("button", { name: "中文" }).click();
    await tab.getByText("等人决定").waitFor();
    assert.equal(await tab.locator("html").getAttribute("lang"), "zh-CN");
    assert.equal(await tab.title(), "订单 · Saoma");
    assert.equal(await tab.evaluate(() => document.activeElement.textContent), "中文", "the focus stays");
  });
});

test("nothing is written by this page", async () => {
  assert.ok(desk.asked.every(({ method }) => method === "GET"));
  await browser.open({ viewport: DESK }, async (tab) => {
    await comeIn(tab, `#/orders/${ID}`);
    await tab.getByRole("heading", { name: "History" }).waitFor();
  });
  assert.deepEqual([...new Set(desk.asked.map(({ method }) => method))], ["GET"]);
});
