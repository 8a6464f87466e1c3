/** The go-live pages name every variable that the Worker reads, every line of its doctor, and no other. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { inProject } from "../../scripts/paths.mjs";

const read = (...path) => readFileSync(inProject(...path), "utf8");

/** Each language, and how it says that something is proven. */
const PAGES = {
  "docs/go-live.md": /Proven by ([^]*?)\n\n/g,
  "docs/go-live.zh-CN.md": /证明：([^]*?)\n\n/g,
};

/** A variable's name; what begins an id, such as PUB_KEY_ID_, is none. */
const NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/;

/** What `edge/src/config` reads. */
function variables() {
  const files = readdirSync(inProject("edge/src/config")).filter((name) => name.endsWith(".rs") && name !== "tests.rs");
  const sources = [read("edge/src/config.rs"), ...files.map((name) => read("edge/src/config", name))];
  const literals = sources.flatMap((source) => [...source.matchAll(/"([A-Z][A-Z0-9_]+)"/g)].map(([, name]) => name));
  return [...new Set(literals.filter((name) => NAME.test(name)))].sort();
}

/** The names of bindings, which are written like variables and set by nobody. */
const bindings = () => [...read("edge", "wrangler.toml").matchAll(/^(?:# )?(?:binding|name) = "([A-Z_]+)"/gm)].map(([, name]) => name);

/** The names of the doctor's checks, as they stand in JSON. */
function checks() {
  const body = read("edge/src/doctor/finding.rs").split("pub enum Check {")[1].split("\n}")[0];
  const snake = (name) => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toLowerCase();
  return [...body.matchAll(/^ {4}(\w+),/gm)].map(([, name]) => snake(name));
}

for (const [path, proven] of Object.entries(PAGES)) {
  const page = read(path);

  test(`the table of ${path} has every variable that the Worker reads, and no other`, () => {
    const rows = [...page.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, name]) => name).sort();
    assert.ok(rows.length > 20);
    assert.deepEqual(rows, variables());
  });

  test(`every variable that ${path} names exists`, () => {
    const known = new Set([...variables(), ...bindings()]);
    const named = [...page.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name]) => name);
    const unknown = named.filter((name) => NAME.test(name) && !known.has(name.replace(/^ACME__/, "")));
    assert.deepEqual(unknown, []);
  });

  test(`each step of ${path} is proven by a line of the doctor, and each line proves something`, () => {
    assert.ok(checks().includes("api_v3_key"));
    assert.deepEqual(checks().filter((check) => !page.includes(`\`${check}\``)), []);
    const steps = page.split(/^## /m).filter((section) => /^[1-9]\. /.test(section));
    assert.equal(steps.length, 9);
    const unproven = steps.filter((step) => ![...step.matchAll(proven)].length);
    assert.deepEqual(unproven.map((step) => step.split("\n")[0]), []);
    const proofs = [...page.matchAll(proven)].map(([, text]) => text);
    const known = new Set([...checks(), "outside"]);
    for (const proof of proofs) {
      const [[, first]] = proof.matchAll(/`([a-z0-9_]+)`/g);
      assert.ok(known.has(first), `${first}: ${proof}`);
    }
  });
}

test("every variable stands in the deployable configuration, set or explained", () => {
  const toml = read("edge", "wrangler.toml");
  const missing = variables().filter((name) => !new RegExp(`\\b${name}\\b`).test(toml));
  assert.deepEqual(missing, []);
});
