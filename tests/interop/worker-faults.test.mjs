// Bad answers at our Worker: pairs of a merchant's call and a fault, in a shop's day. A soak plays all;
// otherwise a sample in which each call and each kind is met.

import assert from "node:assert/strict";
import { test } from "node:test";

import { isSoaking } from "../harness/soak.mjs";
import { useStage } from "../harness/stage.mjs";
import { ANSWERS, PAIRS } from "./faults.mjs";
import { PLOTS } from "./plots.mjs";

const stage = useStage();

const [CALLS, KINDS] = [Object.keys(PLOTS), Object.keys(ANSWERS)];

/** Every fourth of what may become of any answer, another fourth of each call; and all of its own. */
const isSampled = ({ route, kind }) =>
  !(kind in ANSWERS) || (KINDS.indexOf(kind) + CALLS.indexOf(route)) % 4 === 0;

const some = PAIRS.filter((pair) => isSoaking || isSampled(pair));

for (const pair of some) {
  test(`the Worker: ${pair.route}, ${pair.kind}`, () => PLOTS[pair.route](stage, pair));
}

test("the sample meets every call and every kind", () => {
  for (const axis of ["route", "kind"]) {
    const of = (pairs) => [...new Set(pairs.map((pair) => pair[axis]))].sort();
    assert.deepEqual(of(some), of(PAIRS));
  }
});
