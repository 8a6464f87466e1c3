// The kit from the merchant's side, against the real sandbox: everything passes, and all is tried. Then
// against a platform of which only the files are known: what needs a phone or a clock is not tried.

import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { CHECKS, TITLES, openPlatform } from "../../conformance/platform/platform.mjs";
import { RULES } from "../../conformance/rules.mjs";
import { groupOf, run } from "../../conformance/run.mjs";
import { freePorts } from "../harness/port.mjs";
import { freshFolder } from "../harness/project.mjs";
import { Sandbox } from "../harness/sandbox.mjs";

/** The kit is asked for at least so many; it has more. */
const CHECKS_MIN = 80;

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

async function rowsOf(wish) {
  const bench = await openPlatform({ base: sandbox.url, ...wish });
  try {
    return await run(CHECKS, bench);
  } finally {
    await bench.close();
  }
}

const others = (rows, outcome) =>
  rows
    .filter((row) => row.outcome !== outcome)
    .map(({ id, outcome: was, happened }) => `${id} ${was}: ${happened}`);

test("our sandbox passes every check, and none is left untried", async () => {
  const rows = await rowsOf();
  assert.ok(rows.length >= CHECKS_MIN, `${rows.length} checks`);
  assert.deepEqual(others(rows, "pass"), []);
});

test("without a control surface nothing fails, and what is not tried is what needs one", async () => {
  const merchant = join(folder, "merchant.json");
  await writeFile(merchant, JSON.stringify(sandbox.merchant));
  const rows = await rowsOf({ merchant, driver: "none" });
  assert.deepEqual(
    rows.filter(({ outcome }) => outcome === "fail"),
    [],
  );
  const untried = rows.filter(({ outcome }) => outcome === "untried");
  assert.deepEqual(
    untried.map(({ id }) => id),
    CHECKS.filter(needsControl).map(({ id }) => id),
  );
  for (const { happened } of untried) assert.match(happened, /^the driver "none" has no \w+$/);
});

const needsControl = ({ needs = [] }) =>
  needs.some((need) => !["direct", "partner"].includes(need));

test("credentials may come as the answer of GET /sandbox/merchants", async () => {
  const answer = await fetch(`${sandbox.url}/sandbox/merchants`);
  const merchant = join(folder, "merchants.json");
  await writeFile(merchant, await answer.text());
  const bench = await openPlatform({ base: sandbox.url, merchant, driver: "none" });
  const rows = await run(
    CHECKS.filter(({ id }) => /^(native|keys)\./.test(id)),
    bench,
  );
  await bench.close();
  assert.deepEqual(
    rows.filter(({ outcome }) => outcome === "fail"),
    [],
  );
  const { platform_public_key_id, platform_certificates } = await sandbox.credentials();
  const serials = platform_certificates.map(({ serial_no }) => serial_no);
  assert.deepEqual(
    Object.keys(bench.platform.trusted).sort(),
    [platform_public_key_id, ...serials].sort(),
  );
});

test("credentials may come as rows, and who has no private key does not call", async () => {
  const { partner, mchid, appid, serial_no, private_key_pem, api_v3_key, ...platform } =
    sandbox.merchant;
  const { sp_mchid, sp_appid, ...own } = partner;
  const data = [
    { kind: "partner", ...own, mchid: sp_mchid, appid: sp_appid },
    { kind: "direct", mchid, appid, serial_no, private_key_pem: null, api_v3_key },
  ];
  const merchant = join(folder, "rows.json");
  await writeFile(merchant, JSON.stringify({ ...platform, data }));
  const bench = await openPlatform({ base: sandbox.url, merchant, driver: "none" });
  const rows = await run(
    CHECKS.filter(({ id }) => /^(native|query|close)\./.test(id)),
    bench,
  );
  await bench.close();
  assert.deepEqual(
    rows.filter(({ outcome }) => outcome === "fail"),
    [],
  );
  assert.equal(bench.who.row.mchid, sp_mchid, "the merchant without a private key cannot call");
});

test("every check has an id of its own, a rule that is named, and a heading", () => {
  assert.equal(new Set(CHECKS.map(({ id }) => id)).size, CHECKS.length);
  for (const check of CHECKS) {
    assert.ok(RULES[check.rule], `${check.id}: ${check.rule}`);
    assert.ok(TITLES[groupOf(check)], check.id);
    assert.ok(check.expects && check.run, check.id);
  }
});
