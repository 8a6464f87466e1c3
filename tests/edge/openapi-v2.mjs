// V2's addresses and printed codes, as openapi.test.mjs asks for them: each answer is judged by `expect`.

import { payer } from "../harness/scanning.mjs";
import { Shop } from "../harness/shop.mjs";
import { WITHOUT_V3, v2RefundLetter, v2Variables } from "../harness/v2.mjs";
import { signed, xmlOf } from "../harness/v2-platform.mjs";
import { until } from "../harness/wait.mjs";
import { OPERATOR_KEY, PARTNER_KEY, SECRET_KEY } from "../harness/worker.mjs";

const headers = { "Content-Type": "text/xml" };

/** The service provider as a merchant of its own, by the names of the other one. */
const asPartner = ({ partner }) => ({ mchid: partner.sp_mchid, appid: partner.sp_appid, api_v2_key: partner.api_v2_key });

/** What is printed, and for whom. */
export async function codesAreDrawn(expect, withWorker) {
  for (const id of ["readProductCode", "drawProductCode"]) {
    const of = { bearer: OPERATOR_KEY, params: { product: "oolong-250" } };
    await expect(200, id, of);
    await expect(400, id, { ...of, query: "?profile=nobody" });
    await expect(401, id, { ...of, bearer: SECRET_KEY });
    await expect(404, id, { ...of, params: { product: "coffee" } });
    await withWorker({ API_V2_KEY: undefined, SPBILL_CREATE_IP: undefined }, async (shop) => {
      await expect(409, id, { ...of, shop });
    });
  }
}

/** A payment, a refund and a scan, of either merchant. */
export async function v2IsHeard(expect, stage) {
  const own = stage.merchant;
  const partner = asPartner(own);
  const letters = {
    hearV2Payment: payment(own, "T20250101000003"),
    hearProfileV2Payment: payment(partner, "T20250101000004"),
    hearV2Refund: await refund(stage, own, stage.shop, {}),
    hearProfileV2Refund: await refund(stage, partner, new Shop(stage.worker, PARTNER_KEY), { sub_mchid: own.partner.sub_merchants[0].sub_mchid }),
    hearScan: scan(own, "oolong-250"),
    hearProfileScan: scan(partner, "green-tea"),
  };
  for (const [id, body] of Object.entries(letters)) {
    const params = { profile: "partner" };
    await expect(200, id, { params, headers, body });
    await expect(401, id, { params, headers, body: "<xml></xml>" });
    await expect(413, id, { params, headers, body: "x".repeat(100_000) });
    if (id.startsWith("hearProfile")) await expect(500, id, { params: { profile: "nobody" }, headers, body });
  }
}

/** A V2 order, and the books, of a merchant without a client certificate. */
export async function moneyNeedsACertificate(expect, stage, withWorker) {
  await withWorker({ ...WITHOUT_V3, ...v2Variables(stage.merchant) }, async (shop) => {
    await expect(501, "readFundFlowBill", { shop, bearer: SECRET_KEY, query: "?date=2025-01-01" });
  });
  await withWorker({ API: "v2" }, async (shop) => {
    const opened = await shop.opened();
    await stage.sandbox.pay(opened.attempt.code_url);
    const { id } = await shop.untilPaid(opened.id);
    const body = { reference: "R-501", amount: { total: 100, currency: "CNY" } };
    await expect(501, "createRefund", { shop, bearer: SECRET_KEY, params: { id }, body });
  });
}

function payment({ mchid: mch_id, appid, api_v2_key: key }, out_trade_no) {
  return xmlOf(signed({
    appid, mch_id, return_code: "SUCCESS", result_code: "SUCCESS", openid: payer(), is_subscribe: "N",
    trade_type: "NATIVE", bank_type: "OTHERS", total_fee: "8800", fee_type: "CNY", cash_fee: "8800",
    transaction_id: `42000000002025010100${out_trade_no.slice(-8)}`, out_trade_no, time_end: "20250101112030",
  }, key, "HMAC-SHA256"));
}

function scan({ mchid: mch_id, appid, api_v2_key: key }, product_id) {
  return xmlOf(signed({ appid, openid: payer(), mch_id, is_subscribe: "N", product_id }, key, "MD5"));
}

/** A refund that reached its end, told in V2's form. */
async function refund({ sandbox }, merchant, shop, overrides) {
  const opened = await shop.opened(overrides);
  await sandbox.pay(opened.attempt.code_url);
  const { id, payment: { transaction_id, out_trade_no } } = await shop.untilPaid(opened.id);
  const { body: { out_refund_no } } = await shop.giveBack(id);
  const ended = await until("the money is back", async () => {
    await sandbox.advance(30);
    const view = await shop.refund(out_refund_no);
    return view.status === "success" && view;
  });
  return v2RefundLetter(merchant, {
    transaction_id, out_trade_no, out_refund_no, refund_id: ended.refund_id, refund_status: "SUCCESS",
    total_fee: "8800", refund_fee: "100", settlement_refund_fee: "100", settlement_total_fee: "8800",
    success_time: "2026-11-21 12:00:00", refund_account: "REFUND_SOURCE_RECHARGE_FUNDS",
    refund_recv_accout: "支付用户零钱", refund_request_source: "API",
  }, { more: overrides.sub_mchid ? { sub_mch_id: overrides.sub_mchid } : {} }).body;
}
