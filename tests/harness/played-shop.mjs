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

/** What a page was told, in order, as words: `ready`, `status waiting`, `paid`. */
export const told = async (page) => page.evaluate(() => globalThis.heard.map(({ type, detail }) =>
  [type.slice("saoma-".length), type === "saoma-status" ? detail.status : ""].join(" ").trim()));
