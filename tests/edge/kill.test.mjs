// Killed at any moment, under load, with a platform that has bad days: nothing that was acknowledged
// is lost, and nothing is there twice. A sample here; hundreds of rounds in `npm run soak`.

import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";

import { checkoutFiles } from "../harness/disk.mjs";
import { playRounds } from "../harness/rounds.mjs";

const ROUNDS = Number(process.env.SAOMA_ROUNDS ?? (process.env.SAOMA_SOAK === "1" ? 300 : 6));
const SEED = Number(process.env.SAOMA_SEED ?? (process.env.SAOMA_SOAK === "1" ? Date.now() % 2 ** 32 : 20_261_121));

test(`a Worker that is killed ${ROUNDS} times loses nothing and doubles nothing`, async (t) => {
  const figures = await playRounds({ rounds: ROUNDS, seed: SEED });
  const shares = Object.entries(figures.inFlight).sort(([, a], [, b]) => b - a);
  t.diagnostic(`seed ${SEED}; ${figures.rounds} rounds counted, ${figures.idle} idle ones not`);
  t.diagnostic(`rounds in which it was under way at the kill: ${shares.map(([kind, count]) => `${kind} ${count}`).join(", ")}`);
  t.diagnostic(`acknowledged ${figures.acknowledged}: ${JSON.stringify(figures.promises)}; lost ${figures.lost.length}, doubled ${figures.doubled.length}`);
  assert.deepEqual({ lost: figures.lost, doubled: figures.doubled, odd: figures.odd }, { lost: [], doubled: [], odd: [] });
  assert.equal(figures.rounds, ROUNDS, "so many rounds had something under way");
  assert.ok(figures.acknowledged > ROUNDS * 5, "there was something to lose");
});

test("a checkout that does not survive a kill is noticed", async () => {
  const meddle = (state) => {
    for (const file of checkoutFiles(state)) {
      for (const part of ["", "-wal", "-shm"]) rmSync(file + part, { force: true });
    }
  };
  const { lost } = await playRounds({ rounds: 3, seed: SEED, meddle });
  assert.match(lost[0], /^chk_[a-z2-7]{20}/);
});
