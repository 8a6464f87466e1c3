// Something that stands between two parties and passes on what it likes: a proxy with a fault.

import { once } from "node:events";
import { createServer } from "node:http";

/**
 * A server on the loopback address before `target`. `answer(request)` may return an answer of its
 * own, `{ status, headers, body }`, at once or later; `drop(name)` says which of the request's headers get lost;
 * `change(headers)` edits those of the reply. Dispose of it with `close`.
 */
export async function openGateway(target, { answer = () => null, drop = () => false, change = () => {} } = {}) {
  const server = createServer((request, response) => {
    serve({ request, response, target, answer, drop, change }).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((done) => {
      server.close(done);
      server.closeAllConnections();
    }),
  };
}

async function serve({ request, response, target, answer, drop, change }) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const own = await answer(request);
  if (own) return response.writeHead(own.status, own.headers).end(own.body);
  const hopByHop = ["host", "connection", "content-length", "transfer-encoding", "expect", "keep-alive"];
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !hopByHop.includes(name) && !drop(name)),
  );
  const { method, url } = request;
  const body = method === "GET" ? undefined : Buffer.concat(chunks);
  const reply = await fetch(target + url, { method, headers, body, redirect: "manual" });
  const bytes = Buffer.from(await reply.arrayBuffer());
  // `fetch` has unpacked the body.
  const lost = [...hopByHop, "content-encoding"];
  const passedOn = Object.fromEntries([...reply.headers].filter(([name]) => !lost.includes(name)));
  change(passedOn);
  response.writeHead(reply.status, passedOn).end(bytes);
}
