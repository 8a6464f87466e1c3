// Bad answers: every pair of a merchant's call and a fault × client libraries that we did not write.
// What the library makes of it, whether the call took effect, and that the same call again heals it.

import { test } from "node:test";

import { isSoaking } from "../harness/soak.mjs";
import { useStage } from "../harness/stage.mjs";
import { REFUNDED_S, aDay } from "./business.mjs";
import { clients } from "./clients.mjs";
import { assert } from "./count.mjs";
import { PAIRS, wish } from "./faults.mjs";
import { ROUTES, codeOf, outcome } from "./routes.mjs";

const stage = useStage();
const all = clients(stage);

/** Both modes in a soak; the direct merchant otherwise. */
const some = all.filter(({ mode }) => isSoaking || mode === "direct");

let business;
const world = () => (business ??= aDay(stage, some).then((day) => ({ ...stage, ...day })));

/** No text, no bytes, no fields: an object has no length, and would pass for empty by that. */
const holdsNothing = (data) =>
  data === undefined || data === null || Object.keys(Object(data)).length === 0;

/** Asserts a verdict of the table. */
async function verdict(expected, answer, scene) {
  const { words, right, status, code, nothing, digest, file } = expected;
  if (words) return assert.match(String(answer.thrown), words);
  assert.equal(answer.thrown, undefined);
  if (right) return scene.right(answer);
  if (digest === false) return assert.equal(await scene.digest(answer, await scene.file(answer)), false);
  if (file) return verdict(file, await scene.file(answer), scene);
  assert.equal(answer.status, status);
  if (nothing) return assert.ok(holdsNothing(answer.data), JSON.stringify(answer.data));
  return assert.equal(codeOf(answer), code);
}

for (const { name, library, open } of some) {
  for (const pair of PAIRS) {
    test(`${name}: ${pair.route}, ${pair.kind}`, async () => {
      const { sandbox } = stage;
      const [client, business] = [await open(), await world()];
      const scene = await ROUTES[pair.route](client, business);
      await sandbox.faults(wish(pair, scene.out_trade_no));
      const answer = await outcome(scene.call);
      assert.deepEqual(await sandbox.waitingFaults(), [], "the fault has happened");
      await verdict(pair.verdict[library], answer, scene);
      if (scene.took) assert.equal(await scene.took(), pair.takes, "what became of the call");
      await verdict(pair.again ?? { right: true }, await outcome(scene.call), scene);
      if (scene.took && !pair.again) assert.equal(await scene.took(), true);
      if (!pair.ends) return;
      await sandbox.advance(REFUNDED_S);
      assert.equal((await client.refundStatus(scene.out_refund_no)).data.status, pair.ends);
    });
  }
}

test("wechatpayv3's own reader of certificates looks at their seal, and not at who signed the list", async () => {
  const client = await some.find(({ library }) => library === "wechatpayv3").open();
  for (const kind of ["unsigned", "wrong-signature", "stale-signature", "tampered"]) {
    await stage.sandbox.faults(wish({ route: "certificates", kind }));
    assert.equal((await client.certificates()).serials.length, 1, kind);
  }
});
