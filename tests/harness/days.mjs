// Days of the sandbox's business time, in Beijing, and their reconciliations.

import assert from "node:assert/strict";

import { until } from "./wait.mjs";

/** The business time there, RFC 3339. */
export async function beijing(sandbox) {
  const reply = await fetch(`${sandbox.url}/sandbox/clock`);
  return (await reply.json()).now;
}

/** Today, `yyyy-MM-dd`. */
export const today = async (sandbox) => (await beijing(sandbox)).slice(0, 10);

/** Moves both clocks to this time of the next day. */
export async function nextDay(sandbox, at = "10:20:00") {
  const now = Date.parse(await beijing(sandbox));
  const tomorrow = new Date(now + (8 + 24) * 3_600_000).toISOString().slice(0, 10);
  await sandbox.advance(Math.ceil((Date.parse(`${tomorrow}T${at}+08:00`) - now) / 1_000));
}

/** How a day stands, with all of its differences. */
export async function reconciliation(shop, date) {
  const differences = [];
  let cursor = "";
  for (;;) {
    const path = `/v1/reconciliations/${date}${cursor}`;
    const { status, body } = await shop.ask("GET", path, { bearer: shop.secretKey });
    assert.equal(status, 200, JSON.stringify(body));
    differences.push(...body.differences);
    if (!body.next_cursor) return { ...body, differences };
    cursor = `?cursor=${body.next_cursor}`;
  }
}

/** Waits until a day is done. */
export function reconciled(shop, date, status = "done") {
  return until(`${date} is ${status}`, async () => {
    const day = await reconciliation(shop, date);
    return day.status === status && day;
  });
}

/** Has a day looked at, again, and waits for it. */
export async function reconcile(shop, date) {
  const { status, body } = await shop.ask("POST", `/v1/reconciliations/${date}`, { bearer: shop.secretKey });
  assert.equal(status, 202, JSON.stringify(body));
  return reconciled(shop, date);
}
