/**
 * Forgets everything that development left behind: orders, keys, configuration, logs.
 *
 * Refuses while something runs on the ports, since its state would be torn from under it.
 */
import { rm } from "node:fs/promises";
import { main } from "./main.mjs";
import { STATE } from "./paths.mjs";
import { addresses, isTaken } from "./ports.mjs";
import { Plain, say } from "./say.mjs";

await main(async () => {
  const { edgePort, sandboxPort } = addresses();
  for (const port of [edgePort, sandboxPort]) {
    if (await isTaken(port)) throw new Plain(`Something runs on port ${port}. Stop it first.`);
  }
  await rm(STATE, { recursive: true, force: true });
  say("The development state is gone; the next start begins anew.");
});
