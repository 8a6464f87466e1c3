/**
 * Starts the sandbox, the Worker, or both, and runs until it is told to stop.
 *
 * `npm start` builds what is missing, starts both and prints one address. `npm run sandbox` and
 * `npm run edge` start one of the two on the same ports and state, so that either can be stopped
 * and started again under the other.
 */
import { rm } from "node:fs/promises";
import { buildSandbox, buildWidget, buildWorker, gatherAssets } from "./artifacts.mjs";
import { main } from "./main.mjs";
import { setAddresses } from "./merchants.mjs";
import { FILES } from "./paths.mjs";
import { addresses, ensureFree } from "./ports.mjs";
import { launch } from "./programs.mjs";
import { say, seconds } from "./say.mjs";
import { setUp } from "./setup.mjs";

const began = performance.now();
const only = process.argv[2];
const both = !only;
const withSandbox = both || only === "sandbox";
const withEdge = both || only === "edge";

// Being told to stop is how this script ends well.
await main(start, { stopCode: 0 });

async function start() {
  const where = addresses();
  if (withSandbox) await ensureFree(where.sandboxPort, "SAOMA_SANDBOX_PORT");
  if (withEdge) await ensureFree(where.edgePort, "SAOMA_EDGE_PORT");
  // Whoever waits for this file shall not find the one of an earlier start.
  if (both) await rm(FILES.dev, { force: true });
  await setUp("run");
  say("build");
  const edge = withEdge ? [buildWorker("edge-dev"), buildWidget()] : [];
  await Promise.all([buildSandbox(), ...edge]);
  if (withEdge) await gatherAssets("www-dev", { phone: where.sandbox });

  const running = [];
  // Its TOML reader comes from npm, so it can be loaded only after the set-up.
  const development = await import("./development.mjs");
  const merchants = await development.merchants();
  if (withSandbox) running.push(await launchSandbox(where, merchants));
  if (withEdge) running.push(await launchEdge(development, where, merchants));
  greet(where);
  await Promise.race(running.map(({ ended }) => ended));
}

async function launchSandbox(where, merchants) {
  const sandbox = await launch("sandbox", where);
  await setAddresses(where, merchants);
  return sandbox;
}

async function launchEdge({ announce, writeConfiguration }, where, merchants) {
  const dev = await writeConfiguration(where, merchants);
  const edge = await launch("edge", where);
  await announce(dev);
  return edge;
}

function greet(where) {
  const took = seconds(performance.now() - began);
  if (!both) return say(`\n  The ${only} is up after ${took}: ${where[only]}\n`);
  say(`\n  The shop is open after ${took}: ${where.edge}`);
  say(`  (the phone to pay with: ${where.sandbox}; Ctrl-C stops everything)\n`);
}
