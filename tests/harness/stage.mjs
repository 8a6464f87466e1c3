// Sandbox and Worker side by side, each knowing the other's address; made before a file's tests
// and taken down after them, whatever happened between.

import { after, before } from "node:test";

import { freePorts } from "./port.mjs";
import { Sandbox } from "./sandbox.mjs";
import { Shop } from "./shop.mjs";
import { Worker, variables } from "./worker.mjs";

/**
 * Starts both. `overrides` are variables of the Worker, `undefined` for one that is not set, or make
 * them of the sandbox's merchant and the running sandbox; `build` is which Worker, `rates` are its
 * rate limits. `services` makes bindings of the sandbox and the port of its door with TLS.
 */
export async function openStage({ overrides = {}, build, rates, services } = {}) {
  const [workerPort, sandboxPort, tlsPort] = await freePorts(3);
  const url = `http://127.0.0.1:${workerPort}`;
  const options = services ? ["--tls-listen", `127.0.0.1:${tlsPort}`] : [];
  const sandbox = await Sandbox.start({ port: sandboxPort, workerUrl: url, options });
  try {
    const bindings = {
      ...variables(sandbox.merchant, { url, platformUrl: sandbox.url }),
      ...(typeof overrides === "function" ? await overrides(sandbox.merchant, sandbox) : overrides),
    };
    for (const [name, value] of Object.entries(bindings)) if (value === undefined) delete bindings[name];
    const bound = await services?.(sandbox, tlsPort);
    const worker = await Worker.start({ port: workerPort, build, bindings, rates, services: bound });
    const close = async () => {
      await worker.stop();
      await sandbox.stop();
    };
    const { merchant } = sandbox;
    return { sandbox, worker, shop: new Shop(worker), merchant, bindings, services: bound, close };
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}

/** A stage for all tests of a file. The object is filled before the first of them runs. */
export function useStage(options) {
  const stage = {};
  before(async () => Object.assign(stage, await openStage(options)));
  after(() => stage.close?.());
  return stage;
}
