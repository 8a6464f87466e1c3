/** A build is skipped only when what went into it is what went into it last time. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import test from "node:test";
import { unlessUnchanged } from "../../scripts/fingerprint.mjs";
import { inProject, ROOT } from "../../scripts/paths.mjs";

const folder = await mkdtemp(join(tmpdir(), "saoma-fingerprint-"));
const name = `test-${process.pid}`;
const input = join(folder, "input");
const output = join(folder, "output");
const make = (settings = "") =>
  unlessUnchanged({ name, output, inputs: [relative(ROOT, input)], settings }, () =>
    writeFile(output, "built"),
  );

test.after(async () => {
  await rm(folder, { recursive: true });
  await rm(inProject("build", ".fingerprints", name), { force: true });
});

test("the second build of the same is skipped, whatever the dates say", async () => {
  await writeFile(input, "one");
  assert.equal(await make(), true);
  await writeFile(input, "one");
  assert.equal(await make(), false);
});

test("other contents, other settings or a lost output build again", async () => {
  await writeFile(input, "two");
  assert.equal(await make(), true);
  assert.equal(await make("faster"), true);
  await rm(output);
  assert.equal(await make("faster"), true);
  assert.equal(await make("faster"), false);
});

test("a build that failed is made again", async () => {
  const failing = { name, output, inputs: [relative(ROOT, input)], settings: "failing" };
  await assert.rejects(unlessUnchanged(failing, () => Promise.reject(new Error("no"))));
  assert.equal(await make("faster"), true);
});
