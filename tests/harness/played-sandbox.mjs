// A sandbox that says whatever the test wants: the console's own files, and canned answers in the
// shapes of its control surface. For what the real one cannot be brought to say.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { after, before } from "node:test";

import { inProject } from "./project.mjs";

const FOLDER = inProject("sandbox/src/console");

/** Text that would do harm if anything read it as markup. */
export const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>&lt;b&gt;';

const TYPES = { css: "text/css", js: "text/javascript", html: "text/html" };

async function file(path) {
  const name = path.slice("/console/".length);
  const inFolder = path === "/" ? "index.html" : `${name.split(".").at(-1)}/${name}`;
  const body = await readFile(`${FOLDER}/${inFolder}`).catch(() => null);
  return body && { type: `${TYPES[inFolder.split(".").at(-1)]}; charset=utf-8`, body };
}

/**
 * `answers` maps `/path` or `METHOD /path` (without the query) to JSON, or to a function of the
 * request's body that makes it; what is not there is a 404, and the line of events is always one.
 */
export class PlayedSandbox {
  answers = {};
  asked = [];

  async open() {
    this.server = createServer((request, reply) => this.#serve(request, reply));
    await new Promise((done) => { this.server.listen(0, "127.0.0.1", done); });
    this.url = `http://127.0.0.1:${this.server.address().port}`;
  }

  async #serve(request, reply) {
    const path = request.url.split("?")[0];
    const own = path === "/" || path.startsWith("/console/") ? await file(path) : null;
    if (own) {
      reply.writeHead(200, { "Content-Type": own.type });
      return reply.end(own.body);
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    this.asked.push({ method: request.method, target: request.url, body });
    const answer = this.answers[`${request.method} ${path}`] ?? this.answers[path];
    const value = typeof answer === "function" ? answer(body && JSON.parse(body), request.url) : answer;
    reply.writeHead(value === undefined ? 404 : 200, { "Content-Type": "application/json" });
    return reply.end(JSON.stringify(value ?? { code: "not_found", message: "This sandbox is only played." }));
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((done) => { this.server.close(done); });
  }
}

/** One for all tests of a file. */
export function usePlayedSandbox() {
  const sandbox = new PlayedSandbox();
  before(() => sandbox.open());
  after(() => sandbox.close());
  return sandbox;
}
