/**
 * The requests to the Worker, and its socket: addresses, bodies and tokens. What an answer means and
 * when to ask is the follower's to decide.
 */

/** The socket's protocol; the token follows it as a second one, since a browser's socket can carry
    no header of its own and an address would be logged. */
const PROTOCOL = "saoma.v1";

/**
 * Makes an order, or finds it again by its key.
 * @param {string} endpoint
 * @param {{ key: string, product: string, quantity: number, buyer?: string }} order `buyer` as it
 *   stands in the attribute: JSON. What is none goes out as text, and the Worker says what it should be.
 * @param {(answer: Answer) => void} done
 */
export function place(endpoint, { key, product, quantity, buyer }, done) {
  const body = JSON.stringify({ key, product, quantity, buyer: parsed(buyer, buyer || undefined) });
  return exchange(`${endpoint}/v1/sessions`, "POST", { "Content-Type": "application/json" }, body, done);
}

/**
 * Asks to `read`, `check` or `renew` the order that `token` is for. With `wait`, the answer comes once there is something
 * newer than `version`, or after so many seconds.
 */
export function ask(endpoint, what, token, { version, wait }, done) {
  const [method, path] = what === "read" ? ["GET", ""] : ["POST", `/${what}`];
  const query = wait ? `?version=${version}&wait=${wait}` : "";
  return exchange(`${endpoint}/v1/session${path}${query}`, method, { Authorization: `Bearer ${token}` }, undefined, done);
}

/**
 * Sends a request and calls `done` once, but never after the returned function was called, which
 * breaks it off.
 *
 * @typedef {{ status: number, retry_after_s?: number, json?: unknown }} Answer Status 0: there was
 *   none. Another origin's `Retry-After` is hidden unless the Worker exposes it. A date in it is a
 *   moment of the wall clock, so it counts as nothing.
 * @param {(answer: Answer) => void} done
 * @returns {() => void}
 */
export function exchange(url, method, headers, body, done) {
  const controller = new AbortController();
  const { signal } = controller;
  const read = async (response) => {
    const json = parsed(await response.text());
    const asked = response.headers.get("Retry-After");
    return { status: response.status, json, retry_after_s: /^\d+$/.test(asked) ? +asked : undefined };
  };
  fetch(url, { method, headers, body, signal, cache: "no-store", credentials: "omit" })
    .then(read)
    // A body that breaks off is no answer either.
    .catch(() => ({ status: 0 }))
    .then((answer) => signal.aborted || done(answer));
  return () => controller.abort();
}

/**
 * Opens a socket; it is heard until it is hung up. A page's policy may forbid it, which some
 * browsers say by throwing and some by closing.
 *
 * @param {{ linked(): void, pushed(json: unknown): void, heard(): void, unlinked(): void }} ears
 * @returns {{ ping(): void, hangUp(): void }}
 */
export function dial(endpoint, token, ears) {
  const socket = new WebSocket(`${endpoint.replace(/^http/, "ws")}/v1/session/events`, [PROTOCOL, token]);
  socket.onopen = ears.linked;
  socket.onmessage = ({ data }) => (data === "pong" ? ears.heard() : ears.pushed(parsed(data)));
  socket.onclose = ears.unlinked;
  return {
    ping() {
      // Sending on a socket that is closing does nothing; on one that is opening it throws.
      if (socket.readyState === 1) socket.send("ping");
    },
    hangUp() {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    },
  };
}

/** What `text` says in JSON, or `other` if it is none. */
function parsed(text, other) {
  try {
    return JSON.parse(text);
  } catch {
    return other;
  }
}
