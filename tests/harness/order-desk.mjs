// The operator's pages with a Worker that says whatever a test wants: every text from outside can be
// hostile, every request can fail. The page's files and their headers are the real ones.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";
import { after, before } from "node:test";

import { inProject } from "./project.mjs";

/** The key that opens this desk. */
export const DESK_KEY = "desk-key-0123456789abcdefghijklmnop";

const TYPES = {
  ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml",
};

/** What `www/_headers` says below a folder. */
function headersOf(folder) {
  const block = readFileSync(inProject("www/_headers"), "utf8").split(`\n/${folder}/*\n`)[1].split("\n\n")[0];
  const lines = block.split("\n").filter((line) => !line.trim().startsWith("!"));
  return Object.fromEntries(lines.map((line) => line.trim().split(/:\s(.*)/s).slice(0, 2)));
}

function file(path) {
  const name = path.endsWith("/") ? `${path}index.html` : path;
  if (name.includes("..")) return undefined;
  try {
    return { body: readFileSync(inProject("www", name)), type: TYPES[extname(name)] };
  } catch {
    return undefined;
  }
}

/**
 * A desk for all tests of a file, with the headers of `folder`: `url`; `answers`, by path
 * (`{ status, body }` or a body, or a function of the query; `{ picture }` is an SVG); every request
 * in `asked`, oldest first.
 */
export function useOrderDesk(folder = "orders") {
  const desk = { answers: {}, asked: [] };
  const headers = headersOf(folder);
  const server = createServer((request, reply) => {
    const { pathname, searchParams } = new URL(request.url, desk.url);
    const send = (status, type, body) => reply.writeHead(status, { ...headers, "Content-Type": type }).end(body);
    if (!pathname.startsWith("/v1/")) {
      const found = file(pathname);
      return found ? send(200, found.type, found.body) : send(404, "text/plain", "");
    }
    const query = Object.fromEntries(searchParams);
    desk.asked.push({ path: pathname, query, url: request.url, method: request.method });
    const json = (status, body) => send(status, "application/json", JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${DESK_KEY}`) {
      return json(401, { code: "unauthorized", detail: "this is not the OPERATOR_KEY" });
    }
    const said = desk.answers[pathname];
    const answer = typeof said === "function" ? said(query) : said;
    if (answer === "hang up") return request.socket.destroy();
    if (answer?.picture) return send(200, "image/svg+xml", answer.picture);
    if (answer === undefined) return json(404, { code: "not_found", detail: "no such route" });
    return answer.status === undefined || typeof answer.status === "string"
      ? json(200, answer) : json(answer.status, answer.body);
  });
  before(async () => {
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    desk.url = `http://127.0.0.1:${server.address().port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return desk;
}
