// The README speaks two languages, and both lead to what there is.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { inProject } from "../harness/project.mjs";

const READMES = ["README.md", "README.zh-CN.md"];
const { scripts } = JSON.parse(readFileSync(inProject("package.json"), "utf8"));

/** Every distinct first group of a pattern in a file, in order of the alphabet. */
const found = (name, pattern) =>
  [...new Set([...readFileSync(inProject(name), "utf8").matchAll(pattern)].map(([, text]) => text))].sort();

/** Where a README leads inside the project; each leads to the other, and to pages of its language. */
const places = (name) =>
  found(name, /\]\(([^)#:]+)(?:#[^)]*)?\)/g).map((path) => path.replace(".zh-CN.md", ".md"));

test("both READMEs lead to the same places, which are there", () => {
  const [english, chinese] = READMES.map((name) => places(name).filter((path) => path !== "README.md"));
  assert.ok(english.length > 15, String(english.length));
  assert.deepEqual(chinese, english);
  for (const path of english) assert.ok(existsSync(inProject(path)), path);
});

test("both name the same verbs and the same folders, which are there", () => {
  for (const pattern of [/npm run ([\w-]+)/g, /`([\w-]+\/)`/g]) {
    const [english, chinese] = READMES.map((name) => found(name, pattern));
    assert.ok(english.length > 7, String(english.length));
    assert.deepEqual(chinese, english);
    for (const name of english) assert.ok(name in scripts || existsSync(inProject(name)), name);
  }
});
