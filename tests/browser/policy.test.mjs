// The strictest policy that a shop can send: a nonce for one script, one address to ask, Trusted
// Types, and a server that collects every report. Not one may come, and the tea is paid all the same.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { decode, photograph, useBrowser } from "../harness/browser.mjs";
import { foreignPages } from "../harness/foreign.mjs";
import { useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";

const pages = await foreignPages("shop");
const stage = useStage({ overrides: { ALLOWED_ORIGINS: pages.shop.origin } });
const browser = useBrowser();

const NONCE = "bm9uY2Utb2YtYS10ZXN0";

/** A server that keeps what browsers complain of. */
const reports = { all: [] };
before(async () => {
  reports.server = createServer(async (request, reply) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    reports.all.push(text);
    reply.writeHead(204, { "Access-Control-Allow-Origin": "*" }).end();
  });
  await new Promise((ready) => reports.server.listen(0, "127.0.0.1", ready));
  reports.url = `http://127.0.0.1:${reports.server.address().port}/reports`;
});
after(() => reports.server.close());

const policy = (edge, script = "") => [
  "default-src 'none'", `script-src 'nonce-${NONCE}'${script}`, `connect-src ${edge}`,
  "require-trusted-types-for 'script'", "trusted-types 'none'", `report-uri ${reports.url}`,
].join("; ");

/** A shop's page with one tag, whose script is pinned to its very bytes. */
async function pinned(edge, attributes = 'product="oolong-250" quantity="1"') {
  const script = Buffer.from(await (await fetch(`${edge}/saoma.js`)).arrayBuffer());
  const integrity = `sha384-${createHash("sha384").update(script).digest("base64")}`;
  return `<!doctype html><html lang="en"><title>A strict shop</title>
<script type="module" nonce="${NONCE}" src="${edge}/saoma.js" integrity="${integrity}" crossorigin="anonymous"></script>
<saoma-checkout ${attributes}></saoma-checkout>`;
}

/** Opens the shop under `headers`, hands over the page, and then nothing may have been complained of. */
async function strictly({ headers, html }, visit) {
  Object.assign(pages.shop, { html, headers });
  reports.all = [];
  await browser.open({}, async (page, seen) => {
    const said = [];
    page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
    await page.goto(pages.shop.origin);
    await visit(page, seen);
    assert.deepEqual(await seen.violations(), []);
    assert.deepEqual(seen.errors, []);
    // The browser asks every origin for its icon; a page without one is no concern of the widget.
    assert.deepEqual(said.filter((line) => !/favicon/.test(line)), []);
    assert.deepEqual(reports.all, []);
  });
}

async function buy(page, follower) {
  const checkout = page.locator("saoma-checkout");
  await page.locator('saoma-checkout[data-status="waiting"]').waitFor();
  const codeUrl = await until("the picture shows a code", async () => decode(await photograph(checkout, `strict-${follower}`)));
  await page.locator(`saoma-checkout[data-follower="${follower}"]`).waitFor();
  const { out_trade_no } = await stage.sandbox.pay(codeUrl);
  await page.locator('saoma-checkout[data-status="paid"]').waitFor();
  assert.equal((await stage.sandbox.order(out_trade_no)).trade_state, "SUCCESS");
}

for (const [follower, source] of [["script", ""], ["wasm", " 'wasm-unsafe-eval'"]]) {
  test(`paid by the ${follower} follower under a policy that ${source ? "lets" : "does not let"} wasm run`, async () => {
    const edge = stage.worker.url;
    const headers = { "Content-Security-Policy": policy(edge, source) };
    await strictly({ headers, html: await pinned(edge) }, async (page, seen) => {
      await buy(page, follower);
      assert.equal((await seen.heard("saoma-paid")).length, 1, "told once");
      // Had it been tried and hidden, it would have been by now: the purchase is over.
      assert.equal(await page.locator("saoma-checkout").getAttribute("data-follower"), follower);
    });
  });
}

test("the collecting server hears of what a policy does not allow", async () => {
  const edge = stage.worker.url;
  const html = `${await pinned(edge)}<script>globalThis.ran = true</script>`;
  Object.assign(pages.shop, { html, headers: { "Content-Security-Policy": policy(edge) } });
  reports.all = [];
  await browser.open({}, async (page, seen) => {
    await page.goto(pages.shop.origin);
    await until("a report", () => reports.all.length === 1);
    assert.match(reports.all[0], /script-src/);
    assert.equal((await seen.violations()).length, 1);
  });
});

test("a script that is not the pinned one does not run", async () => {
  const edge = stage.worker.url;
  const html = (await pinned(edge)).replace(/sha384-[^"]+/, `sha384-${createHash("sha384").update("other").digest("base64")}`);
  Object.assign(pages.shop, { html, headers: {} });
  await browser.open({}, async (page) => {
    const refused = page.waitForEvent("console", (message) => /integrity/.test(message.text()));
    await page.goto(pages.shop.origin);
    await refused;
    assert.equal(await page.evaluate(() => customElements.get("saoma-checkout") === undefined), true);
  });
});

test("with JavaScript off, what stands between the tags leads to a page of the Worker, where the tea is paid", async () => {
  const { client_token, attempt } = await stage.shop.opened();
  const edge = stage.worker.url;
  const tag = `<saoma-checkout session="${client_token}"><a href="${edge}/pay/${client_token}">Pay with WeChat</a></saoma-checkout>`;
  pages.shop.html = (await pinned(edge)).replace(/<saoma-checkout.*/, tag);
  pages.shop.headers = { "Content-Security-Policy": policy(edge) };
  await browser.open({ javaScriptEnabled: false }, async (page) => {
    await page.goto(pages.shop.origin);
    await page.getByRole("link", { name: "Pay with WeChat" }).click();
    await page.waitForURL(`${edge}/pay/*`);
    const codeUrl = await until("the picture shows a code", async () => decode(await photograph(page, "hosted-code")));
    assert.equal(codeUrl, attempt.code_url);
    await stage.sandbox.pay(codeUrl);
    await page.getByText("Paid. Thank you!").waitFor();
  });
});
