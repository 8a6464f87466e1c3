// What a page loads for the widget, by part, against what was recorded last.
//
// `node widget/sizes.mjs` prints it; `--write` records it in widget/sizes.json. A part that grew by
// more than two in a hundred fails a test: whoever makes it larger says so by recording it.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

import { bundle } from "./build/bundle.mjs";
import { RAW, SERVED, SOURCES } from "./build/places.mjs";

const RECORD = join(SOURCES, "sizes.json");

/** How far a part may grow beyond its record. */
const GROWTH_MAX = 1.02;

/** Everything that a page loads, the largest locale included. */
export const TOTAL_MAX = 32_000;

/** The follower that goes on where wasm cannot. */
export const FOLLOWER_MAX = 2_000;

/** Bytes as a browser gets them. */
export const brotli = (bytes) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

/**
 * Brotli bytes of every part of the built widget. The follower and the style are parts of the script,
 * measured alone; `total` is the script, the module and the largest words.
 */
export async function measure() {
  const version = readdirSync(SERVED).find((name) => /^v\d/.test(name));
  const read = (...parts) => readFileSync(join(SERVED, version, ...parts));
  const sizes = {
    script: brotli(read("saoma.js")),
    follower: brotli(await bundle(join(RAW, "js", "fallback.js"))),
    style: brotli(await bundle(join(RAW, "js", "style.css"))),
    module: brotli(read("saoma_bg.wasm")),
  };
  for (const name of readdirSync(join(SERVED, version, "words")).sort()) {
    sizes[`words ${name.slice(0, -".json".length)}`] = brotli(read("words", name));
  }
  return { ...sizes, total: totalOf(sizes) };
}

function totalOf(sizes) {
  const words = Object.keys(sizes).filter((name) => name.startsWith("words "));
  return sizes.script + sizes.module + Math.max(...words.map((name) => sizes[name]));
}

/** What was recorded. */
export const recorded = () => JSON.parse(readFileSync(RECORD, "utf8"));

/** The parts that grew too far beyond their record, or have none, or are gone, each in words. */
export function grown(sizes, record) {
  const names = [...new Set([...Object.keys(sizes), ...Object.keys(record)])];
  return names.flatMap((name) => {
    if (!(name in record)) return [`${name} is not recorded`];
    if (!(name in sizes)) return [`${name} is recorded, and gone`];
    const isGrown = sizes[name] > record[name] * GROWTH_MAX;
    return isGrown ? [`${name} grew from ${record[name]} to ${sizes[name]} bytes`] : [];
  });
}

/** The report, a line for each part. */
export function report(sizes, record) {
  const rows = Object.entries(sizes).map(([name, size]) => {
    const change = name in record ? `${size < record[name] ? "" : "+"}${size - record[name]}` : "new";
    return `  ${name.padEnd(16)}${String(size).padStart(8)} bytes of brotli, ${change}`;
  });
  return rows.join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sizes = await measure();
  console.log(report(sizes, recorded()));
  if (process.argv.includes("--write")) writeFileSync(RECORD, `${JSON.stringify(sizes, null, 2)}\n`);
}
