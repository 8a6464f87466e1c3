/** Importing the element on a server does nothing, whatever a renderer pretends to have. */
import assert from "node:assert/strict";
import test from "node:test";
import { build } from "esbuild";
import { inProject } from "../harness/project.mjs";

/** Stand for what the build writes and for the requests: neither is touched by an import. */
const ABSENT = {
  "./assets.js": "export const origin = null, wasm = null, words = {};",
  "./engine.js": "export class Engine {}",
};

const absent = {
  name: "absent",
  setup(bundler) {
    bundler.onResolve({ filter: /^\.\/(assets|engine)\.js$/ }, ({ path }) => ({
      path, namespace: "absent",
    }));
    bundler.onLoad({ filter: /.*/, namespace: "absent" }, ({ path }) => ({ contents: ABSENT[path] }));
  },
};

const { outputFiles: [{ text }] } = await build({
  entryPoints: [inProject("widget/js/element.js")],
  bundle: true,
  write: false,
  format: "esm",
  loader: { ".css": "text" },
  plugins: [absent],
});

/** A module of its own for every look: a second import of the same one would run nothing. */
const importFresh = (mark) =>
  import(`data:text/javascript,${encodeURIComponent(`${text}\n// ${mark}`)}`);

async function importsQuietly(t, mark) {
  const forbidden = t.mock.method(globalThis, "fetch", async () => assert.fail("a request"));
  const before = Reflect.ownKeys(globalThis);
  const { SaomaCheckout } = await importFresh(mark);
  assert.deepEqual(Reflect.ownKeys(globalThis), before, "nothing global");
  assert.equal(forbidden.mock.callCount(), 0);
  assert.equal(typeof SaomaCheckout, "function");
  assert.ok(SaomaCheckout.observedAttributes.includes("session"));
  return SaomaCheckout;
}

test("in Node", async (t) => {
  assert.equal(globalThis.HTMLElement, undefined);
  const SaomaCheckout = await importsQuietly(t, "plain");
  assert.doesNotThrow(() => new SaomaCheckout());
});

/** A renderer was seen to have this much of a page. */
test("with a document and no elements", async (t) => {
  globalThis.document = { createElement: () => assert.fail("an element") };
  t.after(() => delete globalThis.document);
  await importsQuietly(t, "document");
});
