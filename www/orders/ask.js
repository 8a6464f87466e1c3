// Asking the Worker. Reads only: nothing on this page changes an order.

import { keyring } from "./key.js";

/** Why there is no answer: `kind` is a key of the words' `trouble`, `detail` the Worker's own words. */
export class Trouble extends Error {
  constructor(kind, detail = "") {
    super(detail || kind);
    this.kind = kind;
    this.detail = detail;
  }
}

const KINDS = { 400: "wish", 401: "key", 404: "missing", 409: "conflict", 429: "busy", 503: "busy" };

/** `GET` of a path with a query, as JSON. Names without a value are left out. */
export async function ask(path, query = {}, signal = undefined) {
  const reply = await get(path, { query, signal, accept: "application/json" });
  const body = await reply.json().catch((error) => {
    if (error.name === "AbortError") throw error;
  });
  if (typeof body !== "object") throw new Trouble("broken");
  return body;
}

/** `GET` of a picture, as something that an `<img>` can show. */
export async function askPicture(path, signal = undefined) {
  return (await get(path, { signal, accept: "image/svg+xml" })).blob();
}

async function get(path, { query = {}, signal, accept }) {
  const { key, profile } = keyring() ?? {};
  const named = Object.entries({ profile, ...query }).filter(([, value]) => value);
  const address = `${path}?${new URLSearchParams(named)}`;
  const headers = { Accept: accept, Authorization: `Bearer ${key}` };
  // Nothing that a header cannot say is a key, and `fetch` would take it for a failure of the network.
  if (!/^[\x20-\x7e]+$/.test(key)) throw new Trouble("key");
  const options = { headers, signal, cache: "no-store", credentials: "omit", redirect: "error" };
  const reply = await fetch(address, options).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new Trouble("offline");
  });
  if (reply.ok) return reply;
  const problem = await reply.json().catch(() => undefined);
  throw new Trouble(KINDS[reply.status] ?? "broken", problem?.detail ?? "");
}
