// What has been released stays as it was: pages have pinned it by its hash.
//
// `releases/manifest.json` names every version with a digest of what it was built from, and every
// file with what it hashes to. A build whose contents are a released version's is that version; any
// other build of the same number has its digest behind the number.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { RELEASES } from "./places.mjs";

/** The released versions: `{ "0.1.0": { content, files: { "saoma.js": "sha384-…" } } }`. */
export function releases() {
  return JSON.parse(readFileSync(join(RELEASES, "manifest.json"), "utf8"));
}

/** A digest of files, which are a map of names and bytes. */
export function digest(files) {
  const hash = createHash("sha256");
  for (const [name, bytes] of files) hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  return hash.digest("hex");
}

/** Under which name contents go that were built from the sources of `number`. */
export function versionOf(number, content) {
  return releases()[number]?.content === content ? number : `${number}-${content.slice(0, 8)}`;
}
