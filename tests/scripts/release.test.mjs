// What was released stays: pages have pinned it by its hash.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

import { changed, claim, digest, keep, releases, versionOf } from "../../widget/build/releases.mjs";
import { freshFolder, inProject } from "../harness/project.mjs";

const CONTENT = digest(new Map([["saoma.js", Buffer.from("one")]]));

/** A folder of releases with one in it, and what it was made of. */
function released() {
  const folder = freshFolder("releases");
  after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "manifest.json"), "{}\n");
  const built = join(folder, "..", `${folder.split("/").at(-1)}-built`);
  mkdirSync(join(built, "words"), { recursive: true });
  after(() => rmSync(built, { recursive: true, force: true }));
  writeFileSync(join(built, "saoma.js"), "one");
  writeFileSync(join(built, "words", "ja.json"), "{}");
  claim("1.2.3", CONTENT, folder);
  keep("1.2.3", built, folder);
  return { folder, built };
}

test("no released file has been changed", () => {
  assert.deepEqual(changed(), []);
});

test("a released file that changes, comes or goes is noticed", () => {
  const { folder } = released();
  assert.deepEqual(changed(folder), []);
  writeFileSync(join(folder, "v1.2.3", "saoma.js"), "two");
  writeFileSync(join(folder, "v1.2.3", "new.js"), "");
  rmSync(join(folder, "v1.2.3", "words", "ja.json"));
  mkdirSync(join(folder, "v9.9.9"));
  assert.deepEqual(changed(folder).sort(), [
    "v1.2.3/new.js is not what was released",
    "v1.2.3/saoma.js is not what was released",
    "v1.2.3/words/ja.json is not what was released",
    "v9.9.9 was never released",
  ]);
});

test("a number is given once", () => {
  const { folder, built } = released();
  assert.throws(() => claim("1.2.3", CONTENT, folder), /1\.2\.3 has been released/);
  assert.throws(() => keep("1.2.3", built, folder), { code: "ERR_FS_CP_EEXIST" });
  assert.deepEqual(changed(folder), []);
});

test("a release that broke off is noticed, and may be made again", () => {
  const { folder, built } = released();
  claim("1.3.0", CONTENT, folder);
  assert.deepEqual(changed(folder), ["v1.3.0 has no files"]);
  claim("1.3.0", CONTENT, folder);
  keep("1.3.0", built, folder);
  assert.deepEqual(changed(folder), []);
  assert.throws(() => claim("1.3.0", CONTENT, folder), /has been released/);
});

test("only what was released goes by the bare number", () => {
  const { folder } = released();
  const other = digest(new Map([["saoma.js", Buffer.from("two")]]));
  assert.equal(versionOf("1.2.3", CONTENT, folder), "1.2.3");
  assert.equal(versionOf("1.2.3", other, folder), `1.2.3-${other.slice(0, 8)}`);
  assert.equal(versionOf("1.2.4", CONTENT, folder), `1.2.4-${CONTENT.slice(0, 8)}`);
});

test("the files of two builds are told apart by name, length and bytes", () => {
  const one = digest(new Map([["a", Buffer.from("bc")], ["d", Buffer.from("")]]));
  const names = digest(new Map([["ab", Buffer.from("c")], ["d", Buffer.from("")]]));
  const order = digest(new Map([["a", Buffer.from("b")], ["c", Buffer.from("d")]]));
  assert.equal(new Set([one, names, order]).size, 3);
});

test("the manifest has hashes of every file, in a form that browsers take", () => {
  const { folder } = released();
  const { files, content } = releases(folder)["1.2.3"];
  assert.deepEqual(Object.keys(files), ["saoma.js", "words/ja.json"]);
  for (const hash of Object.values(files)) assert.match(hash, /^sha384-[A-Za-z0-9+/]{64}$/);
  assert.equal(content, CONTENT);
  assert.ok(readFileSync(inProject("releases/manifest.json"), "utf8").startsWith("{"));
});
