// A page with one checkout, and the played Worker behind it: what a file of browser tests begins
// with when it wants the Worker's answers in its own hands.

import { after, before } from "node:test";

import { useBrowser } from "./browser.mjs";
import { ForeignPage, twoTags } from "./foreign.mjs";
import { PlayedEdge } from "./played-edge.mjs";

const OOLONG = 'product="oolong-250" locale="en"';

/**
 * Stage and browser for all tests of a file. `open` shows a page that holds one element: on another
 * origin than the Worker's, where nothing is pushed, or with `own` on the same, where a socket may be.
 */
export function usePlayedShop(launch) {
  const stage = { browser: useBrowser(launch) };
  before(async () => {
    stage.worker = await PlayedEdge.open();
    stage.foreign = await ForeignPage.open();
  });
  after(() => Promise.all([stage.worker?.close(), stage.foreign?.close()]));

  /** Where the page is; its element has `attributes`. */
  stage.page = ({ own = false, attributes = OOLONG, around = (tags) => tags } = {}) => {
    const { worker, foreign } = stage;
    const html = around(twoTags(worker.origin, attributes));
    if (own) worker.pages["/shop"] = { html };
    else foreign.html = html;
    return own ? `${worker.origin}/shop` : foreign.origin;
  };

  stage.open = ({ own, attributes, around, goods, prepare, ...options }, visit) =>
    stage.browser.open(options, async (page, seen) => {
      const { worker } = stage;
      worker.clear();
      Object.assign(worker.goods, goods);
      await page.addInitScript(countRequests);
      await prepare?.(page);
      await page.goto(stage.page({ own, attributes, around }));
      const checkout = page.locator("saoma-checkout");
      // Attached, not visible: in dialog layout the element itself has no box.
      const stands = (status) =>
        page.locator(`saoma-checkout[data-status="${status}"]`).waitFor({ state: "attached" });
      await visit({ page, seen, worker, checkout, stands });
    });
  return stage;
}

/** Counts the requests that a page has under way, from its own side: a server hears late of a break. */
function countRequests() {
  globalThis.asked = { now: 0, most: 0 };
  const { fetch } = globalThis;
  globalThis.fetch = function (resource, options) {
    const { asked } = globalThis;
    if (!String(resource.url ?? resource).includes("/v1/")) return fetch(resource, options);
    asked.now += 1;
    asked.most = Math.max(asked.most, asked.now);
    let isOver = false;
    const over = () => {
      if (!isOver) asked.now -= 1;
      isOver = true;
    };
    options?.signal?.addEventListener("abort", over);
    const answer = fetch(resource, options);
    answer.then(over, over);
    return answer;
  };
}

/** The most requests that a page has had under way at once. */
export const askedAtOnce = (page) => page.evaluate(() => globalThis.asked.most);

/** What a page was told, in order, as words: `ready`, `status waiting`, `paid`. */
export const told = async (page) => page.evaluate(() => globalThis.heard.map(({ type, detail }) =>
  [type.slice("saoma-".length), type === "saoma-status" ? detail.status : ""].join(" ").trim()));
