// Flaws of refunds: other money than was asked for, twice, to nobody, or never.

import {
  aboutRefunds,
  asking,
  askingRefund,
  flaw,
  refunding,
  refusal,
  rerouting,
  says,
  signedAnswer,
} from "./planting.mjs";

const of = (change) => says(aboutRefunds, change);
const amount = (said, more) => ({ ...said, amount: { ...said.amount, ...more } });

/** From the second one on, refunds of a transaction are refused. */
function oneRefundOnly() {
  const seen = new Set();
  return {
    answer(answer, call) {
      if (!refunding(call) || answer.status !== 200) return;
      const { transaction_id, out_refund_no } = JSON.parse(call.body);
      const other = [...seen].some(
        (one) =>
          one.startsWith(`${transaction_id} `) && one !== `${transaction_id} ${out_refund_no}`,
      );
      seen.add(`${transaction_id} ${out_refund_no}`);
      if (other) refusal(answer, 400, "INVALID_REQUEST");
    },
  };
}

export const FLAWS = [
  flaw(
    "calls PROCESSING OK",
    "refund.accepted partner.refund",
    of((said) => (said.status === "PROCESSING" ? { ...said, status: "OK" } : said)),
  ),
  flaw(
    "names another order",
    "refund.numbers",
    of((said) => ({ ...said, out_trade_no: "OTHER1" })),
  ),
  flaw(
    "does not number refunds",
    "refund.numbers refund.same-number",
    says(refunding, ({ refund_id, ...said }) => ({
      ...said,
      refund_id: said.status === "PROCESSING" ? undefined : refund_id,
    })),
  ),
  flaw(
    "does not say the way",
    "refund.fields",
    of(({ channel, ...said }) => said),
  ),
  flaw(
    "gives a fen too little",
    "refund.amounts",
    of((said) => amount(said, { payer_refund: said.amount.payer_refund - 1 })),
  ),
  flaw(
    "forgets settlement",
    "refund.amounts",
    of((said) => amount(said, { settlement_refund: undefined })),
  ),
  flaw(
    "gives another fen than asked",
    "refund.rest refund.query refund.amounts",
    of((said) => amount(said, { refund: said.amount.refund + 1 })),
  ),
  flaw(
    "refunds anew each time",
    "refund.same-number",
    (() => {
      let count = 0;
      return says(refunding, (said) => ({ ...said, refund_id: `5030000000${(count += 1)}` }));
    })(),
  ),
  flaw(
    "loses the payment's number",
    "refund.by-number refund.numbers",
    of((said) => ({ ...said, transaction_id: "42" })),
  ),
  flaw(
    "says something else when asked",
    "refund.query partner.refund-query",
    says(askingRefund, (said) => ({ ...said, refund_id: "5" })),
  ),
  flaw(
    "does not mark the order",
    "refund.order-state",
    says(asking, (said) =>
      said.trade_state === "REFUND" ? { ...said, trade_state: "SUCCESS" } : said,
    ),
  ),
  flaw("refunds an order once", "refund.rest refund.closed", oneRefundOnly()),
  flaw("lets fifty-one through", "refund.fifty", {
    isSlow: true,
    answer(answer, call, platform) {
      if (refunding(call) && answer.status === 400)
        Object.assign(answer, signedAnswer(platform, 200, {}));
    },
  }),
  flaw(
    "never ends a refund",
    "refund.done abnormal.settlement refund.closed abnormal.state",
    of((said) => ({ ...said, status: "PROCESSING", success_time: undefined })),
  ),
  flaw(
    "ends without a time",
    "refund.done",
    of(({ success_time, ...said }) => said),
  ),
  flaw(
    "calls a closed refund a success",
    "refund.closed",
    of((said) => (said.status === "CLOSED" ? { ...said, status: "SUCCESS" } : said)),
  ),
  flaw("has no other way", "abnormal.card abnormal.settlement", {
    answer: (answer, call) => {
      if (rerouting(call)) refusal(answer, 403, "NO_AUTH");
    },
  }),
  flaw(
    "starts another refund",
    "abnormal.card",
    says(rerouting, (said) => ({ ...said, refund_id: "5" })),
  ),
];
