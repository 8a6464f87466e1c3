// The order page against the real Worker: what happened in the sandbox is what an operator reads.

import assert from "node:assert/strict";
import { test } from "node:test";

import { photograph, useBrowser } from "../harness/browser.mjs";
import { delivered, genuine } from "../harness/notification.mjs";
import { openStage, useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";
import { OPERATOR_KEY, SECRET_KEY } from "../harness/worker.mjs";

const stage = useStage();
const browser = useBrowser();

const DESK = { width: 1_280, height: 900 };
const HOSTILE = "<img src=x onerror=alert(1)>";

async function comeIn(tab, key = OPERATOR_KEY, { url } = stage.worker) {
  await tab.goto(`${url}/orders/`);
  await tab.locator("#key").fill(key);
  await tab.keyboard.press("Enter");
}

/** Searches, again and again until the index has caught up. */
const find = (tab, text, name) => until(`${name} is listed`, async () => {
  await tab.getByRole("searchbox", { name: "Number" }).fill(text);
  await tab.keyboard.press("Enter");
  await tab.locator(".results:not([aria-busy])").waitFor();
  const link = tab.getByRole("link", { name, exact: true });
  return (await link.count()) === 1 && link;
});

test("the page is served with a policy of its own and is nobody's to frame or keep", async () => {
  const reply = await stage.worker.fetch("/orders/");
  await reply.body?.cancel();
  assert.equal(reply.status, 200);
  const policy = reply.headers.get("content-security-policy");
  for (const rule of ["default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "trusted-types 'none'"]) {
    assert.ok(policy.includes(rule), `${rule} in ${policy}`);
  }
  assert.ok(!/unsafe|,/.test(policy), policy);
  assert.equal(reply.headers.get("referrer-policy"), "no-referrer");
  assert.equal(reply.headers.get("x-robots-tag"), "noindex");
  assert.equal(reply.headers.get("access-control-allow-origin"), null);
});

test("a key that is nobody's is refused; a shop's own key reads its own orders", async () => {
  await browser.open({ viewport: DESK }, async (tab) => {
    await comeIn(tab, "nobody");
    await tab.getByRole("alert").getByText("This is not the operator key.").waitFor();
    await comeIn(tab, SECRET_KEY);
    await tab.getByRole("heading", { name: "Orders" }).waitFor();
  });
});

test("an operator finds a paid order, its buyer, its refund and the money that came twice", async () => {
  const { merchant, sandbox, shop, worker } = stage;
  const buyer = { name: "张三", note: HOSTILE };
  const opened = await shop.opened({ reference: "LIVE-1", description: "Oolong 250 g", buyer });
  await sandbox.pay(opened.attempt.code_url);
  const { id, payment } = await shop.untilPaid(opened.id);
  assert.equal((await shop.giveBack(id, { reason: "one bag returned" })).status, 201);
  const transaction_id = "4200000001202611219999999999";
  await delivered(worker, genuine(merchant, opened.attempt.out_trade_no, { transaction_id }));

  await browser.open({ viewport: DESK }, async (tab, seen) => {
    await comeIn(tab);
    await tab.getByRole("heading", { name: "Orders" }).waitFor();
    for (const text of ["LIVE-1", opened.attempt.out_trade_no, payment.transaction_id]) {
      await find(tab, text, "LIVE-1");
    }
    const link = await find(tab, "", "LIVE-1");
    await until("it needs a person", async () => {
      await find(tab, "LIVE-1", "LIVE-1");
      return (await tab.locator(".order").getByText("needs a person").count()) === 1;
    });
    await photograph(tab, "orders-live-list", { fullPage: true });
    await link.click();
    await tab.getByRole("heading", { level: 1, name: "LIVE-1" }).waitFor();
    const view = tab.locator("#view");
    for (const words of [
      "A person has to look", "held for a person", "A second payment of a paid order", "张三", HOSTILE,
      "one bag returned", payment.transaction_id, "Placed at WeChat Pay",
    ]) {
      await view.getByText(words, { exact: words === HOSTILE }).first().waitFor();
    }
    assert.equal(await tab.locator("#view img").count(), 0);
    await photograph(tab, "orders-live-order", { fullPage: true });
    assert.deepEqual(seen.errors, []);
    assert.deepEqual(await seen.violations(), []);
  });
});

test("a day that was compared is read from the Worker", async () => {
  // A stage of its own: two days pass.
  const on = await openStage();
  try {
    const { merchant, sandbox, shop, worker } = on;
    const opened = await shop.opened();
    await sandbox.pay(opened.attempt.code_url);
    const { id } = await shop.untilPaid(opened.id);
    const { success_time } = await sandbox.order(opened.attempt.out_trade_no);
    const date = success_time.slice(0, 10);
    // A payment that only the letter knows of: the bill will not have it.
    const other = await shop.opened();
    await delivered(worker, genuine(merchant, other.attempt.out_trade_no, { success_time, transaction_id: "4200000001202611217777777777" }));
    await shop.untilPaid(other.id);
    await sandbox.advance(2 * 86_400);
    await shop.ask("POST", `/v1/reconciliations/${date}`, { bearer: OPERATOR_KEY });
    await until("the day is done", async () => {
      const { body } = await shop.ask("GET", `/v1/reconciliations/${date}`, { bearer: OPERATOR_KEY });
      await sandbox.advance(60);
      return body.status === "done" && body.differences.length === 1;
    });
    await browser.open({ viewport: DESK }, async (tab, seen) => {
      await comeIn(tab, OPERATOR_KEY, worker);
      await tab.getByRole("link", { name: "Differences" }).click();
      await tab.getByRole("link", { name: date }).click();
      await tab.getByText("Ours, and not in the bill").waitFor();
      await tab.getByText("4200000001202611217777777777").waitFor();
      await photograph(tab, "orders-live-day", { fullPage: true });
      await tab.getByRole("link", { name: other.id }).click();
      await tab.getByRole("heading", { level: 1, name: other.reference }).waitFor();
      assert.notEqual(other.id, id);
      assert.deepEqual(seen.errors, []);
      assert.deepEqual(await seen.violations(), []);
    });
  } finally {
    await on.close();
  }
});

test("orphans and dead letters are read from the Worker", async () => {
  const { merchant, worker } = stage;
  await delivered(worker, genuine(merchant, "X20261121000001", { transaction_id: "4200000001202611218888888888" }));
  await browser.open({ viewport: DESK }, async (tab, seen) => {
    await comeIn(tab);
    await tab.getByRole("link", { name: "Orphans" }).click();
    await tab.locator("#view").getByText("X20261121000001").waitFor();
    await tab.getByRole("link", { name: "Dead letters" }).click();
    await tab.getByRole("heading", { level: 1, name: "Dead letters" }).waitFor();
    await tab.locator("#view").getByText("None.").waitFor();
    assert.deepEqual(seen.errors, []);
    assert.deepEqual(await seen.violations(), []);
  });
});
