// The kit from the platform's side, against our Worker: it takes every genuine form and refuses every
// forgery, and stands.

import assert from "node:assert/strict";
import { join } from "node:path";
import { rm, writeFile } from "node:fs/promises";
import { after, test } from "node:test";

import { CHECKS, openEndpoint } from "../../conformance/endpoint/endpoint.mjs";
import { run } from "../../conformance/run.mjs";
import { NOTIFY_PATH } from "../harness/notification.mjs";
import { freshFolder } from "../harness/project.mjs";
import { useStage } from "../harness/stage.mjs";

const stage = useStage();
const folder = freshFolder("conformance");
after(() => rm(folder, { recursive: true, force: true }));

/** A file with this in it. */
async function file(name, value) {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify(value));
  return path;
}

/** Every row of the kit against the Worker, told of this order, or of none. */
async function rowsWith(order) {
  const merchant = await file("merchant.json", stage.merchant);
  const endpoint = stage.worker.url + NOTIFY_PATH;
  return run(
    CHECKS,
    await openEndpoint({ endpoint, merchant, order: order && (await file("order.json", order)) }),
  );
}

/** Every row that is not `outcome`, in words. */
const others = (rows, outcome) =>
  rows
    .filter((row) => row.outcome !== outcome)
    .map(({ id, outcome: was, happened }) => `${id} ${was}: ${happened}`);

/** A checkout of the shop, paid at the platform, of which the Worker has not been told. */
async function untoldOrder() {
  const { attempt } = await stage.shop.opened();
  const number = attempt.out_trade_no;
  await stage.sandbox.faults({ route: "notify", out_trade_no: number, kind: "dropped", times: 16 });
  const { transaction_id } = await stage.sandbox.pay(attempt.code_url);
  const { mchid, appid } = stage.merchant;
  return { out_trade_no: number, transaction_id, total: 8_800, mchid, appid };
}

test("our Worker passes every check about an order that it knows", async () => {
  const rows = await rowsWith(await untoldOrder());
  assert.equal(rows.length, CHECKS.length);
  assert.deepEqual(others(rows, "pass"), []);
});

test("without an order nothing fails, and what is refused is judged by what is accepted", async () => {
  const rows = await rowsWith();
  assert.deepEqual(others(rows, "pass"), []);
});
