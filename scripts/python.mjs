/**
 * The Python of the interoperability tests: the system's interpreter, and in a folder of its own the
 * packages that tests/interop/requirements.txt names by version and hash.
 *
 * The folder is named by what is in it, beside those of other versions, and moved there only when
 * whole; nothing is installed into the system's Python.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { installPackages } from "./debian.mjs";
import { locked } from "./lock.mjs";
import { inProject, TOOLS } from "./paths.mjs";
import { capture, run } from "./run.mjs";
import { Plain, step } from "./say.mjs";

const REQUIREMENTS = inProject("tests", "interop", "requirements.txt");

/** Says whether an interpreter can make environments: Debian keeps that in a package of its own. */
const CAN_MAKE = ["-c", "import ensurepip, venv"];

/** The interpreter that finds the packages, whether they are installed yet or not. */
export function python() {
  return join(home(), "bin", "python");
}

function home() {
  const wanted = createHash("sha256").update(readFileSync(REQUIREMENTS)).digest("hex");
  return join(TOOLS, `python-${wanted.slice(0, 16)}-${process.platform}-${process.arch}`);
}

/** Installs the packages, and the interpreter where it is missing. */
export async function ensurePython() {
  // A link to an interpreter that has since been removed counts as nothing.
  if (existsSync(python())) return;
  if ((await capture("python3", CAN_MAKE)) === null) {
    await installPackages(["python3", "python3-venv"], "Python 3.10 or later is needed, with venv.");
  }
  await mkdir(TOOLS, { recursive: true });
  await locked(join(TOOLS, "python.lock"), async () => {
    if (existsSync(python())) return;
    await step("Python packages", install);
  });
}

async function install() {
  const unfinished = `${home()}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
  // Wheels alone: a package should not run a program on this machine merely by being fetched.
  const strict = ["--require-hashes", "--only-binary", ":all:", "--requirement", REQUIREMENTS];
  try {
    await run("python3", ["-m", "venv", unfinished], { quiet: true });
    await run(join(unfinished, "bin", "python"), [...pip, ...strict], { quiet: true });
  } catch (error) {
    throw new Plain(
      `${error.message}\n\nPython's packages could not be installed. If their registry was not ` +
        `reachable, check the network or pip's own settings (pip config list) and run this again.`,
    );
  }
  await rm(home(), { recursive: true, force: true });
  await rename(unfinished, home());
}
