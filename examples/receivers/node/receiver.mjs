/**
 * A shop's webhook endpoint: verifies, stores, answers; what is to be done is done afterwards.
 *
 *   npm install && SAOMA_WEBHOOK_SECRET=whsec_… node receiver.mjs        (Node 22.13 or later)
 */
import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

const { SAOMA_WEBHOOK_SECRET, PORT = "3000", EVENTS_FILE = "events.db" } = process.env;
const webhook = new Webhook(SAOMA_WEBHOOK_SECRET);

/** An event has some kilobytes; whoever sends more is not Saoma. */
const BODY_BYTES_MAX = 256 * 1024;

// SQLite writes to the disk before a statement returns, so what is answered is stored.
const events = new DatabaseSync(EVENTS_FILE);
events.exec(`CREATE TABLE IF NOT EXISTS events
  (id TEXT PRIMARY KEY, type TEXT NOT NULL, data TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0)`);
// The same event comes again whenever our answer was lost: its id makes the second one nothing.
const store = events.prepare("INSERT INTO events (id, type, data) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING");
const undone = events.prepare("SELECT id, type, data FROM events WHERE done = 0 ORDER BY rowid");
const finish = events.prepare("UPDATE events SET done = 1 WHERE id = ?");

/** The body as it came, byte for byte: that is what is signed. Null where it is too long. */
async function read(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function receive(request) {
  if (request.method !== "POST") return 405;
  const body = await read(request);
  if (body === null) return 413;
  try {
    const { type, data } = webhook.verify(body, request.headers);
    store.run(request.headers["webhook-id"], type, JSON.stringify(data));
    return 204;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return 401;
    throw error;
  }
}

/** Your shop's work, which may take longer than an answer. It may be called twice for one event. */
async function handle({ id, type, data }) {
  const { reference, status, late, refund } = JSON.parse(data);
  console.log(JSON.stringify({ id, type, reference, status, late, refund: refund?.reference }));
}

async function work() {
  for (const event of undone.all()) {
    // One that fails keeps no other waiting.
    try {
      await handle(event);
      finish.run(event.id);
    } catch (error) {
      console.error(event.id, error);
    }
  }
}

/** One after the other. What fails is done with the next event, or at the next start. */
let working = Promise.resolve();
function next() {
  working = working.then(work).catch(console.error);
}

const server = createServer(async (request, reply) => {
  // Not stored, for whatever reason: a 500 brings the event again.
  const status = await receive(request).catch((error) => (console.error(error), 500));
  reply.writeHead(status, { Connection: status < 300 ? "keep-alive" : "close" }).end();
  if (status < 300) next();
});
next();
server.listen(Number(PORT), "127.0.0.1", () => console.error(`listening on ${server.address().port}`));
