/** Whatever a script starts ends with it, however it ends. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { begin, endAll } from "../../scripts/group.mjs";

const NAP_MS = 20;

test("ending a program ends what it started", async () => {
  const { pids, end } = await family("sleep 600 & echo $!; echo $$; wait");
  assert.equal(pids.filter(isAlive).length, 2);
  await end();
  assert.deepEqual(pids.filter(isAlive), []);
});

test("a program that will not hear is killed", async () => {
  const { pids, end } = await family("trap '' TERM; echo $$; while :; do sleep 0.1; done", 1);
  await end();
  assert.deepEqual(pids.filter(isAlive), []);
});

test("a starter that is killed at once leaves nothing behind", async () => {
  const script = `import { begin } from "./scripts/group.mjs";
    begin("sh", ["-c", "sleep 600 & echo $!; echo $$; wait"], { onLine: console.log });`;
  const starter = spawn(process.execPath, ["--input-type=module", "-e", script]);
  const pids = await numbers(starter.stdout, 2);
  assert.equal(pids.filter(isAlive).length, 2);
  starter.kill("SIGKILL");
  while (pids.some(isAlive)) await new Promise((done) => setTimeout(done, NAP_MS));
});

test("a program that is over is left alone: its number may be a stranger's by now", async (t) => {
  await begin("true", [], { onLine: () => {} }).ended;
  const kill = t.mock.method(process, "kill");
  await endAll();
  assert.equal(kill.mock.callCount(), 0);
});

test("the warden ends what was left running, and nothing that was over before", () => {
  const nap = () => spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
  const [left, over] = [nap(), nap()];
  const warden = fileURLToPath(new URL("../../scripts/warden.mjs", import.meta.url));
  const input = `${left.pid}\n${over.pid}\n-${over.pid}\n`;
  spawnSync(process.execPath, [warden], { input });
  assert.deepEqual([left.pid, over.pid].map(isAlive), [false, true]);
  over.kill("SIGKILL");
});

test("a program that is not there is said so in words", async () => {
  const { ended } = begin("no-such-program", [], { onLine: () => {} });
  await assert.rejects(ended, { message: "no-such-program is not installed." });
});

test("the exit code and every line arrive, the last without its end too", async () => {
  const said = [];
  const { ended } = begin("sh", ["-c", "echo one; printf two; exit 3"], {
    onLine: (line) => said.push(line),
  });
  assert.equal(await ended, 3);
  assert.deepEqual(said, ["one", "two"]);
});

/** Starts a shell that prints its own and its child's process ids. */
async function family(script, size = 2) {
  const pids = [];
  let complete;
  const all = new Promise((resolve) => (complete = resolve));
  const onLine = (line) => pids.push(Number(line)) === size && complete();
  const { end } = begin("sh", ["-c", script], { onLine });
  await all;
  return { pids, end };
}

async function numbers(stream, count) {
  let text = "";
  for await (const chunk of stream) {
    text += chunk;
    if (text.split("\n").length > count) break;
  }
  return text.trim().split("\n").map(Number);
}

/** A process that is over may wait for its parent to notice; it no longer counts. */
function isAlive(pid) {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)]);
  return /^[^ZX]/.test(stdout.toString().trim());
}
