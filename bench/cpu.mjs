// CPU time of a process and its children, from the kernel's books.
//
// A Worker's own clock stands still while it computes, and wall time on a shared machine measures
// the neighbours. User plus system time of workerd measures what a request costs. The kernel counts
// in hundredths of a second, so rows are made of a thousand requests and more.

import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

const TICKS_PER_S = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

// Fields of /proc/<pid>/stat after the name, which may itself hold spaces and brackets; see
// proc_pid_stat(5): ppid is field 4, utime, stime, cutime and cstime are fields 14 to 17.
function stat(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const name = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { name, parent: Number(fields[1]), ticks };
}

/** The one workerd that this process has started. */
export function workerdOf(parent = process.pid) {
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  const found = pids.filter((pid) => {
    try {
      const { name, parent: of } = stat(pid);
      return of === parent && name.startsWith("workerd");
    } catch {
      return false; // It ended while we looked.
    }
  });
  if (found.length !== 1) throw new Error(`expected one workerd, found ${found.length}`);
  return Number(found[0]);
}

/** Milliseconds of CPU that a process and its finished children have used so far. */
export const cpuMs = (pid) => (stat(pid).ticks * 1_000) / TICKS_PER_S;
