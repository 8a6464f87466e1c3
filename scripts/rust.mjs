/**
 * Sees to Rust: the toolchain that rust-toolchain.toml names, its wasm32 target, and the
 * command-line tools that cargo builds.
 *
 * A tool is built into a folder named by its version, beside the ones of other versions, and moved
 * there only when whole. What exists is therefore complete, and is not built again by the next
 * clone.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { locked } from "./lock.mjs";
import { inProject, TOOLS } from "./paths.mjs";
import { RUST_TOOLS, WASM_TARGET } from "./pins.mjs";
import { capture, run } from "./run.mjs";
import { Plain, step } from "./say.mjs";

/** Built for a few seconds' use each, so built fast: no optimisation, no debug information. */
const QUICK_BUILD = {
  CARGO_PROFILE_RELEASE_OPT_LEVEL: "0",
  CARGO_PROFILE_RELEASE_LTO: "off",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "256",
  CARGO_PROFILE_RELEASE_DEBUG: "0",
};

/** The program of a pinned tool, whether built yet or not. */
export function rustTool(name) {
  return join(home(name), "bin", name);
}

/** `env` with the folders of the given tools in front of PATH. */
export function withTools(env, names) {
  const folders = names.map((name) => dirname(rustTool(name)));
  return { ...env, PATH: [...folders, env.PATH].join(delimiter) };
}

function home(name) {
  const { crate, version } = RUST_TOOLS[name];
  return join(TOOLS, `${crate}-${version}-${process.platform}-${process.arch}`);
}

/** The compiler and the wasm32 target. */
export async function ensureToolchain() {
  const sysroot = (await sysrootFolder()) ?? (await installToolchain());
  if (existsSync(join(sysroot, "lib", "rustlib", WASM_TARGET, "lib"))) return;
  await step(`Rust's ${WASM_TARGET} target`, () =>
    run("rustup", ["target", "add", WASM_TARGET], { quiet: true }).catch((error) => {
      throw new Plain(
        `${error.message}\n\nThe Rust target ${WASM_TARGET} could not be added. With rustup:\n` +
          `  rustup target add ${WASM_TARGET}\n` +
          `With a Rust from your system's packages, install its wasm32 standard library.`,
      );
    }),
  );
}

/** Where the compiler lives; null when it is not there, or not in the pinned version. */
async function sysrootFolder() {
  return (await capture("rustc", ["--print", "sysroot"]))?.trim() ?? null;
}

async function installToolchain() {
  if ((await capture("rustup", ["--version"])) === null) {
    throw new Plain("Rust is missing. Install rustup (https://rustup.rs), then run this again.");
  }
  const pinned = await readFile(inProject("rust-toolchain.toml"), "utf8");
  const channel = /^channel = "(.+)"$/m.exec(pinned)[1];
  const components = ["--profile", "minimal", "--component", "rustfmt", "--component", "clippy"];
  await step(`Rust ${channel}`, () =>
    run("rustup", ["toolchain", "install", channel, ...components], { quiet: true }),
  );
  return sysrootFolder();
}

/** The named tools, each built if its folder is not there. */
export async function ensureRustTools(names) {
  if (names.every((name) => existsSync(rustTool(name)))) return;
  await locked(join(TOOLS, "lock"), async () => {
    for (const name of names) {
      if (!existsSync(rustTool(name))) await build(name);
    }
  });
}

async function build(name) {
  const { crate, version, locked: useLock } = RUST_TOOLS[name];
  const unfinished = `${home(name)}.unfinished`;
  const args = ["install", `${crate}@${version}`, "--root", unfinished, "--quiet"];
  const env = { ...process.env, ...QUICK_BUILD, CARGO_TARGET_DIR: join(TOOLS, "target") };
  await mkdir(TOOLS, { recursive: true });
  await rm(unfinished, { recursive: true, force: true });
  await step(`${crate} ${version}, built with cargo`, () =>
    run("cargo", useLock ? [...args, "--locked"] : args, { env, quiet: true }).catch((error) => {
      throw new Plain(`${error.message}\n\n${advice(crate, version)}`);
    }),
  );
  await rm(home(name), { recursive: true, force: true });
  await rename(unfinished, home(name));
}

function advice(crate, version) {
  return (
    `${crate} ${version} could not be built. If cargo could not reach its registry, check the ` +
    `network or cargo's own settings (~/.cargo/config.toml) and run this again; finished tools ` +
    `are kept in ${TOOLS}.\n` +
    `If a C compiler, pkg-config or OpenSSL's headers are missing, install them ` +
    `(Debian: apt-get install gcc libc6-dev pkg-config libssl-dev).`
  );
}
