// Bad days, drawn by seeds and the same for both followers: whatever befalls a page, it tells the
// truth in the end, once, and leaves nothing behind.

import assert from "node:assert/strict";
import { test } from "node:test";

import { FOLLOWERS } from "../harness/followed.mjs";
import { Storm } from "../harness/storm.mjs";

const SEEDS = Number(process.env.SAOMA_SEEDS ?? (process.env.SAOMA_SOAK === "1" ? 5_000 : 500));
const FIRST = Number(process.env.SAOMA_SEED ?? 1);

for (const follower of FOLLOWERS) {
  test(`${SEEDS / 2} bad days, ${follower}`, async (t) => {
    const seen = new Map();
    for (let seed = FIRST; seed < FIRST + SEEDS / 2; seed++) {
      const storm = new Storm(seed, { follower });
      try {
        await storm.live();
        await storm.end();
      } catch (reason) {
        throw new Error(`SAOMA_SEED=${seed}, ${follower}`, { cause: reason });
      }
      for (const name of storm.seen) seen.set(name, (seen.get(name) ?? 0) + 1);
    }
    t.diagnostic([...seen].sort().map(([name, days]) => `${name} ${days}`).join(", "));
    for (const [name, days] of seen) assert.ok(days >= SEEDS / 100, `${name} on ${days} days only`);
  });
}
