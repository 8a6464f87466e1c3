// Refunds that did not arrive (protocol reference B.7, A.8): another way for the same money, its card
// readable by the platform alone.

import { expect } from "../../verdict.mjs";
import { encryptedFor } from "../../wire/seal.mjs";
import { refused, summary } from "../merchant.mjs";
import { DONE_S } from "./refunds.mjs";

/** A refund that went wrong, ready for another way: its body and what the platform says of it. */
async function abnormal(bench) {
  const made = await bench.refunded({}, { fate: "ABNORMAL" });
  await bench.driver.advance(DONE_S);
  return { ...made, refund: bench.good(await bench.who.queryRefund(made.body.out_refund_no)) };
}

const waiting = (bench) => bench.once("abnormal", () => abnormal(bench));

/** To the payer's card, encrypted for the platform key `serial` (A.8). */
function toCard(bench, { body }, overrides = {}) {
  const pem = bench.platform.trusted[someSerial(bench)];
  return {
    out_refund_no: body.out_refund_no,
    type: "USER_BANK_CARD",
    bank_type: "CMB_DEBIT",
    bank_account: encryptedFor(pem, "6225880000000000"),
    real_name: encryptedFor(pem, "张三"),
    ...overrides,
  };
}

const someSerial = (bench) => Object.keys(bench.platform.trusted)[0];

const way = (name, rule, expects, run) => ({
  id: `abnormal.${name}`,
  rule,
  expects,
  needs: ["pay", "advance", "refundBecomes"],
  run,
});

/** An attempt that must be refused and leave the refund as it is. */
const rejected = (name, rule, expects, attempt) =>
  way(name, rule, `${expects}: 400`, async (bench) => {
    const made = await waiting(bench);
    const [overrides, serial] = attempt(bench);
    return refused(
      await bench.who.reroute(made.refund.refund_id, toCard(bench, made, overrides), { serial }),
      400,
    );
  });

export const checks = [
  way("state", "B.5", "a refund that did not arrive reads ABNORMAL", async (bench) => {
    const { refund } = await waiting(bench);
    expect(refund.status === "ABNORMAL", `status is ${refund.status}`);
    return refund.status;
  }),
  rejected("without-serial", "A.8", "encrypted fields without Wechatpay-Serial", () => [
    {},
    undefined,
  ]),
  rejected("other-serial", "A.8", "a Wechatpay-Serial of no key", () => [
    {},
    "PUB_KEY_ID_0000000000000000000000000000",
  ]),
  rejected("plain", "A.8", "the card's number unencrypted", (bench) => [
    { bank_account: "6225880000000000" },
    someSerial(bench),
  ]),
  rejected("bank-type", "B.7", "a bank that is not on the list", (bench) => [
    { bank_type: "ICBC_CREDIT" },
    someSerial(bench),
  ]),
  rejected("without-name", "B.7", "a card without real_name", (bench) => [
    { real_name: undefined },
    someSerial(bench),
  ]),
  rejected("type", "B.7", "an unknown type", (bench) => [{ type: "WALLET" }, someSerial(bench)]),
  way("card", "B.7", "to the payer's card, encrypted: 200 PROCESSING or SUCCESS", async (bench) => {
    const made = await abnormal(bench);
    const serial = someSerial(bench);
    const answer = bench.good(
      await bench.who.reroute(made.refund.refund_id, toCard(bench, made), { serial }),
    );
    expect(["PROCESSING", "SUCCESS"].includes(answer.status), `status is ${answer.status}`);
    expect(answer.refund_id === made.refund.refund_id, `refund_id is ${answer.refund_id}`);
    return answer.status;
  }),
  way(
    "settlement",
    "B.7",
    "to the merchant's account: 200, and SUCCESS in the end",
    async (bench) => {
      const made = await abnormal(bench);
      const { out_refund_no } = made.body;
      bench.good(
        await bench.who.reroute(made.refund.refund_id, {
          out_refund_no,
          type: "MERCHANT_BANK_CARD",
        }),
      );
      await bench.driver.advance(DONE_S);
      const { status } = bench.good(await bench.who.queryRefund(out_refund_no));
      expect(status === "SUCCESS", `status is ${status}`);
      return status;
    },
  ),
  way("only-abnormal", "B.7", "a refund that is not ABNORMAL is refused: 4xx", async (bench) => {
    const { refund, body } = await bench.refunded();
    const answer = await bench.who.reroute(refund.refund_id, {
      out_refund_no: body.out_refund_no,
      type: "MERCHANT_BANK_CARD",
    });
    expect(answer.status >= 400 && answer.status < 500, `answered ${summary(answer)}`);
    return summary(answer);
  }),
  way("unknown", "E.5", "an unknown refund_id: 404", async (bench) => {
    const made = await waiting(bench);
    const body = { out_refund_no: made.body.out_refund_no, type: "MERCHANT_BANK_CARD" };
    return refused(await bench.who.reroute("50300000000202501010000000001", body), 404);
  }),
];
