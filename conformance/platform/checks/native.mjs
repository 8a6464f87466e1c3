// Placing an order (protocol reference B.1, C.4, E.1, E.2): what the code is, what is taken at its
// limit, and what is refused beyond it.

import { brief, expect } from "../../verdict.mjs";
import { fresh } from "../bench.mjs";
import { refused, summary } from "../merchant.mjs";

/** Every optional field that the current page has. */
const EVERYTHING = {
  attach: "cart=42",
  goods_tag: "WXG",
  support_fapiao: false,
  detail: {
    cost_price: 8_800,
    invoice_id: "I1",
    goods_detail: [
      {
        merchant_goods_id: "tea-1",
        wechatpay_goods_id: "1001",
        goods_name: "红茶",
        quantity: 1,
        unit_price: 8_800,
      },
    ],
  },
  scene_info: {
    device_id: "013467007045764",
    payer_client_ip: "14.23.150.211",
    store_info: { id: "0001", name: "广州分店", area_code: "440305", address: "深南大道10000号" },
  },
  settle_info: { profit_sharing: false },
};

const amount = (total) => ({ amount: { total, currency: "CNY" } });
const notify = (path) => ({ notify_url: `https://shop.example/${path}` });

/** What must be refused with 400, and what makes it so. */
const REFUSED = {
  "amount-zero": ["E.1", "amount.total 0", amount(0)],
  "amount-negative": ["E.1", "amount.total -1", amount(-1)],
  "amount-text": ["E.1", "amount.total as a text", amount("8800")],
  "amount-decimal": ["E.1", "amount.total 88.5", amount(88.5)],
  currency: ["B.1", "amount.currency USD", { amount: { total: 1, currency: "USD" } }],
  "number-short": ["E.1", "out_trade_no of 5 characters", { out_trade_no: "A2345" }],
  "number-long": ["E.1", "out_trade_no of 33 characters", { out_trade_no: "A".repeat(33) }],
  "number-charset": ["E.1", "out_trade_no with a space and 号", { out_trade_no: "order 号 1" }],
  "number-number": ["B.1", "out_trade_no as a number", { out_trade_no: 12345678 }],
  "description-long": ["E.1", "a description of 128 letters", { description: "d".repeat(128) }],
  "description-empty": ["E.1", "an empty description", { description: "" }],
  emoji: ["A.1", "a character of four bytes", { description: "tea 🍵" }],
  "attach-long": ["E.1", "attach of 129 letters", { attach: "a".repeat(129) }],
  "notify-query": ["C.4", "a notify_url with a query", notify("notify?shop=1")],
  "notify-relative": ["C.4", "a notify_url that is no address", { notify_url: "/notify" }],
  "notify-scheme": ["C.4", "a notify_url of ftp", { notify_url: "ftp://shop.example/notify" }],
  "notify-long": ["C.4", "a notify_url of 256 characters", notify("n".repeat(256 - 21))],
  "expire-format": [
    "E.1",
    "a time_expire without an offset",
    { time_expire: "2035-01-01 10:00:00" },
  ],
  "goods-empty": ["B.1", "goods_detail without an element", { detail: { goods_detail: [] } }],
  "goods-quantity": [
    "B.1",
    "a quantity of 0",
    { detail: { goods_detail: [{ merchant_goods_id: "a", quantity: 0, unit_price: 1 }] } },
  ],
  "scene-without-ip": [
    "B.1",
    "scene_info without payer_client_ip",
    { scene_info: { device_id: "1" } },
  ],
  "unknown-field": ["A.1", "a field that no page names", { total_fee: 1 }],
  "null-field": ["J.2", "a field that is null", { attach: null }],
};

const REQUIRED = ["description", "out_trade_no", "notify_url", "amount"];

async function isRefused(bench, body) {
  return refused(await bench.who.place(body), 400, ["PARAM_ERROR", "INVALID_REQUEST"]);
}

async function isTaken(bench, overrides) {
  const answer = await bench.who.place(bench.order(overrides));
  bench.good(answer);
  return summary(answer);
}

/** The longest values that are promised to be taken; the address is still the letterbox's. */
function longest(bench) {
  const out_trade_no = fresh().padEnd(32, "0");
  return {
    out_trade_no,
    description: "d".repeat(127),
    attach: "a".repeat(128),
    goods_tag: "g".repeat(32),
  };
}

const sample = (bench) => bench.once("code", () => bench.placed());

const refusals = Object.entries(REFUSED).map(([name, [rule, what, overrides]]) => ({
  id: `native.${name}`,
  rule,
  expects: `${what}: 400 PARAM_ERROR or INVALID_REQUEST`,
  run: (bench) => isRefused(bench, { ...bench.order(), ...overrides }),
}));

const gaps = [...REQUIRED, "payee"].map((name) => ({
  id: `native.without-${name.replaceAll("_", "-")}`,
  rule: "B.1",
  expects: `no ${name === "payee" ? "appid (partner: sp_appid)" : name}: 400 PARAM_ERROR or INVALID_REQUEST`,
  run: (bench) => {
    const field = name !== "payee" ? name : bench.who.isPartner ? "sp_appid" : "appid";
    const { [field]: _, ...body } = bench.order();
    return isRefused(bench, body);
  },
}));

export const checks = [
  {
    id: "native.code",
    rule: "B.1",
    expects: "code_url is a text of 1 to 64 characters",
    run: async (bench) => {
      const { code_url } = await sample(bench);
      expect(code_url.length >= 1 && code_url.length <= 64, `${code_url.length} characters`);
      return `${code_url.length} characters`;
    },
  },
  {
    id: "native.code-scheme",
    rule: "B.1",
    expects: "code_url begins with weixin://",
    run: async (bench) => {
      const { code_url } = await sample(bench);
      expect(code_url.startsWith("weixin://"), brief(code_url));
      return code_url;
    },
  },
  {
    id: "native.codes-differ",
    rule: "B.1",
    expects: "two orders have two codes",
    run: async (bench) => {
      const [one, other] = [await sample(bench), await bench.placed()];
      expect(one.code_url !== other.code_url, `both have ${one.code_url}`);
      return "different";
    },
  },
  {
    id: "native.currency-default",
    rule: "B.1",
    expects: "amount.currency may be left out",
    run: (bench) => isTaken(bench, { amount: { total: 1 } }),
  },
  {
    id: "native.everything",
    rule: "B.1",
    expects: "every optional field together is taken",
    run: (bench) => isTaken(bench, EVERYTHING),
  },
  {
    id: "native.longest",
    rule: "E.1",
    expects: "the longest allowed texts are taken",
    run: (bench) => isTaken(bench, longest(bench)),
  },
  {
    id: "native.chinese",
    rule: "A.1",
    expects: "42 Chinese characters (126 bytes) are a description",
    run: (bench) => isTaken(bench, { description: "红".repeat(42) }),
  },
  ...gaps,
  {
    id: "native.without-total",
    rule: "B.1",
    expects: "no amount.total: 400 PARAM_ERROR or INVALID_REQUEST",
    run: (bench) => isRefused(bench, bench.order({ amount: { currency: "CNY" } })),
  },
  ...refusals,
  {
    id: "native.bad-json",
    rule: "E.2",
    expects: "a body that is no JSON: 400",
    run: async (bench) => refused(await bench.who.place('{"appid":'), 400),
  },
  {
    id: "native.other-app",
    rule: "E.2",
    expects: "an appid not bound to the mchid: 400 APPID_MCHID_NOT_MATCH",
    run: async (bench) => {
      const field = bench.who.isPartner ? "sp_appid" : "appid";
      const answer = await bench.who.place(bench.order({ [field]: "wx0000000000000000" }));
      return refused(answer, 400, "APPID_MCHID_NOT_MATCH");
    },
  },
];
