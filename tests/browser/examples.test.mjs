// The pages of examples/pages, as they stand there: a shopper opens each, pays, and is thanked.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { useBrowser } from "../harness/browser.mjs";
import { Consumer } from "../harness/consumer.mjs";
import { PlayedEdge } from "../harness/played-edge.mjs";
import { inProject, widgetVersion } from "../harness/project.mjs";

const browser = useBrowser();
const WORKER = "https://pay.example.com";
const SCRIPT = { "Content-Type": "text/javascript" };
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };
const execute = promisify(execFile);

let edge;
let shop;
before(async () => {
  edge = await PlayedEdge.open();
  // Another origin, whose pages are all that it has.
  shop = await PlayedEdge.open();
});
after(() => Promise.all([edge?.close(), shop?.close()]));

/** A file of the examples, with the played Worker in place of the reader's. */
const example = (path) =>
  readFileSync(inProject("examples/pages", path), "utf8").replaceAll(WORKER, edge.origin);

/** Opens the shop's page, pays what it shows, and waits to be thanked. */
async function buy(path, check = async () => {}) {
  await browser.open({}, async (page, seen) => {
    await page.goto(shop.origin + path);
    await page.locator('saoma-checkout[data-status="waiting"]').waitFor();
    await check(page);
    edge.order.paid();
    await page.locator("#thanks").waitFor({ state: "visible" });
    assert.equal((await seen.heard("saoma-paid")).length, 1);
    assert.deepEqual(await seen.violations(), []);
    assert.deepEqual(seen.errors, []);
  });
}

const policy = () => /^Content-Security-Policy: (.*)$/m.exec(example("html/README.md"))[1];

test("the plain pages sell in both modes, under the policy that their README shows", async () => {
  const headers = { "Content-Security-Policy": policy() };
  assert.doesNotMatch(headers["Content-Security-Policy"], /unsafe/);
  shop.pages["/thanks.js"] = { html: example("html/thanks.js"), headers: SCRIPT };
  shop.pages["/catalogue"] = { html: example("html/catalogue.html"), headers };
  await buy("/catalogue", async (page) => {
    assert.equal(await page.locator("saoma-checkout").getAttribute("data-follower"), "script");
  });
  assert.equal(edge.asked("POST", "/v1/sessions").length, 1);

  edge.clear();
  const { token } = await edge.opened("of the shop's server");
  shop.pages["/session"] = { html: example("html/session.html").replaceAll("{{client_token}}", token), headers };
  await buy("/session");
  assert.equal(edge.asked("POST", "/v1/sessions").length, 0, "the shop's server opened it");
});

test("with the two sources that the README names, wasm runs and a socket is open", async () => {
  edge.clear();
  const more = policy()
    .replace("script-src", "script-src 'wasm-unsafe-eval'")
    .replace("connect-src", `connect-src ${edge.origin.replace("http", "ws")}`);
  shop.pages["/thanks.js"] = { html: example("html/thanks.js"), headers: SCRIPT };
  shop.pages["/catalogue"] = {
    html: example("html/catalogue.html").replace("<saoma-checkout ", "<saoma-checkout socket "),
    headers: { "Content-Security-Policy": more },
  };
  await buy("/catalogue", async (page) => {
    await page.locator('saoma-checkout[data-follower="wasm"]').waitFor();
    assert.equal(edge.asked("SOCKET", "/v1/session/events").length, 1);
  });
});

test("a page that pins a version by its hash sells, and another script does not run", async () => {
  edge.clear();
  const version = widgetVersion();
  const hashes = JSON.parse(readFileSync(inProject("build/widget", version, "sri.json"), "utf8"));
  const [tag] = /<script[^]*?<\/script>/.exec(example("html/README.md"));
  const pinned = (name) => example("html/catalogue.html").replace(
    /<script[^>]*saoma\.js"><\/script>/,
    tag.replace(/v0\.1\.0(?=\/)/, version).replace("sha384-…", hashes[name]));
  shop.pages["/thanks.js"] = { html: example("html/thanks.js"), headers: SCRIPT };
  shop.pages["/pinned"] = { html: pinned("saoma.js") };
  await buy("/pinned");

  shop.pages["/forged"] = { html: pinned("saoma_bg.wasm") };
  await browser.open({}, async (page) => {
    const refused = page.waitForEvent("console", (message) => /integrity/.test(message.text()));
    await page.goto(`${shop.origin}/forged`);
    await refused;
    assert.equal(await page.evaluate(() => customElements.get("saoma-checkout") === undefined), true);
    assert.ok(await page.getByText("cannot be shown here").isVisible());
  });
});

for (const [framework, file] of [["react-19", "react/app.jsx"], ["vue", "vue/app.js"]]) {
  test(`the app in ${file} sells, made by the lines of its README`, async () => {
    edge.clear();
    shop.pages = { "/app": { html: `<!doctype html><title>A shop</title>${block(file, "html")}` } };
    const consumer = await Consumer.open(framework);
    for (const name of await made(consumer, file)) {
      const headers = { "Content-Type": TYPES[extname(name)] };
      shop.pages[`/${name}`] = { html: readFileSync(consumer.path("public", name)), headers };
    }
    await buy("/app", (page) => page.locator('saoma-checkout[data-follower="wasm"]').waitFor());
  });
}

/** What comes of an app when a plain shell does what its README says, by name. */
async function made(consumer, file) {
  const [install, ...build] = block(file, "sh").trim().split("\n");
  assert.match(install, /^npm install saoma /, "which the consumer has done");
  await consumer.write(basename(file), example(file));
  const lines = build.join("\n").replace("npx esbuild", inProject("node_modules/.bin/esbuild"));
  await execute("sh", ["-ec", lines], { cwd: consumer.folder });
  const entries = readdirSync(consumer.path("public"), { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return paths.map((path) => relative(consumer.path("public"), path));
}

/** A block of an app's README. */
const block = (file, language) =>
  new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(example(`${dirname(file)}/README.md`))[1];
