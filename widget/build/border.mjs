// The names by which the module and its glue know each other: a letter each, for nobody else reads
// them. wasm-bindgen's are long, end in a hash, and travel in both files.

import { readFileSync, writeFileSync } from "node:fs";

/** What makes wasm-opt shorten them, and say how, as JSON. */
export const SHORTEN = "--minify-imports-and-exports-and-modules";

/** Writes the short names into the glue at `path`; `names` is what wasm-opt said. */
export function shortenGlue(path, names) {
  const { imports, exports } = JSON.parse(names);
  const modules = new Set(imports.map(([module]) => module));
  const inserted = imports.map(([, long, short]) => [`^( +)${long}(?=: function\\()`, `$1${short}`]);
  const taken = exports.map(([long, short]) => [`(\\bwasm\\.)${long}\\b`, `$1${short}`]);
  let glue = readFileSync(path, "utf8");
  for (const module of modules) glue = glue.replace(`"${module}":`, '"a":');
  for (const [pattern, short] of [...inserted, ...taken]) glue = glue.replace(new RegExp(pattern, "gm"), short);
  // What the module wants and is not given, it says only in the browser.
  const missed = [...modules, ...imports.map(([, long]) => long)].filter((name) => glue.includes(name));
  if (missed.length) throw new Error(`${path} still says ${missed}`);
  writeFileSync(path, glue);
}
