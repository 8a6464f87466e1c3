// Builds the widget: `node widget/build.mjs`.
//
// build/widget-raw  the sources with what is generated beside them
// build/widget      what a Worker serves: saoma.js, and v<version>/ with the same script, its module
//                   and its words
// build/package     the npm package
// build/gallery     the page on which every state can be looked at
//
// The bytes depend on the sources and the pinned tools alone. `--keep-wasm` spares the Rust half, if
// it has been built before.

import { existsSync } from "node:fs";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { assetsOfScript, integrity } from "./build/assets.mjs";
import { bundle } from "./build/bundle.mjs";
import { buildPackage } from "./build/package.mjs";
import { GALLERY, RAW, SERVED, SOURCES } from "./build/places.mjs";
import { digest, versionOf } from "./build/releases.mjs";
import { buildWasm } from "./build/wasm.mjs";

/** Whose Worker a served script asks: the one that it came from. */
const OWN_ORIGIN = "new URL(import.meta.url).origin";

const scripts = join(RAW, "js");
const entry = join(scripts, "saoma.js");

await gatherSources();
const { version: number } = JSON.parse(await readFile(join(SOURCES, "package", "package.json"), "utf8"));
const files = await assetFiles();
const version = await nameOfBuild();
await buildServed();
await buildPackage({ version, files, scripts });
await buildGallery();
console.log(`the widget is ${version}`);

/** The module, and every language's words without their white space, by name. */
async function assetFiles() {
  const found = new Map([["saoma_bg.wasm", await readFile(join(scripts, "saoma_bg.wasm"))]]);
  const folder = join(RAW, "words");
  for (const name of (await readdir(folder)).sort()) {
    const words = JSON.parse(await readFile(join(folder, name), "utf8"));
    found.set(`words/${name}`, Buffer.from(JSON.stringify(words)));
  }
  return found;
}

async function gatherSources() {
  const isKept = process.argv.includes("--keep-wasm") && existsSync(join(scripts, "saoma_bg.wasm"));
  if (!isKept) {
    await rm(RAW, { recursive: true, force: true });
    await mkdir(scripts, { recursive: true });
    buildWasm(scripts);
  }
  await rm(join(RAW, "words"), { recursive: true, force: true });
  for (const name of ["js", "words"]) await cp(join(SOURCES, name), join(RAW, name), { recursive: true });
}

/** The version goes into the script, so its digest is that of a script which says only the number. */
async function nameOfBuild() {
  const assets = assetsOfScript({ version: number, files, folder: "./", origin: OWN_ORIGIN });
  const content = digest(new Map([...files, ["saoma.js", await bundle(entry, { assets })]]));
  // For whoever makes a release of it.
  await writeFile(join(RAW, "content"), content);
  return versionOf(number, content);
}

async function buildServed() {
  await rm(SERVED, { recursive: true, force: true });
  const script = (folder) => {
    const assets = assetsOfScript({ version, files, folder, origin: OWN_ORIGIN });
    return bundle(entry, { assets });
  };
  const own = new Map([["saoma.js", await script("./")], ...files]);
  const hashes = Object.fromEntries([...own].map(([name, bytes]) => [name, integrity(bytes)]));
  own.set("sri.json", Buffer.from(`${JSON.stringify(hashes, null, 2)}\n`));
  for (const [name, bytes] of own) await put(join(SERVED, `v${version}`, name), bytes);
  await put(join(SERVED, "saoma.js"), await script(`./v${version}/`));
  // For tests that import single sources.
  const beside = assetsOfScript({ version, files, folder: "./", origin: "null" });
  await put(join(scripts, "assets.js"), beside);
}

async function buildGallery() {
  await rm(GALLERY, { recursive: true, force: true });
  const gallery = join(scripts, "gallery.js");
  if (!existsSync(gallery)) return;
  const assets = assetsOfScript({ version, files, folder: "./", origin: "null" });
  await put(join(GALLERY, "shell.js"), await bundle(gallery, { assets, isOpened: true }));
}

async function put(path, contents) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, contents);
}
