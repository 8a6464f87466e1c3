// What has to be small: the Worker's module, by the plan's limit and by how fast it starts, and all
// that a page loads for the widget.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { WIDGET, inProject, widgetVersion } from "../harness/project.mjs";

// The Workers Free plan takes 3 MB. What index, webhooks and reconciliation added is 290 kB.
const WORKER_GZIP_BYTES_MAX = 1_250_000;
const PAGE_BROTLI_BYTES_MAX = 45_000;

const brotli = (bytes) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

test("the deployable Worker's module is under 1.25 MB of gzip", (t) => {
  const bytes = gzipSync(readFileSync(inProject("build/edge/index_bg.wasm")), { level: 9 }).length;
  t.diagnostic(`${bytes} bytes`);
  assert.ok(bytes < WORKER_GZIP_BYTES_MAX, `${bytes} bytes`);
});

test("a page loads less than 45 kB of brotli for the widget", (t) => {
  const folder = join(WIDGET, widgetVersion());
  const sizes = ["saoma.js", "saoma_bg.wasm"].map((name) => brotli(readFileSync(join(folder, name))));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  t.diagnostic(`${bytes} bytes`);
  assert.ok(bytes < PAGE_BROTLI_BYTES_MAX, `${bytes} bytes`);
});
