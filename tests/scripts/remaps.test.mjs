// Where the module's sources lie on the machine that builds it must not show in what is built.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";

import { remaps } from "../../widget/build/wasm.mjs";
import { freshFolder, inProject } from "../harness/project.mjs";

const CARGO_HOME = process.env.CARGO_HOME ?? join(homedir(), ".cargo");

/** What cargo has downloaded, without what it has unpacked. */
function bareCargoHome() {
  const home = freshFolder("cargo-home");
  after(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(join(home, "registry"), { recursive: true });
  for (const name of ["registry/index", "registry/cache", "config.toml"]) {
    if (existsSync(join(CARGO_HOME, name))) symlinkSync(join(CARGO_HOME, name), join(home, name));
  }
  return home;
}

test("the first build on a machine names its folders no more than the second", () => {
  const home = bareCargoHome();
  const places = remaps({ ...process.env, CARGO_HOME: home, CARGO_NET_OFFLINE: "true" });
  const unpacked = readdirSync(join(home, "registry", "src"));
  assert.ok(unpacked.length > 0, "the sources are there before it is asked where they are");
  for (const name of unpacked) {
    assert.deepEqual(places.find(([from]) => from.endsWith(name)), [join(home, "registry", "src", name), ""]);
  }
});

test("what lies in the project's folder and is not its own is named by its own place", () => {
  const rows = remaps();
  assert.deepEqual(rows[0], [resolve(inProject()), ""], "the compiler takes the last that fits");
  assert.ok(rows.length > 2);
  assert.match(rows.at(-1)[1], /^\/rustc\/[0-9a-f]{40}$/);
});
