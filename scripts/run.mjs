/**
 * Runs a program to its end and hands back what it said.
 */
import { execFile } from "node:child_process";
import { begin } from "./group.mjs";
import { ROOT } from "./paths.mjs";
import { Plain } from "./say.mjs";

/** The longest answer of a probe that is read. */
const ANSWER_BYTES_MAX = 1 << 20;

/**
 * Runs a program with its output shown, or (`quiet`) kept back, returned, and told only when it
 * fails. Rejects with [`Plain`] when it cannot be started or ends with another code than 0.
 */
export async function run(program, args, { quiet = false, ...options } = {}) {
  const said = [];
  const onLine = quiet ? (line) => said.push(line) : undefined;
  const code = await begin(program, args, { ...options, onLine }).ended;
  const output = said.join("\n");
  if (code === 0) return output;
  throw new Plain(`${output}\n${[program, ...args].join(" ")}\nended with ${code}.`.trimStart());
}

/** What a program prints on stdout within a moment, or null when it is missing or fails. */
export function capture(program, args, { cwd = ROOT, env = process.env } = {}) {
  return new Promise((resolve) => {
    const options = { cwd, env, maxBuffer: ANSWER_BYTES_MAX };
    execFile(program, args, options, (error, stdout) => resolve(error ? null : stdout));
  });
}
