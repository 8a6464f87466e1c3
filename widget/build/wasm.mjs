// The Rust half: cargo → wasm-bindgen → no words for panics → wasm-opt.
//
// Tools are taken from PATH, or from CARGO, WASM_BINDGEN and WASM_OPT.

import { execFileSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";

import { silencePanics } from "./panics.mjs";
import { ROOT, TARGET } from "./places.mjs";

/** What the module may use: every browser of the last three years has it. */
const FEATURES = [
  "bulk-memory", "nontrapping-float-to-int", "sign-ext", "mutable-globals", "reference-types",
  "multivalue",
];

/** Builds `saoma_glue.js` and the small `saoma_bg.wasm` into `folder`. */
export function buildWasm(folder) {
  // Panic messages name source files: ours by their path here, others' without this machine's.
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  const remaps = [[join(cargoHome, "registry", "src"), ""], [ROOT, ""]];
  const flags = remaps.map(([from, to]) => `--remap-path-prefix=${from}=${to}`);
  // The encoded form, since a path may hold a space.
  const env = { ...process.env, CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f") };
  const crate = ["-p", "saoma-widget", "--lib", "--profile", "widget"];
  run("CARGO", "cargo", ["build", ...crate, "--target", "wasm32-unknown-unknown"], env);
  run("WASM_BINDGEN", "wasm-bindgen", [
    join(TARGET, "wasm32-unknown-unknown", "widget", "widget.wasm"),
    ...["--target", "web", "--omit-default-module-path", "--no-typescript", "--keep-debug"],
    ...["--out-name", "saoma_glue", "--out-dir", folder],
  ]);
  silencePanics(join(folder, "saoma_glue_bg.wasm"));
  run("WASM_OPT", "wasm-opt", [
    ...["-Os", "--converge", "--strip-debug", "--strip-producers", "--strip-target-features"],
    ...FEATURES.map((name) => `--enable-${name}`),
    ...[join(folder, "saoma_glue_bg.wasm"), "-o", join(folder, "saoma_bg.wasm")],
  ]);
}

function run(variable, program, args, env = process.env) {
  execFileSync(process.env[variable] ?? program, args, { cwd: ROOT, stdio: "inherit", env });
}
