// Where the things under test lie, and a plain word when one of them was not built.

import { existsSync, mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { parse } from "smol-toml";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A path inside the project. */
export const inProject = (...parts) => join(ROOT, ...parts);

const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR || "target");

/** The Worker as it is deployed, and the same with the development clock. */
export const WORKERS = { deployable: inProject("build/edge"), development: inProject("build/edge-dev") };

/** The static files that the Worker serves: shop and widget. */
export const ASSETS = inProject("build/www");

/** The widget as it is served, and the folder of this build's version in it. */
export const WIDGET = inProject("build/widget");
export const widgetVersion = () => readdirSync(built(WIDGET)).find((name) => /^v\d/.test(name));

/** The sandbox's program. */
export const SANDBOX = join(TARGET, "debug/saoma-sandbox");

/** A fuzz target's program, whatever platform cargo built it for. */
export function fuzzTarget(name) {
  const folder = join(TARGET, "fuzz");
  const platforms = existsSync(folder) ? readdirSync(folder) : [];
  const programs = platforms.map((platform) => join(folder, platform, "release", name));
  return programs.find((path) => existsSync(path)) ?? join(folder, name);
}

/** Where the tests' throw-away merchant is kept from run to run. */
export const MERCHANT = inProject("build/test-merchant.json");

/** Where screenshots go; git ignores it. */
export const RESULTS = inProject("test-results");

/** The path, if it is there; otherwise a failure that says what to run. */
export function built(path) {
  if (!existsSync(path)) throw new Error(`${path} is missing; \`npm run build\` makes it`);
  return path;
}

/** A new empty folder that nobody else uses. */
export const freshFolder = (name) => mkdtempSync(join(tmpdir(), `saoma-${name}-`));

/** The deployable configuration: tests run under its dates and flags. */
export const configuration = () => parse(readFileSync(inProject("edge/wrangler.toml"), "utf8"));
