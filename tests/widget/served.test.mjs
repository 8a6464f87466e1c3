// The widget's files as Cloudflare's runtime serves them: whose pages may load them, for how long they
// are kept, and that a version's folder is not taken for the API's.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Miniflare } from "miniflare";

import { assetsOfScript } from "../../widget/build/assets.mjs";
import { bundle } from "../../widget/build/bundle.mjs";
import { PACKAGE } from "../harness/consumer.mjs";
import { WIDGET, configuration, freshFolder, inProject, widgetVersion } from "../harness/project.mjs";

const FOR_EVER = "public, max-age=31536000, immutable";
const version = widgetVersion();
const words = readdirSync(join(WIDGET, version, "words")).map((name) => `words/${name}`);

const folder = freshFolder("served");
let server;
before(async () => {
  await cp(inProject("www", "_headers"), join(folder, "_headers"));
  await cp(WIDGET, folder, { recursive: true });
  // What the first release with a whole number will be served as, and something in its way.
  await mkdir(join(folder, "v1.0.0"));
  await writeFile(join(folder, "v1.0.0", "saoma.js"), "export {};");
  await mkdir(join(folder, "v1"));
  await writeFile(join(folder, "v1", "session"), "a file");
  const { compatibility_date, assets } = configuration();
  server = new Miniflare({
    cf: false,
    compatibilityDate: compatibility_date,
    modules: true,
    script: 'export default { fetch: () => new Response("the Worker", { status: 404 }) };',
    assets: {
      directory: folder,
      binding: "ASSETS",
      routerConfig: { has_user_worker: true, static_routing: { user_worker: assets.run_worker_first } },
    },
  });
});
after(async () => {
  await server?.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** What a page on another origin is told. */
async function ask(path) {
  const reply = await server.dispatchFetch(`http://localhost${path}`, {
    headers: { Origin: "https://anybody.example" },
  });
  const bytes = Buffer.from(await reply.arrayBuffer());
  return { status: reply.status, header: (name) => reply.headers.get(name), bytes };
}

const SCRIPT = /^(?:text|application)\/javascript/;
const FILES = [
  ["/saoma.js", SCRIPT, "public, max-age=300"],
  [`/${version}/saoma.js`, SCRIPT, FOR_EVER],
  // Streaming compilation takes no other type.
  [`/${version}/saoma_bg.wasm`, /^application\/wasm$/, FOR_EVER],
  [`/${version}/sri.json`, /^application\/json/, FOR_EVER],
  ...words.map((name) => [`/${version}/${name}`, /^application\/json/, FOR_EVER]),
  ["/v1.0.0/saoma.js", SCRIPT, FOR_EVER],
];

test("any page may load the widget's files, and keeps a version's for ever", async () => {
  for (const [path, type, kept] of FILES) {
    const { status, header } = await ask(path);
    assert.equal(status, 200, path);
    assert.match(header("content-type"), type, path);
    assert.equal(header("cache-control"), kept, path);
    assert.equal(header("access-control-allow-origin"), "*", path);
    assert.equal(header("cross-origin-resource-policy"), "cross-origin", path);
    assert.equal(header("x-content-type-options"), "nosniff", path);
  }
});

test("what is below /v1/ is the API's, and a version that is not there is asked of the Worker", async () => {
  for (const path of ["/v1/session", "/v1/sessions", "/v0.0.0/saoma.js", `/${version}/nothing.js`]) {
    const { status, header, bytes } = await ask(path);
    assert.equal(status, 404, path);
    assert.equal(String(bytes), "the Worker", path);
    assert.equal(header("cache-control"), null, path);
  }
});

test("the evergreen script takes its files from its version's folder, and nothing from elsewhere", async () => {
  const script = String((await ask("/saoma.js")).bytes);
  // Words by their folder and a list of tags; each is there (below).
  const named = [...script.matchAll(/["`](\.\/v[^"`$]+|[^"`]*\.wasm)["`$]/g)].map(([, path]) => path);
  assert.deepEqual(named.sort(), ["saoma_bg.wasm", "words/"].map((name) => `./${version}/${name}`));
  const tags = words.map((name) => name.slice("words/".length, -".json".length)).filter((tag) => tag !== "en");
  assert.ok(script.includes(`"${tags.sort().join(" ")}"`), "every language is known to it");
  // The name of a namespace, and what a shop is advised to write.
  const origins = new Set([...script.matchAll(/https?:\/\/[\w.-]+/g)].map(([origin]) => origin));
  assert.deepEqual([...origins].sort(), ["http://www.w3.org", "https://pay.example.com"]);
});

test("the script's bytes depend on the sources alone", async () => {
  const files = new Map(["saoma_bg.wasm", ...words].map((name) => [name, readFileSync(join(WIDGET, version, name))]));
  const origin = "new URL(import.meta.url).origin";
  const assets = assetsOfScript({ version: version.slice(1), files, folder: "./", origin });
  const again = await bundle(inProject("build/widget-raw/js/saoma.js"), { assets });
  assert.ok(again.equals(readFileSync(join(WIDGET, version, "saoma.js"))));
});

test("nothing of the machine that built it is in any file", () => {
  const folders = [WIDGET, PACKAGE].flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)));
  assert.ok(folders.length > 20, "files were found");
  for (const path of folders) {
    const text = readFileSync(path, "latin1");
    for (const place of [inProject(), homedir(), "registry/src", "crates.io", ".cargo/"]) assert.ok(!text.includes(place), `${path}: ${place}`);
  }
});
