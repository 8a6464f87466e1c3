/**
 * Skips a build whose inputs have not changed since it last succeeded.
 *
 * Contents count, not dates: a fresh checkout or a rebase touches every date. The fingerprint is
 * removed before a build and written after it, so that a build cut short is made again.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { inProject } from "./paths.mjs";

/**
 * Runs `build` unless `output` exists and was built from the same `inputs` (files and folders, in
 * the project) and `settings` (any text that changes the result). Says whether it built.
 */
export async function unlessUnchanged({ name, output, inputs, settings }, build) {
  const stamp = inProject("build", ".fingerprints", name);
  const now = await fingerprint(inputs, settings);
  if (existsSync(output) && (await readFile(stamp, "utf8").catch(() => "")) === now) return false;
  await rm(stamp, { force: true });
  await build();
  await mkdir(dirname(stamp), { recursive: true });
  await writeFile(stamp, now);
  return true;
}

async function fingerprint(inputs, settings) {
  const hash = createHash("sha256").update(settings);
  for (const input of inputs) {
    for (const file of await files(input)) {
      hash.update(`\0${file}\0`).update(await readFile(inProject(file)));
    }
  }
  return hash.digest("hex");
}

/** The files at or below a path, sorted; none when it does not exist. */
async function files(path) {
  const entries = await readdir(inProject(path), { withFileTypes: true }).catch((error) => {
    if (error.code === "ENOTDIR") return null;
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (entries === null) return [path];
  const names = entries.map(({ name }) => join(path, name)).sort();
  return (await Promise.all(names.map(files))).flat();
}
