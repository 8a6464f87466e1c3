// Authentic, but not what the endpoint waits for (protocol reference C.5). No page says how it must be
// answered, and whether the goods went out cannot be seen from here: the answer is shown, and judged only
// by there being one, and a genuine letter working afterwards.

import { expect } from "../../verdict.mjs";

/** A line that broke is noticed at its other end by then. */
const HEARD_MS = 300;

const V2_REFUND =
  "<xml><return_code>SUCCESS</return_code><appid>wx0</appid><mch_id>1</mch_id>" +
  "<nonce_str>1</nonce_str><req_info>AAAA</req_info></xml>";

const fen = (order, more) => ({
  total: order.total + more,
  payer_total: order.total + more,
  currency: "CNY",
  payer_currency: "CNY",
});

/** What a refund's end looks like inside (C.2). */
const refund = ({ order }) => ({
  ...(order.sp_mchid
    ? { sp_mchid: order.sp_mchid, sub_mchid: order.sub_mchid }
    : { mchid: order.mchid }),
  out_trade_no: order.out_trade_no,
  transaction_id: order.transaction_id,
  out_refund_no: "CONFORMANCE-NO-SUCH-REFUND",
  refund_id: "50300000000202501010000000001",
  refund_status: "SUCCESS",
  success_time: "2026-01-01T12:00:00+08:00",
  user_received_account: "支付用户零钱",
  amount: { total: order.total, refund: 1, payer_total: order.total, payer_refund: 1 },
});

const LETTERS = {
  "order-unknown": [
    "an order that the endpoint does not have",
    () => ({ inside: { out_trade_no: "CONFORMANCENOSUCHORDER" } }),
  ],
  "amount-changed": [
    "the right order, one fen more",
    ({ order }) => ({ inside: { amount: fen(order, 1) } }),
  ],
  "amount-less": [
    "the right order, one fen less",
    ({ order }) => ({ inside: { amount: fen(order, -1) } }),
  ],
  "other-currency": [
    "the right order, in USD",
    ({ order }) => ({
      inside: { amount: { ...fen(order, 0), currency: "USD", payer_currency: "USD" } },
    }),
  ],
  "other-merchant": [
    "the right order, another mchid",
    ({ order }) => ({
      inside: order.sp_mchid ? { sp_mchid: "1900000109" } : { mchid: "1900000109" },
    }),
  ],
  "other-app": [
    "the right order, another appid",
    ({ order }) => ({
      inside: order.sp_mchid ? { sp_appid: "wx0000000000000000" } : { appid: "wx0000000000000000" },
    }),
  ],
  "paid-twice": [
    "the right order, another transaction_id",
    () => ({ inside: { transaction_id: "4200000000000000000000000001" } }),
  ],
  "not-paid": ["trade_state NOTPAY inside", () => ({ inside: { trade_state: "NOTPAY" } })],
  "new-state": [
    "a trade_state that no page names",
    () => ({ inside: { trade_state: "SOMETHING_NEW" } }),
  ],
  "amount-missing": ["no amount inside", () => ({ inside: { amount: undefined } })],
  "event-unknown": [
    "an event_type that no page names",
    () => ({ envelope: { event_type: "SOMETHING.NEW" } }),
  ],
  refund: [
    "a refund's end at the payments' address",
    (bench) => ({
      inside: JSON.stringify(refund(bench)),
      seal: { aad: "refund" },
      resource: { original_type: "refund" },
      envelope: { event_type: "REFUND.SUCCESS", summary: "退款成功" },
    }),
  ],
  "self-test": [
    "the self-test SECURITY_ECHO.SUCCESS",
    () => ({
      inside: JSON.stringify({ echo_message: "hello" }),
      resource: { original_type: "security" },
      envelope: { event_type: "SECURITY_ECHO.SUCCESS" },
    }),
  ],
};

const check = (name, expects, run, rule = "C.5") => ({
  id: `odd.${name}`,
  rule,
  expects: `${expects}: any answer`,
  run,
});

/** Half a body, then the connection is closed: there is nothing to answer. */
async function cutShort(bench) {
  await bench.usual();
  const answer = await bench.post(bench.genuine(), (call, body) => {
    call.write(body.subarray(0, body.length >> 1), () => call.destroy());
  });
  expect(answer.silence, `half a letter was answered ${answer.status}`);
  // The other end of a broken line hears of it later.
  await new Promise((resume) => setTimeout(resume, HEARD_MS));
  await bench.expectUnharmed();
  return "unharmed";
}

export const checks = [
  ...Object.entries(LETTERS).map(([name, [expects, how]]) =>
    check(name, expects, (bench) => bench.expectAnswered(bench.genuine(how(bench)))),
  ),
  check(
    "v2-refund",
    "a refund's end in the V2 form: XML, no signature",
    (bench) =>
      bench.expectAnswered({
        method: "POST",
        headers: { "Content-Type": "text/xml", "User-Agent": "Mozilla/4.0" },
        body: Buffer.from(V2_REFUND),
      }),
    "C.1",
  ),
  {
    id: "odd.cut-short",
    rule: "C.1",
    expects: "half a body, then the line breaks: a genuine one still works",
    run: cutShort,
  },
];
