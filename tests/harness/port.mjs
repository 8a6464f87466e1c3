// Ports on the loopback address that nobody uses at the moment.

import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Below the ports that Linux gives to outgoing connections (32768 and up): a test that starts its
 * program again on the same port must not find that some client got it meanwhile.
 */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** So many busy ports in a row are no chance any more. */
const DRAWS_MAX = 100;

/** `count` different free ports. All are held open until all are known, so none is named twice. */
export async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, () => anywhere(DRAWS_MAX)));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** A server on some port, or the last refusal. */
async function anywhere(draws) {
  try {
    return await held(randomInt(LOWEST, HIGHEST));
  } catch (error) {
    if (draws <= 1) throw error;
    return anywhere(draws - 1);
  }
}

const held = (port) => new Promise((resolve, reject) => {
  const server = createServer().once("error", reject);
  server.listen(port, "127.0.0.1", () => resolve(server));
});
