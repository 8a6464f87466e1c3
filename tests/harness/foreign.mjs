// Somebody else's web page: another origin, and on it nothing but what a test puts there.

import { createServer } from "node:http";
import { after } from "node:test";

/** A server with one page; its origin is known before the page is written. */
export class ForeignPage {
  static async open() {
    const server = createServer();
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    // A test file that breaks off must not be kept alive by its pages.
    server.unref();
    return new ForeignPage(server);
  }

  constructor(server) {
    this.server = server;
    this.origin = `http://127.0.0.1:${server.address().port}`;
    this.html = "";
    this.headers = {};
    server.on("request", (_, reply) => {
      reply.writeHead(200, { "Content-Type": "text/html; charset=utf-8", ...this.headers });
      reply.end(this.html);
    });
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}

/** The page of the README: a script tag and an element. */
export const twoTags = (edge, attributes = 'product="oolong-250" quantity="1"') =>
  `<!doctype html><title>A page</title>
<script type="module" src="${edge}/saoma.js"></script>
<saoma-checkout ${attributes}></saoma-checkout>`;

/** Pages for a file's tests, by name. */
export async function foreignPages(...names) {
  const pages = {};
  for (const name of names) pages[name] = await ForeignPage.open();
  after(() => Promise.all(Object.values(pages).map((page) => page.close())));
  return pages;
}
