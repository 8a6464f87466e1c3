// A merchant's notification address that keeps what comes, and acknowledges it.

import { createServer } from "node:http";
import { after, before } from "node:test";

import { until } from "./wait.mjs";

/** What V2 wants to hear (protocol reference D.7). */
export const V2_SUCCESS = "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>";

/**
 * One for all tests of a file: `url`, and every letter with its path, oldest first. Each is answered
 * 204, or 200 with `words` where there are some.
 */
export function useLetterbox({ words } = {}) {
  const box = { letters: [] };
  const server = createServer((request, reply) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      reply.writeHead(words ? 200 : 204).end(words);
      const { url: path, headers } = request;
      box.letters.push({ path, headers, body: Buffer.concat(chunks).toString("utf8") });
    });
  });
  before(async () => {
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    box.url = `http://127.0.0.1:${server.address().port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  /** The first letter that came to this path. */
  box.at = (path) => until(`a letter at ${path}`, () => box.letters.find((letter) => letter.path === path));
  return box;
}
