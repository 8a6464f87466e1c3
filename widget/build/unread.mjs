// What lies in the module's data and is never read. It is overwritten with zeros, which cost a
// shopper's page nothing: nothing moves, so no address has to change.
//
// Three things lie there. The encoder's crate has a polynomial for every number of error-correction
// codewords that any symbol could have, 2.3 kB that no compressor can shorten; we draw level M alone,
// whose symbols have eight of those numbers. Its tables of capacities have a column for each of four
// levels, and rows for Micro QR. And the texts of panics, which nobody says any more (panics.mjs). `tests/widget/encoder.test.mjs` draws every version with the module as it was before
// and as it is then, and wants the same picture.

import { readFileSync, writeFileSync } from "node:fs";

/** Codewords a block of level M, over all versions: ISO/IEC 18004, the table of error correction. */
const CODEWORDS_OF_M = new Set([10, 16, 18, 22, 24, 26, 28, 30]);

/** The crate's table ends here. */
const CODEWORDS_MAX = 69;

/** Below this a polynomial is so short that it may be found by accident. */
const CODEWORDS_MIN = 8;

/** Said by panics only: sources, and sentences of the standard library and of the encoder. */
const TEXTS = new RegExp(
  [
    "(/rustc/[0-9a-f]{40}/library/)?[\\w./-]+\\.rs\\b",
    "slice index starts at ", " but ends at ", "index out of bounds: the len is ", " but the index is ",
    "range (start|end) index ", " out of range for slice of length ", "mid > len",
    "`at` split index \\(is ", "\\) should be <= len \\(is ", "chunk size must be non-zero",
    "non-empty blocks", "at least one pattern", "Unsupported [\\w/ ]+ in Micro QR code",
    "Tried to shrink to a larger capacity", "capacity overflow", "attempt to divide by zero",
    "(00)(0[1-9])([1-9]\\d|0\\d)+", "RefCell already( mutably)? borrowed",
  ].join("|"),
  "g",
);

/**
 * The crate's tables with a row for each version and a column for each level: how many words of four
 * bytes a cell has, and the row of version 1, by which a table is found. ISO/IEC 18004, tables 7 and 9.
 */
const TABLES = [
  { words: 1, first: [152, 128, 104, 72] },
  { words: 1, first: [7, 10, 13, 17] },
  { words: 4, first: [19, 1, 0, 0, 16, 1, 0, 0, 13, 1, 0, 0, 9, 1, 0, 0] },
];
const LEVELS = 4;
const LEVEL_M = 1;
const VERSIONS = 40;
const MICRO_VERSIONS = 4;

const DATA_SECTION = 11;

/** Overwrites it in the module at `path`. */
export function forgetUnread(path) {
  const module = readFileSync(path);
  const data = dataOf(module);
  for (let count = CODEWORDS_MIN; count <= CODEWORDS_MAX; count++) {
    const [at, ...others] = placesOf(data, generator(count));
    // Should the crate write them in another way, the page would grow unnoticed.
    if (at === undefined || others.length) throw new Error(`${path}: where is the polynomial for ${count}?`);
    if (!CODEWORDS_OF_M.has(count)) data.fill(0, at, at + count);
  }
  for (const table of TABLES) forgetLevels(data, table, path);
  for (const { index, 0: text } of data.toString("latin1").matchAll(TEXTS)) {
    data.fill(0, index, index + text.length);
  }
  writeFileSync(path, module);
}

function forgetLevels(data, { words, first }, path) {
  const [at, ...others] = placesOf(data, Buffer.from(Uint32Array.from(first).buffer));
  if (at === undefined || others.length) throw new Error(`${path}: where is the table that begins with ${first}?`);
  const cell = 4 * words;
  for (let index = 0; index < (VERSIONS + MICRO_VERSIONS) * LEVELS; index++) {
    const isRead = index < VERSIONS * LEVELS && index % LEVELS === LEVEL_M;
    if (!isRead) data.fill(0, at + index * cell, at + (index + 1) * cell);
  }
}

/** The section's bytes, which are the module's own. */
function dataOf(module) {
  let at = 8;
  const number = () => {
    let [value, shift, byte] = [0, 0, 0];
    do {
      byte = module[at++];
      value += (byte & 127) << shift;
      shift += 7;
    } while (byte > 127);
    return value;
  };
  while (at < module.length) {
    const section = module[at++];
    const size = number();
    if (section === DATA_SECTION) return module.subarray(at, at + size);
    at += size;
  }
  throw new Error("a module without data");
}

function placesOf(data, bytes) {
  const places = [];
  for (let at = data.indexOf(bytes); at !== -1; at = data.indexOf(bytes, at + 1)) places.push(at);
  return places;
}

/**
 * The generator polynomial for `count` codewords, (x − 2⁰)(x − 2¹)…, over GF(256) with x⁸ + x⁴ + x³ + x² + 1
 * (ISO/IEC 18004, annex A): the logarithms of its coefficients but the first, as the crate stores it.
 */
export function generator(count) {
  const [exponents, logarithms] = [[], []];
  for (let exponent = 0, value = 1; exponent < 255; exponent++) {
    exponents.push(value);
    logarithms[value] = exponent;
    value = value & 128 ? (value << 1) ^ 0x11d : value << 1;
  }
  const times = (one, exponent) => (one ? exponents[(logarithms[one] + exponent) % 255] : 0);
  let coefficients = [1];
  for (let root = 0; root < count; root++) {
    const next = [...coefficients, 0];
    coefficients.forEach((one, at) => { next[at + 1] ^= times(one, root); });
    coefficients = next;
  }
  return Buffer.from(coefficients.slice(1).map((one) => logarithms[one]));
}
