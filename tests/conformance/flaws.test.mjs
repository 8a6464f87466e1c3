// Each check of a platform can fail: one flaw after the other is planted in a proxy before the real
// sandbox, and the checks named beside it must notice. `npm test` plants every flaw but those that are
// noticed by waiting, and asks for the first check beside it; `npm run soak` plants and asks for all.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { CHECKS, openPlatform } from "../../conformance/platform/platform.mjs";
import { chosen, run } from "../../conformance/run.mjs";
import { freePorts } from "../harness/port.mjs";
import { Sandbox } from "../harness/sandbox.mjs";
import { isSoaking, sample } from "../harness/soak.mjs";
import { FlawedPlatform } from "./flawed.mjs";
import { FLAWS as books } from "./flaws/books.mjs";
import { FLAWS as doors } from "./flaws/doors.mjs";
import { FLAWS as money } from "./flaws/money.mjs";
import { FLAWS as refunds } from "./flaws/refunds.mjs";
import { FLAWS as told } from "./flaws/told.mjs";

const FLAWS = [...doors, ...money, ...refunds, ...told, ...books];

let sandbox;
let platform;

before(async () => {
  const [port] = await freePorts(1);
  sandbox = await Sandbox.start({ port });
  platform = await FlawedPlatform.open(sandbox);
});
after(async () => {
  await platform?.close();
  await sandbox?.stop();
});

/** The rows of these checks while a flaw is planted. */
async function rowsUnder(flaw, ids) {
  platform.flaw = {};
  platform.mistakes = [];
  await fetch(`${sandbox.url}/sandbox/reset`, { method: "POST" });
  const bench = await openPlatform({ base: platform.url });
  platform.flaw = flaw;
  try {
    const rows = await run(chosen(CHECKS, ids), bench);
    assert.deepEqual(platform.mistakes, [], "the flaw itself is flawed");
    return rows;
  } finally {
    platform.flaw = {};
    await bench.close();
  }
}

const failed = (rows) => rows.filter(({ outcome }) => outcome === "fail").map(({ id }) => id);

/** The flaws that are planted now. */
const PLANTED = FLAWS.filter(({ isSlow }) => isSoaking || !isSlow);

/** What is asked for while this flaw is planted. */
const idsOf = ({ ids }) => (isSoaking ? ids : ids.slice(0, 1));

test("without a flaw the proxy passes whatever a flaw must fail", async () => {
  const rows = await rowsUnder({}, sample([...new Set(PLANTED.flatMap(idsOf))], 3));
  assert.deepEqual(
    rows.filter(({ outcome }) => outcome !== "pass"),
    [],
  );
});

for (const flaw of PLANTED) {
  test(`a platform that ${flaw.what} is found out`, async () => {
    const ids = idsOf(flaw);
    const rows = await rowsUnder(flaw, ids);
    assert.deepEqual(failed(rows).sort(), [...ids].sort(), JSON.stringify(rows, null, 1));
  });
}

test("every check has a flaw that it must notice", () => {
  const planted = FLAWS.flatMap(({ ids }) => ids);
  const known = CHECKS.map(({ id }) => id);
  assert.deepEqual([...new Set(planted)].sort(), [...known].sort());
});
