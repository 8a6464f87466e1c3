// How many native orders a second the sandbox takes, from a release build: in memory and on disk,
// and beside it a bare server that only verifies and signs. All three and the load share the
// processors of this machine.

import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { inProject, TARGET } from "../scripts/paths.mjs";

const RELEASE = join(TARGET, "release");
const SANDBOX = join(RELEASE, "saoma-sandbox");
const LOAD = join(RELEASE, "examples", "load");

/** Starts a server and waits for the address that it prints: `{ url, stop }`. */
async function start(program, args) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    child.kill();
    await ended;
  };
  const lines = createInterface({ input: child.stdout });
  const heard = (async () => {
    for await (const line of lines) {
      const url = /http:\/\/[\d.]+:\d+/.exec(line)?.[0];
      if (url) return url;
    }
    throw new Error(`${program} ended before it said where it listens`);
  })();
  return { url: await heard, stop };
}

/** One run of the load: what it printed, as an object. Anything but 200 ends the measurement. */
async function load(url, args) {
  const child = spawn(LOAD, ["--url", url, ...args.map(String)], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk) => { said += chunk; });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error(`the load ended with ${code}`);
  const report = JSON.parse(said);
  if (report.statuses["200"] !== report.orders || report.verified !== report.kept) {
    throw new Error(`not every order was taken: ${said}`);
  }
  return report;
}

async function measured(name, server, { orders, rate }) {
  try {
    await load(server.url, ["--orders", Math.ceil(orders / 10)]); // warms up
    const flatOut = await load(server.url, ["--orders", orders]);
    const steady = await load(server.url, ["--orders", orders, "--rate", rate]);
    return { name, flatOut, steady };
  } finally {
    await server.stop();
  }
}

/** Rows of the table, the heading first: `orders` each flat out and at `rate` a second. */
export async function platformLoadRows({ orders, rate }) {
  const folder = await mkdtemp(join(tmpdir(), "saoma-load-"));
  try {
    const serve = (...more) => start(SANDBOX, ["serve", "--port", "0", ...more]);
    const inMemory = await serve();
    const merchant = join(folder, "merchant.json");
    await writeFile(merchant, await (await fetch(`${inMemory.url}/sandbox/merchant`)).text());
    const bare = inProject("bench", "platform-peer.mjs");
    const rows = [
      await measured("sandbox, in memory", inMemory, { orders, rate }),
      await measured("sandbox, on disk", await serve("--state", join(folder, "state")), { orders, rate }),
      await measured("bare: verify and sign", await start(process.execPath, [bare, merchant]), { orders, rate }),
    ];
    const least = rows.at(-1).flatOut.per_second;
    const ms = (number) => number.toFixed(1);
    return [
      ["", "orders/s", "beside bare", "p50", "p99", `at ${rate}/s: p50`, "p99", "taken/s"],
      ...rows.map(({ name, flatOut, steady }) => [
        name, flatOut.per_second.toFixed(0), `${(flatOut.per_second / least).toFixed(2)}×`,
        ms(flatOut.p50_ms), ms(flatOut.p99_ms), ms(steady.p50_ms), ms(steady.p99_ms), steady.per_second.toFixed(0),
      ]),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
