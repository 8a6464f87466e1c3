/**
 * Where things are. Every other script asks here, so that a folder is renamed in one line.
 *
 * Only built-in modules are imported by anything that set-up needs: it runs before node_modules
 * exists.
 */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** A path inside the project. */
export const inProject = (...parts) => join(ROOT, ...parts);

/**
 * Where built command-line tools are kept, outside the project, so that a second clone finds them.
 * `SAOMA_TOOLS` moves the folder.
 */
export const TOOLS =
  process.env.SAOMA_TOOLS || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "saoma");

/** What cargo builds; `CARGO_TARGET_DIR` is respected as cargo itself does. */
export const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR || "target");

/** The sandbox's program, built without optimisation but for its cryptography. */
export const SANDBOX_PROGRAM = join(TARGET, "debug", "saoma-sandbox");

/** The state of what runs on this machine; `npm run reset` empties it. */
export const STATE = inProject(".saoma");

/** What is kept in it. */
export const FILES = {
  dev: join(STATE, "dev.json"),
  sandbox: join(STATE, "sandbox"),
  merchants: join(STATE, "merchants.json"),
  worker: join(STATE, "state"),
  config: join(STATE, "edge", "wrangler.toml"),
  secrets: join(STATE, "edge", ".dev.vars"),
  keys: join(STATE, "edge", "keys.json"),
  logs: join(STATE, "log"),
  registry: join(STATE, "registry"),
  cache: join(STATE, "cache"),
};

/** The Node that wrangler, miniflare and the suites run on: the pinned one where npm has it. */
export function node() {
  const pinned = inProject("node_modules", `node-linux-${process.arch}`, "bin", "node");
  return existsSync(pinned) ? pinned : process.execPath;
}

/** A program that npm installed, by its name. */
export const npmProgram = (name) => inProject("node_modules", ".bin", name);
