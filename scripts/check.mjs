/**
 * The quick inner loop: form, lints, native tests, documentation, dependencies.
 *
 * Every check runs, whatever the ones before it said, so that one run tells all there is to mend.
 */
import { toolEnv } from "./artifacts.mjs";
import { main } from "./main.mjs";
import { WASM_TARGET } from "./pins.mjs";
import { run } from "./run.mjs";
import { Plain, say, step } from "./say.mjs";
import { setUp } from "./setup.mjs";

const DENY_WARNINGS = ["--", "-D", "warnings"];

// Our readers are developers of this project, so private items are documented, and linked to.
const DOCUMENTATION = "-D warnings -A rustdoc::private-intra-doc-links";

const CHECKS = [
  ["format", ["fmt", "--all", "--check"]],
  ["format of the fuzz targets", ["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]],
  ["lints", ["clippy", "--workspace", "--all-targets", ...DENY_WARNINGS]],
  ["lints of the Worker", wasm("saoma-edge", "--features", "dev-clock")],
  ["lints of the widget", wasm("saoma-widget", "--all-targets")],
  ["native tests", ["test", "--workspace", "--quiet"]],
  ["documentation", ["doc", "--workspace", "--no-deps", "--document-private-items", "--quiet"]],
  ["dependencies", ["deny", "--log-level", "error", "check", "licenses", "bans", "sources"]],
];

function wasm(crate, ...more) {
  return ["clippy", "-p", crate, "--target", WASM_TARGET, ...more, ...DENY_WARNINGS];
}

await main(async () => {
  await setUp("check");
  say("check");
  const env = { ...toolEnv(), RUSTDOCFLAGS: DOCUMENTATION };
  const failed = [];
  for (const [name, args] of CHECKS) {
    await step(name, () => run("cargo", args, { env, quiet: true })).catch((error) => {
      failed.push(name);
      say(error.message);
    });
  }
  await checkAdvisories(env, failed);
  if (failed.length) throw new Plain(`To mend: ${failed.join(", ")}.`);
  say("All is well.");
});

/** Known vulnerabilities, where the database of them can be had: it is a download of its own. */
async function checkAdvisories(env, failed) {
  const args = ["deny", "--log-level", "error", "check", "advisories"];
  await step("advisories", () => run("cargo", args, { env, quiet: true })).catch((error) => {
    if (/failed to fetch advisory database|failed to load advisory/.test(error.message)) {
      return say("  advisories: not checked, their database could not be fetched");
    }
    failed.push("advisories");
    say(error.message);
  });
}
