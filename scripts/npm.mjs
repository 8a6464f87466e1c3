/**
 * The npm packages, exactly as package-lock.json has them.
 *
 * Install scripts stay off: nothing we use needs one, and a package should not run a program on
 * this machine merely by being fetched.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { inProject, node, STATE } from "./paths.mjs";
import { join } from "node:path";
import { locked } from "./lock.mjs";
import { NODE_MAJOR_MIN } from "./pins.mjs";
import { capture, run } from "./run.mjs";
import { Plain, step } from "./say.mjs";

const STAMP = inProject("node_modules", ".saoma-installed");

/** Installs the packages unless node_modules already holds this very lock file's. */
export async function ensurePackages() {
  const wanted = createHash("sha256")
    .update(await readFile(inProject("package-lock.json")))
    .digest("hex");
  const have = async () => (await readFile(STAMP, "utf8").catch(() => "")) === wanted;
  if (await have()) return;
  await locked(join(STATE, "npm.lock"), async () => {
    if (await have()) return;
    await step("npm packages", install);
    await writeFile(STAMP, wanted);
  });
}

/** Said outright, since NODE_ENV=production or npm's own settings would leave them out. */
const ALL = ["--include=dev", "--include=optional"];

async function install() {
  const args = ["ci", ...ALL, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await run("npm", args, { quiet: true }).catch((error) => {
    throw new Plain(
      `${error.message}\n\nnpm could not install the packages. If its registry was not ` +
        `reachable, check the network or npm's own settings (npm config get registry) and run ` +
        `this again.`,
    );
  });
}

/** Refuses a Node that wrangler would not run on, and says what to do. */
export async function ensureNode() {
  const version = existsSync(node()) ? await capture(node(), ["--version"]) : null;
  const major = Number(/^v(\d+)/.exec(version ?? "")?.[1] ?? 0);
  if (major >= NODE_MAJOR_MIN) return;
  throw new Plain(
    `Node ${NODE_MAJOR_MIN} or later is needed and npm had none for ${process.platform} ` +
      `${process.arch} (found ${version?.trim() ?? "none"}). Install it and run this again.`,
  );
}
