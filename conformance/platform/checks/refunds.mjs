// Giving money back (protocol reference B.5, B.6, E.5): never more than was paid, never twice under
// one number, and each end told.

import { brief, expect } from "../../verdict.mjs";
import { MOMENT, PRICE, fresh } from "../bench.mjs";
import { refused } from "../merchant.mjs";

/** Refunds of one order are at least a minute apart (B.5). */
const SPACING_S = 61;

/** Longer than any simulator takes to finish a refund. */
export const DONE_S = 3_600;

const taken = (bench) => bench.once("refund", () => bench.refunded());

const refundable = (bench) => bench.once("refundable", () => bench.paid());

const amount = (refund, total = PRICE) => ({ amount: { refund, total, currency: "CNY" } });

/** What must be refused with 400 PARAM_ERROR or INVALID_REQUEST, and why. */
const REFUSED = {
  zero: ["B.5", "amount.refund 0", amount(0)],
  text: ["B.5", "amount.refund as a text", amount("100")],
  "total-differs": ["E.5", "amount.total other than the order's", amount(100, PRICE + 1)],
  "too-much": ["E.5", "more than was paid", amount(PRICE + 1)],
  "without-currency": ["B.5", "no amount.currency", { amount: { refund: 100, total: PRICE } }],
  "without-number": ["B.5", "no out_refund_no", { out_refund_no: undefined }],
  "number-long": ["E.1", "out_refund_no of 65 characters", { out_refund_no: "R".repeat(65) }],
  "number-charset": ["E.1", "out_refund_no with a space", { out_refund_no: "refund 1" }],
  "reason-long": ["B.5", "a reason of 81 letters", { reason: "r".repeat(81) }],
  "no-order": ["B.5", "neither transaction_id nor out_trade_no", { transaction_id: undefined }],
  "unknown-field": ["A.1", "a field that no page names", { refund_fee: 1 }],
};

const refusals = Object.entries(REFUSED).map(([name, [rule, what, overrides]]) => ({
  id: `refund.${name}`,
  rule,
  expects: `${what}: 400 PARAM_ERROR or INVALID_REQUEST`,
  needs: ["pay"],
  run: async (bench) => {
    const answer = await bench.who.refund(bench.refundOf(await refundable(bench), overrides));
    return refused(answer, 400, ["PARAM_ERROR", "INVALID_REQUEST"]);
  },
}));

/** A check that needs a payment, and perhaps more of the driver. */
const check = (name, rule, expects, run, needs = []) => ({
  id: `refund.${name}`,
  rule,
  expects,
  needs: ["pay", ...needs],
  run,
});

const basics = [
  check("accepted", "B.5", "200; PROCESSING or already SUCCESS", async (bench) => {
    const { refund } = await taken(bench);
    expect(["PROCESSING", "SUCCESS"].includes(refund.status), `status is ${refund.status}`);
    return refund.status;
  }),
  check(
    "numbers",
    "B.5",
    "the answer names the refund, the order and the payment",
    async (bench) => {
      const { refund, body, order } = await taken(bench);
      const expected = {
        out_refund_no: body.out_refund_no,
        out_trade_no: order.number,
        transaction_id: order.transaction_id,
      };
      for (const [name, value] of Object.entries(expected))
        expect(refund[name] === value, `${name} is ${refund[name]}`);
      expect(typeof refund.refund_id === "string" && refund.refund_id, "no refund_id");
      return refund.refund_id;
    },
  ),
  check(
    "fields",
    "B.5",
    "channel, user_received_account and create_time are there",
    async (bench) => {
      const { refund } = await taken(bench);
      expect(
        ["ORIGINAL", "BALANCE", "OTHER_BALANCE", "OTHER_BANKCARD"].includes(refund.channel),
        `channel is ${refund.channel}`,
      );
      expect(typeof refund.user_received_account === "string", "no user_received_account");
      expect(MOMENT.test(refund.create_time ?? ""), `create_time is ${refund.create_time}`);
      return refund.channel;
    },
  ),
  check(
    "amounts",
    "B.5",
    "without coupons payer_ and settlement_ amounts are total and refund, discount 0",
    async (bench) => {
      const {
        refund: { amount: fen = {} },
      } = await taken(bench);
      const expected = {
        total: PRICE,
        refund: 100,
        payer_total: PRICE,
        payer_refund: 100,
        settlement_total: PRICE,
        settlement_refund: 100,
        discount_refund: 0,
        currency: "CNY",
      };
      for (const [name, value] of Object.entries(expected))
        expect(fen[name] === value, `amount.${name} is ${fen[name]}`);
      return "100 of 8800";
    },
  ),
  check("same-number", "B.5", "the same refund once more is the same refund", async (bench) => {
    const { body, refund } = await taken(bench);
    const second = bench.good(await bench.who.refund(body));
    expect(
      refund.refund_id && second.refund_id === refund.refund_id,
      `refund_id is ${second.refund_id}, was ${refund.refund_id}`,
    );
    return second.refund_id;
  }),
  check("number-reused", "E.5", "its number with another amount: 400", async (bench) => {
    const { body } = await taken(bench);
    return refused(await bench.who.refund({ ...body, ...amount(200) }), 400);
  }),
  check("by-number", "B.5", "the order may be named by out_trade_no", async (bench) => {
    const order = await bench.paid();
    const { refund } = await bench.refunded(
      { transaction_id: undefined, out_trade_no: order.number },
      { order },
    );
    expect(
      refund.transaction_id === order.transaction_id,
      `transaction_id is ${refund.transaction_id}`,
    );
    return refund.status;
  }),
  check("unknown-order", "E.5", "an unknown payment: 404 RESOURCE_NOT_EXISTS", async (bench) => {
    const body = {
      ...bench.refundOf(await refundable(bench)),
      transaction_id: "4200000000202501010000000001",
    };
    return refused(await bench.who.refund(body), 404, "RESOURCE_NOT_EXISTS");
  }),
  {
    id: "refund.unpaid",
    rule: "E.5",
    expects: "an order that nobody paid: 404 RESOURCE_NOT_EXISTS",
    run: async (bench) => {
      const order = await bench.placed();
      const body = bench.refundOf(order, { out_trade_no: order.number });
      return refused(await bench.who.refund(body), 404, "RESOURCE_NOT_EXISTS");
    },
  },
  {
    id: "refund.sub-mchid",
    rule: "B.5",
    expects: "sub_mchid from a direct merchant: 400",
    needs: ["direct", "pay"],
    run: async (bench) => {
      const body = bench.refundOf(await refundable(bench), { sub_mchid: "1900000109" });
      return refused(await bench.direct.refund(body), 400);
    },
  },
  check("query", "B.6", "asking says the same as the answer to it", async (bench) => {
    const { refund, body } = await taken(bench);
    const asked = bench.good(await bench.who.queryRefund(body.out_refund_no));
    for (const name of [
      "refund_id",
      "out_refund_no",
      "transaction_id",
      "out_trade_no",
      "create_time",
    ]) {
      expect(asked[name] === refund[name], `${name} is ${brief(asked[name])}`);
    }
    expect(asked.amount?.refund === 100, `amount.refund is ${asked.amount?.refund}`);
    return asked.status;
  }),
  {
    id: "refund.query-unknown",
    rule: "E.5",
    expects: "an unknown refund: 404 RESOURCE_NOT_EXISTS",
    run: async (bench) =>
      refused(await bench.who.queryRefund(fresh("R")), 404, "RESOURCE_NOT_EXISTS"),
  },
  check("order-state", "B.3", "the order reads REFUND, also for a part", async (bench) => {
    const { order } = await taken(bench);
    return bench.expectState(order.number, "REFUND");
  }),
];

const limits = [
  check("too-soon", "B.5", "a second refund of an order within a minute: 429", async (bench) => {
    const { order } = await bench.refunded();
    return refused(await bench.who.refund(bench.refundOf(order)), 429);
  }),
  check(
    "sum",
    "E.5",
    "two refunds together above the total: the second is 400",
    async (bench) => {
      const { order } = await bench.refunded(amount(PRICE - 100));
      await bench.driver.advance(SPACING_S);
      return refused(await bench.who.refund(bench.refundOf(order, amount(101))), 400);
    },
    ["advance"],
  ),
  check(
    "rest",
    "B.5",
    "and exactly the rest is given back",
    async (bench) => {
      const { order } = await bench.refunded(amount(PRICE - 100));
      await bench.driver.advance(SPACING_S);
      const refund = bench.good(await bench.who.refund(bench.refundOf(order, amount(100))));
      expect(refund.amount?.refund === 100, `amount.refund is ${refund.amount?.refund}`);
      return refund.status;
    },
    ["advance"],
  ),
  check(
    "fifty",
    "B.5",
    "at most 50 refunds of an order: the 51st is 400",
    async (bench) => {
      const order = await bench.paid();
      for (let count = 1; count <= 50; count += 1) {
        bench.good(
          await bench.who.refund(bench.refundOf(order, { ...amount(1), notify_url: undefined })),
        );
        await bench.driver.advance(SPACING_S);
      }
      return refused(await bench.who.refund(bench.refundOf(order, amount(1))), 400);
    },
    ["advance"],
  ),
  check(
    "done",
    "B.5",
    "it ends in SUCCESS with a success_time",
    async (bench) => {
      const { body } = await bench.refunded();
      await bench.driver.advance(DONE_S);
      const refund = bench.good(await bench.who.queryRefund(body.out_refund_no));
      expect(refund.status === "SUCCESS", `status is ${refund.status}`);
      expect(MOMENT.test(refund.success_time ?? ""), `success_time is ${refund.success_time}`);
      return refund.success_time;
    },
    ["advance"],
  ),
  check(
    "closed",
    "B.5",
    "a CLOSED refund's number stays CLOSED; a new number refunds",
    async (bench) => {
      const { order, body } = await bench.refunded({}, { fate: "CLOSED" });
      await bench.driver.advance(DONE_S);
      const { status } = bench.good(await bench.who.queryRefund(body.out_refund_no));
      expect(status === "CLOSED", `status is ${status}`);
      bench.good(await bench.who.refund(bench.refundOf(order)));
      return "CLOSED, and another one taken";
    },
    ["advance", "refundBecomes"],
  ),
];

export const checks = [...basics, ...refusals, ...limits];
