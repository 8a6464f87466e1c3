// The npm package as somebody has it who installed it: every way in, every hash, and that importing
// and rendering it on a server does nothing.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Miniflare } from "miniflare";

import { Consumer, PACKAGE, packed } from "../harness/consumer.mjs";
import { WIDGET, configuration, inProject, widgetVersion } from "../harness/project.mjs";

const manifest = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8"));
const hashOf = (path) => `sha384-${createHash("sha384").update(readFileSync(path)).digest("base64")}`;

/** What the package says and does on a machine without a document. */
const NOTHING_HAPPENS = `
  import assert from "node:assert/strict";
  const { SaomaCheckout, defineSaoma, loadSaoma, version } = await import("saoma");
  assert.equal(typeof SaomaCheckout, "function");
  assert.match(version, /^\\d+\\.\\d+\\.\\d+(-[0-9a-f]{8})?$/);
  assert.equal(defineSaoma({ endpoint: "https://pay.example.com" }), null);
  assert.equal(await loadSaoma(), null);
  await import("saoma/auto");
  console.log("nothing happened");
`;

test("every file that the package names is in it, and nothing else of ours is", async () => {
  const files = await packed();
  const named = Object.values(manifest.exports).flatMap((target) =>
    typeof target === "string" ? [target] : Object.values(target));
  for (const path of [...named, manifest.main, manifest.types, manifest.unpkg, manifest.jsdelivr]) {
    const [before, behind] = path.slice(2).split("*");
    const isThere = (name) => (behind === undefined ? name === before : name.startsWith(before));
    assert.ok(files.some(isThere), path);
  }
  const expected = /^(?:(?:index|auto|react|vue|attributes)\.(?:js|d\.ts)|saoma\.js|saoma_bg\.wasm|words\/[\w-]+\.json|custom-elements\.json|sri\.json|package\.json|README\.md|LICENSE)$/;
  assert.deepEqual(files.filter((name) => !expected.test(name)), []);
  assert.deepEqual(manifest.sideEffects, ["./auto.js", "./saoma.js"]);
});

test("every file that a page may load hashes to what sri.json says", async () => {
  const folders = [PACKAGE, join(WIDGET, widgetVersion())];
  const loaded = /^(?:[^/]+\.(?:js|wasm)|words\/[^/]+\.json)$/;
  const written = (await packed()).filter((name) => loaded.test(name));
  for (const folder of folders) {
    const hashes = JSON.parse(readFileSync(join(folder, "sri.json"), "utf8"));
    for (const [name, hash] of Object.entries(hashes)) assert.equal(hash, hashOf(join(folder, name)), name);
    const expected = folder === PACKAGE ? written : written.filter((name) => /^saoma|^words/.test(name));
    assert.deepEqual(Object.keys(hashes).sort(), expected);
  }
});

test("the package's version is the script's and the Rust crate's", () => {
  assert.equal(widgetVersion().split("-")[0], `v${manifest.version}`);
  assert.ok(readFileSync(inProject("Cargo.toml"), "utf8").includes(`version = "${manifest.version}"`));
});

test("bundlers find every file that the package's script loads", () => {
  const script = readFileSync(join(PACKAGE, "index.js"), "utf8");
  const seen = [...script.matchAll(/new URL\("\.\/([^"]+)",import\.meta\.url\)/g)].map(([, name]) => name);
  const hashes = Object.keys(JSON.parse(readFileSync(join(PACKAGE, "sri.json"), "utf8")));
  const loaded = hashes.filter((name) => /^saoma_bg\.wasm$|^words\/(?!en\.)/.test(name));
  assert.deepEqual(seen.sort(), loaded);
});

test("importing the package in Node does nothing", async () => {
  const consumer = await Consumer.open();
  assert.equal(await consumer.run(NOTHING_HAPPENS), "nothing happened");
  assert.equal(
    await consumer.run(`globalThis.document = {}; globalThis.window = globalThis; ${NOTHING_HAPPENS}`),
    "nothing happened",
    "some servers define a document, and no elements",
  );
});

test("importing the package in workerd does nothing", async () => {
  const main = `
    import { SaomaCheckout, defineSaoma, loadSaoma } from "./index.js";
    import "./auto.js";
    export default {
      async fetch() {
        return Response.json([typeof SaomaCheckout, defineSaoma(), await loadSaoma()]);
      },
    };`;
  const files = ["index.js", "auto.js"].map((name) => [name, readFileSync(join(PACKAGE, name), "utf8")]);
  const worker = new Miniflare({
    compatibilityDate: configuration().compatibility_date,
    modules: [["main.js", main], ...files].map(([path, contents]) => ({ type: "ESModule", path, contents })),
    cf: false,
  });
  try {
    const reply = await worker.dispatchFetch("http://localhost/");
    assert.deepEqual(await reply.json(), ["function", null, null]);
  } finally {
    await worker.dispose();
  }
});

/** A page of a shop, rendered to a string by a server. */
const REACT_PAGE = `
  import { renderToString } from "react-dom/server";
  import { SaomaCheckout } from "saoma/react";
  const page = (
    <SaomaCheckout product="oolong-250" quantity={2} buyer={{ name: "Li" }} open={false} noCountdown
      className="box" returnUrl="/thanks" messages={{ brand: "Tea" }} onPaid={() => {}}>
      <a href="/pay">pay</a>
    </SaomaCheckout>
  );
  console.log(renderToString(page));
`;
/** An attribute that is there says nothing, but in React 18, where it says "true". */
const renderedBy = (react) =>
  '<saoma-checkout product="oolong-250" quantity="2" buyer="{&quot;name&quot;:&quot;Li&quot;}" ' +
  `no-countdown="${react === "react-18" ? "true" : ""}" return-url="/thanks" class="box">` +
  '<a href="/pay">pay</a></saoma-checkout>';

for (const react of ["react-18", "react-19"]) {
  test(`${react} renders the tag on a server, bundled or not`, async () => {
    const consumer = await Consumer.open(react);
    for (const format of ["cjs", "esm"]) {
      const page = await consumer.bundle(REACT_PAGE, { platform: "node", format, name: format });
      assert.equal(await consumer.node(page), renderedBy(react), format);
    }
    const plain = REACT_PAGE.replace(/const page = [^]*?\);\n/, `
      import { createElement } from "react";
      const page = createElement(SaomaCheckout, { session: "a.b.c" });
    `);
    const major = await consumer.run('import { version } from "react"; console.log(version.split(".")[0]);');
    assert.equal(`react-${major}`, react);
    assert.equal(await consumer.run(plain), '<saoma-checkout session="a.b.c"></saoma-checkout>');
  });
}

test("Vue renders the tag on a server, bundled or not", async () => {
  const consumer = await Consumer.open("vue");
  const page = `
    import { createSSRApp, h } from "vue";
    import { renderToString } from "vue/server-renderer";
    import { SaomaCheckout } from "saoma/vue";
    const props = {
      product: "oolong-250", quantity: 2, buyer: { name: "Li" }, open: false, noCountdown: true,
      class: "box", "return-url": "/thanks", messages: { brand: "Tea" }, onPaid() {},
    };
    const app = createSSRApp(() => h(SaomaCheckout, props, () => h("a", { href: "/pay" }, "pay")));
    renderToString(app).then((html) => console.log(html));
  `;
  const expected =
    '<saoma-checkout product="oolong-250" quantity="2" buyer="{&quot;name&quot;:&quot;Li&quot;}" ' +
    'no-countdown return-url="/thanks" class="box"><a href="/pay">pay</a></saoma-checkout>';
  assert.equal(await consumer.run(page), expected);
  const bundled = await consumer.bundle(page, { platform: "node", format: "cjs" });
  assert.equal(await consumer.node(bundled), expected);
});
