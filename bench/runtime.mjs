// One workerd with two Workers in it, each on a socket of its own: ours as it is deployed, and the
// bare one. Sockets go straight to the Workers; nothing of miniflare's stands in between.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Log, LogLevel, Miniflare } from "miniflare";

import { freePorts } from "../tests/harness/port.mjs";
import { freshFolder } from "../tests/harness/project.mjs";
import { INDEX, runtime, variables } from "../tests/harness/worker.mjs";
import { workerdOf } from "./cpu.mjs";

const BARE = fileURLToPath(new URL("bare/worker.js", import.meta.url));
const base64 = (pem) => pem.replace(/-----[^-]+-----|\s/g, "");

/**
 * Starts both; `platform` is whom ours places its orders with, `index` the database that it lists them
 * in (see `INDEX` of the harness).
 */
export async function startRuntime(platform, { index = INDEX } = {}) {
  const { merchant } = platform;
  const state = freshFolder("bench");
  const [ourPort, barePort] = await freePorts(2);
  const url = `http://127.0.0.1:${ourPort}`;
  const bindings = {
    ...variables(merchant, { url, platformUrl: platform.url }),
    OPEN_SESSIONS_MAX: "1000000",
  };
  for (const [name, value] of Object.entries(bindings)) if (value === undefined) delete bindings[name];
  const socket = (port) => [{ host: "127.0.0.1", port }];
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    log: new Log(process.env.SAOMA_TEST_LOG ? LogLevel.DEBUG : LogLevel.NONE),
    handleRuntimeStdio: (...streams) => {
      for (const stream of streams) {
        if (process.env.SAOMA_TEST_LOG) stream.pipe(process.stderr);
        else stream.resume();
      }
    },
    workers: [
      {
        name: "ours",
        // Miniflare counts rates in an object of its own, which costs what no deployment pays.
        ...runtime({ build: "deployable", bindings, state: undefined, index, rates: null }),
        unsafeDirectSockets: socket(ourPort),
      },
      {
        name: "bare",
        modules: true,
        scriptPath: BARE,
        compatibilityDate: "2026-04-07",
        durableObjects: { ROWS: { className: "Row", useSQLite: true } },
        d1Databases: { INDEX: "bare" },
        bindings: {
          PRIVATE_KEY: base64(merchant.private_key_pem),
          PUBLIC_KEY: base64(merchant.platform_public_key_pem),
          PLATFORM: `${platform.url}/echo`,
        },
        unsafeDirectSockets: socket(barePort),
      },
    ],
    durableObjectsPersist: state,
    d1Persist: join(state, "index"),
  });
  const stop = async () => {
    await miniflare.dispose();
    await rm(state, { recursive: true, force: true });
  };
  try {
    await miniflare.ready;
    const bare = `http://127.0.0.1:${barePort}`;
    const database = () => miniflare.getD1Database("INDEX", "ours");
    return { ours: url, bare, workerd: workerdOf(), bindings, state, database, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
