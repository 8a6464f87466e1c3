// Money that goes back, and the books, by the V2 side of a client library that we did not write: it
// shows its certificate at the sandbox's door with TLS, asks by each number, opens what it is told,
// and reads the bills by its own reader.

import { before, describe, test } from "node:test";

import { useLetterbox, V2_SUCCESS } from "../harness/letterbox.mjs";
import { useStage } from "../harness/stage.mjs";
import { AxiosPluginV2, SIGN_TYPES, identityV2, read } from "./axios-v2.mjs";
import { REFUNDED_S, number, tomorrowAt } from "./business.mjs";
import { assert } from "./count.mjs";
import { MODES } from "./identity.mjs";

describe("wechatpay-axios-plugin, V2", () => {
  const tls = {};
  const stage = useStage({
    async services(sandbox, port) {
      const authority = await fetch(`${sandbox.url}/sandbox/files/tls_ca.pem`);
      Object.assign(tls, { url: `https://127.0.0.1:${port}`, ca: await authority.text() });
    },
  });
  const box = useLetterbox({ words: V2_SUCCESS });
  let everybody;
  before(() => {
    everybody = Object.fromEntries(MODES.flatMap((mode) => SIGN_TYPES.map((signType) => [
      `${mode}, ${signType}`,
      new AxiosPluginV2({ url: stage.sandbox.url, who: identityV2(stage.merchant, mode), signType, tls }),
    ])));
  });

  /** An order of 1000 fen that was paid: both of its numbers. */
  async function sold(client) {
    const out_trade_no = number("t");
    const { code_url } = await client.place({
      body: "Oolong", out_trade_no, total_fee: 1_000, product_id: "1", notify_url: `${box.url}/${out_trade_no}`,
    });
    return stage.sandbox.pay(code_url);
  }

  const part = ({ transaction_id }, more = {}) => ({
    transaction_id, out_refund_no: number("r"), total_fee: 1_000, refund_fee: 234, ...more,
  });

  const genuine = (client, answer, result = "SUCCESS") => {
    assert.deepEqual([answer.return_code, answer.result_code], ["SUCCESS", result], JSON.stringify(answer));
    assert.equal(client.believes(answer), true, JSON.stringify(answer));
  };

  for (const name of MODES.flatMap((mode) => SIGN_TYPES.map((signType) => `${mode}, ${signType}`))) {
    test(`${name}: a refund is applied for with the certificate, found by four numbers, and told of`, async () => {
      const client = everybody[name];
      const { out_trade_no, transaction_id } = await sold(client);
      const application = part({ transaction_id }, { notify_url: `${box.url}/refunds/${out_trade_no}` });
      const taken = await client.refund(application);
      genuine(client, taken);
      const known = { out_trade_no, transaction_id, out_refund_no: application.out_refund_no, refund_fee: "234", total_fee: "1000" };
      for (const [field, value] of Object.entries(known)) assert.equal(taken[field], value, field);

      const { out_refund_no } = application;
      const { refund_id } = taken;
      for (const asked of [{ refund_id }, { out_refund_no }, { transaction_id }, { out_trade_no }]) {
        const found = await client.refundStatus(asked);
        genuine(client, found);
        assert.deepEqual(
          [found.refund_count, found.out_refund_no_0, found.refund_id_0, found.refund_fee_0, found.refund_status_0],
          ["1", out_refund_no, refund_id, "234", "PROCESSING"], JSON.stringify(asked),
        );
      }
      await stage.sandbox.advance(REFUNDED_S);
      const ended = await client.refundStatus({ out_refund_no });
      assert.equal(ended.refund_status_0, "SUCCESS");
      assert.match(ended.refund_success_time_0, /^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d$/);

      const letter = read((await box.at(`/refunds/${out_trade_no}`)).body);
      assert.equal("sign" in letter, false, "sealed, and not signed");
      const told = client.unseal(letter.req_info);
      const said = { out_trade_no, transaction_id, out_refund_no, refund_id, refund_fee: "234", refund_status: "SUCCESS" };
      for (const [field, value] of Object.entries(said)) assert.equal(told[field], value, field);
    });

    test(`${name}: what cannot be refunded is refused, under a sign`, async () => {
      const client = everybody[name];
      const paid = await sold(client);
      const much = await client.refund(part(paid, { refund_fee: 1_001 }));
      assert.equal(much.result_code === "FAIL" || much.return_code === "FAIL", true, JSON.stringify(much));
      const other = await client.refund(part(paid, { total_fee: 999 }));
      genuine(client, other, "FAIL");
      const nobody = await client.refundStatus({ out_refund_no: number("r") });
      genuine(client, nobody, "FAIL");
      assert.equal(nobody.err_code, "REFUNDNOTEXIST");
      const bare = new AxiosPluginV2({ url: client.url, who: client.who, signType: client.signType });
      const turnedAway = await bare.refund(part(paid));
      assert.equal(turnedAway.return_code, "FAIL", "without the certificate");
      assert.equal("sign" in turnedAway, false);
      const asked = await client.refundStatus({ transaction_id: paid.transaction_id });
      assert.deepEqual([asked.result_code, asked.err_code], ["FAIL", "REFUNDNOTEXIST"], "nothing came of all that");
    });
  }

  test("the morning after, the bills have what was sold, and what was not asked for rightly has words", async () => {
    await tomorrowAt(stage.sandbox, 12);
    const client = everybody["direct, HMAC-SHA256"];
    const day = (await stage.sandbox.clock()).now.slice(0, 10).replaceAll("-", "");
    const early = read(await client.tradeBill(day));
    assert.deepEqual([early.return_code, "sign" in early], ["FAIL", false]);
    const { transaction_id } = await sold(client);
    await client.refund(part({ transaction_id }));
    await tomorrowAt(stage.sandbox, 11);
    for (const signType of SIGN_TYPES) {
      const { rows, summary } = client.rows(await everybody[`direct, ${signType}`].tradeBill(day));
      assert.equal(rows.filter((row) => Object.values(row).includes(transaction_id)).length, 2, "a payment and a refund");
      assert.ok(Object.keys(summary).length > 0);
    }
    const flow = await client.fundFlowBill(day);
    assert.ok(flow.includes(transaction_id), flow.slice(0, 300));
    const none = read(await client.tradeBill("20250101"));
    assert.equal(none.return_code, "FAIL", JSON.stringify(none));
  });
});
