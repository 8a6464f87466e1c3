// What a shopper waits for, in a real browser: for a code that can be scanned, on a slow network and
// a slow processor; and for "paid", from the moment the Worker has accepted the notification.

import { chromium } from "playwright-core";

import { chromiumProgram } from "../tests/harness/browser.mjs";
import { ForeignPage, twoTags } from "../tests/harness/foreign.mjs";
import { deliver, genuine } from "../tests/harness/notification.mjs";
import { openStage } from "../tests/harness/stage.mjs";
import { median } from "./load.mjs";

/** "Fast 3G" as browsers' own tools name it: round trip, and bytes a second in each direction. */
const FAST_3G = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
const CPU_TIMES_SLOWER = 4;

/** Notes when a code's path is there and the next picture has been painted, and when "paid" is said. */
function watch() {
  globalThis.moments = {};
  const now = () => performance.timeOrigin + performance.now();
  const note = (name) => (globalThis.moments[name] ??= now());
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function (options) {
    const root = attachShadow.call(this, options);
    note("element");
    new MutationObserver(() => {
      if (!root.querySelector("svg[part~=qr] path[d]")) return;
      requestAnimationFrame(() => requestAnimationFrame(() => note("code")));
    }).observe(root, { subtree: true, childList: true });
    new MutationObserver(() => this.dataset.status === "paid" && note("paid"))
      .observe(this, { attributeFilter: ["data-status"] });
    return root;
  };
}

const moment = (page, name) =>
  page.waitForFunction((wanted) => globalThis.moments[wanted], name).then((handle) => handle.jsonValue());

/** A fresh browser profile, so that nothing is cached, with one page in it. */
async function withPage(browser, visit) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.addInitScript(watch);
    return await visit(page);
  } finally {
    await context.close();
  }
}

/** Milliseconds from the click on a link, and from the element's script, to a painted code. */
async function toCode(browser, shop, isWithoutWasm) {
  return withPage(browser, async (page) => {
    if (isWithoutWasm) await page.addInitScript(() => { delete globalThis.WebAssembly; });
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Network.enable");
    await devtools.send("Network.emulateNetworkConditions", FAST_3G);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: CPU_TIMES_SLOWER });
    await page.goto(shop.origin, { waitUntil: "commit" });
    const code = await moment(page, "code");
    const begun = await page.evaluate(() => performance.timeOrigin);
    return { all: code - begun, script: code - (await moment(page, "element")) };
  });
}

/** Milliseconds from the notification's sending, and from its acceptance, to "paid" on the page. */
async function toPaid(browser, { stage, shop }, isPushed) {
  const { client_token, attempt } = await stage.shop.opened();
  shop.html = twoTags(stage.worker.url, `session="${client_token}"${isPushed ? " socket" : ""}`);
  return withPage(browser, async (page) => {
    const isListening = isPushed
      ? page.waitForEvent("websocket").then((socket) => socket.waitForEvent("framereceived"))
      : page.waitForRequest(/[?&]wait=/);
    await page.goto(shop.origin);
    await isListening;
    await moment(page, "code");
    await page.locator('saoma-checkout[data-follower="wasm"]').waitFor();
    const sent = performance.timeOrigin + performance.now();
    const { status } = await deliver(stage.worker, genuine(stage.merchant, attempt.out_trade_no));
    const accepted = performance.timeOrigin + performance.now();
    if (status >= 300) throw new Error(`the Worker refused a genuine notification: ${status}`);
    const paid = await moment(page, "paid");
    return { sent: paid - sent, accepted: paid - accepted };
  });
}

async function repeat(times, one) {
  const all = [];
  for (let round = 0; round <= times; round += 1) all.push(await one());
  return all.slice(1); // The first one warms everybody up.
}

const ms = (number) => number.toFixed(0);

/** Rows of `{ name: values }`: the median and the worst of each. */
const rows = (measured) => Object.entries(measured).map(([name, values]) =>
  [name, ms(median(values)), ms(Math.max(...values)), String(values.length)]);

/** Two tables' rows: until a code can be scanned, and until "paid" is shown. */
export async function pageRows({ loads, payments }) {
  const executablePath = chromiumProgram();
  if (!executablePath) return { code: [["no Chromium here: not measured"]], paid: [] };
  const shop = await ForeignPage.open();
  const stage = await openStage({ build: "deployable", overrides: { ALLOWED_ORIGINS: shop.origin, OPEN_SESSIONS_MAX: "1000000" } });
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    shop.html = twoTags(stage.worker.url);
    const [code, paid] = [{}, {}];
    for (const [name, isWithoutWasm] of [["wasm", false], ["no wasm", true]]) {
      const took = await repeat(loads, () => toCode(browser, shop, isWithoutWasm));
      code[`${name}: from the page's address`] = took.map(({ all }) => all);
      code[`${name}: from the script's first line`] = took.map(({ script }) => script);
    }
    for (const [name, isPushed] of [["socket", true], ["long-poll", false]]) {
      const took = await repeat(payments, () => toPaid(browser, { stage, shop }, isPushed));
      paid[`${name}: from the notification's sending`] = took.map(({ sent }) => sent);
      paid[`${name}: from its acceptance`] = took.map(({ accepted }) => accepted);
    }
    const head = ["", "median", "worst", "of"];
    return { code: [head, ...rows(code)], paid: [head, ...rows(paid)] };
  } finally {
    await browser.close();
    await stage.close();
    await shop.close();
  }
}
