// The matrix: every APIv3 operation and every notification × client libraries that we did not write
// × modes, with their own verification switched on. A cell passes, or says why there is none.

import { after, test } from "node:test";

import { useLetterbox } from "../harness/letterbox.mjs";
import { useStage } from "../harness/stage.mjs";
import { aDay } from "./business.mjs";
import { clients, judged } from "./clients.mjs";
import { assert } from "./count.mjs";
import { NOTIFICATIONS, OPERATIONS } from "./operations.mjs";
import { PlatformSchema } from "./schema.mjs";

const stage = useStage();
const box = useLetterbox();
const all = clients(stage);
const schema = new PlatformSchema();

/** What became of each cell: true, or why there is no such call. */
const cells = new Map();

let business;

/** All that an operation may need, once for the whole file. */
const world = () => (business ??= aDay(stage, all).then((day) => ({ ...stage, box, ...day })));

for (const who of all) {
  for (const { id, how, not, run } of [...OPERATIONS, ...NOTIFICATIONS]) {
    const cell = [id, how, who.name].filter(Boolean).join(", ");
    const reason = not?.(who);
    if (reason) {
      cells.set(cell, reason);
      continue;
    }
    test(cell, async () => {
      const client = Object.assign(await who.open(), { name: who.name });
      const told = await run(client, await world());
      if (told) assert.deepEqual(schema.judgeLetter(told.letter, who.mode, told.told.resource), []);
      cells.set(cell, true);
    });
  }
}

judged(all, schema);

test("no cell of the matrix is empty, and the document has no other operation", () => {
  const wanted = [...OPERATIONS, ...NOTIFICATIONS].length * all.length;
  assert.equal(cells.size, wanted);
  for (const [cell, is] of cells) assert.ok(is === true || is.length > 10, cell);
  const ids = schema.operations.map(({ operationId }) => operationId.replace(/Partner$/, ""));
  const run = new Set(OPERATIONS.map(({ id }) => id));
  assert.deepEqual(new Set(ids), run);
  for (const { operationId, responses } of schema.operations) {
    const success = Object.keys(responses).find((status) => ["200", "204"].includes(status));
    assert.ok(schema.seen.has(`${operationId} ${success}`), `${operationId} was never answered ${success}`);
  }
  for (const { id } of NOTIFICATIONS) assert.ok(schema.seen.has(id), `${id} was never judged`);
});

after(() => {
  const passed = [...cells.values()].filter((is) => is === true).length;
  const none = [...cells].filter(([, is]) => is !== true);
  for (const [cell, reason] of none) console.log(`no such call: ${cell}: ${reason}`);
  const wanted = [...OPERATIONS, ...NOTIFICATIONS].length * all.length - none.length;
  console.log(`operations × SDKs that pass: ${passed} of ${wanted}`);
});
