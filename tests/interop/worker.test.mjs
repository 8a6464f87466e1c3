// Our Worker's own words, in a shop's whole day as either kind of merchant, and the platform's to it:
// each request, each answer and each letter is as sandbox/openapi.yaml says.

import { createDecipheriv } from "node:crypto";
import { test } from "node:test";

import { Shop } from "../harness/shop.mjs";
import { useStage } from "../harness/stage.mjs";
import { openWitness } from "../harness/witness.mjs";
import { until } from "../harness/wait.mjs";
import { PARTNER_KEY, partnerVariables } from "../harness/worker.mjs";
import { REFUNDED_S, tomorrowAt } from "./business.mjs";
import { assert } from "./count.mjs";
import { PlatformSchema } from "./schema.mjs";

/** Between the Worker and the platform, and between the platform and the Worker. */
const asked = await openWitness(() => stage.sandbox.url);
const told = await openWitness(() => stage.worker.url);

const stage = useStage({
  overrides: (merchant) => ({
    ...partnerVariables(merchant), WECHATPAY_URL: asked.url, PUBLIC_URL: told.url,
  }),
});
const schema = new PlatformSchema();

/** What each shop sells with. */
const SHOPS = {
  direct: () => [stage.shop, {}],
  partner: () => {
    const [{ sub_mchid }] = stage.merchant.partner.sub_merchants;
    return [new Shop(stage.worker, PARTNER_KEY), { sub_mchid }];
  },
};

/** One of everything that a shop may wish of its Worker. */
async function wholeDay(shop, order) {
  const { sandbox } = stage;
  const cancelled = await shop.opened(order);
  await shop.cancel(cancelled.id);
  await shop.until(cancelled.id, "it is cancelled", ({ status }) => status === "cancelled");
  const opened = await shop.opened({ attach: "cart=42", ...order });
  await sandbox.pay(opened.attempt.code_url, { coupon: 100, coupon_type: "NOCASH" });
  const { attempt: { out_trade_no } } = await shop.untilPaid(opened.id);
  for (const kind of [undefined, "abnormal", "closed"]) {
    if (kind) await sandbox.faults({ route: "refund", out_trade_no, kind, times: 1 });
    const { body } = await shop.giveBack(opened.id);
    await until(`it is ${kind ?? "success"}`, async () => {
      await sandbox.advance(REFUNDED_S);
      return (await shop.refund(body.out_refund_no)).status === (kind ?? "success");
    });
    if (kind !== "abnormal") continue;
    await shop.redirect(body.out_refund_no, {
      type: "USER_BANK_CARD", bank_type: "ICBC_DEBIT", bank_account: "6222021234567890123", real_name: "张三",
    });
    await sandbox.advance(REFUNDED_S);
  }
}

for (const [mode, place] of Object.entries(SHOPS)) {
  test(`a whole day of a ${mode} shop`, async () => {
    const [shop, order] = place();
    const date = await tomorrowAt(stage.sandbox, 12);
    await wholeDay(shop, order);
    await tomorrowAt(stage.sandbox, 11);
    const query = new URLSearchParams({ date, ...order });
    for (const kind of ["trade", "fund-flow"]) {
      const { status, body } = await shop.ask("GET", `/v1/bills/${kind}?${query}`, { bearer: shop.secretKey });
      assert.equal(status, 200, JSON.stringify(body));
    }
  });
}

test("the doctor's questions", async () => {
  await stage.shop.doctor({ order: true });
  assert.ok(asked.exchanges.some(({ target }) => target === "/v3/security/echo"));
});

/** What was sealed in a letter, for whichever merchant it was. */
function opened({ ciphertext, nonce, associated_data }, apiV3Key) {
  const sealed = Buffer.from(ciphertext, "base64");
  const decipher = createDecipheriv("aes-256-gcm", apiV3Key, nonce);
  decipher.setAAD(Buffer.from(associated_data ?? ""));
  decipher.setAuthTag(sealed.subarray(-16));
  return JSON.parse(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]));
}

test("every request of the Worker's, and every answer to it, is as the platform's document says", () => {
  assert.ok(asked.exchanges.length > 30, String(asked.exchanges.length));
  for (const exchange of asked.exchanges) {
    const said = `${exchange.method} ${exchange.target} ${exchange.body}\n${exchange.reply?.body}`;
    assert.deepEqual(schema.judge(exchange), [], said);
  }
  for (const id of ["placeNative", "close", "queryByNumber", "refund", "tradeBill", "downloadBill"]) {
    const heard = [...schema.seen].filter((is) => is.startsWith(id));
    assert.ok(heard.length > 0, `${id}: ${[...schema.seen]}`);
  }
});

test("every letter to the Worker is as the platform's document says, and is acknowledged", () => {
  const kinds = new Set();
  for (const { target, headers, body, reply } of told.exchanges.filter(({ method }) => method === "POST")) {
    const mode = target.startsWith("/wechatpay/partner/") ? "partner" : "direct";
    const { api_v3_key } = mode === "partner" ? stage.merchant.partner : stage.merchant;
    const letter = { headers, body: body.toString("utf8") };
    const envelope = JSON.parse(letter.body);
    assert.deepEqual(schema.judgeLetter(letter, mode, opened(envelope.resource, api_v3_key)), [], letter.body);
    assert.ok([200, 204].includes(reply.status), String(reply.status));
    kinds.add(`${envelope.event_type} ${mode}`);
  }
  const events = ["TRANSACTION.SUCCESS", "REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED"];
  for (const event of events) {
    for (const mode of Object.keys(SHOPS)) assert.ok(kinds.has(`${event} ${mode}`), `${event} ${mode}`);
  }
});

test("that is all", async () => {
  await asked.close();
  await told.close();
});
