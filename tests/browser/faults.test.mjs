// Bad days in a real browser: lost networks and sockets, storms, sleep, wrong clocks, hidden and
// restored pages. However the day goes, "paid" is told once, and nothing that is not so.

import assert from "node:assert/strict";
import { test } from "node:test";

import { problem } from "../harness/played-edge.mjs";
import { told, usePlayedShop } from "../harness/played-shop.mjs";
import { withRealTabs } from "../harness/real-tabs.mjs";
import { until } from "../harness/wait.mjs";

const stage = usePlayedShop({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });

/** A purchase in which nothing happened but a payment. */
const BOUGHT = ["ready", "status waiting", "paid", "status paid"];

/** The same set of news, in whichever order the two last came. */
const assertTold = async (page, expected) => assert.deepEqual((await told(page)).sort(), [...expected].sort());

const spoken = (checkout) => checkout.getByRole("status").innerText();

/** Both ways of following: pushed to, on the Worker's own origin, and asking, on another. */
for (const own of [true, false]) {
  const way = own ? "with a socket" : "without a socket";

  test(`offline, paid meanwhile, online: ${way}`, async () => {
    await stage.open({ own }, async ({ page, worker, checkout, stands }) => {
      await stands("waiting");
      await page.context().setOffline(true);
      await until("the shopper is told", async () => /You are offline/.test(await spoken(checkout)));
      worker.order.paid();
      for (const socket of worker.sockets) socket.terminate();
      const asked = worker.requests.length;
      await page.evaluate(() => new Promise((resume) => setTimeout(resume, 1_500)));
      assert.equal(worker.requests.length, asked, "nothing is asked of a network that is away");
      assert.deepEqual(await told(page), BOUGHT.slice(0, 2));
      await page.context().setOffline(false);
      await stands("paid");
      await assertTold(page, BOUGHT);
      assert.equal(worker.openMax, 1, "never two requests at once");
    });
  });

  for (const [storm, weather] of Object.entries({
    "429 with Retry-After": () => problem(429, "too_many_requests", { retry_after_s: 1 }),
    "429 without": () => problem(429, "too_many_requests"),
    "500": () => problem(500, "internal"),
    "503 and HTML": () => ({ status: 503, headers: { "Content-Type": "text/html" }, body: "<h1>Bad gateway</h1>" }),
    "200 and HTML": () => ({ status: 200, headers: { "Content-Type": "text/html" }, body: "<h1>Please log in</h1>" }),
    "connections cut": () => "drop",
    "no answer at all": () => "hang",
  })) {
    test(`a storm of ${storm}: ${way}`, async () => {
      const prepare = (page) => page.clock.install();
      await stage.open({ own, prepare }, async ({ page, worker, stands }) => {
        await stands("waiting");
        worker.weather = ({ method }) => (method === "OPTIONS" ? undefined : weather());
        for (const socket of worker.sockets) socket.terminate();
        worker.order.listeners.clear();
        for (let minute = 0; minute < 3; minute += 1) await page.clock.runFor(60_000);
        assert.deepEqual(await told(page), BOUGHT.slice(0, 2), "a storm is nobody's news");
        worker.order.paid();
        worker.weather = () => undefined;
        await until("paid after the storm", async () => {
          await page.clock.runFor(5_000);
          return (await page.locator("saoma-checkout").getAttribute("data-status")) === "paid";
        });
        await assertTold(page, BOUGHT);
        assert.ok(worker.openMax <= 1, `${worker.openMax} requests at once`);
      });
    });
  }

  test(`hidden, paid meanwhile, looked at again: ${way}`, async () => {
    await stage.open({ own }, async ({ page, worker, stands }) => {
      await stands("waiting");
      const show = (state) => page.evaluate((visible) => {
        Object.defineProperty(document, "visibilityState", { configurable: true, value: visible });
        Object.defineProperty(document, "hidden", { configurable: true, value: visible === "hidden" });
        document.dispatchEvent(new Event("visibilitychange"));
      }, state);
      await show("hidden");
      const before = worker.requests.length;
      await page.evaluate(() => new Promise((resume) => setTimeout(resume, 1_500)));
      assert.ok(worker.requests.length - before <= 1, "who is not looked at does not ask");
      worker.order.paid();
      await show("visible");
      await stands("paid");
      await assertTold(page, BOUGHT);
    });
  });

  test(`put into the browser's cache and taken out again: ${way}`, async () => {
    await stage.open({ own }, async ({ page, worker, stands }) => {
      await stands("waiting");
      await page.evaluate(() => addEventListener("pageshow", ({ persisted }) => { globalThis.isRestored = persisted; }));
      worker.pages["/elsewhere"] = { html: "<!doctype html><title>Elsewhere</title>" };
      await page.goto(`${worker.origin}/elsewhere`);
      assert.equal(worker.sockets.size, 0, "a page that was left holds no socket");
      worker.order.paid();
      await page.goBack({ waitUntil: "commit" });
      await until("restored", () => page.evaluate(() => globalThis.isRestored));
      await stands("paid");
      await assertTold(page, BOUGHT);
    });
  });

  test(`two tabs of one origin share what one of them learns: ${way}`, async () => {
    await stage.open({ own }, async ({ page, worker, stands }) => {
      await stands("waiting");
      const second = await page.context().newPage();
      await second.addInitScript(() => {
        globalThis.heard = [];
        for (const name of ["ready", "status", "paid", "expired", "error"]) {
          document.addEventListener(`saoma-${name}`, ({ type, detail }) => globalThis.heard.push({ type, detail }));
        }
      });
      await second.goto(page.url());
      await second.locator('saoma-checkout[data-status="waiting"]').waitFor();
      assert.equal(worker.orders.size, 1, "one order for both");
      // The second tab hears nothing of the network any more.
      await second.route("**/v1/**", (route) => route.abort());
      await second.routeWebSocket("**", (socket) => socket.close());
      await second.context().newCDPSession(second);
      await second.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
      worker.order.paid();
      await stands("paid");
      await second.locator('saoma-checkout[data-status="paid"]').waitFor();
      for (const tab of [page, second]) await assertTold(tab, BOUGHT);
    });
  });
}

test("a socket that is lost again and again costs nothing but a question", async () => {
  await stage.open({ own: true }, async ({ page, worker, stands }) => {
    await stands("waiting");
    await until("a socket", () => worker.sockets.size === 1);
    for (let loss = 1; loss <= 3; loss += 1) {
      for (const socket of worker.sockets) socket.terminate();
      await until("the next socket", () => worker.sockets.size === 1);
    }
    worker.pushes = false;
    for (const socket of worker.sockets) socket.terminate();
    worker.order.paid();
    await stands("paid");
    await assertTold(page, BOUGHT);
    assert.equal(worker.openMax, 1);
  });
});

test("a real second tab in front: paid behind it, and told at once when it is left", async () => {
  await withRealTabs(async (open) => {
    const { worker } = stage;
    worker.clear();
    const { page } = await open();
    await page.goto(stage.page({ own: false }));
    await page.locator('saoma-checkout[data-status="waiting"]').waitFor();
    const { page: front } = await open();
    await front.goto("about:blank");
    await until("hidden", () => page.evaluate(() => document.visibilityState === "hidden"));
    worker.order.paid();
    await page.bringToFront();
    await page.locator('saoma-checkout[data-status="paid"]').waitFor();
    await assertTold(page, BOUGHT);
  });
});

test("the shopper's clock a day forward and a day back changes neither the countdown nor the order", async () => {
  for (const days of [1, -1]) {
    const prepare = (page) => page.clock.install();
    await stage.open({ prepare }, async ({ page, worker, checkout, stands }) => {
      await stands("waiting");
      const left = async () => {
        const [hours, minutes, seconds] = (await checkout.getByRole("timer").innerText()).match(/\d+/g).slice(-3).map(Number);
        return hours * 3_600 + minutes * 60 + seconds;
      };
      const before = await left();
      const now = await page.evaluate(() => Date.now());
      await page.clock.setSystemTime(now + days * 86_400_000);
      await page.clock.runFor(2_000);
      const after = await left();
      assert.ok(before - after >= 0 && before - after <= 10, `${before} s, then ${after} s`);
      assert.deepEqual(await told(page), BOUGHT.slice(0, 2));
      worker.order.paid();
      await until("paid", async () => {
        await page.clock.runFor(5_000);
        return (await checkout.getAttribute("data-status")) === "paid";
      });
      await assertTold(page, BOUGHT);
    });
  }
});

test("three hours of sleep: the code is gone until the Worker has been asked, and “expired” is its word only", async () => {
  const prepare = (page) => page.clock.install();
  await stage.open({ prepare }, async ({ page, worker, checkout, stands }) => {
    await stands("waiting");
    worker.weather = () => problem(503, "unavailable");
    worker.order.listeners.clear();
    await page.clock.fastForward(3 * 3_600_000);
    await until("the code is gone", async () => (await checkout.locator('svg[part~="qr"]').count()) === 0);
    assert.notEqual(await checkout.getAttribute("data-status"), "expired");
    assert.equal((await told(page)).includes("expired"), false);
    worker.weather = () => undefined;
    worker.order.expired();
    await until("expired", async () => {
      await page.clock.runFor(5_000);
      return (await checkout.getAttribute("data-status")) === "expired";
    });
    const heard = await told(page);
    assert.deepEqual(heard.filter((one) => ["paid", "expired"].includes(one)), ["expired"]);
  });
});
