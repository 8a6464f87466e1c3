// A project of somebody who installed the npm package: its packed files and the framework, nothing
// of ours beside them.

import { execFile } from "node:child_process";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { promisify } from "node:util";

import { build } from "esbuild";

import { built, freshFolder, inProject } from "./project.mjs";

const execute = promisify(execFile);

/** The npm package as it was built. */
export const PACKAGE = inProject("build/package");

/** Where each framework's own packages lie. */
const FRAMEWORKS = {
  "react-18": [inProject("tests/react-18/node_modules"), ["react", "react-dom", "@types/react"]],
  "react-19": [inProject("node_modules"), ["react", "react-dom", "@types/react"]],
  vue: [inProject("node_modules"), ["vue"]],
};

/** What `npm pack` would put into the package, by name. */
export async function packed() {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts", "--loglevel=error"];
  const { stdout } = await execute("npm", args, { cwd: built(PACKAGE) });
  return JSON.parse(stdout)[0].files.map(({ path }) => path).sort();
}

/** Frameworks find fault aloud in development only; Vue wants to be told outright. */
const DEVELOPMENT = {
  "process.env.NODE_ENV": '"development"',
  __VUE_OPTIONS_API__: "true",
  __VUE_PROD_DEVTOOLS__: "false",
  __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "true",
};

/** Frameworks' own files still ask for each other in the old way. */
const REQUIRE =
  'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

export class Consumer {
  /** A project of one framework ("react-18", "react-19", "vue"), or of none. */
  static async open(framework) {
    const folder = freshFolder("consumer");
    after(() => rm(folder, { recursive: true, force: true }));
    const consumer = new Consumer(folder);
    await consumer.write("package.json", '{ "type": "module", "private": true }');
    const args = ["pack", "--ignore-scripts", "--loglevel=error", "--pack-destination", folder];
    const { stdout } = await execute("npm", args, { cwd: built(PACKAGE) });
    const home = join(folder, "node_modules", "saoma");
    await mkdir(home, { recursive: true });
    const unpack = ["-xzf", join(folder, stdout.trim()), "-C", home, "--strip-components=1"];
    await execute("tar", unpack);
    const [from, names] = FRAMEWORKS[framework] ?? [null, []];
    for (const name of names) await consumer.#link(join(from, name), name);
    return consumer;
  }

  constructor(folder) {
    this.folder = folder;
  }

  async #link(target, name) {
    const path = join(this.folder, "node_modules", name);
    await mkdir(dirname(path), { recursive: true });
    await symlink(target, path);
  }

  path(...parts) {
    return join(this.folder, ...parts);
  }

  async write(name, text) {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), text);
    return this.path(name);
  }

  /** The text of a file that is there. */
  read(path) {
    return readFile(path, "utf8");
  }

  /** Runs a module's text in a Node of its own; what it prints. Anything on stderr is a failure. */
  async run(text, name = "run.mjs") {
    const path = await this.write(name, text);
    return this.node(path);
  }

  /** Runs a file that is there. */
  async node(path) {
    const { stdout, stderr } = await execute(process.execPath, [path], { cwd: this.folder });
    if (stderr) throw new Error(stderr);
    return stdout.trim();
  }

  /** Bundles a module's text as an app's tools would; answers the path of the result. */
  async bundle(text, { platform = "browser", format = "esm", name = "app" } = {}) {
    const extension = format === "cjs" ? "cjs" : "mjs";
    const outfile = this.path(`${name}.${extension}`);
    const entry = await this.write(`${name}.jsx`, text);
    await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      platform,
      format,
      jsx: "automatic",
      banner: { js: platform === "node" && format === "esm" ? REQUIRE : "" },
      define: DEVELOPMENT,
      // What a server's bundle does with `import.meta` is what the test looks at.
      logOverride: { "empty-import-meta": "silent" },
      logLevel: "warning",
    });
    return outfile;
  }
}
