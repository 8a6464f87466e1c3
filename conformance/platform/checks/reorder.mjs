// Ordering again (protocol reference B.1): one number is one order, one order is paid once, and a code
// lives as long as it is said to.

import { brief, expect } from "../../verdict.mjs";
import { beijing } from "../bench.mjs";
import { refused } from "../merchant.mjs";

const HOUR_S = 3_600;

/** What a phone must be able to do. */
const phone = (work) =>
  work.catch((error) => expect(false, `the phone could not: ${error.message}`));

async function again(bench, overrides) {
  const { body } = await bench.placed();
  return refused(await bench.who.place({ ...body, ...overrides }), 400, "INVALID_REQUEST");
}

export const checks = [
  {
    id: "reorder.fresh-code",
    rule: "B.1",
    expects: "the same order once more: 200 and another code_url",
    run: async (bench) => {
      const { body, code_url } = await bench.placed();
      const second = bench.good(await bench.who.place(body)).code_url;
      expect(second !== code_url, "the same code_url");
      return brief(second, 40);
    },
  },
  {
    id: "reorder.old-code-void",
    rule: "B.1",
    expects: "the earlier code stops working",
    needs: ["pay"],
    run: async (bench) => {
      const { body, code_url, number } = await bench.placed();
      bench.good(await bench.who.place(body));
      await bench.unpayable(code_url);
      return bench.expectState(number, "NOTPAY");
    },
  },
  {
    id: "reorder.new-code-pays",
    rule: "B.1",
    expects: "the new code pays this order",
    needs: ["pay"],
    run: async (bench) => {
      const { body, number } = await bench.placed();
      await bench.pay(bench.good(await bench.who.place(body)).code_url);
      return bench.expectState(number, "SUCCESS");
    },
  },
  {
    id: "reorder.other-amount",
    rule: "B.1",
    expects: "the same number, another amount: 400 INVALID_REQUEST",
    run: (bench) => again(bench, { amount: { total: 1, currency: "CNY" } }),
  },
  {
    id: "reorder.other-words",
    rule: "B.1",
    expects: "the same number, another description: 400 INVALID_REQUEST",
    run: (bench) => again(bench, { description: "something else" }),
  },
  {
    id: "reorder.paid",
    rule: "B.1",
    expects: "a paid number once more: 400 INVALID_REQUEST",
    needs: ["pay"],
    run: async (bench) => {
      const { body } = await bench.paidOrder();
      return refused(await bench.who.place(body), 400, "INVALID_REQUEST");
    },
  },
  {
    id: "reorder.closed",
    rule: "E.2",
    expects: "a closed number once more: 400 ORDER_CLOSED",
    run: async (bench) => {
      const { body, number } = await bench.placed();
      bench.good(await bench.who.close(number), 204);
      return refused(await bench.who.place(body), 400, "ORDER_CLOSED");
    },
  },
  {
    id: "reorder.pays-once",
    rule: "B.1",
    expects: "a code takes money once",
    needs: ["pay"],
    run: async (bench) => bench.unpayable((await bench.paidOrder()).code_url),
  },
  {
    id: "reorder.first-payer",
    rule: "B.1",
    expects: "who opens an order first holds it; another one cannot pay",
    needs: ["pay", "payers", "scan"],
    run: async (bench) => {
      const { number, code_url } = await bench.placed();
      await phone(bench.driver.scan(code_url, "anna"));
      await bench.unpayable(code_url, { payer: "bert" });
      await bench.expectState(number, "NOTPAY");
      await bench.pay(code_url, { payer: "anna" });
      return bench.expectState(number, "SUCCESS");
    },
  },
  {
    id: "reorder.code-dies",
    rule: "B.1",
    expects: "a code is void after two hours, its order still NOTPAY",
    needs: ["pay", "advance"],
    run: async (bench) => {
      const { number, code_url } = await bench.placed();
      await bench.driver.advance(2 * HOUR_S + 1);
      await bench.unpayable(code_url);
      return bench.expectState(number, "NOTPAY");
    },
  },
  {
    id: "reorder.time-expire",
    rule: "B.1",
    expects: "after time_expire nobody can pay; the order stays NOTPAY",
    needs: ["pay", "advance", "now"],
    run: async (bench) => {
      const time_expire = beijing((await bench.driver.now()) + 600_000);
      const { number, code_url } = await bench.placed({ time_expire });
      await bench.driver.advance(601);
      await bench.unpayable(code_url);
      return bench.expectState(number, "NOTPAY");
    },
  },
];
