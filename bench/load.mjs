// Requests in a steady stream over kept connections, from this process, so that what the caller
// costs is not on workerd's bill.

import { Agent, request } from "node:http";

/** How many requests are on their way at once. */
const AT_ONCE = 8;

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

/** One request: `{ status, body }`. */
export async function call(url, options) {
  try {
    return await send(url, options);
  } catch (error) {
    // The server closed an idle connection just as it was taken up again (Node's documentation of
    // `request.reusedSocket`); every request here may be repeated.
    if (error.code === "ECONNRESET" && error.reused) return send(url, options);
    throw error;
  }
}

function send(url, { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent }, (reply) => {
      const chunks = [];
      reply.on("data", (chunk) => chunks.push(chunk));
      reply.on("end", () => resolve({ status: reply.statusCode, body: Buffer.concat(chunks) }));
      reply.on("error", reject);
    });
    sent.on("error", (error) => reject(Object.assign(error, { reused: sent.reusedSocket })));
    sent.end(body);
  });
}

/**
 * Runs `one(index)` for every index below `count`, a few at once; answers the results in order and
 * the milliseconds that each took.
 */
export async function stream(count, one) {
  const results = new Array(count);
  const tookMs = new Array(count);
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      const began = performance.now();
      results[index] = await one(index);
      tookMs[index] = performance.now() - began;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return { results, tookMs };
}

/** The middle one. */
export const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
