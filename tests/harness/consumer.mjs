// A project of somebody who installed the npm package: its packed files and the framework, nothing
// of ours beside them.

import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { promisify } from "node:util";

import { build } from "esbuild";

import { built, freshFolder, inProject } from "./project.mjs";

const execute = promisify(execFile);

/** The npm package as it was built. */
export const PACKAGE = inProject("build/package");

/** Each framework's packages, by the names under which they lie among ours. */
const FRAMEWORKS = {
  "react-18": { react: "react-18", "react-dom": "react-dom-18", "@types/react": "types-react-18" },
  "react-19": { react: "react", "react-dom": "react-dom", "@types/react": "@types/react" },
  vue: { vue: "vue" },
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
    for (const [name, ours] of Object.entries(FRAMEWORKS[framework] ?? {})) await consumer.#install(ours, name);
    return consumer;
  }

  constructor(folder) {
    this.folder = folder;
  }

  /** A package that has another name here is copied: what it asks for must be found beside the copy. */
  async #install(ours, name) {
    const [from, path] = [inProject("node_modules", ours), join(this.folder, "node_modules", name)];
    await mkdir(dirname(path), { recursive: true });
    if (ours === name || name.startsWith("@types/")) await symlink(from, path);
    else await cp(from, path, { recursive: true });
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
