/**
 * Outlives the process that started it by a moment, and ends what that one left running.
 *
 * It reads process groups from stdin, one a line, and those that are over, with a minus in front.
 * The end of stdin means that the starter is gone, by whatever way, SIGKILL included.
 */
import { endGroup } from "./group.mjs";

process.stdin.setEncoding("utf8");
let text = "";
for await (const chunk of process.stdin) text += chunk;
const groups = new Set();
for (const number of text.split("\n").filter(Boolean).map(Number)) {
  if (number > 0) groups.add(number);
  else groups.delete(-number);
}
await Promise.all([...groups].map(endGroup));
