/**
 * Builds what runs: the Worker, the widget, the folder of static files and the sandbox.
 *
 * Everything goes to build/, and twice: as it is deployed (`edge`, `www`) and as it is developed
 * against (`edge-dev`, with the cargo feature `dev-clock`; `www-dev`, which links to the sandbox's
 * phone). Both Workers come from the same profile; the one of development is only spared wasm-opt,
 * which takes half of the time and changes nothing but size.
 */
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { basename, delimiter, dirname, join } from "node:path";
import { unlessUnchanged } from "./fingerprint.mjs";
import { inProject, node, npmProgram, TARGET } from "./paths.mjs";
import { RUST_TOOLS } from "./pins.mjs";
import { run } from "./run.mjs";
import { rustTool, withTools } from "./rust.mjs";
import { say, step } from "./say.mjs";

const MANIFESTS = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "package-lock.json"];

/** The environment that every build and every suite gets: pinned tools first on PATH. */
export function toolEnv() {
  const env = withTools(process.env, Object.keys(RUST_TOOLS));
  const npm = [dirname(node()), inProject("node_modules", ".bin")];
  return {
    ...env,
    PATH: [...npm, env.PATH].join(delimiter),
    // Said outright: cargo's own settings may name another folder than the one we look in.
    CARGO_TARGET_DIR: TARGET,
    WASM_BINDGEN_BIN: rustTool("wasm-bindgen"),
    WASM_OPT_BIN: npmProgram("wasm-opt"),
    ESBUILD_BIN: npmProgram("esbuild"),
  };
}

/** The Worker: `edge` as it is deployed, or `edge-dev`. */
export async function buildWorker(name) {
  const isDev = name === "edge-dev";
  const args = [".", "--release", "--out-dir", `../build/${name}`].concat(
    isDev ? ["--no-opt", "--", "--features", "dev-clock"] : [],
  );
  await build({
    name,
    what: isDev ? "Worker, for development" : "Worker",
    output: inProject("build", name, "index.js"),
    // The hosted page repeats sentences of the widget.
    inputs: ["edge/src", "edge/Cargo.toml", "widget/words", "wechatpay", "checkout", ...MANIFESTS],
    settings: JSON.stringify([args, RUST_TOOLS]),
    work: () => run(rustTool("worker-build"), args, quietly({ cwd: inProject("edge") })),
  });
}

/** The widget, by its own build script. */
export async function buildWidget() {
  await build({
    name: "widget",
    what: "widget",
    output: inProject("build", "widget", "saoma.js"),
    inputs: ["widget", "checkout", "releases/manifest.json", "LICENSE", ...MANIFESTS],
    settings: JSON.stringify(RUST_TOOLS),
    work: () => run(node(), ["widget/build.mjs"], quietly({})),
  });
}

/**
 * The static files: the shop, the widget, and the versions of the widget that pages may have pinned;
 * `phone` is the sandbox's address, in development, where the gallery of the widget's states is too.
 */
export async function gatherAssets(name, { phone } = {}) {
  const folder = inProject("build", name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const gallery = inProject("www", "gallery");
  await cp(inProject("www"), folder, { recursive: true, filter: (path) => phone || path !== gallery });
  await cp(inProject("build", "widget"), folder, { recursive: true });
  const isReleased = (path) => basename(path) !== "manifest.json";
  await cp(inProject("releases"), folder, { recursive: true, filter: isReleased });
  // A file, not a route: the Worker's module stays small, and reading it wakes nobody.
  await cp(inProject("docs", "openapi.yaml"), join(folder, "openapi.yaml"));
  if (!phone) return;
  await cp(inProject("build", "gallery"), join(folder, "gallery"), { recursive: true });
  await writeFile(join(folder, "shop.json"), JSON.stringify({ phone }));
}

/** The sandbox's program; cargo itself knows whether there is anything to do. */
export async function buildSandbox() {
  const args = ["build", "--quiet", "-p", "saoma-sandbox"];
  await step("sandbox", () => run("cargo", args, quietly({})));
}

/** The sandbox as it is shipped, and what puts it under load. */
export async function buildPlatformLoad() {
  const args = ["build", "--quiet", "--release", "-p", "saoma-sandbox", "--bins", "--example", "load"];
  await step("sandbox, optimised", () => run("cargo", args, quietly({})));
}

/** Every native test, compiled while the processor waits for other builds; failures show later. */
export async function buildRustTests() {
  const args = ["test", "--quiet", "--workspace", "--no-run"];
  await step("native tests", () => run("cargo", args, quietly({})).catch(() => {}));
}

/** How cargo is asked for the simulation. */
export const SIMULATION = ["test", "--profile", "simulation", "-p", "saoma-simulation"];

/** The simulation, optimised; failures show later. */
export async function buildSimulation() {
  const args = [...SIMULATION, "--quiet", "--no-run"];
  await step("simulation", () => run("cargo", args, quietly({})).catch(() => {}));
}

/**
 * The fuzz targets. No sanitizer: they need an unstable compiler, and look for mistakes that safe
 * Rust cannot make; the counters that lead the fuzzer are in the stable one.
 */
export async function buildFuzzTargets() {
  const folder = ["--fuzz-dir", inProject("fuzz"), "--target-dir", join(TARGET, "fuzz")];
  const args = ["fuzz", "build", "--sanitizer", "none", ...folder];
  await step("fuzz targets", () => run("cargo", args, quietly({})));
}

async function build({ what, work, ...inputs }) {
  const built = await unlessUnchanged(inputs, () => step(what, work));
  if (!built) say(`  ${what}: unchanged`);
}

const quietly = (options) => ({ ...options, env: toolEnv(), quiet: true });
