// The bare runtime: what each of our steps costs when nobody adds anything to it.
//
// A few lines of JavaScript beside our Worker in the same workerd. Each route does one thing that
// an order or a notification cannot do without.

import { DurableObject } from "cloudflare:workers";

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/** As long as the signed part of an order. */
const MESSAGE = new TextEncoder().encode("x".repeat(500));

/** One SQLite row, written or read: the least that a Durable Object can do for us. */
export class Row extends DurableObject {
  constructor(state, env) {
    super(state, env);
    state.storage.sql.exec("CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY, body TEXT)");
  }

  async fetch(request) {
    const { sql } = this.ctx.storage;
    if (request.method === "POST") {
      sql.exec("INSERT OR REPLACE INTO kept VALUES (1, ?)", await request.text());
    } else {
      sql.exec("SELECT body FROM kept").toArray();
    }
    return new Response(null, { status: 204 });
  }
}

let keys;

async function imported(env) {
  const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey("pkcs8", bytes(env.PRIVATE_KEY), ALGORITHM, false, ["sign"]),
    crypto.subtle.importKey("spki", bytes(env.PUBLIC_KEY), ALGORITHM, false, ["verify"]),
  ]);
  return { privateKey, publicKey, signature: await crypto.subtle.sign(ALGORITHM, privateKey, MESSAGE) };
}

const ROUTES = {
  "/empty": () => undefined,
  "/sign": () => crypto.subtle.sign(ALGORITHM, keys.privateKey, MESSAGE),
  "/verify": () => crypto.subtle.verify(ALGORITHM, keys.publicKey, keys.signature, MESSAGE),
  "/fetch": async (request, env) => (await fetch(env.PLATFORM, { method: "POST", body: MESSAGE })).text(),
  "/create": (request, env) => write(request, env),
  "/commit": (request, env) => write(request, env),
  "/index": (request, env) => enter(request, env),
  "/read": (request, env) => row(request, env).fetch("https://row/"),
};

const write = (request, env) =>
  row(request, env).fetch("https://row/", { method: "POST", body: "x".repeat(500) });

let made;

// One row of D1 under a key of its own, in a table with one index besides: the least that a list needs.
async function enter(request, env) {
  made ??= env.INDEX.batch([
    env.INDEX.prepare("CREATE TABLE IF NOT EXISTS listed (id TEXT PRIMARY KEY, at INTEGER, body TEXT)"),
    env.INDEX.prepare("CREATE INDEX IF NOT EXISTS newest ON listed (at, id)"),
  ]);
  await made;
  const insert = env.INDEX.prepare("INSERT OR REPLACE INTO listed VALUES (?, ?, ?)");
  await insert.bind(request.headers.get("X-Row"), Date.now(), "x".repeat(500)).run();
}

// A row of its own per request, as a checkout has an object of its own.
function row(request, env) {
  return env.ROWS.get(env.ROWS.idFromName(request.headers.get("X-Row")));
}

export default {
  async fetch(request, env) {
    keys ??= await imported(env);
    await ROUTES[new URL(request.url).pathname](request, env);
    return new Response(null, { status: 204 });
  },
};
