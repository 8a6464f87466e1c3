// Asking for an order (protocol reference B.3): what is said of it agrees with what was ordered and paid.

import { brief, expect } from "../../verdict.mjs";
import { MOMENT, PRICE, fresh } from "../bench.mjs";
import { refused, summary } from "../merchant.mjs";

/** What a phone must be able to do. */
const phone = (work) =>
  work.catch((error) => expect(false, `the phone could not: ${error.message}`));

const unpaid = (bench) =>
  bench.once("unpaid", async () => {
    const order = await bench.placed();
    return { order, state: await bench.state(order.number) };
  });

const paid = (bench) =>
  bench.once("paid", async () => {
    const order = await bench.paidOrder();
    return { order, state: await bench.state(order.number) };
  });

/** A check of a paid order's description. */
const ofPaid = (name, expects, look) => ({
  id: `query.${name}`,
  rule: "B.3",
  expects,
  needs: ["pay"],
  run: async (bench) => look(await paid(bench), bench),
});

export const checks = [
  {
    id: "query.unpaid",
    rule: "B.3",
    expects: "NOTPAY, its own number and a trade_state_desc, no transaction_id",
    run: async (bench) => {
      const { order, state } = await unpaid(bench);
      expect(state.trade_state === "NOTPAY", `trade_state is ${state.trade_state}`);
      expect(state.out_trade_no === order.number, `out_trade_no is ${state.out_trade_no}`);
      expect(typeof state.trade_state_desc === "string", "no trade_state_desc");
      expect(
        !("transaction_id" in state),
        `transaction_id ${state.transaction_id} of an unpaid order`,
      );
      return state.trade_state;
    },
  },
  {
    id: "query.whose",
    rule: "B.3",
    expects: "mchid and appid (partner: sp_ and sub_mchid) are the order's",
    run: async (bench) => {
      const { state } = await unpaid(bench);
      for (const [name, value] of Object.entries(bench.who.payee)) {
        expect(state[name] === value, `${name} is ${state[name]}, not ${value}`);
      }
      return Object.keys(bench.who.payee).join(", ");
    },
  },
  {
    id: "query.unknown",
    rule: "E.3",
    expects: "an unknown number: 404 ORDER_NOT_EXIST",
    run: async (bench) => refused(await bench.who.query(fresh()), 404, "ORDER_NOT_EXIST"),
  },
  {
    id: "query.unknown-id",
    rule: "E.3",
    expects: "an unknown transaction_id: 404 ORDER_NOT_EXIST",
    run: async (bench) =>
      refused(await bench.who.queryById("4200000000202501010000000001"), 404, "ORDER_NOT_EXIST"),
  },
  {
    id: "query.without-mchid",
    rule: "B.3",
    expects: "no mchid in the query: 400",
    run: async (bench) => {
      const { order } = await unpaid(bench);
      return refused(
        await bench.who.call("GET", `${bench.who.orders}/out-trade-no/${order.number}`),
        400,
      );
    },
  },
  {
    id: "query.mchid-of-another",
    rule: "A.3",
    expects: "another merchant's mchid in the query is refused",
    run: async (bench) => {
      const { order } = await unpaid(bench);
      const field = bench.who.isPartner ? "sp_mchid" : "mchid";
      const search = new URLSearchParams({ ...bench.who.parties, [field]: "1900000109" });
      const answer = await bench.who.call(
        "GET",
        `${bench.who.orders}/out-trade-no/${order.number}?${search}`,
      );
      expect(answer.status >= 400 && answer.status < 500, `answered ${summary(answer)}`);
      return summary(answer);
    },
  },
  ofPaid("paid", "SUCCESS and trade_type NATIVE", ({ state }) => {
    expect(state.trade_state === "SUCCESS", `trade_state is ${state.trade_state}`);
    expect(state.trade_type === "NATIVE", `trade_type is ${state.trade_type}`);
    return "SUCCESS, NATIVE";
  }),
  ofPaid(
    "paid-amount",
    "amount.total is the order's, payer_total too without coupons, both CNY",
    ({ state }) => {
      const { total, payer_total, currency, payer_currency } = state.amount ?? {};
      expect(total === PRICE, `amount.total is ${total}, not ${PRICE}`);
      expect(payer_total === PRICE, `amount.payer_total is ${payer_total}, not ${PRICE}`);
      expect(currency === "CNY" && payer_currency === "CNY", `${currency}, ${payer_currency}`);
      return `${total}, ${payer_total}`;
    },
  ),
  ofPaid(
    "paid-id",
    "transaction_id is the phone's, a text of at most 32 characters",
    ({ order, state }) => {
      const id = state.transaction_id;
      expect(typeof id === "string" && id.length >= 1 && id.length <= 32, `it is ${brief(id)}`);
      expect(
        order.transaction_id === undefined || id === order.transaction_id,
        `it is ${id}, not ${order.transaction_id}`,
      );
      return id;
    },
  ),
  ofPaid("paid-time", "success_time is RFC 3339", ({ state }) => {
    expect(MOMENT.test(state.success_time ?? ""), `it is ${state.success_time}`);
    return state.success_time;
  }),
  ofPaid("paid-payer", "the payer's openid under the merchant's app", ({ state }, bench) => {
    const openid = state.payer?.[bench.who.isPartner ? "sp_openid" : "openid"];
    expect(
      typeof openid === "string" && openid.length >= 1 && openid.length <= 128,
      `it is ${brief(openid)}`,
    );
    return openid;
  }),
  ofPaid("paid-bank", "bank_type is a text", ({ state }) => {
    expect(
      typeof state.bank_type === "string" && state.bank_type,
      `it is ${brief(state.bank_type)}`,
    );
    return state.bank_type;
  }),
  ofPaid("attach", "attach comes back letter for letter", ({ order, state }) => {
    expect(state.attach === order.body.attach, `it is ${brief(state.attach)}`);
    return state.attach;
  }),
  ofPaid("by-id", "by transaction_id the same is said", async ({ state }, bench) => {
    const other = bench.good(await bench.who.queryById(state.transaction_id));
    for (const name of new Set([...Object.keys(state), ...Object.keys(other)])) {
      const [one, two] = [state[name], other[name]].map((value) => JSON.stringify(value));
      expect(one === two, `${name} is ${brief(two, 20)} here and ${brief(one, 20)} there`);
    }
    return "the same";
  }),
  {
    id: "query.failed-attempt",
    rule: "B.3",
    expects: "a payment that failed leaves NOTPAY, and can be made good",
    needs: ["pay", "payers", "refuse"],
    run: async (bench) => {
      const { number, code_url } = await bench.placed();
      await phone(bench.driver.refuse(code_url, "anna"));
      await bench.expectState(number, "NOTPAY");
      await bench.pay(code_url, { payer: "anna" });
      return bench.expectState(number, "SUCCESS");
    },
  },
  {
    id: "query.openid-whose",
    rule: "B.3",
    expects: "a payer has one openid under an app, another payer another",
    needs: ["pay", "payers"],
    run: async (bench) => {
      const openids = [];
      for (const payer of ["anna", "anna", "bert"]) {
        const { payer: told = {} } = await bench.state((await bench.paid({}, { payer })).number);
        openids.push(told[bench.who.isPartner ? "sp_openid" : "openid"]);
      }
      const [one, again, other] = openids;
      expect(one && one === again, `${again} the second time, ${one} the first`);
      expect(one !== other, `${one} for both`);
      return "one each";
    },
  },
  {
    id: "query.coupon",
    rule: "B.3",
    expects: "with a coupon: payer_total = total − coupon; total as ordered",
    needs: ["pay", "coupons"],
    run: async (bench) => {
      const { number } = await bench.paid({}, { coupon: 800 });
      const { amount, promotion_detail } = await bench.state(number);
      expect(amount?.total === PRICE, `amount.total is ${amount?.total}`);
      expect(amount.payer_total === PRICE - 800, `amount.payer_total is ${amount.payer_total}`);
      const coupons = (promotion_detail ?? []).reduce((sum, { amount: fen }) => sum + fen, 0);
      expect(coupons === 800, `promotion_detail adds up to ${coupons}`);
      return `${amount.total}, ${amount.payer_total}`;
    },
  },
];
