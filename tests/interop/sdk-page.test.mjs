// The programs of sandbox/docs/sdk.md that can be run here, run as they stand: each places an order,
// pays it, and verifies and opens the notification, in the environment that the page says.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { python } from "../../scripts/python.mjs";
import { freePorts } from "../harness/port.mjs";
import { built, inProject } from "../harness/project.mjs";
import { Sandbox } from "../harness/sandbox.mjs";
import { assert } from "./count.mjs";

const PAGE = readFileSync(inProject("sandbox/docs/sdk.md"), "utf8");

/** The code under a heading of the page, by the language that its fence names. */
function program(heading, language) {
  const [, section] = PAGE.split(`\n### ${heading}\n`);
  const [, code] = new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "m").exec(section);
  return code;
}

/** What the shell of the page runs: the variables first, then the program. */
const SHELL = ["-c", 'eval "$(cat "$1")"; shift; exec "$@"', "sh"];

describe("the page for SDKs", () => {
  let sandbox;
  let folder;

  before(async () => {
    const [port] = await freePorts(1);
    sandbox = await Sandbox.start({ port, workerUrl: "http://127.0.0.1:9" });
    // Beside node_modules, where the program's imports are looked for.
    folder = mkdtempSync(join(inProject("build"), "sdk-page-"));
    const variables = await fetch(`${sandbox.url}/sandbox/files/env`);
    await writeFile(join(folder, "env"), await variables.text());
  });

  after(async () => {
    await sandbox?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function run(interpreter, name, code, printed = /pr=\w+/) {
    const file = join(folder, name);
    await writeFile(file, code);
    const env = { PATH: process.env.PATH, NO_PROXY: "*", PYTHONUTF8: "1" };
    const child = spawn("sh", [...SHELL, join(folder, "env"), interpreter, file], { env, timeout: 20_000 });
    let said = "";
    child.stdout.on("data", (chunk) => { said += chunk; });
    child.stderr.on("data", (chunk) => { said += chunk; });
    const [status] = await once(child, "close");
    assert.equal(status, 0, said);
    const [code_line, told_line, ...more] = said.split("\n");
    assert.match(code_line, new RegExp(`^code: weixin://wxpay/bizpayurl\\?${printed.source}$`));
    assert.deepEqual([told_line, ...more], ["told: SUCCESS", ""]);
  }

  test("wechatpay-axios-plugin places an order and believes its notification", async () => {
    await run(process.execPath, "first-order.mjs", program("wechatpay-axios-plugin", "js"));
  });

  test("wechatpayv3 places an order and believes its notification", async () => {
    await run(built(python()), "first_order.py", program("wechatpayv3", "python"));
    const told = await sandbox.notifications();
    assert.equal(told.length, 2);
    for (const { state, attempts } of told) {
      assert.equal(state, "accepted");
      assert.equal(attempts.length, 1);
    }
  });

  test("over V2 an order is placed, a printed code is scanned, and both are believed", async () => {
    await run(process.execPath, "v2-order.mjs", program("An order over V2", "js"));
    const link = /(?=.*product_id=oolong-250)(?=.*sign=[0-9A-F]{32})[\w=&-]+/;
    await run(process.execPath, "v2-printed.mjs", program("A printed code", "js"), link);
    const told = (await sandbox.notifications()).slice(0, 2);
    assert.deepEqual(told.map(({ state }) => state), ["accepted", "accepted"]);
    const [scan] = await sandbox.callbacks();
    assert.deepEqual([scan.product_id, scan.phone, scan.refusal], ["oolong-250", "paid", null]);
  });

  test("the page names the versions that run here", async () => {
    const { version } = JSON.parse(readFileSync(inProject("node_modules/wechatpay-axios-plugin/package.json")));
    assert.ok(PAGE.includes(`[wechatpay-axios-plugin](#wechatpay-axios-plugin) ${version} `));
    const [, pinned] = /^wechatpayv3==(\S+)/m.exec(
      readFileSync(inProject("tests/interop/requirements.txt"), "utf8"));
    assert.ok(PAGE.includes(`[wechatpayv3](#wechatpayv3) ${pinned} `));
  });
});
