// What a page loads for the widget: small, and not growing unnoticed.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { FOLLOWER_MAX, TOTAL_MAX, grown, measure, recorded, report } from "../../widget/sizes.mjs";

let sizes;
before(async () => {
  sizes = await measure();
});

test("everything that a page loads is at most 32 kB of brotli, the largest locale included", (t) => {
  for (const line of report(sizes, recorded()).split("\n")) t.diagnostic(line.trim());
  assert.ok(sizes.total <= TOTAL_MAX, `${sizes.total} bytes`);
});

test("the follower that goes on without wasm is at most 2 kB of brotli", (t) => {
  t.diagnostic(`${sizes.follower} bytes`);
  assert.ok(sizes.follower <= FOLLOWER_MAX, `${sizes.follower} bytes`);
});

test("no part has grown by more than two in a hundred since it was recorded", () => {
  assert.deepEqual(grown(sizes, recorded()), [], "meant? `node widget/sizes.mjs --write`");
});

test("a part that grows, appears or is gone does not go unnoticed", () => {
  const record = { script: 1_000, module: 2_000 };
  assert.deepEqual(grown({ script: 1_020, module: 1_500 }, record), []);
  assert.deepEqual(grown({ script: 1_021, module: 2_000 }, record), ["script grew from 1000 to 1021 bytes"]);
  assert.deepEqual(grown({ script: 1_000, "words eo": 1 }, record), [
    "words eo is not recorded", "module is recorded, and gone",
  ]);
});
