/**
 * How every script begins and ends: failures in words, and no program left behind.
 */
import { endAll } from "./group.mjs";
import { Plain, say } from "./say.mjs";

/** How often a script under npm looks whether npm is still there. */
const LOOK_EVERY_MS = 500;

/** The usual exit code of a program that a signal stopped. */
const STOPPED = 130;

/**
 * Runs a script's work. A failure ends it with code 1; SIGINT, SIGTERM and SIGHUP end it with
 * `stopCode`. Either way, whatever it started ends first.
 */
export async function main(work, { stopCode = STOPPED } = {}) {
  let stopping = false;
  const stop = async (code, word) => {
    if (stopping) return;
    stopping = true;
    await endAll();
    if (word) say(word);
    process.exit(code);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => stop(stopCode, "stopped"));
  }
  // An npm that is killed tells its script nothing; only the parent changes.
  const parent = process.ppid;
  const isOrphan = () => process.env.npm_lifecycle_event && process.ppid !== parent;
  setInterval(() => isOrphan() && stop(stopCode, "stopped"), LOOK_EVERY_MS).unref();
  try {
    await work();
    await stop(process.exitCode ?? 0);
  } catch (error) {
    // Programs that are being stopped fail; that is no news.
    if (stopping) return;
    console.error(error instanceof Plain ? `\n${error.message}` : error);
    await stop(1);
  }
}
