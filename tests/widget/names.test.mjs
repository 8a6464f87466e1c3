/** Names that the build shortens are the script's own: nobody outside says them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { OWN_NAMES } from "../../widget/build/bundle.mjs";
import { inProject } from "../harness/project.mjs";

const PUBLIC = [
  ...["index.d.ts", "attributes.d.ts", "custom-elements.json"].map((name) => `widget/package/${name}`),
  "docs/openapi.yaml",
  "widget/words/en.json",
];

for (const path of PUBLIC) {
  test(`no name of ours is a name in ${path}`, () => {
    const text = readFileSync(inProject(path), "utf8");
    const said = OWN_NAMES.split(" ").filter((name) => new RegExp(`["'\\s]${name}["']?\\??:|"${name}"`).test(text));
    assert.deepEqual(said, []);
  });
}

test("none of them is left in what is served", () => {
  const script = readFileSync(inProject("build/widget/saoma.js"), "utf8");
  const left = OWN_NAMES.split(" ").filter((name) => new RegExp(`[.{,]${name}\\b(?!:)`).test(script));
  assert.deepEqual(left, []);
});
