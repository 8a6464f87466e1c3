// What has been released stays as it was: pages have pinned it by its hash.
//
// `releases/manifest.json` names every version with a digest of what it was built from, and every
// file with what it hashes to. A build whose contents are a released version's is that version; any
// other build of the same number has its digest behind the number.

import { createHash } from "node:crypto";
import { cpSync, existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { integrity } from "./assets.mjs";
import { RELEASES } from "./places.mjs";

/** The released versions: `{ "0.1.0": { content, files: { "saoma.js": "sha384-…" } } }`. */
export function releases(folder = RELEASES) {
  return JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
}

/** A digest of files, which are a map of names and bytes. */
export function digest(files) {
  const hash = createHash("sha256");
  for (const [name, bytes] of files) hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  return hash.digest("hex");
}

/** Under which name contents go that were built from the sources of `number`. */
export function versionOf(number, content, folder = RELEASES) {
  return releases(folder)[number]?.content === content ? number : `${number}-${content.slice(0, 8)}`;
}

/** Whether a version's files have been kept: a claim alone is a release that broke off. */
const isKept = (release) => Object.keys(release?.files ?? {}).length > 0;

/** From here on `content` is `number`. A number is given once, and again if its release broke off. */
export function claim(number, content, folder = RELEASES) {
  const known = releases(folder);
  if (isKept(known[number]) || existsSync(join(folder, `v${number}`))) {
    throw new Error(`${number} has been released, and pages have pinned it; raise the version`);
  }
  write({ ...known, [number]: { content, files: {} } }, folder);
}

/** Keeps the files of a version that was claimed, from the folder that it was built into. */
export function keep(number, built, folder = RELEASES) {
  const known = releases(folder);
  const home = join(folder, `v${number}`);
  cpSync(built, home, { recursive: true, errorOnExist: true, force: false });
  const files = Object.fromEntries(hashesOf(home));
  write({ ...known, [number]: { ...known[number], files } }, folder);
}

/** What is otherwise than it was released, each in words; nothing, if all is well. */
export function changed(folder = RELEASES) {
  const known = releases(folder);
  const there = readdirSync(folder).filter((name) => name !== "manifest.json");
  const strangers = there.filter((name) => !known[name.slice(1)]).map((name) => `${name} was never released`);
  const halves = Object.keys(known).filter((number) => !isKept(known[number])).map((number) => `v${number} has no files`);
  return Object.entries(known).reduce((all, [number, { files }]) => {
    const now = new Map(existsSync(join(folder, `v${number}`)) ? hashesOf(join(folder, `v${number}`)) : []);
    const names = new Set([...Object.keys(files), ...now.keys()]);
    const others = [...names].filter((name) => files[name] !== now.get(name));
    return [...all, ...others.map((name) => `v${number}/${name} is not what was released`)];
  }, [...strangers, ...halves]);
}

/** Every file below a folder with its hash. */
function hashesOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return paths.sort().map((path) => [path.slice(folder.length + 1), integrity(readFileSync(path))]);
}

function write(manifest, folder) {
  writeFileSync(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
