/**
 * The suites: how each is run, and how its runner's own words are counted.
 */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SIMULATION } from "./artifacts.mjs";
import { isSoaking, writeCapabilities, writeFirefoxCapabilities } from "./browser.mjs";
import { inProject, node } from "./paths.mjs";
import { rustTool } from "./rust.mjs";

/** One line a test binary ends with, native and in the browser alike. */
const RUST_RESULT = /test result: .*?(\d+) passed; (\d+) failed/;

/** The lines of node's own summary that count. */
const NODE_RESULT = /^ℹ (pass|fail|cancelled) (\d+)$/;

/** What each file of `interop` ends with (tests/interop/count.mjs). */
const FOREIGN_RESULT = /^assertions against foreign SDKs: (\d+)$/;

/** What the matrix of operations ends with (tests/interop/operations.test.mjs). */
const OPERATIONS_RESULT = /^operations × SDKs that pass: (\d+ of \d+)$/;

/** Every suite, in rising cost; those with `soak` run in a soak only. */
export const SUITES = [
  { name: "rust", command: cargo, count: countRust },
  { name: "scripts", command: nodeTests("tests/scripts"), count: countNode },
  { name: "fuzz", command: nodeTests("tests/fuzz"), count: countNode },
  { name: "simulation", command: simulation, count: countRust },
  { name: "edge", command: nodeTests("tests/edge", { atOnce: 2 }), count: countNode },
  { name: "interop", command: nodeTests("tests/interop", { atOnce: 2 }), count: countInterop },
  { name: "conformance", command: nodeTests("tests/conformance"), count: countNode },
  { name: "page", command: nodeTests("tests/widget"), count: countNode },
  { name: "widget", command: widget, env: forChromium, count: countRust },
  { name: "widget-firefox", soak: true, command: widgetInFirefox, env: forFirefox, count: countRust },
  { name: "browser", command: nodeTests("tests/browser"), count: countNode },
];

function cargo() {
  return ["cargo", ["test", "--workspace", "--no-fail-fast"]];
}

/** Ten thousand days in a profile of their own, since an unoptimised one takes minutes over them. */
function simulation() {
  return ["cargo", [...SIMULATION, "--", "--include-ignored", "--nocapture"]];
}

function widget({ chromedriver }) {
  const args = ["test", "--headless", "--chrome", "--chromedriver", chromedriver, "widget"];
  return [rustTool("wasm-pack"), args];
}

function widgetInFirefox({ geckodriver }) {
  const args = ["test", "--headless", "--firefox", "--geckodriver", geckodriver, "widget"];
  return [rustTool("wasm-pack"), args];
}

async function forChromium({ chromium }) {
  return { WASM_BINDGEN_TEST_WEBDRIVER_JSON: await writeCapabilities(chromium) };
}

async function forFirefox({ firefox }) {
  return { WASM_BINDGEN_TEST_WEBDRIVER_JSON: await writeFirefoxCapabilities(firefox) };
}

/**
 * One file after the other, since most suites measure time; `atOnce` where a suite mostly
 * waits, for answers that are late on purpose. Null where there is no file, since node would then
 * run every test that it can find.
 */
function nodeTests(folder, { atOnce = 1 } = {}) {
  return async () => {
    const names = existsSync(inProject(folder)) ? await readdir(inProject(folder)) : [];
    const files = names.filter((name) => name.endsWith(".test.mjs")).sort();
    if (!files.length) return null;
    const args = ["--test", `--test-concurrency=${isSoaking() ? 1 : atOnce}`, "--test-reporter=spec"];
    return [node(), [...args, ...files.map((name) => join(folder, name))]];
  };
}

/** Adds one line's worth of results to `counts`. */
function countRust(line, counts) {
  const [, passed, failed] = RUST_RESULT.exec(line) ?? [];
  if (!passed) return;
  counts.passed += Number(passed);
  counts.failed += Number(failed);
}

function countNode(line, counts) {
  const [, word, number] = NODE_RESULT.exec(line) ?? [];
  if (!word) return;
  counts[word === "pass" ? "passed" : "failed"] += Number(number);
}

/**
 * Besides the tests, how often software that we did not write has agreed with ours, and in how many
 * cells of the matrix of operations.
 */
function countInterop(line, counts) {
  countNode(line, counts);
  const [, number] = FOREIGN_RESULT.exec(line) ?? [];
  if (number) counts.foreign = (counts.foreign ?? 0) + Number(number);
  const [, cells] = OPERATIONS_RESULT.exec(line) ?? [];
  if (cells) counts.operations = cells;
}
