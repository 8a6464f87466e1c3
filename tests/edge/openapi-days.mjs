// Days that are reconciled, and an index that is rebuilt, as the OpenAPI document foresees them.

import assert from "node:assert/strict";

import { today } from "../harness/days.mjs";
import { until } from "../harness/wait.mjs";
import { OPERATOR_KEY, SECRET_KEY } from "../harness/worker.mjs";

/** A day is asked for too early, is looked at, is read. Two days pass. */
export async function dayIsReconciled(expect, { sandbox, shop }) {
  const opened = await shop.opened();
  await sandbox.pay(opened.attempt.code_url);
  await shop.untilPaid(opened.id);
  const date = await today(sandbox);
  const of = { shop, bearer: SECRET_KEY, params: { date } };
  await expect(409, "reconcile", of);
  await expect(404, "readReconciliation", of);
  await sandbox.advance(2 * 86_400);
  await expect(202, "reconcile", of);
  await until("it is reconciled", async () =>
    (await expect(200, "readReconciliation", of)).status === "done");
  const { data } = await expect(200, "listReconciliations", { shop, bearer: SECRET_KEY });
  assert.ok(data.some((day) => day.date === date));
  for (const id of ["reconcile", "readReconciliation"]) {
    await expect(400, id, { ...of, params: { date: "yesterday" } });
    await expect(401, id, { ...of, bearer: "wrong" });
  }
  await expect(400, "listReconciliations", { shop, bearer: SECRET_KEY, query: "?page=2" });
  await expect(401, "listReconciliations", { shop });
}

/** Nobody has asked for a rebuild; somebody does, and it is done. */
export async function indexIsRebuilt(expect, { sandbox, shop }) {
  const operator = { shop, bearer: OPERATOR_KEY };
  const opened = await shop.opened();
  await expect(404, "readRebuild", operator);
  await expect(400, "readRebuild", { ...operator, query: "?profile=nobody" });
  await expect(202, "rebuildIndex", { ...operator, body: { ids: [opened.id] } });
  await until("it is rebuilt", async () =>
    (await expect(200, "readRebuild", operator)).status === "done");
  const now = await today(sandbox);
  await expect(400, "rebuildIndex", { ...operator, body: { to: now } });
  await expect(409, "rebuildIndex", { ...operator, body: { from: now } });
  await expect(401, "readRebuild", { shop });
  await expect(401, "rebuildIndex", { shop, body: {} });
  await expect(413, "rebuildIndex", { ...operator, body: { ids: ["x".repeat(100_000)] } });
  await expect(415, "rebuildIndex", { ...operator, body: "x", headers: { "Content-Type": "text/plain" } });
}
