// A wire between two parties that knows what is on it: each message is counted from when it is sent
// until its answer has come back, and takes as long as the test says.

import { once } from "node:events";
import { Agent, createServer, request } from "node:http";

/** Headers that belong to one connection and are not passed on. */
const HOP_BY_HOP = ["connection", "keep-alive", "transfer-encoding", "host"];

/**
 * A server on the loopback address before `target`. `kind(method, path)` names a message; `delay(kind)`
 * says for how many milliseconds it is held up on its way there and back. A message whose receiver is
 * gone ends as it would without a wire: the connection breaks.
 */
export async function openWire(target, { port = 0, kind, delay = () => 0 }) {
  const agent = new Agent({ keepAlive: true });
  const wire = { onTheWay: new Map(), answered: [] };
  const server = createServer((incoming, reply) => {
    const told = { kind: kind(incoming.method, incoming.url.split("?")[0]) };
    wire.onTheWay.set(incoming, told.kind);
    reply.once("close", () => wire.onTheWay.delete(incoming));
    pass({ incoming, reply, target, agent, held: () => pause(delay(told.kind)) })
      .then((status) => wire.answered.push({ ...told, status }))
      .catch(() => reply.destroy());
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(wire, {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((done) => {
      agent.destroy();
      server.close(done);
      server.closeAllConnections();
    }),
  });
}

async function pass({ incoming, reply, target, agent, held }) {
  const body = await whole(incoming);
  await held();
  const { method, url } = incoming;
  const headers = passedOn(incoming.headers);
  if (body.length) headers["content-length"] = body.length;
  const outgoing = request(target + url, { method, headers, agent });
  outgoing.end(body);
  const [answer] = await once(outgoing, "response");
  const content = await whole(answer);
  await held();
  reply.writeHead(answer.statusCode, passedOn(answer.headers)).end(content);
  return answer.statusCode;
}

async function whole(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const passedOn = (headers) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));

const pause = (ms) => new Promise((resume) => (ms > 0 ? setTimeout(resume, ms) : resume()));

/** What a call to the platform is about. */
export function platformKind(method, path) {
  if (path.endsWith("/native")) return "place";
  if (path.endsWith("/close")) return "close";
  if (path.includes("/out-trade-no/") || path.includes("/pay/transactions/id/")) return "query";
  if (path.includes("/refund")) return method === "POST" ? "refund" : "refund-query";
  return "other";
}

/** What the platform tells. */
export const noticeKind = () => "notification";
