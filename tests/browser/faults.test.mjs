// Bad days in a real browser: lost networks and sockets, storms, sleep, wrong clocks, hidden and
// restored pages. However the day goes, "paid" is told once, and nothing that is not so.

import assert from "node:assert/strict";
import { test } from "node:test";

import { decode, photograph, record } from "../harness/browser.mjs";
import { problem } from "../harness/played-edge.mjs";
import { tokenOf } from "../harness/played-order.mjs";
import { askedAtOnce, told, usePlayedShop } from "../harness/played-shop.mjs";
import { withRealTabs } from "../harness/real-tabs.mjs";
import { until } from "../harness/wait.mjs";

const stage = usePlayedShop({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });

/** A purchase in which nothing happened but a payment. */
const BOUGHT = ["ready", "status waiting", "paid", "status paid"];

const assertTold = async (page, expected) => assert.deepEqual(await told(page), expected);

/** How late wasm is where it is late: many times what a code needs. */
const WASM_DELAY_MS = 5_000;

const CODE_LIVES_MS = 7_000_000;

const MINUTE_MS = 60_000;
const STEP_MS = 5_000;

/** From here on the page's time passes when a test says so. */
const stopClock = (page) => page.clock.install();

const withoutWasm = (page) => page.addInitScript(() => { delete globalThis.WebAssembly; });

/** Lets the page's time pass in small steps, each with time enough for answers to arrive. */
async function passes(page, ms) {
  for (let gone = 0; gone < ms; gone += STEP_MS) {
    await page.clock.runFor(STEP_MS);
    await page.evaluate(() => fetch("/favicon.svg").then((reply) => reply.text()));
  }
}

/** Lets the page's time pass until the checkout stands so. */
const comesTo = (page, status) => until(status, async () => {
  await page.clock.runFor(5_000);
  return (await page.locator("saoma-checkout").getAttribute("data-status")) === status;
});

const spoken = (checkout) => checkout.getByRole("status").innerText();

/**
 * Every way to follow: pushed to, on the Worker's own origin; asking, on another; and asking by the
 * script's follower alone, where there is no wasm.
 */
const WAYS = {
  "with a socket": { own: true, follower: "wasm" },
  "by asking": { own: false, follower: "wasm" },
  "without wasm": { own: false, follower: "script", prepare: withoutWasm },
};

for (const [name, way] of Object.entries(WAYS)) {
  const { own, follower } = way;

  /** The shop's page, its time stopped once the checkout waits in this way. */
  const opened = (visit, { hasOwnTime = false } = {}) => {
    const prepare = async (page) => {
      if (!hasOwnTime) await stopClock(page);
      await way.prepare?.(page);
    };
    return stage.open({ own, prepare }, async (at) => {
      await at.stands("waiting");
      await until(`followed by ${follower}`, async () => {
        if (!hasOwnTime) await at.page.clock.runFor(200);
        return (await at.checkout.getAttribute("data-follower")) === follower;
      });
      if (own) await until("a socket", () => at.worker.sockets.size === 1);
      await visit(at);
    });
  };

  test(`offline, paid meanwhile, online: ${name}`, async () => {
    await opened(async ({ page, worker, checkout }) => {
      await page.context().setOffline(true);
      // A network that goes takes along what is under way; the browser's switch alone does not, and
      // lets it try a broken connection once more.
      worker.weather = () => "drop";
      worker.cut();
      await until("the shopper is told", async () => /You are offline/.test(await spoken(checkout)));
      await until("nothing is under way", () => worker.open === 0);
      worker.order.paid();
      const tries = [];
      page.on("request", (request) => request.url().includes("/v1/") && tries.push(request.url()));
      await page.clock.runFor(5 * MINUTE_MS);
      assert.ok(tries.length <= 10, `${tries.length} tries in five minutes: one in thirty seconds, for the switch may lie`);
      assert.deepEqual(await told(page), BOUGHT.slice(0, 2));
      worker.weather = () => undefined;
      await page.context().setOffline(false);
      await comesTo(page, "paid");
      await assertTold(page, BOUGHT);
      assert.equal(await askedAtOnce(page), 1, "never two requests at once");
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
    test(`a storm of ${storm}: ${name}`, async () => {
      await opened(async ({ page, worker }) => {
        worker.weather = ({ method }) => (method === "OPTIONS" ? undefined : weather());
        worker.cut();
        const before = worker.requests.length;
        await passes(page, 3 * MINUTE_MS);
        const tries = worker.requests.slice(before).filter(({ method }) => method !== "OPTIONS").length;
        assert.ok(tries >= 3, `the storm was met ${tries} times: errors end nothing`);
        assert.ok(tries <= 60, `${tries} tries in three minutes: pauses grow`);
        assert.deepEqual(await told(page), BOUGHT.slice(0, 2), "a storm is nobody's news");
        worker.order.paid();
        worker.weather = () => undefined;
        await comesTo(page, "paid");
        await assertTold(page, BOUGHT);
        assert.equal(await askedAtOnce(page), 1, "never two requests at once");
      });
    });
  }

  test(`hidden, paid meanwhile, looked at again: ${name}`, async () => {
    await opened(async ({ page, worker }) => {
      const show = (state) => page.evaluate((visible) => {
        Object.defineProperty(document, "visibilityState", { configurable: true, value: visible });
        Object.defineProperty(document, "hidden", { configurable: true, value: visible === "hidden" });
        document.dispatchEvent(new Event("visibilitychange"));
      }, state);
      await show("hidden");
      const before = worker.requests.length;
      await passes(page, 6 * MINUTE_MS);
      const looks = worker.requests.slice(before).filter(({ method }) => method === "GET").length;
      assert.ok(looks <= (own ? 2 : 10), `${looks} looks in five minutes: one in thirty seconds, or none with a socket`);
      const after = worker.requests.length;
      await passes(page, 10 * MINUTE_MS);
      if (!own) assert.equal(worker.requests.length, after, "and then no more");
      worker.order.paid();
      await show("visible");
      await comesTo(page, "paid");
      await assertTold(page, BOUGHT);
    });
  });

  test(`put into the browser's cache and taken out again: ${name}`, async () => {
    await opened(async ({ page, worker, stands }) => {
      await page.evaluate(() => addEventListener("pageshow", ({ persisted }) => { globalThis.isRestored = persisted; }));
      worker.pages["/elsewhere"] = { html: "<!doctype html><title>Elsewhere</title>" };
      await page.goto(`${worker.origin}/elsewhere`);
      await until("a page that was left holds no socket", () => worker.sockets.size === 0);
      worker.order.paid();
      await page.goBack({ waitUntil: "commit" });
      await until("restored", () => page.evaluate(() => globalThis.isRestored));
      await stands("paid");
      await assertTold(page, BOUGHT);
    }, { hasOwnTime: true });
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
    assert.equal(await askedAtOnce(page), 1, "never two requests at once");
  });
});

test("two tabs with one order share what one of them learns", async () => {
  const attributes = `session="${tokenOf("shared")}" locale="en"`;
  const prepare = () => stage.worker.opened("shared");
  await stage.open({ attributes, prepare }, async ({ page, worker, stands }) => {
    await stands("waiting");
    const second = await page.context().newPage();
    await record(second);
    // It learns how the order stands, and never again anything by the network.
    await second.route("**/v1/session?*", () => {});
    await second.goto(page.url());
    await second.locator('saoma-checkout[data-status="waiting"]').waitFor();
    worker.order.paid();
    await stands("paid");
    await second.locator('saoma-checkout[data-status="paid"]').waitFor();
    for (const tab of [page, second]) await assertTold(tab, BOUGHT);
    const [paid] = await second.evaluate(() => globalThis.heard.filter(({ type }) => type === "saoma-paid"));
    assert.equal(paid.detail.via, "tab");
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
    await stage.open({ prepare: stopClock }, async ({ page, worker, checkout, stands }) => {
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
      await comesTo(page, "paid");
      await assertTold(page, BOUGHT);
    });
  }
});

test("the code is scannable before wasm has arrived, and wasm takes over without a word", async () => {
  let isDelayed = true;
  const prepare = (page) => page.route("**/*.wasm*", async (route) => {
    await new Promise((resume) => setTimeout(resume, WASM_DELAY_MS));
    isDelayed = false;
    await route.continue();
  });
  await stage.open({ prepare }, async ({ page, worker, checkout, stands }) => {
    await stands("waiting");
    const { code_url } = worker.order.fields;
    assert.equal(await until("a code on the screen", async () => decode(await photograph(checkout, "before-wasm"))), code_url);
    assert.equal(await checkout.getAttribute("data-follower"), "script");
    assert.equal(isDelayed, true, "wasm is still on its way");
    // It takes over between two requests, and one that waits for news is under way.
    await page.waitForResponse("**/*.wasm*");
    await until("wasm follows", async () => {
      if (worker.open === 1) worker.order.codeLives(CODE_LIVES_MS);
      return (await checkout.getAttribute("data-follower")) === "wasm";
    });
    assert.equal(await decode(await photograph(checkout, "after-wasm")), code_url);
    worker.order.paid();
    await stands("paid");
    await assertTold(page, BOUGHT);
    assert.equal(await askedAtOnce(page), 1, "never two requests at once");
  });
});

for (const [what, prepare] of Object.entries({
  "wasm that is blocked": (page) => page.route("**/*.wasm*", (route) => route.abort()),
  "wasm that is not what was built": (page) => page.route("**/*.wasm*", (route) =>
    route.fulfill({ body: Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]), contentType: "application/wasm", headers: { "Access-Control-Allow-Origin": "*" } })),
  "a browser without WebAssembly": withoutWasm,
})) {
  test(`paid by the script's follower, with ${what}`, async () => {
    await stage.open({ prepare }, async ({ page, seen, worker, checkout, stands }) => {
      await stands("waiting");
      await until("a code on the screen", async () =>
        (await decode(await photograph(checkout, "without-wasm"))) === worker.order.fields.code_url);
      worker.order.paid();
      await stands("paid");
      await assertTold(page, BOUGHT);
      assert.equal(await checkout.getAttribute("data-follower"), "script");
      assert.deepEqual(seen.errors, []);
    });
  });
}

test("three hours of sleep: the code is gone until the Worker has been asked, and “expired” is its word only", async () => {
  await stage.open({ prepare: stopClock }, async ({ page, worker, checkout, stands }) => {
    await stands("waiting");
    worker.weather = () => problem(503, "unavailable");
    worker.cut();
    await page.clock.fastForward(3 * 3_600_000);
    await until("the code is gone", async () => (await checkout.locator('svg[part~="qr"]').count()) === 0);
    assert.notEqual(await checkout.getAttribute("data-status"), "expired");
    assert.equal((await told(page)).includes("expired"), false);
    worker.weather = () => undefined;
    worker.order.expired();
    await comesTo(page, "expired");
    const heard = await told(page);
    assert.deepEqual(heard.filter((one) => ["paid", "expired"].includes(one)), ["expired"]);
  });
});
