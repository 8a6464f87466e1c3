// The Rust half: cargo → wasm-bindgen → no words for panics → nothing that is not read → wasm-opt.
//
// Tools are taken from PATH, or from CARGO, WASM_BINDGEN and WASM_OPT.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { SHORTEN, shortenGlue } from "./border.mjs";
import { thinGlue } from "./glue.mjs";
import { silencePanics } from "./panics.mjs";
import { ROOT, TARGET } from "./places.mjs";
import { forgetUnread } from "./unread.mjs";

/** What the module may use: every browser of the last three years has it. */
const FEATURES = [
  "bulk-memory", "nontrapping-float-to-int", "sign-ext", "mutable-globals", "reference-types",
  "multivalue",
];

/**
 * LLVM's own idea of small is measured before compression. Of 10, 25, 40, 60 and 100 this made the
 * smallest module, by 600 bytes of brotli.
 */
const INLINING = ["-Cllvm-args=-inline-threshold=40"];

/** Builds `saoma_glue.js` and the small `saoma_bg.wasm` into `folder`. */
export function buildWasm(folder) {
  // The encoded form, since a path may hold a space.
  const flags = remaps().map(([from, to]) => `--remap-path-prefix=${from}=${to}`);
  const env = { ...process.env, CARGO_ENCODED_RUSTFLAGS: [...flags, ...INLINING].join("\x1f") };
  const crate = ["-p", "saoma-widget", "--lib", "--profile", "widget"];
  run("CARGO", "cargo", ["build", ...crate, "--target", "wasm32-unknown-unknown"], env);
  run("WASM_BINDGEN", "wasm-bindgen", [
    join(TARGET, "wasm32-unknown-unknown", "widget", "widget.wasm"),
    ...["--target", "web", "--omit-default-module-path", "--no-typescript", "--keep-debug"],
    ...["--out-name", "saoma_glue", "--out-dir", folder],
  ]);
  const [named, whole, small] = ["saoma_glue_bg", "saoma_whole", "saoma_bg"].map((name) => join(folder, `${name}.wasm`));
  silencePanics(named);
  // The whole one stays beside the small one, for the test that compares what both draw.
  const namesOfWhole = shrink(named, whole);
  forgetUnread(named);
  const names = shrink(named, small);
  if (names !== namesOfWhole) throw new Error("one glue does not fit both modules");
  const glue = join(folder, "saoma_glue.js");
  thinGlue(glue);
  shortenGlue(glue, names);
}

/** Makes the module at `named` a small one at `small`; answers with what its names have become. */
function shrink(named, small) {
  const features = FEATURES.map((name) => `--enable-${name}`);
  run("WASM_OPT", "wasm-opt", [
    // A large function that has one caller is smaller to the compressor where it stands alone.
    ...["-Os", "--converge", "--one-caller-inline-max-function-size", "40"],
    ...["--strip-debug", "--strip-producers", "--strip-target-features"],
    ...[...features, named, "-o", small],
  ]);
  return run("WASM_OPT", "wasm-opt", [SHORTEN, ...features, small, "-o", small]);
}

/**
 * Source files are named in what is built: ours by their path here, others' without this machine's,
 * and the standard library's as where it was compiled, whether its sources are installed or not.
 *
 * Each is a place and what stands for it. Of several that fit, the compiler takes the last.
 */
export function remaps(env = process.env) {
  // A machine that has built nothing yet has no sources, and so no folder for them to be named after.
  run("CARGO", "cargo", ["fetch", "--quiet", "--locked", "--target", "wasm32-unknown-unknown"], env);
  const [sysroot, version] = [["--print", "sysroot"], ["-vV"]].map((args) => run("RUSTC", "rustc", args, env));
  const [, commit] = /^commit-hash: (\w+)$/m.exec(version);
  const cargoHome = env.CARGO_HOME ?? join(homedir(), ".cargo");
  // A registry's folder is named after its host, which differs from one set-up to the next.
  const crates = join(cargoHome, "registry", "src");
  const registries = existsSync(crates) ? readdirSync(crates) : [];
  return [
    // Cargo's own folders may lie in the project's, as on machines that keep nothing else.
    [ROOT, ""],
    ...registries.map((name) => [join(crates, name), ""]),
    [join(sysroot.trim(), "lib", "rustlib", "src", "rust"), `/rustc/${commit}`],
  ];
}

/** Runs a tool, and answers what it said. */
function run(variable, program, args, env = process.env) {
  const stdio = ["inherit", "pipe", "inherit"];
  return execFileSync(process.env[variable] ?? program, args, { cwd: ROOT, stdio, env, encoding: "utf8" });
}
