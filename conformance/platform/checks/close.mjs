// Closing an order (protocol reference B.4): none is both paid and closed.

import { expect } from "../../verdict.mjs";
import { fresh } from "../bench.mjs";
import { refused, summary } from "../merchant.mjs";

export const checks = [
  {
    id: "close.done",
    rule: "B.4",
    expects: "exactly 204, no body",
    run: async (bench) => {
      const answer = await bench.who.close((await bench.placed()).number);
      expect(answer.status === 204 && !answer.body.length, `answered ${summary(answer)}`);
      return "204";
    },
  },
  {
    id: "close.again",
    rule: "B.4",
    expects: "a closed order once more: 204",
    run: async (bench) => {
      const { number } = await bench.placed();
      bench.good(await bench.who.close(number), 204);
      bench.good(await bench.who.close(number), 204);
      return "204";
    },
  },
  {
    id: "close.state",
    rule: "B.4",
    expects: "the order is CLOSED then",
    run: async (bench) => {
      const { number } = await bench.placed();
      bench.good(await bench.who.close(number), 204);
      return bench.expectState(number, "CLOSED");
    },
  },
  {
    id: "close.unpayable",
    rule: "B.4",
    expects: "nobody can pay a closed order",
    needs: ["pay"],
    run: async (bench) => {
      const { number, code_url } = await bench.placed();
      bench.good(await bench.who.close(number), 204);
      return bench.unpayable(code_url);
    },
  },
  {
    id: "close.paid",
    rule: "B.4",
    expects: "a paid order is not closed: 4xx",
    needs: ["pay"],
    run: async (bench) => {
      const answer = await bench.who.close((await bench.paidOrder()).number);
      expect(answer.status >= 400 && answer.status < 500, `answered ${summary(answer)}`);
      return summary(answer);
    },
  },
  {
    id: "close.stays-paid",
    rule: "B.3",
    expects: "after that close the order is still SUCCESS",
    needs: ["pay"],
    run: async (bench) => {
      const { number } = await bench.paid();
      await bench.who.close(number);
      return bench.expectState(number, "SUCCESS");
    },
  },
  {
    id: "close.unknown",
    rule: "B.4",
    expects: "an unknown number: 204 or 404",
    run: async (bench) => {
      const answer = await bench.who.close(fresh());
      expect([204, 404].includes(answer.status), `answered ${summary(answer)}`);
      return summary(answer);
    },
  },
  {
    id: "close.without-mchid",
    rule: "B.4",
    expects: "a body without mchid: 400, and the order stays open",
    run: async (bench) => {
      const { number } = await bench.placed();
      const said = refused(await bench.who.close(number, { body: {} }), 400);
      await bench.expectState(number, "NOTPAY");
      return said;
    },
  },
];
