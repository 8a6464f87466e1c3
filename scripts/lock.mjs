/**
 * Lets one set-up at a time touch a folder, across processes and clones.
 *
 * The lock is a file with the holder's process id, put in place by a hard link, so that it is
 * never seen empty. A holder that died leaves a lock that the next one takes over.
 */
import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { say } from "./say.mjs";

/** How often a waiting process looks again. */
const LOOK_EVERY_MS = 250;

/** Runs `work` while holding the lock at `path`; waits for whoever holds it now. */
export async function locked(path, work) {
  await mkdir(dirname(path), { recursive: true });
  const mine = `${path}.${randomUUID()}`;
  await writeFile(mine, String(process.pid));
  try {
    await take(path, mine);
  } finally {
    await rm(mine, { force: true });
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path, mine) {
  for (let said = false; ; said = true) {
    try {
      return await link(mine, path);
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const holder = Number(await readFile(path, "utf8").catch(() => "0"));
    if (holder && !isAlive(holder)) {
      await rm(path, { force: true });
      continue;
    }
    if (!said) say(`  waiting for another set-up to finish (process ${holder})`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
