// The command itself: what it says to a newcomer, which codes it ends with, how wide its table is, and
// that it can be stopped.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { CHECKS as ENDPOINT_CHECKS } from "../../conformance/endpoint/endpoint.mjs";
import { CHECKS } from "../../conformance/platform/platform.mjs";
import { Table, wrapped } from "../../conformance/table.mjs";
import { freePorts } from "../harness/port.mjs";
import { freshFolder, inProject } from "../harness/project.mjs";
import { Sandbox } from "../harness/sandbox.mjs";
import { openEndpoint } from "./naive.mjs";

const COLUMNS_MAX = 100;

const folder = freshFolder("conformance");
let sandbox;

before(async () => {
  const [port] = await freePorts(1);
  sandbox = await Sandbox.start({ port });
});
after(async () => {
  await sandbox?.stop();
  await rm(folder, { recursive: true, force: true });
});

function begin(...args) {
  return spawn(process.execPath, [inProject("conformance/main.mjs"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs it to its end: `{ code, out, err }`. */
async function ran(...args) {
  const child = begin(...args);
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    said.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    said.err += chunk;
  });
  const [code] = await once(child, "close");
  return { code, ...said };
}

async function file(name, value) {
  const path = join(folder, name);
  await writeFile(path, typeof value === "string" ? value : JSON.stringify(value));
  return path;
}

const widest = (text) => Math.max(...text.split("\n").map((line) => [...line].length));

test("called with nothing it helps", async () => {
  const { code, out } = await ran();
  assert.equal(code, 0);
  for (const word of [
    "npm run conformance -- http",
    "--endpoint",
    "--merchant",
    "--driver",
    "--only",
    "--list",
    "--json",
    "Exit code",
  ]) {
    assert.ok(out.includes(word), word);
  }
  assert.ok(widest(out) <= COLUMNS_MAX);
});

test("it lists its checks, all or chosen ones, of either side", async () => {
  const { out } = await ran("--list");
  for (const { id } of CHECKS) assert.ok(out.includes(`${id} `), id);
  const other = await ran("--list", "--endpoint", "-");
  for (const { id } of ENDPOINT_CHECKS) assert.ok(other.out.includes(`${id} `), id);
  assert.match((await ran("--list", "--only", "close.*")).out, /^close\.done/);
});

test("nothing failed: 0; the table has rows, no colours, and fits", async () => {
  const { code, out } = await ran(sandbox.url, "--only", "transport.*,query.*,certs.*");
  assert.equal(code, 0, out);
  assert.match(out, /^pass query\.paid-amount /m);
  assert.match(out, /\n\d+ checks: \d+ pass, 0 fail, 0 not tried\n$/);
  assert.ok(!out.includes("\x1b"));
  assert.ok(widest(out) <= COLUMNS_MAX, `${widest(out)} columns`);
});

test("something failed: 1, and the rule is named", async () => {
  const endpoint = await openEndpoint(sandbox.merchant, { settle: () => 201 });
  const { mchid, appid } = sandbox.merchant;
  const order = await file("order.json", {
    out_trade_no: "T20250101000001",
    total: 1,
    mchid,
    appid,
  });
  const merchant = await file("merchant.json", sandbox.merchant);
  const { code, out } = await ran(
    "--endpoint",
    endpoint.url,
    "--merchant",
    merchant,
    "--order",
    order,
    "--only",
    "genuine.accepted",
  );
  await endpoint.close();
  assert.equal(code, 1, out);
  assert.match(out, /^FAIL genuine\.accepted +C\.3 .*answered 201$/m);
  assert.match(out, /^ {2}C\.3 +how they are answered/m);
});

test("--json is one document and nothing else", async () => {
  const { code, out } = await ran(sandbox.url, "--json", "--only", "native.code");
  assert.equal(code, 0);
  const { checked, rows } = JSON.parse(out);
  assert.equal(checked, sandbox.url);
  assert.deepEqual(
    rows.map(({ id, outcome }) => [id, outcome]),
    [["native.code", "pass"]],
  );
});

/** Files of credentials in which something is no key: that is nobody's broken rule. */
function mistyped() {
  const { merchant } = sandbox;
  const rows = [
    [{ data: [null] }, /names neither/],
    [{ ...merchant, private_key_pem: "x" }, /direct private_key_pem is no key in PEM/],
    [{ ...merchant, api_v3_key: "short" }, /api_v3_key is not of 32 bytes/],
    [{ ...merchant, platform_public_key_pem: null }, /PUB_KEY_ID_\d+ is no key in PEM/],
    [{ ...merchant, platform_certificates: "x" }, /platform_certificates is no list/],
    [{ ...merchant, platform_private_key_pem: "x" }, /a private key of the platform's is no key/],
  ];
  return Promise.all(
    rows.map(async ([value, why], at) => [await file(`mistyped-${at}.json`, value), why]),
  );
}

test("what cannot begin ends with 2 and says why in one line", async () => {
  const [nobody] = await freePorts(1);
  const merchant = await file("merchant.json", sandbox.merchant);
  const {
    platform_private_key_pem,
    platform_certificate_private_key_pem,
    platform_certificates,
    ...half
  } = sandbox.merchant;
  const bare = await file("half.json", half);
  for (const [args, why] of [
    [[`http://127.0.0.1:${nobody}`], /does not answer: ECONNREFUSED/],
    [
      ["--endpoint", `http://127.0.0.1:${nobody}/n`, "--merchant", merchant],
      /does not answer: ECONNREFUSED/,
    ],
    [[sandbox.url, "--only", "no.such"], /--only no\.such: there is no such check/],
    [[sandbox.url, "--wrong"], /Unknown option '--wrong'/],
    [[`${sandbox.url}/v3/`], /an address without a path/],
    [["shop.example"], /is no http\(s\) address/],
    [[sandbox.url, "more"], /what is more\?/],
    [[sandbox.url, "--order", "x"], /--order is for checking an endpoint/],
    [[sandbox.url, "--listen", "here"], /--listen here: HOST:PORT, please/],
    [[sandbox.url, "--listen", "127.0.0.1:99999"], /HOST:PORT, please/],
    [[sandbox.url, "--listen", new URL(sandbox.url).host], /EADDRINUSE/],
    [[sandbox.url, "--announce", "tunnel.example"], /--announce .* is no http\(s\) address/],
    ...(await mistyped()).map(([path, why]) => [[sandbox.url, "--merchant", path], why]),
    [[sandbox.url, "--driver", join(folder, "none.mjs")], /--driver/],
    [
      [sandbox.url, "--driver", await file("ill.mjs", `export const open = () => { throw Error("ill"); };`)],
      /--driver .*ill\.mjs: ill$/m,
    ],
    [["--endpoint", "http://127.0.0.1:1/n"], /needs --merchant FILE/],
    [["--endpoint", "http://127.0.0.1:1/n", "--merchant", join(folder, "gone.json")], /ENOENT/],
    [["--endpoint", "http://127.0.0.1:1/n", "--merchant", await file("bad.json", "{")], /not JSON/],
    [["--endpoint", "http://127.0.0.1:1/n", "--merchant", bare], /no private key of the platform/],
    [
      [
        "--endpoint",
        "http://127.0.0.1:1/n",
        "--merchant",
        merchant,
        "--order",
        await file("bad-order.json", {}),
      ],
      /has no out_trade_no/,
    ],
  ]) {
    const { code, out, err } = await ran(...args);
    assert.equal(code, 2, `${args}: ${out}${err}`);
    assert.match(err, why);
    assert.equal(err.trim().split("\n").length, 1, err);
    assert.equal(out, "");
  }
});

test("where a file has the credentials, what the platform tells of its own is not read", async () => {
  const platform = createServer((request, reply) => {
    request.resume();
    reply.end(request.url === "/sandbox/merchant" ? '{"mchid":5}' : "<p>hello</p>");
  });
  platform.listen(0, "127.0.0.1");
  await once(platform, "listening");
  const merchant = await file("merchant.json", sandbox.merchant);
  const base = `http://127.0.0.1:${platform.address().port}`;
  const how = ["--driver", "none", "--only", "transport.json"];
  const { code, out, err } = await ran(base, "--merchant", merchant, ...how);
  platform.close();
  assert.equal(code, 1, err);
  assert.match(out, /^FAIL transport\.json/m);
});

test("an endpoint that answers nothing is never unharmed", async () => {
  const mute = createServer((request) => request.socket.destroy());
  mute.listen(0, "127.0.0.1");
  await once(mute, "listening");
  const merchant = await file("merchant.json", sandbox.merchant);
  const endpoint = `http://127.0.0.1:${mute.address().port}/n`;
  const { out } = await ran("--endpoint", endpoint, "--merchant", merchant, "--json");
  mute.close();
  const passed = JSON.parse(out).rows.filter(({ outcome }) => outcome === "pass");
  assert.deepEqual(passed, []);
});

test("a driver of somebody else's is used for what it has", async () => {
  const driver = await file(
    "mine.mjs",
    `export const open = async ({ base }) => ({ now: async () => 0, name: "mine " + base });`,
  );
  const { code, out } = await ran(sandbox.url, "--driver", driver, "--only", "reorder.*", "--json");
  assert.equal(code, 0, out);
  const untried = JSON.parse(out).rows.filter(({ outcome }) => outcome === "untried");
  assert.ok(untried.length > 3);
  for (const { happened } of untried)
    assert.equal(happened, `the driver "mine ${sandbox.url}" has no pay`);
});

test("Ctrl-C ends it in the middle of a check, with 130", async () => {
  const silent = createServer((request, reply) => {
    if (request.url !== "/sandbox/merchant") return silent.emit("asked");
    return reply.end(JSON.stringify(sandbox.merchant));
  });
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const child = begin(`http://127.0.0.1:${silent.address().port}`, "--driver", "none");
  await once(silent, "asked");
  child.kill("SIGINT");
  const [code, signal] = await once(child, "exit");
  silent.closeAllConnections();
  silent.close();
  assert.deepEqual([code, signal], [130, null]);
});

test("a platform that goes away in the middle fails: 1, with every row", async () => {
  const leaving = createServer((request, reply) => {
    const { merchant } = sandbox;
    if (request.url === "/sandbox/merchant") return reply.end(JSON.stringify(merchant));
    if (request.url === "/sandbox/keys") return reply.end(JSON.stringify({ sign_notifications: "" }));
    reply.destroy();
    leaving.close();
    return leaving.closeAllConnections();
  });
  leaving.listen(0, "127.0.0.1");
  await once(leaving, "listening");
  const url = `http://127.0.0.1:${leaving.address().port}`;
  const { code, out, err } = await ran(url, "--only", "native.code,close.done");
  assert.equal(code, 1, out + err);
  assert.match(out, /\n2 checks: 0 pass, 2 fail, 0 not tried\n$/);
  assert.match(err, /^what was switched could not be put back: /);
});

test("Ctrl-C ends it at once while nobody answers yet, with 130", async () => {
  const silent = createServer(() => silent.emit("asked"));
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const child = begin(`http://127.0.0.1:${silent.address().port}`);
  await once(silent, "asked");
  const began = performance.now();
  child.kill("SIGINT");
  const [code] = await once(child, "exit");
  silent.closeAllConnections();
  silent.close();
  assert.equal(code, 130);
  assert.ok(performance.now() - began < 5_000);
});

test("rows of any text fit, Chinese takes two columns, and only a terminal sees colours", () => {
  const lines = [];
  const out = { isTTY: true, write: (text) => lines.push(text) };
  const row = {
    id: "a.b",
    rule: "A.1",
    outcome: "fail",
    expects: "扫".repeat(90),
    happened: `${"x".repeat(80)}\n\x1b[31m`,
  };
  new Table({ out, env: {} }).row(row);
  assert.match(lines.join(""), /\x1b\[31mFAIL\x1b\[0m/);
  lines.length = 0;
  new Table({ out: { ...out, isTTY: false }, env: {} }).row(row);
  assert.ok(!lines.join("").includes("\x1b"));
  assert.ok(widest(lines.join("")) <= COLUMNS_MAX);
  assert.deepEqual(wrapped("红茶 tea", 5), ["红茶", "tea"]);
  assert.deepEqual(wrapped("红茶红", 5), ["红茶", "红"]);
});
