// A page with the real element on a played engine, and the gallery with the real shell: bundled from
// the sources, served under the strictest policy that they are meant for.

import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after, before } from "node:test";

import { build } from "esbuild";

import { inProject } from "./project.mjs";

const ENTRY = `
  import { SaomaCheckout } from "./element.js";
  customElements.define("saoma-checkout", SaomaCheckout);
`;

/** Behind \`?late\` the script is not in the page: the test brings it when it wants. */
const page = (query) => `<!doctype html>
<html lang="en">
  <meta name="viewport" content="width=device-width">
  <title>A shop</title>
  ${query === "late" ? "" : '<script type="module" src="/saoma.js"></script>'}
  <body><button id="buy">Buy</button><form id="form"></form></body>
</html>`;

const POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

const TYPES = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".json": "application/json" };

const plugins = (locales) => [{
  name: "played",
  setup(bundler) {
    const words = Object.fromEntries(locales.map((tag) => [tag, { url: `/words/${tag}.json`, integrity: "" }]));
    const assets = `export const origin = location.origin, wasm = null, words = ${JSON.stringify(words)};`;
    bundler.onResolve({ filter: /^\.\/engine\.js$/ }, () => ({ path: inProject("tests/harness/played-engine.js") }));
    bundler.onResolve({ filter: /^\.\/assets\.js$/ }, () => ({ path: "assets", namespace: "played" }));
    bundler.onLoad({ filter: /./, namespace: "played" }, () => ({ contents: assets }));
  },
}];

async function bundle(entry) {
  const names = (await readdir(inProject("widget/words"))).map((name) => name.replace(".json", ""));
  const { outputFiles } = await build({
    ...entry,
    bundle: true,
    write: false,
    format: "esm",
    loader: { ".css": "text" },
    plugins: plugins(names.filter((tag) => tag !== "en")),
  });
  return outputFiles[0].text;
}

/** Serves both for the tests of a file; `url` is where. */
export function useElementPage() {
  const served = { url: "" };
  let server;
  before(async () => {
    const made = new Map([
      ["/saoma.js", await bundle({ stdin: { contents: ENTRY, resolveDir: inProject("widget/js") } })],
      ["/gallery/shell.js", await bundle({ entryPoints: [inProject("widget/js/gallery.js")] })],
    ]);
    server = createServer(async (request, response) => {
      const { pathname, search } = new URL(request.url, "http://localhost");
      const path = pathname === "/gallery/" ? "/gallery/index.html" : pathname;
      response.setHeader("Content-Security-Policy", POLICY);
      response.setHeader("Content-Type", TYPES[extname(path)] ?? "text/html");
      const files = [join(inProject("widget"), path), join(inProject("www"), path)];
      const file = /^\/(words|gallery)\//.test(path) && files.find((name) => existsSync(name));
      response.end(made.get(path) ?? (file ? await readFile(file) : page(search.slice(1))));
    });
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    served.url = `http://127.0.0.1:${server.address().port}`;
  });
  after(() => {
    server?.closeAllConnections();
    server?.close();
  });
  return served;
}
