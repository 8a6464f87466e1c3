/**
 * Installs what is missing, and nothing else. Safe to run at any time, twice, or twice at once.
 *
 * What is needed depends on the purpose: `run` (to build and start), `check` (adds cargo-deny),
 * `bench` (adds a browser), `screenshots` (adds a browser and fonts) and `test` (adds wasm-pack,
 * cargo-fuzz, Python packages and a browser; under `SAOMA_SOAK=1` Firefox and its driver as well).
 * Called by every other verb; by hand it is `npm run setup` or `npm run setup test`.
 */
import { fileURLToPath } from "node:url";
import { ensureBrowsers, isSoaking } from "./browser.mjs";
import { installPackages } from "./debian.mjs";
import { ensureFonts } from "./fonts.mjs";
import { ensureNode, ensurePackages } from "./npm.mjs";
import { ensurePython } from "./python.mjs";
import { ensureRustTools, ensureToolchain, rustTool } from "./rust.mjs";
import { existsSync } from "node:fs";
import { capture } from "./run.mjs";
import { main } from "./main.mjs";
import { Plain, say, seconds } from "./say.mjs";

const TOOLS_FOR = {
  run: ["wasm-bindgen", "worker-build"],
  check: ["wasm-bindgen", "worker-build", "cargo-deny"],
  bench: ["wasm-bindgen", "worker-build"],
  screenshots: ["wasm-bindgen", "worker-build"],
  test: ["wasm-bindgen", "worker-build", "wasm-pack", "cargo-fuzz"],
};

const NEED_A_BROWSER = ["bench", "screenshots", "test"];

/** Sees to everything that `purpose` (run, check, bench, screenshots or test) needs. */
export async function setUp(purpose) {
  const always = TOOLS_FOR[purpose];
  if (!always) throw new Plain(`set-up knows ${Object.keys(TOOLS_FOR).join(", ")}, not ${purpose}.`);
  const tools = purpose === "test" && isSoaking() ? [...always, "geckodriver"] : always;
  const started = performance.now();
  say("set-up");
  // Side by side, for npm waits for the network where cargo waits for the processor. All are let
  // finish before a failure is told: a half-made node_modules would cost the next run more.
  const outcomes = await Promise.allSettled([
    ensurePackages().then(ensureNode),
    ensureToolchain()
      .then(() => ensureBuildNeeds(tools))
      .then(() => ensureRustTools(tools)),
    NEED_A_BROWSER.includes(purpose) ? ensureBrowsers() : undefined,
    purpose === "test" ? ensurePython() : undefined,
    purpose === "screenshots" ? ensureFonts() : undefined,
  ]);
  const failures = outcomes.flatMap(({ reason }) => reason ?? []);
  const surprise = failures.find((reason) => !(reason instanceof Plain));
  if (surprise) throw surprise;
  if (failures.length) throw new Plain(failures.map(({ message }) => message).join("\n\n"));
  say(`set-up: ready in ${seconds(performance.now() - started)}`);
}

/**
 * worker-build links OpenSSL, so it needs a C compiler, pkg-config and OpenSSL's headers; fuzz
 * targets hold libFuzzer, which is C++.
 */
async function ensureBuildNeeds(tools) {
  const has = async (program, ...args) => (await capture(program, args)) !== null;
  const missing = [];
  if (tools.includes("cargo-fuzz") && !(await has("c++", "--version"))) missing.push("g++");
  if (!tools.every((name) => existsSync(rustTool(name)))) {
    if (!(await has("cc", "--version"))) missing.push("gcc", "libc6-dev");
    if (!(await has("pkg-config", "--exists", "openssl"))) missing.push("pkg-config", "libssl-dev");
  }
  if (!missing.length || process.platform !== "linux") return;
  await installPackages(missing, "A C and C++ compiler, pkg-config and OpenSSL's headers are needed.");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(() => setUp(process.argv[2] ?? "run"));
}
