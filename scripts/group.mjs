/**
 * Starts programs in process groups of their own, and sees that nothing of them is left.
 *
 * A group, because ending a program must also end what it started: wrangler starts workerd, and a
 * workerd left behind would hold its port for ever. Should this process be killed without a chance
 * to tidy up, the warden (warden.mjs) ends the groups in its place.
 *
 * A group that is over is forgotten at once: its number is free, and may be a stranger's next.
 */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ROOT } from "./paths.mjs";
import { Plain } from "./say.mjs";

/** How long a group may take to end by itself before it is killed. */
const FAREWELL_MS = 5000;

/** How long a finished program's output may still trickle in. */
const LAST_WORDS_MS = 1000;

const alive = new Set();
let warden;

/**
 * Starts a program; `onLine` hears every line of stdout and stderr, and without it both are shown.
 * Returns `{ ended, end }`: `ended` resolves with the exit code (or the signal's name) once the
 * program itself is over, and rejects with [`Plain`] when it cannot be started; `end()` resolves
 * when nothing of its group is left.
 */
export function begin(program, args, { cwd = ROOT, env = process.env, onLine } = {}) {
  const sink = onLine ? "pipe" : "inherit";
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", sink, sink] });
  for (const stream of [child.stdout, child.stderr]) stream && lines(stream, onLine);
  const group = child.pid;
  if (group) alive.add(group);
  if (group) tellWarden(group);
  const closed = new Promise((resolve) => child.once("close", resolve));
  const ended = new Promise((resolve, reject) => {
    child.once("error", ({ code, message }) =>
      reject(new Plain(code === "ENOENT" ? `${program} is not installed.` : message)),
    );
    child.once("exit", async (code, signal) => {
      // What it started may still be there; then the number is still ours.
      if (!signalGroup(group, 0)) forget(group);
      await Promise.race([closed, pause(LAST_WORDS_MS)]);
      resolve(code ?? signal);
    });
  });
  return { ended, end: () => endGroup(group) };
}

/** Ends every group that is still there. */
export const endAll = () => Promise.all([...alive].map(endGroup));

/** Ends one group: asks first, insists after a while, returns when nothing of it runs. */
export async function endGroup(group) {
  if (!group) return;
  if (signalGroup(group, "SIGTERM")) {
    const deadline = Date.now() + FAREWELL_MS;
    while (isRunning(group)) {
      if (Date.now() > deadline) signalGroup(group, "SIGKILL");
      await pause(25);
    }
  }
  forget(group);
}

function forget(group) {
  alive.delete(group);
  warden?.stdin.write(`-${group}\n`);
}

/** Whether the group had a member to receive the signal. */
function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether anything of a group still runs. A process that is over but not yet buried by its parent
 * can be signalled like a living one, and in a container whose first process buries nobody it
 * stays so for ever; Linux tells the two apart.
 */
function isRunning(group) {
  if (!signalGroup(group, 0)) return false;
  if (process.platform !== "linux") return true;
  return readdirSync("/proc").some((pid) => /^\d+$/.test(pid) && runsIn(group, pid));
}

function runsIn(group, pid) {
  try {
    // "pid (name) state parent group …", where the name may hold anything, brackets included.
    const [state, , pgrp] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop().split(" ");
    return Number(pgrp) === group && state !== "Z" && state !== "X";
  } catch {
    return false;
  }
}

function tellWarden(group) {
  if (!warden) {
    const script = fileURLToPath(new URL("warden.mjs", import.meta.url));
    const stdio = ["pipe", "ignore", "ignore"];
    warden = spawn(process.execPath, [script], { stdio, detached: true });
    warden.on("error", () => {});
    warden.stdin.on("error", () => {});
    warden.unref();
    warden.stdin.unref();
  }
  warden.stdin.write(`${group}\n`);
}

/** Calls `onLine` for each line of a stream, the last one included when it lacks its end. */
function lines(stream, onLine) {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop();
    parts.forEach((line) => onLine(line));
  });
  stream.on("end", () => rest && onLine(rest));
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
