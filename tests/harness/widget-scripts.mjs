// The widget's scripts as the page gets them, bundled from the sources once for a run of tests.

import { existsSync } from "node:fs";
import { Script } from "node:vm";

import { build } from "esbuild";

import { inProject } from "./project.mjs";

const SOURCES = inProject("widget/js");

/** What the tests reach. */
const ENTRY = `
  export { Engine } from "./engine.js";
  export { Follower } from "./fallback.js";
  export { Slot } from "./keys.js";
  export * as net from "./net.js";
  export * as module from "./module.js";
`;

/** Where the build put the wasm module and its glue. */
export const WASM = inProject("build/widget-raw/js/saoma_bg.wasm");
const GLUE = inProject("build/widget-raw/js/saoma_glue.js");

/** Whether there is a module to take over. */
export const HAS_WASM = existsSync(WASM) && existsSync(GLUE);

/** The glue is made by the build; without it a page is one where wasm cannot be had. */
const glue = {
  name: "glue",
  setup(bundler) {
    bundler.onResolve({ filter: /saoma_glue\.js$/ }, () =>
      HAS_WASM ? { path: GLUE } : { path: "glue", namespace: "none" },
    );
    bundler.onLoad({ filter: /.*/, namespace: "none" }, () => ({
      contents: "export default async () => { throw new Error(); }; export { n as Follower, n as draw }; let n;",
    }));
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

export const scripts = {
  /** Runs the scripts in a context; answers with what they export. */
  run(context) {
    script.runInContext(context);
    return context.saoma ?? script.runInContext(context);
  },
};
