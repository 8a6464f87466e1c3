// The npm package: what widget/package/ holds, with the scripts, the module, the words and hashes.

import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { assetsOfPackage, assetsOfScript, integrity } from "./assets.mjs";
import { bundle } from "./bundle.mjs";
import { PACKAGE, ROOT, SOURCES } from "./places.mjs";

/**
 * Puts the package together. `index.js` is what bundlers take; `saoma.js` is whole in itself, for
 * pages that load it from a mirror of npm and pin it by its hash.
 */
export async function buildPackage({ version, files, scripts }) {
  await rm(PACKAGE, { recursive: true, force: true });
  await cp(join(SOURCES, "package"), PACKAGE, { recursive: true });
  await cp(join(ROOT, "LICENSE"), join(PACKAGE, "LICENSE"));
  const index = assetsOfPackage({ version, files });
  await put("index.js", await bundle(join(scripts, "index.js"), { assets: index }));
  const alone = assetsOfScript({ version, files, folder: "./", origin: "null" });
  await put("saoma.js", await bundle(join(scripts, "saoma.js"), { assets: alone }));
  for (const [name, bytes] of files) await put(name, bytes);
  await put("sri.json", `${JSON.stringify(await hashes(), null, 2)}\n`);
}

/** Every file that a page may load, by its path in the package. */
async function hashes() {
  const names = await readdir(PACKAGE, { recursive: true });
  const loaded = names.filter((name) => /^(?:[^/]+\.(?:js|wasm)|words\/[^/]+\.json)$/.test(name)).sort();
  const rows = loaded.map(async (name) => [name, integrity(await readFile(join(PACKAGE, name)))]);
  return Object.fromEntries(await Promise.all(rows));
}

async function put(name, contents) {
  await mkdir(dirname(join(PACKAGE, name)), { recursive: true });
  await writeFile(join(PACKAGE, name), contents);
}
