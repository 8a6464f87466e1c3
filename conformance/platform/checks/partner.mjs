// The same for partners (protocol reference B.2): who signs, whose order it is, whose key seals.

import { brief, expect } from "../../verdict.mjs";
import { PRICE } from "../bench.mjs";
import { refused, summary } from "../merchant.mjs";

const check = (name, rule, expects, run, needs = []) => ({
  id: `partner.${name}`,
  rule,
  expects,
  needs: ["partner", ...needs],
  run,
});

const paid = (bench) =>
  bench.once("partner's order", async () => {
    const order = await bench.paid({}, { who: bench.partner });
    return { order, state: await bench.state(order.number, bench.partner) };
  });

const refund = (bench) =>
  bench.once("partner's refund", async () => {
    const { order } = await paid(bench);
    return bench.refunded({}, { who: bench.partner, order });
  });

/** Another sub-merchant of the same partner. */
const another = (bench) => {
  const sub = bench.partner.row.sub_merchants[1];
  return sub && bench.partner.actingFor(sub);
};

const whose = ["sp_appid", "sp_mchid", "sub_mchid"];

export const checks = [
  check("native", "B.2", "sp_ and sub_ fields: 200 and a code_url", async (bench) => {
    const { code_url } = await bench.placed({}, bench.partner);
    expect(code_url.startsWith("weixin://"), brief(code_url));
    return code_url;
  }),
  check("without-sub", "B.2", "no sub_mchid: 400", async (bench) => {
    const { sub_mchid: _, ...body } = bench.order({}, bench.partner);
    return refused(await bench.partner.place(body), 400);
  }),
  check("sp-mchid", "A.3", "an sp_mchid other than the caller's is refused: 4xx", async (bench) => {
    const answer = await bench.partner.place(
      bench.order({ sp_mchid: "1900000109" }, bench.partner),
    );
    expect(answer.status >= 400 && answer.status < 500, `answered ${summary(answer)}`);
    return summary(answer);
  }),
  check(
    "stranger",
    "E.2",
    "a sub_mchid of nobody: 400 MCH_NOT_EXISTS or 403 NO_AUTH",
    async (bench) => {
      const body = bench.order({ sub_mchid: "1900000109", sub_appid: undefined }, bench.partner);
      return refused(await bench.partner.place(body), [400, 403], ["MCH_NOT_EXISTS", "NO_AUTH"]);
    },
  ),
  check(
    "no-relation",
    "E.2",
    "a merchant who is none of the partner's: 403 NO_AUTH",
    async (bench) => {
      const body = bench.order(
        { sub_mchid: bench.direct.row.mchid, sub_appid: undefined },
        bench.partner,
      );
      return refused(await bench.partner.place(body), 403, "NO_AUTH");
    },
    ["direct"],
  ),
  check(
    "number-of-all",
    "B.2",
    "a number is unique over all sub-merchants: 403 OUT_TRADE_NO_USED",
    async (bench) => {
      const other = another(bench);
      expect(other, "the credentials name one sub-merchant only");
      const { body } = await bench.placed({}, bench.partner);
      return refused(
        await other.place({ ...body, sub_appid: undefined, ...other.payee }),
        403,
        "OUT_TRADE_NO_USED",
      );
    },
  ),
  check(
    "query",
    "B.3",
    "sp_appid, sp_mchid and sub_mchid in place of appid and mchid",
    async (bench) => {
      const { state } = await paid(bench);
      for (const name of whose)
        expect(state[name] === bench.partner.payee[name], `${name} is ${state[name]}`);
      for (const name of ["appid", "mchid"]) expect(!(name in state), `${name} is there`);
      expect(state.amount?.total === PRICE, `amount.total is ${state.amount?.total}`);
      return state.trade_state;
    },
    ["pay"],
  ),
  check(
    "payer",
    "B.3",
    "sp_openid, and sub_openid where sub_appid was sent",
    async (bench) => {
      const { order, state } = await paid(bench);
      const { sp_openid, sub_openid } = state.payer ?? {};
      expect(typeof sp_openid === "string" && sp_openid, `sp_openid is ${sp_openid}`);
      expect(
        !order.body.sub_appid || (typeof sub_openid === "string" && sub_openid),
        `sub_openid is ${sub_openid}`,
      );
      return sp_openid;
    },
    ["pay"],
  ),
  check(
    "by-id",
    "B.3",
    "by transaction_id the same order",
    async (bench) => {
      const { order, state } = await paid(bench);
      const other = bench.good(await bench.partner.queryById(state.transaction_id));
      expect(other.out_trade_no === order.number, `out_trade_no is ${other.out_trade_no}`);
      return other.trade_state;
    },
    ["pay"],
  ),
  check("query-without-sub", "B.3", "a query without sub_mchid: 400", async (bench) => {
    const { number } = await bench.placed({}, bench.partner);
    const { sp_mchid } = bench.partner.parties;
    return refused(
      await bench.partner.call(
        "GET",
        `${bench.partner.orders}/out-trade-no/${number}?sp_mchid=${sp_mchid}`,
      ),
      400,
    );
  }),
  check("others-order", "E.3", "another sub-merchant's order is not found: 404", async (bench) => {
    const other = another(bench);
    expect(other, "the credentials name one sub-merchant only");
    const { number } = await bench.placed({}, bench.partner);
    return refused(await other.query(number), 404);
  }),
  check("close", "B.4", "204, and CLOSED then", async (bench) => {
    const { number } = await bench.placed({}, bench.partner);
    bench.good(await bench.partner.close(number), 204);
    return bench.expectState(number, "CLOSED", bench.partner);
  }),
  check(
    "notified",
    "C.2",
    "told in the partner's shape, sealed with the partner's APIv3 key",
    async (bench) => {
      const { order, state } = await paid(bench);
      const { inside } = await bench.notified(order.number, { who: bench.partner });
      for (const name of [...whose, "transaction_id"])
        expect(inside[name] === state[name], `${name} is ${brief(inside[name])}`);
      return inside.trade_state;
    },
    ["pay"],
  ),
  check(
    "refund",
    "B.5",
    "200 with sub_mchid in the body",
    async (bench) => {
      const { refund: made } = await refund(bench);
      expect(["PROCESSING", "SUCCESS"].includes(made.status), `status is ${made.status}`);
      return made.status;
    },
    ["pay"],
  ),
  check(
    "refund-without-sub",
    "B.5",
    "a refund without sub_mchid: 400",
    async (bench) => {
      const { order } = await paid(bench);
      const body = bench.refundOf(order, { sub_mchid: undefined });
      return refused(await bench.partner.refund(body), 400);
    },
    ["pay"],
  ),
  check(
    "refund-query",
    "B.6",
    "asked with ?sub_mchid=: the same refund",
    async (bench) => {
      const { body, refund: made } = await refund(bench);
      const asked = bench.good(await bench.partner.queryRefund(body.out_refund_no));
      expect(asked.refund_id === made.refund_id, `refund_id is ${asked.refund_id}`);
      return asked.status;
    },
    ["pay"],
  ),
  check(
    "refund-query-no-sub",
    "B.6",
    "asked without sub_mchid: 400",
    async (bench) => {
      const { body } = await refund(bench);
      return refused(
        await bench.partner.call("GET", `/v3/refund/domestic/refunds/${body.out_refund_no}`),
        400,
      );
    },
    ["pay"],
  ),
  check(
    "refund-notified",
    "C.2",
    "a refund's end names sp_mchid and sub_mchid",
    async (bench) => {
      const { body } = await refund(bench);
      await bench.driver.advance(3_600);
      const { inside } = await bench.notified(body.out_refund_no, { who: bench.partner });
      expect(
        inside.sub_mchid === bench.partner.payee.sub_mchid,
        `sub_mchid is ${inside.sub_mchid}`,
      );
      expect(inside.refund_status === "SUCCESS", `refund_status is ${inside.refund_status}`);
      return inside.refund_status;
    },
    ["pay", "advance"],
  ),
];
