/**
 * Outlives the process that started it by a moment, and ends what that one left running.
 *
 * It reads process groups from stdin, one a line. The end of stdin means that the starter is gone,
 * by whatever way, SIGKILL included. Groups that the starter ended itself are no longer there.
 */
import { endGroup } from "./group.mjs";

process.stdin.setEncoding("utf8");
let text = "";
for await (const chunk of process.stdin) text += chunk;
await Promise.all(text.split("\n").filter(Boolean).map((group) => endGroup(Number(group))));
