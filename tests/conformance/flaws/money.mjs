// Flaws of orders, queries and closes: money taken twice or not at all, states that are not so.

import { json, write } from "../flawed.mjs";
import { asking, closing, flaw, phone, placing, refusal, says, signedAnswer } from "./planting.mjs";

const code = (change) => says(placing, (said) => ({ ...said, code_url: change(said.code_url) }));

/** Changes what is said of an order that is paid. */
const paid = (change) =>
  says(asking, (said) => (said.trade_state === "SUCCESS" ? (change(said) ?? said) : said));

const numberIn = ({ target }) => /out-trade-no\/([^/?]+)/.exec(target)?.[1];

/** Takes an earlier code of an order for its newest one. */
function oldCodesLive() {
  const newest = new Map();
  const orders = new Map();
  return {
    request(call) {
      const said = json(call);
      const number = orders.get(said?.code_url);
      if (phone(call) && number) write(call, { ...said, code_url: newest.get(number) });
    },
    answer(answer, call) {
      const url = placing(call) && json(answer)?.code_url;
      if (!url) return;
      const { out_trade_no } = json(call);
      orders.set(url, out_trade_no);
      newest.set(out_trade_no, url);
    },
  };
}

/** Says 204 to every close, and of a paid order then that it is closed. */
function closesPaidOrders() {
  const closed = new Set();
  return {
    answer(answer, call, platform) {
      if (closing(call) && answer.status === 400) {
        closed.add(numberIn(call));
        Object.assign(answer, signedAnswer(platform, 204));
      }
      if (asking(call) && closed.has(numberIn(call))) {
        write(answer, { ...json(answer), trade_state: "CLOSED" });
        platform.sign(answer);
      }
    },
  };
}

const PAID = "query.paid query.paid-amount query.paid-time query.paid-payer query.paid-bank";

const orders = [
  flaw(
    "makes codes of 65 characters",
    "native.code",
    code((url) => url.padEnd(65, "x")),
  ),
  flaw(
    "makes empty codes",
    "native.code",
    code(() => ""),
  ),
  flaw(
    "makes https codes",
    "native.code-scheme partner.native",
    code((url) => url.replace("weixin:", "https:")),
  ),
  flaw(
    "makes one code for all",
    "native.codes-differ reorder.fresh-code",
    code(() => "weixin://wxpay/bizpayurl?pr=one"),
  ),
  flaw(
    "keeps the first code",
    "reorder.fresh-code",
    (() => {
      const first = new Map();
      return {
        answer(answer, call, platform) {
          const url = placing(call) && json(answer)?.code_url;
          if (!url) return;
          const { out_trade_no } = json(call);
          if (!first.has(out_trade_no)) first.set(out_trade_no, url);
          write(answer, { code_url: first.get(out_trade_no) });
          platform.sign(answer);
        },
      };
    })(),
  ),
  flaw("lets old codes live on", "reorder.old-code-void", oldCodesLive()),
  flaw(
    "lets every code be paid for ever",
    "reorder.old-code-void reorder.pays-once reorder.code-dies reorder.time-expire close.unpayable",
    {
      answer: (answer, call) => {
        if (phone(call) && answer.status >= 400)
          Object.assign(answer, { status: 200, body: Buffer.from("{}") });
      },
    },
  ),
  flaw("does not look who pays", "reorder.first-payer", {
    request(call) {
      if (phone(call)) write(call, { ...json(call), payer: "anna" });
    },
  }),
  flaw(
    "takes money and forgets it",
    `reorder.new-code-pays ${PAID} notify.arrives refund.accepted`,
    {
      request: (call) =>
        phone(call)
          ? { status: 200, headers: {}, body: Buffer.from('{"transaction_id":"42"}') }
          : undefined,
    },
  ),
];

const queries = [
  flaw(
    "names a payment that there was not",
    "query.unpaid",
    says(asking, (said) => ({ transaction_id: "42", ...said })),
  ),
  flaw(
    "does not describe a state",
    "query.unpaid",
    says(asking, ({ trade_state_desc, ...said }) => said),
  ),
  flaw(
    "calls NOTPAY USERPAYING",
    "query.unpaid reorder.code-dies reorder.time-expire close.without-mchid",
    says(asking, (said) =>
      said.trade_state === "NOTPAY" ? { ...said, trade_state: "USERPAYING" } : said,
    ),
  ),
  flaw(
    "names another app",
    "query.whose",
    says(asking, (said) => ({ ...said, appid: "wx0" })),
  ),
  flaw(
    "calls Native JSAPI",
    "query.paid",
    paid((said) => ({ ...said, trade_type: "JSAPI" })),
  ),
  flaw(
    "loses a fen of the payer's",
    "query.paid-amount",
    paid((said) => ({
      ...said,
      amount: { ...said.amount, payer_total: said.amount.payer_total - 1 },
    })),
  ),
  flaw(
    "writes amounts as texts",
    "query.paid-amount",
    paid((said) => ({ ...said, amount: { ...said.amount, total: `${said.amount.total}` } })),
  ),
  flaw(
    "numbers payments with 33 digits",
    "query.paid-id",
    paid((said) => ({ ...said, transaction_id: "4".repeat(33) })),
  ),
  flaw(
    "writes times in seconds",
    "query.paid-time",
    paid((said) => ({ ...said, success_time: 1_735_700_000 })),
  ),
  flaw(
    "does not know the payer",
    "query.paid-payer",
    paid(({ payer, ...said }) => said),
  ),
  flaw(
    "does not know the bank",
    "query.paid-bank",
    paid(({ bank_type, ...said }) => said),
  ),
  flaw(
    "gives every payer one openid",
    "query.openid-whose",
    paid((said) => ({ ...said, payer: { openid: "o1" } })),
  ),
  flaw(
    "draws openids anew",
    "query.openid-whose",
    (() => {
      let count = 0;
      return paid((said) => ({ ...said, payer: { openid: `o${(count += 1)}` } }));
    })(),
  ),
  flaw(
    "calls a failed attempt an error",
    "query.failed-attempt query.unpaid",
    says(asking, (said) =>
      said.trade_state === "NOTPAY" ? { ...said, trade_state: "PAYERROR" } : said,
    ),
  ),
  flaw(
    "trims attach",
    "query.attach",
    paid((said) => ({ ...said, attach: said.attach?.replaceAll(" ", "") })),
  ),
  flaw(
    "says more by transaction_id",
    "query.by-id",
    says(
      (call) => call.target.includes("/id/"),
      (said) => ({ ...said, extra: 1 }),
    ),
  ),
  flaw(
    "lets the payer pay the coupon",
    "query.coupon",
    paid((said) => ({ ...said, amount: { ...said.amount, payer_total: said.amount.total } })),
  ),
];

const closes = [
  flaw(
    "closes with 200",
    "close.done close.again close.state reorder.closed transport.204-signed partner.close",
    {
      answer(answer, call, platform) {
        if (closing(call) && answer.status === 204)
          Object.assign(answer, signedAnswer(platform, 200, {}));
      },
    },
  ),
  flaw(
    "closes once",
    "close.again",
    (() => {
      const closed = new Set();
      return {
        answer(answer, call) {
          if (!closing(call) || answer.status !== 204) return;
          if (closed.has(numberIn(call))) refusal(answer, 400, "ORDER_CLOSED");
          closed.add(numberIn(call));
        },
      };
    })(),
  ),
  flaw("forgets to close", "close.state close.unpayable reorder.closed partner.close", {
    request: (call, platform) =>
      closing(call) && json(call)?.mchid + json(call)?.sp_mchid
        ? signedAnswer(platform, 204)
        : undefined,
  }),
  flaw("closes paid orders", "close.paid close.stays-paid", closesPaidOrders()),
  flaw("stumbles over unknown numbers", "close.unknown", {
    answer: (answer, call) => {
      if (closing(call)) refusal(answer, 500, "SYSTEM_ERROR");
    },
  }),
];

export const FLAWS = [...orders, ...queries, ...closes];
