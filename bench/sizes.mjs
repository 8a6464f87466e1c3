// How much is uploaded for the Worker, and how much a page loads for the widget.

import { readFile, readdir } from "node:fs/promises";
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

/** One row for the Worker's wasm, and one for all that a page loads for the widget. */
export async function sizes() {
  const folder = join(WIDGET, widgetVersion());
  const read = (name) => readFile(join(folder, name));
  const locales = await readdir(join(folder, "words"));
  const words = await Promise.all(locales.map((name) => read(join("words", name))));
  const largest = words.reduce((one, other) => (other.length > one.length ? other : one));
  const loaded = [await read("saoma.js"), await read("saoma_bg.wasm"), largest];
  return [
    row("the Worker's wasm", [await readFile(built(join(WORKERS.deployable, "index_bg.wasm")))]),
    row("the widget (script, module, largest locale)", loaded),
  ];
}
