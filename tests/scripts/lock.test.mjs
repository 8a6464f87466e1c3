/** One set-up at a time, and none blocked by the dead. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { locked } from "../../scripts/lock.mjs";

const folder = await mkdtemp(join(tmpdir(), "saoma-lock-"));
test.after(() => rm(folder, { recursive: true }));

test("work under one lock never overlaps", async () => {
  let inside = 0;
  const work = async () => {
    inside += 1;
    assert.equal(inside, 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside -= 1;
  };
  const path = join(folder, "one");
  await Promise.all([locked(path, work), locked(path, work), locked(path, work)]);
});

test("the lock is given back when the work fails", async () => {
  const path = join(folder, "two");
  const failing = locked(path, () => Promise.reject(new Error("as planned")));
  await assert.rejects(failing, { message: "as planned" });
  assert.equal(await locked(path, async () => "free"), "free");
});

test("the lock of a process that died is taken over", async () => {
  const path = join(folder, "three");
  const { pid } = spawnSync("true");
  await writeFile(path, String(pid));
  assert.equal(await locked(path, async () => "mine"), "mine");
});
