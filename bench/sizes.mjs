// How much is uploaded for the Worker, and how much a page loads for the widget.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { WIDGET, WORKERS, built, widgetVersion } from "../tests/harness/project.mjs";

function row(name, contents) {
  const sum = (size) => contents.reduce((total, bytes) => total + size(bytes), 0);
  return [
    name,
    String(sum((bytes) => bytes.length)),
    String(sum((bytes) => gzipSync(bytes, { level: 9 }).length)),
    String(sum((bytes) => brotliCompressSync(bytes).length)),
  ];
}

/** One row for the Worker's wasm and one for all that the widget's page loads. */
export async function sizes() {
  const names = ["saoma.js", "saoma_bg.wasm"];
  const folder = join(WIDGET, widgetVersion());
  const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
  return [
    row("the Worker's wasm", [await readFile(built(join(WORKERS.deployable, "index_bg.wasm")))]),
    row(`the widget (${names.join(", ")})`, files),
  ];
}
