// What has to be small: the Worker's module, by the plan's limit and by how fast it starts.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { inProject } from "../harness/project.mjs";

// The Workers Free plan takes 3 MB. What index, webhooks and reconciliation added is 290 kB, and V2 with
// printed codes 125 kB.
const WORKER_GZIP_BYTES_MAX = 1_350_000;

test("the deployable Worker's module is under 1.35 MB of gzip", (t) => {
  const bytes = gzipSync(readFileSync(inProject("build/edge/index_bg.wasm")), { level: 9 }).length;
  t.diagnostic(`${bytes} bytes`);
  assert.ok(bytes < WORKER_GZIP_BYTES_MAX, `${bytes} bytes`);
});
