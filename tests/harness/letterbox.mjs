// A merchant's notification address that keeps what comes, and acknowledges it.

import { createServer } from "node:http";
import { after, before } from "node:test";

import { until } from "./wait.mjs";

/** One for all tests of a file: `url`, and every letter with its path, oldest first. */
export function useLetterbox() {
  const box = { letters: [] };
  const server = createServer((request, reply) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      reply.writeHead(204).end();
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
