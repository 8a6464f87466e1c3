// The widget's scripts, bundled from the sources once for a run of tests, with the module that the
// build made.

import { readFileSync } from "node:fs";
import { Script } from "node:vm";

import { build } from "esbuild";

import { built, inProject } from "./project.mjs";

const SOURCES = inProject("widget/js");
const BUILT = inProject("build/widget-raw/js");

/** What the tests reach. */
const ENTRY = `
  export { Engine } from "./engine.js";
  export { Follower } from "./fallback.js";
  export { Slot } from "./keys.js";
  export { exchange } from "./net.js";
  export * as module from "./module.js";
  export * as glue from "./saoma_glue.js";
  export * as wire from "./wire.js";
`;

/** The build puts the module's glue beside the scripts. */
const glue = {
  name: "glue",
  setup({ onResolve }) {
    onResolve({ filter: /saoma_glue\.js$/ }, () => ({ path: built(`${BUILT}/saoma_glue.js`) }));
  },
};

const { outputFiles } = await build({
  stdin: { contents: ENTRY, resolveDir: SOURCES },
  bundle: true,
  write: false,
  format: "iife",
  globalName: "saoma",
  target: "es2022",
  plugins: [glue],
});

const script = new Script(outputFiles[0].text, { filename: "widget.js" });

/** Runs the scripts in a context; answers with what they export. */
export function runScripts(context) {
  script.runInContext(context);
  return context.saoma;
}

let bytes;

/** The wasm module. */
export const moduleBytes = () => (bytes ??= readFileSync(built(`${BUILT}/saoma_bg.wasm`)));
