/** The last line of `npm test` is only as good as the reading of every runner's words. */
import assert from "node:assert/strict";
import test from "node:test";
import { SUITES } from "../../scripts/suites.mjs";

function counted(suite, lines) {
  const counts = { passed: 0, failed: 0 };
  const { count } = SUITES.find(({ name }) => name === suite);
  for (const line of lines) count(line, counts);
  return counts;
}

test("every test binary of cargo is added up", () => {
  const lines = [
    "running 3 tests",
    "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
    "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
  ];
  assert.deepEqual(counted("rust", lines), { passed: 7, failed: 2 });
});

test("a cancelled test of node's runner counts as failed", () => {
  const lines = ["ℹ tests 6", "ℹ pass 4", "ℹ fail 1", "ℹ cancelled 1", "ℹ skipped 0"];
  assert.deepEqual(counted("edge", lines), { passed: 4, failed: 2 });
});

test("a test that prints such words does not count twice", () => {
  assert.deepEqual(counted("edge", ["pass 4", "fail 3"]), { passed: 0, failed: 0 });
});

test("assertions against foreign SDKs are added up beside the tests", () => {
  const lines = [
    "assertions against foreign SDKs: 40",
    "ℹ pass 3",
    "assertions against foreign SDKs: 2",
    "assertions against foreign SDKs: many",
    "ℹ fail 0",
  ];
  assert.deepEqual(counted("interop", lines), { passed: 3, failed: 0, foreign: 42 });
});

test("the matrix of operations is told as its file told it", () => {
  const lines = ["operations × SDKs that pass: 93 of 94", "operations × SDKs that pass: all", "ℹ pass 1"];
  assert.deepEqual(counted("interop", lines), { passed: 1, failed: 0, operations: "93 of 94" });
});
