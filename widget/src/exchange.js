// One request, and what came of it. Written here and not in Rust because it is all the browser's
// own: promises and headers would cost the module more bytes than the rest of its requests.

/**
 * Sends a request; calls `done(status, retryAfter, json)` once, with status 0 where there was no
 * answer, and never after the returned controller was aborted.
 */
export function exchange(method, url, token, body, done) {
  const controller = new AbortController();
  const { signal } = controller;
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
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
