/**
 * Sets up, builds, runs every suite, and ends with one line that counts.
 *
 * A suite that could not run, or ran no test at all, counts as one failure: silence is not
 * success. `npm run soak` is the same with every matrix, seed and kill round (`SAOMA_SOAK=1`);
 * `npm test -- edge rust` runs only the suites named.
 */
import * as artifacts from "./artifacts.mjs";
import { isSoaking, locate } from "./browser.mjs";
import { begin } from "./group.mjs";
import { main } from "./main.mjs";
import { say, seconds } from "./say.mjs";
import { setUp } from "./setup.mjs";
import { SUITES } from "./suites.mjs";

/** A suite that takes longer hangs. */
const SUITE_MS_MAX = (isSoaking() ? 240 : 20) * 60_000;

await main(async () => {
  await setUp("test");
  say("build");
  await build();
  const browser = locate();
  const env = { ...artifacts.toolEnv(), ...programs(browser) };
  const wanted = process.argv.slice(2);
  const total = { passed: 0, failed: 0 };
  for (const suite of SUITES) {
    if (wanted.length && !wanted.includes(suite.name)) continue;
    if (suite.soak && !isSoaking()) continue;
    const counts = await runSuite(suite, browser, env);
    total.passed += counts.passed;
    total.failed += counts.failed;
  }
  if (total.failed || !total.passed) process.exitCode = 1;
  say(`\n${total.passed} passed, ${total.failed} failed`);
});

async function build() {
  const native = artifacts
    .buildSandbox()
    .then(artifacts.buildRustTests)
    .then(artifacts.buildSimulation)
    .then(artifacts.buildFuzzTargets);
  // Two builds of one crate in one target folder: one after the other.
  const workers = artifacts.buildWorker("edge-dev").then(() => artifacts.buildWorker("edge"));
  await Promise.all([native, workers, artifacts.buildWidget()]);
  await artifacts.gatherAssets("www");
}

/** The browsers by the names that the tests look for; one that is not here is not named. */
function programs({ chromium, chromedriver, firefox, geckodriver }) {
  const named = {
    SAOMA_CHROMIUM: chromium, CHROMEDRIVER: chromedriver, SAOMA_FIREFOX: firefox, GECKODRIVER: geckodriver,
  };
  return Object.fromEntries(Object.entries(named).filter(([, path]) => path));
}

async function runSuite({ name, command, count, env: own }, browser, env) {
  say(`\nsuite ${name}`);
  const began = performance.now();
  const counts = { passed: 0, failed: 0 };
  const onLine = (line) => {
    count(line, counts);
    say(line);
  };
  const [program, args] = (await command(browser)) ?? [];
  const whole = { ...env, ...(await own?.(browser)) };
  const code = program ? await endOf(begin(program, args, { env: whole, onLine })) : 0;
  if (!counts.failed && (code !== 0 || !counts.passed)) {
    counts.failed = 1;
    say(code === 0 ? `suite ${name} ran no test` : `suite ${name} broke off (${code})`);
  }
  const took = seconds(performance.now() - began);
  say(`suite ${name}: ${counts.passed} passed, ${counts.failed} failed in ${took}`);
  if (counts.operations) say(`operations × SDKs that pass: ${counts.operations}`);
  if (counts.foreign) say(`assertions against foreign SDKs, altogether: ${counts.foreign}`);
  return counts;
}

/** Waits for a suite, not for ever; then ends whatever it left running. */
async function endOf({ ended, end }) {
  let timer;
  const patience = new Promise((resolve) => {
    timer = setTimeout(() => resolve("took too long"), SUITE_MS_MAX);
  });
  const code = await Promise.race([ended.catch((error) => error.message), patience]);
  clearTimeout(timer);
  await end();
  return code;
}
