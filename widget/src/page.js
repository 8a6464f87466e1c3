// What is all the browser's own: promises, headers, the money of a locale. Bound to Rust piece by
// piece, these would cost the module more bytes than all of its decisions.

/** Makes an order, or finds it again by its key; see `exchange`. */
export function place(url, key, product, quantity, buyer, done) {
  const body = JSON.stringify({ key, product, quantity, buyer: parsed(buyer) });
  return exchange(url, "POST", { "Content-Type": "application/json" }, body, done);
}

/** What is no JSON goes out as text, and the Worker says what it should be. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text || undefined;
  }
}

/** Asks about the order that the token is for; see `exchange`. */
export function ask(url, method, token, done) {
  return exchange(url, method, { Authorization: `Bearer ${token}` }, undefined, done);
}

/**
 * Sends a request and calls `done(status, retryAfter, json)` once, with status 0 where there was no
 * answer, and never after the returned controller was aborted.
 */
function exchange(url, method, headers, body, done) {
  const controller = new AbortController();
  const { signal } = controller;
  const finish = (...answer) => signal.aborted || done(...answer);
  fetch(url, { method, headers, body, signal, cache: "no-store", credentials: "omit" }).then(
    async (response) => {
      const json = await response.json().catch(() => undefined);
      finish(response.status, response.headers.get("Retry-After"), json);
    },
    () => finish(0),
  );
  return controller;
}

/** `¥88.00`, as the locale writes it. */
export function money(locale, yuan) {
  return new Intl.NumberFormat(locale, { style: "currency", currency: "CNY" }).format(yuan);
}
