/**
 * Starts other programs, and ends them.
 *
 * A program that finishes by itself goes through [`run`] or [`capture`]. One that keeps running
 * goes through [`keep`], in a process group of its own, so that ending it also ends whatever it
 * started: wrangler starts workerd, and a workerd left behind would hold the port for ever.
 */
import { spawn } from "node:child_process";
import { Plain } from "./say.mjs";
import { ROOT } from "./paths.mjs";

/** How long a kept program may take to end by itself before it is killed. */
const FAREWELL_MS = 5000;

/**
 * Runs a program to its end with its output shown, or kept back and shown only when it fails.
 * Rejects with [`Plain`] when it cannot be started or ends with another code than 0.
 */
export async function run(program, args, { cwd = ROOT, env = process.env, quiet = false } = {}) {
  const { code, output } = await finish(program, args, {
    cwd,
    env,
    stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
  });
  if (code === 0) return output;
  const what = [program, ...args].join(" ");
  throw new Plain(`${output}\n${what}\nended with ${code ?? "a signal"}.`.trimStart());
}

/** Runs a program and returns its stdout, or null when it is missing or fails. */
export async function capture(program, args, { cwd = ROOT, env = process.env } = {}) {
  try {
    const { code, output } = await finish(program, args, {
      cwd,
      env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return code === 0 ? output : null;
  } catch {
    return null;
  }
}

/** Runs a program to its end, handing on every line as it comes; returns its exit code. */
export async function follow(program, args, { cwd = ROOT, env = process.env, onLine }) {
  const { code } = await finish(program, args, {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    onLine,
  });
  return code ?? 1;
}

function finish(program, args, { onLine, ...options }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, options);
    const chunks = [];
    for (const stream of [child.stdout, child.stderr]) {
      if (onLine) stream && lines(stream, onLine);
      else stream?.on("data", (chunk) => chunks.push(chunk));
    }
    child.once("error", (error) => reject(unstartable(program, error)));
    child.once("close", (code) => resolve({ code, output: Buffer.concat(chunks).toString() }));
  });
}

function unstartable(program, error) {
  return new Plain(
    error.code === "ENOENT" ? `${program} is not installed.` : `${program}: ${error.message}`,
  );
}

/** Calls `onLine` for each line of a stream, the last one included when it lacks its end. */
export function lines(stream, onLine) {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop();
    parts.forEach((line) => onLine(line));
  });
  stream.on("end", () => rest && onLine(rest));
}

/**
 * Starts a program that keeps running, in its own process group. Returns
 * `{ ended: Promise<code>, end() }`; `end` asks the whole group to stop, insists after a while,
 * and resolves when nothing of it is left.
 */
export function keep(program, args, { cwd = ROOT, env = process.env, onLine }) {
  const child = spawn(program, args, {
    cwd,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  lines(child.stdout, onLine);
  lines(child.stderr, onLine);
  const ended = new Promise((resolve) => {
    child.once("error", (error) => {
      onLine(unstartable(program, error).message);
      resolve(1);
    });
    child.once("exit", (code, signal) => resolve(code ?? signal));
  });
  return { ended, end: () => endGroup(child.pid) };
}

async function endGroup(group) {
  if (!group) return;
  signalGroup(group, "SIGTERM");
  const deadline = Date.now() + FAREWELL_MS;
  while (signalGroup(group, 0)) {
    if (Date.now() > deadline) signalGroup(group, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Whether the group still had a member to receive the signal. */
function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}
