// Waiting for something to be so, never for time to pass.

const PROBE_EVERY_MS = 25;

/** Far above anything seen; only a broken program reaches it. */
const PATIENCE_MS = 20_000;

/**
 * Asks `probe` until it answers something truthy, and answers that. A probe that throws says "not
 * yet"; its last words go into the failure.
 */
export async function until(what, probe, patience_ms = PATIENCE_MS) {
  const deadline = performance.now() + patience_ms;
  let last;
  do {
    try {
      const answer = await probe();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await new Promise((resume) => setTimeout(resume, PROBE_EVERY_MS));
  } while (performance.now() < deadline);
  throw new Error(`waited ${patience_ms} ms for: ${what}; last: ${last?.stack ?? JSON.stringify(last)}`);
}
