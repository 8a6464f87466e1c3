// custom-elements.json, which editors and documentation read, says what the element is: no more, no
// less. What only a browser can see (parts, slots) is compared in tests/browser/surface.test.mjs.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import Ajv from "ajv";

import { Standing } from "../../widget/js/standing.js";
import { PACKAGE } from "../harness/consumer.mjs";
import { built, inProject } from "../harness/project.mjs";

const manifest = JSON.parse(readFileSync(inProject("widget/package/custom-elements.json"), "utf8"));
const [declared] = manifest.modules[0].declarations;
const { SaomaCheckout } = await import(built(join(PACKAGE, "index.js")));
const { ATTRIBUTES, EVENTS } = await import(join(PACKAGE, "attributes.js"));

const names = (rows) => rows.map(({ name }) => name).sort();

/** Every distinct first group of a pattern in source files. */
function found(pattern, files) {
  const texts = files.map((name) => readFileSync(inProject(name), "utf8"));
  return [...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name]) => name)))].sort();
}

/** The variants of the follower's `enum News`, whose names are the events' but for their case. */
function followersNews() {
  const sources = readdirSync(inProject("widget/src"), { recursive: true }).filter((name) => name.endsWith(".rs"));
  const all = sources.map((name) => readFileSync(inProject("widget/src", name), "utf8")).join("\n");
  const [, body] = /\benum News \{\n([^]*?)\n\}/.exec(all);
  return [...body.matchAll(/^ {4}(\w+)/gm)].map(([, name]) => name);
}

test("the manifest is one by the format's own schema", () => {
  const schema = JSON.parse(readFileSync(inProject("node_modules/custom-elements-manifest/schema.json"), "utf8"));
  const validate = new Ajv({ strict: false }).compile(schema);
  assert.ok(validate(manifest), JSON.stringify(validate.errors));
  assert.ok(!validate({ ...manifest, modules: [{ kind: "javascript-module" }] }), "the schema refuses");
  assert.equal(manifest.schemaVersion, "1.0.0");
});

test("it names every attribute and its property, as do the components", () => {
  assert.deepEqual(names(declared.attributes), [...SaomaCheckout.observedAttributes].sort());
  assert.deepEqual(Object.values(ATTRIBUTES).sort(), [...SaomaCheckout.observedAttributes].sort());
  const properties = declared.attributes.map(({ name, fieldName }) => [fieldName, name]);
  assert.deepEqual(Object.fromEntries(properties), ATTRIBUTES);
});

test("it names every member of the class", () => {
  const own = Object.getOwnPropertyDescriptors(SaomaCheckout.prototype);
  const callbacks = /^constructor$|Callback$/;
  const members = Object.keys(own).filter((name) => !callbacks.test(name)).sort();
  assert.deepEqual(names(declared.members), members);
  for (const { name, kind, readonly } of declared.members) {
    if (kind === "method") assert.equal(typeof own[name].value, "function", name);
    else assert.equal(own[name].set === undefined, readonly === true, name);
  }
});

test("it names every event, as do the components", () => {
  const told = followersNews().map((name) => name.toLowerCase());
  const own = found(/\bevent\("(\w+)"/g, ["widget/js/element.js"]);
  const events = names(declared.events);
  assert.deepEqual(events, [...told, ...own].map((name) => `saoma-${name}`).sort());
  assert.deepEqual(events, EVENTS.map((name) => `saoma-${name}`).sort());
});

test("it names every variable of the style, and none for the code's colours", () => {
  const sources = readdirSync(inProject("widget/js")).map((name) => join("widget/js", name));
  const styles = sources.filter((name) => name.endsWith(".css"));
  assert.deepEqual(names(declared.cssProperties), found(/var\((--saoma-[\w-]+)/g, styles));
});

test("it names every state", () => {
  const states = new Set();
  const say = (name) => states.add(name);
  const host = { attachInternals: () => ({ states: { add: say, delete: say } }), getAttribute() {}, setAttribute() {} };
  new Standing(host).show({ face: "loading", code: null, is_offline: true, is_expiring: false }, "script");
  assert.deepEqual(names(declared.cssStates), [...states].sort());
});

test("the package's README names all of it", () => {
  const readme = readFileSync(inProject("widget/package/README.md"), "utf8");
  const kinds = ["attributes", "events", "slots", "cssParts", "cssProperties", "cssStates"];
  const named = kinds.flatMap((kind) => names(declared[kind])).filter((name) => name !== "");
  const members = declared.members.filter(({ attribute }) => !attribute).map(({ name }) => name);
  for (const name of [...named, ...members]) {
    assert.match(readme, new RegExp(`\`${name}(?:\`|\\()`), name);
  }
});
