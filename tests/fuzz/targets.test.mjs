// Every parser of outside bytes, fed by libFuzzer from the test vectors on. Bounded by the number of
// inputs, never by time, and the same inputs in each run; `npm run soak` has many more, new ones
// each time, and keeps what it learns.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { built, fuzzTarget, inProject } from "../harness/project.mjs";
import { plantSeeds } from "../harness/seeds.mjs";

const isSoak = process.env.SAOMA_SOAK === "1";

/** Inputs of one target: some need an RSA operation each, some compress or draw. */
const RUNS = {
  bill_packed: { quick: 5_000, soak: 1_000_000 },
  bill_rows: { quick: 20_000, soak: 5_000_000 },
  bill_sealed: { quick: 20_000, soak: 2_000_000 },
  certificate_sealed: { quick: 10_000, soak: 1_000_000 },
  key_der: { quick: 10_000, soak: 1_000_000 },
  key_text: { quick: 20_000, soak: 1_000_000 },
  names: { quick: 5_000, soak: 1_000_000 },
  notification_forged: { quick: 10_000, soak: 1_000_000 },
  notification_resource: { quick: 20_000, soak: 2_000_000 },
  rest: { quick: 50_000, soak: 10_000_000 },
};

/** The longest input: above every limit that a door has. */
const BYTES_MAX = 16_384;

/** Hangs and hoards, not slowness: far beyond what any honest input takes. */
const LIMITS = ["-timeout=120", "-rss_limit_mb=1024", `-max_len=${BYTES_MAX}`];

const work = inProject("build/fuzz");
const targets = readdirSync(inProject("fuzz/targets")).map((name) => name.replace(/\.rs$/, ""));

/** Breaks its promise on purpose. */
const PLANTED = "planted";

/** Where the inputs lie that broke a promise. */
function broken() {
  const folder = join(work, "broken");
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Runs a target to its end and answers what it printed. */
function fuzz(target, args) {
  return new Promise((resolve) => {
    execFile(built(fuzzTarget(target)), args, { maxBuffer: 1 << 26 }, (error, _, words) => {
      resolve({ code: error ? error.code ?? error.signal : 0, words });
    });
  });
}

describe("no input", { concurrency: availableParallelism() }, () => {
  for (const target of targets.filter((name) => name !== PLANTED)) {
    test(`breaks a promise of ${target}`, async () => {
      const { quick, soak } = RUNS[target] ?? RUNS.rest;
      const runs = isSoak ? soak : quick;
      const [seeds, found] = [join(work, "seeds", target), join(work, "found", target)];
      assert.ok(plantSeeds(target, seeds) > 0, "a target that begins with nothing");
      mkdirSync(found, { recursive: true });
      // The first folder is where new inputs are kept.
      const folders = isSoak ? [found, seeds] : [seeds];
      const prefix = `-artifact_prefix=${broken()}/${target}-`;
      const chance = isSoak ? [] : ["-seed=1"];
      const { code, words } = await fuzz(
        target, [...LIMITS, ...chance, prefix, `-runs=${runs}`, ...folders],
      );
      assert.equal(code, 0, `${words.slice(-4_000)}\nRepeat: ${fuzzTarget(target)} PATH-ABOVE`);
      const [, done] = /^Done (\d+) runs/m.exec(words) ?? [];
      assert.ok(Number(done) >= runs, `${words.slice(-1_000)}`);
    });
  }
});

test("a promise that is broken is found", async () => {
  const prefix = `-artifact_prefix=${broken()}/${PLANTED}-`;
  const { code, words } = await fuzz(PLANTED, [prefix, "-seed=1", "-runs=1000000"]);
  assert.equal(code, 77);
  assert.match(words, /panicked at .*\n.*planted/);
});
