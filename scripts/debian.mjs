/**
 * Installs Debian packages, and says what to install by hand where that cannot be done.
 *
 * Called only for what is absent. It never touches a system that is not Debian (or a child of it),
 * and never asks for a password.
 */
import { existsSync } from "node:fs";
import { capture, run } from "./run.mjs";
import { Plain, say, step } from "./say.mjs";

/** How long apt waits for another apt to finish. */
const LOCK_WAIT = "DPkg::Lock::Timeout=300";

let updating;

/**
 * Installs `packages`; `elsewhere` tells what a person on another system, or without the right to
 * install, should do.
 */
export async function installPackages(packages, elsewhere) {
  const become = await rootPrefix();
  if (!existsSync("/etc/debian_version") || become === null) {
    throw new Plain(`${elsewhere}\n(On Debian: apt-get install ${packages.join(" ")})`);
  }
  await step(`Debian packages ${packages.join(", ")}`, async () => {
    await update(become);
    await apt(become, ["install", "-y", "--no-install-recommends", ...packages]).catch((error) => {
      throw new Plain(`${error.message}\n\napt-get could not install them. ${elsewhere}`);
    });
  });
}

/** Package lists are refreshed once a run; old lists may still do when the mirror is away. */
function update(become) {
  const old = () => say("  apt-get update failed; trying the old lists");
  updating ??= apt(become, ["update"]).catch(old);
  return updating;
}

function apt(become, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const [program, ...rest] = [...become, "apt-get", "-q", "-o", LOCK_WAIT, ...args];
  return run(program, rest, { env, quiet: true });
}

/** What to put before a command that needs root: nothing, `sudo -n`, or null when neither works. */
async function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return (await capture("sudo", ["-n", "true"])) === null ? null : ["sudo", "-n"];
}
