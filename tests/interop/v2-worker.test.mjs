// A client library that we did not write, in V2's place and as its judge: what the Worker sends and
// answers carries signs that the library works out itself, and of what the library tells in the
// platform's place the Worker takes the genuine, and nothing that was changed on the way.

import { before, describe, test } from "node:test";

import { useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";
import { OPERATOR_KEY } from "../harness/worker.mjs";
import { WITHOUT_V3, v2Variables } from "../harness/v2.mjs";
import { AxiosPluginV2, SIGN_TYPES, identityV2, read, write } from "./axios-v2.mjs";
import { assert } from "./count.mjs";

const TRANSACTION = "4200000001202611220000000001";

for (const signType of SIGN_TYPES) describe(signType, () => {
  const stage = useStage({
    overrides: (merchant) => ({ ...v2Variables(merchant), ...WITHOUT_V3, V2_SIGN_TYPE: signType }),
  });
  let sdk;
  before(async () => {
    await stage.sandbox.addresses({ native_url: `${stage.worker.url}/wechatpay/v2/native` });
    sdk = new AxiosPluginV2({ url: stage.sandbox.url, who: identityV2(stage.merchant, "direct"), signType });
  });

  const post = async (path, body) => {
    const reply = await stage.worker.fetch(path, { method: "POST", headers: { "Content-Type": "text/xml" }, body });
    return { status: reply.status, told: read(await reply.text()) };
  };

  /** A payment as the platform tells it (protocol reference D.7). */
  const paid = (out_trade_no, more = {}) => ({
    ...sdk.who.payee, return_code: "SUCCESS", result_code: "SUCCESS", openid: "oTESTopenid0000000000000001", is_subscribe: "N",
    trade_type: "NATIVE", bank_type: "OTHERS", total_fee: "8800", fee_type: "CNY", cash_fee: "8800",
    transaction_id: TRANSACTION, out_trade_no, time_end: "20261122112030", ...more,
  });

  const opened = async () => (await stage.shop.opened()).attempt.out_trade_no;
  const statusOf = async (number) => (await stage.shop.checkout(`chk_${number.slice(0, 20)}`)).status;

  test(`what the Worker asks the platform is signed as the library would sign it`, async () => {
    const checkout = await stage.shop.opened({ description: "Oolong <250 g> & 红茶" });
    const number = checkout.attempt.out_trade_no;
    await stage.sandbox.pay(checkout.attempt.code_url);
    await stage.shop.untilPaid(checkout.id);
    const asked = await stage.sandbox.requests({ out_trade_no: number });
    const placed = asked.find(({ target }) => target === "/pay/unifiedorder");
    const fields = read(placed.request.body);
    assert.equal(sdk.believes(fields), true, placed.request.body);
    for (const [name, value] of Object.entries({
      ...sdk.who.payee, body: "Oolong <250 g> & 红茶", out_trade_no: number, total_fee: "8800", trade_type: "NATIVE",
      spbill_create_ip: "127.0.0.1", notify_url: `${stage.worker.url}/wechatpay/v2/notify/transactions`,
    })) assert.equal(fields[name], value, name);
    assert.match(fields.time_start, /^20\d{12}$/);
    assert.match(fields.time_expire, /^20\d{12}$/);
    assert.match(fields.product_id, /^[\w-]{1,32}$/);
  });

  test(`a payment that the library tells of pays the checkout, and is thanked for`, async () => {
    const number = await opened();
    const { status, told } = await post("/wechatpay/v2/notify/transactions", sdk.letter(paid(number)));
    assert.equal(status, 200);
    assert.deepEqual([told.return_code, told.return_msg], ["SUCCESS", "OK"]);
    await until("it is paid", async () => (await statusOf(number)) === "paid");
  });

  test(`nothing that was changed, or signed by another, is taken`, async () => {
    const number = await opened();
    const genuine = read(sdk.letter(paid(number, { transaction_id: "4200000001202611220000000002" })));
    const other = new AxiosPluginV2({ who: { ...sdk.who, api_v2_key: "k".repeat(32) }, signType });
    const { sign, ...bare } = genuine;
    const changed = {
      "one fen less": { ...genuine, total_fee: "8799" },
      "another order": { ...genuine, out_trade_no: `${number.slice(0, -1)}a` },
      "a field more": { ...genuine, attach: "x" },
      "a field less": Object.fromEntries(Object.entries(genuine).filter(([name]) => name !== "bank_type")),
      "a sign in lower case": { ...genuine, sign: sign.toLowerCase() },
      "a sign cut short": { ...genuine, sign: sign.slice(1) },
      "no sign": bare,
      "another's key": { ...bare, sign: other.sign(bare) },
      "another order's sign": { ...bare, sign: sdk.sign({ ...bare, out_trade_no: "other" }) },
    };
    for (const [how, fields] of Object.entries(changed)) {
      const { status, told } = await post("/wechatpay/v2/notify/transactions", write(fields));
      assert.deepEqual([status, told.return_code], [401, "FAIL"], how);
    }
    assert.equal(await statusOf(number), "open");
  });

  test(`a printed code's link is signed as the library would, and its own is one too`, async () => {
    const reply = await stage.worker.fetch("/v1/products/oolong-250/code", {
      headers: { Authorization: `Bearer ${OPERATOR_KEY}` },
    });
    const { link } = await reply.json();
    const fields = Object.fromEntries(new URL(link).searchParams);
    assert.deepEqual(Object.keys(fields).sort(), ["appid", "mch_id", "nonce_str", "product_id", "sign", "time_stamp"]);
    // MD5, whatever the merchant signs its calls by (protocol reference D.9).
    assert.equal(sdk.believes(fields, "MD5"), true, link);
    const { out_trade_no } = await stage.sandbox.pay(sdk.link("oolong-250"), { payer: "li" });
    await until("it is paid", async () => (await statusOf(out_trade_no)) === "paid");
  });

  test(`a scan that the library tells of is answered with a prepay_id under a good sign`, async () => {
    const callback = (more = {}, by = "MD5") => sdk.letter({
      ...sdk.who.payee, openid: "oTESTopenid0000000000000009", is_subscribe: "N", product_id: "puer-cake", ...more,
    }, by);
    const { status, told } = await post("/wechatpay/v2/native", callback());
    assert.deepEqual([status, told.return_code, told.result_code], [200, "SUCCESS", "SUCCESS"]);
    assert.equal(sdk.believes(told, "MD5"), true, JSON.stringify(told));
    for (const [name, value] of Object.entries(sdk.who.payee)) assert.equal(told[name], value, name);
    const again = await post("/wechatpay/v2/native", callback());
    assert.equal(again.told.prepay_id, told.prepay_id, "the same payer, the same order");
    const another = await post("/wechatpay/v2/native", callback({ openid: "oTESTopenid0000000000000008" }));
    assert.notEqual(another.told.prepay_id, told.prepay_id);

    const unknown = await post("/wechatpay/v2/native", callback({ product_id: "no-such" }));
    assert.deepEqual([unknown.told.return_code, unknown.told.result_code], ["SUCCESS", "FAIL"]);
    assert.equal(unknown.told.err_code_des, "商品不存在或已下架");
    assert.equal(sdk.believes(unknown.told, "MD5"), true);
    const forged = await post("/wechatpay/v2/native", callback().replace(/<sign>.*<\/sign>/, `<sign>${"A".repeat(32)}</sign>`));
    assert.deepEqual([forged.told.return_code, "prepay_id" in forged.told], ["FAIL", false]);
  });
});
