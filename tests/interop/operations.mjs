// Every APIv3 operation of protocol reference B.0, and every notification of C.1, as one list: what a
// client library is asked to do, and what must come of it. `id` is the operation's in
// sandbox/openapi.yaml, where it has several ways (`how`) each is one; `not` says who has no such call.

import { gunzipSync } from "node:zlib";

import {
  CARD, REFUNDED_S, application, number, order, paid, placed, refunded, stuck,
} from "./business.mjs";
import { assert } from "./count.mjs";
import { platformKeys } from "./identity.mjs";

/** Asserts a 200, and answers what it says. */
function ok({ status, data }) {
  assert.equal(status, 200, JSON.stringify(data));
  return data;
}

/** Fetches what an answer points to; the library's own digest must be the one that was promised. */
async function fetched(client, { hash_type, hash_value, download_url }, tar_type) {
  assert.equal(hash_type, "SHA1");
  const file = await client.download(download_url);
  const bytes = ok(file);
  assert.equal(bytes.subarray(0, 2).toString("hex") === "1f8b", Boolean(tar_type), "packed as asked");
  const plain = tar_type ? gunzipSync(bytes) : bytes;
  assert.equal(await client.sha1(plain), hash_value);
  return plain.toString("utf8");
}

const tradeBill = (bill_type, tar_type = null) => ({
  id: "tradeBill",
  how: `${bill_type}, ${tar_type ?? "plain"}`,
  async run(client, { day, sold }) {
    const { out_trade_no, out_refund_no } = sold.get(client.name);
    const bill = await fetched(client, ok(await client.tradeBill(day, bill_type, tar_type)), tar_type);
    assert.equal(bill.includes(`\`${out_trade_no},`), true);
    assert.equal(bill.includes(`\`${out_refund_no},`), bill_type !== "SUCCESS");
  },
});

const fundFlowBill = (tar_type = null) => ({
  id: "fundFlowBill",
  how: tar_type ?? "plain",
  async run(client, { day, sold }) {
    const answer = await client.fundFlowBill(day, "BASIC", tar_type);
    if (client.who.mode === "partner") {
      // Nothing moves on a partner's own account: its sub-merchants are paid.
      assert.deepEqual([answer.status, answer.data.code], [400, "NO_STATEMENT_EXIST"]);
      return;
    }
    const bill = await fetched(client, ok(answer), tar_type);
    assert.equal(bill.includes(`\`${sold.get(client.name).transaction_id},`), true);
  },
});

/** The operations; `run(client, business)` throws where anything is not as it must be. */
export const OPERATIONS = [
  {
    id: "placeNative",
    async run(client) {
      assert.match(ok(await client.place(order(number("t")))).code_url, /^weixin:\/\//);
    },
  },
  {
    id: "queryByNumber",
    async run(client) {
      const { out_trade_no } = await placed(client);
      const data = ok(await client.byNumber(out_trade_no));
      assert.deepEqual([data.out_trade_no, data.trade_state], [out_trade_no, "NOTPAY"]);
    },
  },
  {
    id: "queryByTransaction",
    async run(client, { sandbox }) {
      const { transaction_id } = await paid(client, sandbox);
      const data = ok(await client.byTransaction(transaction_id));
      assert.deepEqual([data.transaction_id, data.trade_state], [transaction_id, "SUCCESS"]);
    },
  },
  {
    id: "close",
    async run(client) {
      const { out_trade_no } = await placed(client);
      assert.equal((await client.close(out_trade_no)).status, 204);
      assert.equal(ok(await client.byNumber(out_trade_no)).trade_state, "CLOSED");
    },
  },
  {
    id: "refund",
    async run(client, { sandbox }) {
      const data = ok(await client.refund(application(await paid(client, sandbox))));
      assert.deepEqual([data.status, data.amount.refund], ["PROCESSING", 234]);
    },
  },
  {
    id: "queryRefund",
    async run(client, { sandbox }) {
      const { out_refund_no, refund_id } = await refunded(client, sandbox);
      await sandbox.advance(REFUNDED_S);
      const data = ok(await client.refundStatus(out_refund_no));
      assert.deepEqual([data.refund_id, data.status], [refund_id, "SUCCESS"]);
    },
  },
  {
    id: "redirectRefund",
    async run(client, { sandbox }) {
      const [{ refund_id, out_refund_no }] = await stuck(client, sandbox);
      assert.equal(ok(await client.refundStatus(out_refund_no)).status, "ABNORMAL");
      const data = ok(await client.refundToCard(refund_id, { out_refund_no, ...CARD }));
      assert.deepEqual([data.status, data.channel], ["PROCESSING", "OTHER_BANKCARD"]);
    },
  },
  ...["ALL", "SUCCESS", "REFUND"].flatMap((type) => [tradeBill(type), tradeBill(type, "GZIP")]),
  fundFlowBill(),
  fundFlowBill("GZIP"),
  {
    id: "subMerchantFundFlowBill",
    not: ({ mode }) => mode === "direct" && "the platform has it for partners alone",
    async run(client, { day }) {
      const { download_bill_count, download_bill_list: [part] } =
        ok(await client.subMerchantFundFlowBill(day, "BASIC"));
      assert.equal(download_bill_count, 1);
      const sealed = ok(await client.download(part.download_url));
      const plain = Buffer.from(await client.unseal(sealed, part), "utf8");
      assert.equal(await client.sha1(plain), part.hash_value);
    },
  },
  {
    id: "downloadBill",
    async run(client, { day, sold }) {
      const bill = await fetched(client, ok(await client.tradeBill(day, "ALL", "GZIP")), "GZIP");
      assert.equal(bill.includes(`\`${sold.get(client.name).transaction_id},`), true);
    },
  },
  {
    id: "certificates",
    async run(client, { merchant }) {
      const { serial } = platformKeys(merchant).certificate;
      assert.deepEqual((await client.certificates()).serials, [serial]);
      if (client.certificateList) assert.equal(ok(await client.certificateList()).data[0].serial_no, serial);
    },
  },
  {
    id: "echo",
    async run(client) {
      const echo_message = "Saoma 你好";
      const data = ok(await client.echo({
        echo_message, encrypted_echo_message: await client.encrypt(echo_message),
      }));
      assert.equal(data.echo_message, echo_message);
      assert.equal(await client.decrypt(data.encrypted_echo_message), echo_message);
    },
  },
];

const refundTold = (status, kind) => ({
  id: `REFUND.${status}`,
  async run(client, { sandbox, box }) {
    const sold = await paid(client, sandbox);
    const { out_trade_no } = sold;
    if (kind) await sandbox.faults({ route: "refund", out_trade_no, kind, times: 1 });
    const applied = application(sold, { notify_url: box.url + `/${number("n")}` });
    ok(await client.refund(applied));
    await sandbox.advance(REFUNDED_S);
    const letter = await box.at(new URL(applied.notify_url).pathname);
    const told = await client.open(letter);
    assert.deepEqual([told.event_type, told.resource.refund_status], [`REFUND.${status}`, status]);
    assert.equal(told.resource.out_refund_no, applied.out_refund_no);
    return { letter, told };
  },
});

/** The notifications: each is verified and opened by the library, and goes back for the schema. */
export const NOTIFICATIONS = [
  {
    id: "TRANSACTION.SUCCESS",
    async run(client, { sandbox, box }) {
      const path = `/${number("n")}`;
      const { transaction_id } = await paid(client, sandbox, { notify_url: box.url + path });
      const letter = await box.at(path);
      const told = await client.open(letter);
      assert.deepEqual([told.event_type, told.resource.trade_state], ["TRANSACTION.SUCCESS", "SUCCESS"]);
      assert.equal(told.resource.transaction_id, transaction_id);
      return { letter, told };
    },
  },
  refundTold("SUCCESS"),
  refundTold("ABNORMAL", "abnormal"),
  refundTold("CLOSED", "closed"),
  {
    id: "SECURITY_ECHO.SUCCESS",
    async run(client, { box }) {
      const [echo_message, path] = ["Saoma 你好", `/${number("n")}`];
      ok(await client.echo({ echo_message, notify_url: box.url + path }));
      const letter = await box.at(path);
      const told = await client.open(letter);
      assert.deepEqual([told.event_type, told.resource.echo_message], ["SECURITY_ECHO.SUCCESS", echo_message]);
      assert.equal(await client.decrypt(told.resource.encrypt_echo_message), echo_message);
      return { letter, told };
    },
  },
];
