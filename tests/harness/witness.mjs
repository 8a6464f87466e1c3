// Somebody who stands between two parties, changes nothing, and remembers every word: what was
// asked, byte for byte, and what was answered, or that there was no whole answer.

import { once } from "node:events";
import { Agent, createServer, request } from "node:http";

/** Headers that belong to one connection. Unlike a proxy's, `Host` goes on: addresses are made of it. */
const HOP_BY_HOP = ["connection", "keep-alive", "transfer-encoding"];

/**
 * A server on the loopback address before `target()`, which is asked anew for each message. Its
 * `exchanges`, oldest first: `{ method, target, headers, body, reply }`, where `reply` is
 * `{ status, headers, body }`, or null where the connection broke before the answer was whole.
 */
export async function openWitness(target) {
  const agent = new Agent({ keepAlive: true });
  const witness = { exchanges: [] };
  const server = createServer((incoming, reply) => {
    pass({ incoming, reply, target: target(), agent, witness }).catch(() => reply.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(witness, {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((done) => {
      agent.destroy();
      server.close(done);
      server.closeAllConnections();
    }),
  });
}

async function pass({ incoming, reply, target, agent, witness }) {
  const { method, url, headers } = incoming;
  const body = await whole(incoming);
  const exchange = { method, target: url, headers, body, reply: null };
  witness.exchanges.push(exchange);
  const outgoing = request(target + url, { method, headers: passedOn(headers), agent });
  // Whoever gives up waiting is not waited for.
  reply.once("close", () => outgoing.destroy());
  outgoing.end(body);
  const [answer] = await once(outgoing, "response");
  reply.writeHead(answer.statusCode, passedOn(answer.headers));
  const chunks = [];
  for await (const chunk of answer) {
    chunks.push(chunk);
    reply.write(chunk);
  }
  reply.end();
  exchange.reply = { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) };
}

async function whole(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const passedOn = (headers) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
