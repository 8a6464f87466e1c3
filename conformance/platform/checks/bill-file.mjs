// What is in the files (protocol reference B.10): the published columns, every fen of the day, and sums
// that are right.

import { brief, expect } from "../../verdict.mjs";
import { PRICE } from "../bench.mjs";
import { bill, check, past, sha1 } from "./bills.mjs";

const REFUND = 100;

/** Columns of the trade bill (B.10). */
const ALL =
  "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const SUCCESS =
  "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,商品名称,商户数据包,手续费,费率,订单金额,费率备注";
const REFUNDS =
  "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,退款申请时间,退款成功时间,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const SUMMARY =
  "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
const FUND_FLOW =
  "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号";
const FUND_SUMMARY = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额";

/** Header, rows, summary header and summary, each split at the commas. */
function sheet(text) {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split("\r\n")
    .filter(Boolean)
    .map((line) => line.split(","));
  return { header: lines[0], rows: lines.slice(1, -2), totals: [lines.at(-2), lines.at(-1)] };
}

const cell = ({ header }, row, name) => row[header.indexOf(name)]?.replace(/^`/, "");

const rowsOf = (page, number) =>
  page.rows.filter((row) => cell(page, row, "商户订单号") === number);

const format = [
  check(
    "bytes",
    "B.10",
    "UTF-8 with a BOM; each line, the last too, ends in CRLF",
    async (bench) => {
      const { file, text } = await bill(bench);
      expect(file.body.subarray(0, 3).toString("hex") === "efbbbf", "no BOM");
      expect(text.endsWith("\r\n"), "the last line does not end in CRLF");
      expect(!/[^\r]\n/.test(text), "a line ends in a bare LF");
      return `${file.body.length} bytes`;
    },
  ),
  ...[
    ["ALL", ALL],
    ["SUCCESS", SUCCESS],
    ["REFUND", REFUNDS],
  ].map(([bill_type, columns]) =>
    check(
      `columns-${bill_type.toLowerCase()}`,
      "B.10",
      `${bill_type}: ${columns.split(",").length} published columns`,
      async (bench) => {
        const { header } = sheet((await bill(bench, { bill_type })).text);
        expect(header.join(",") === columns, `${header.length} columns, or others`);
        return `${header.length} columns`;
      },
    ),
  ),
  check("ticks", "B.10", "every value begins with a back-tick, no heading does", async (bench) => {
    const page = sheet((await bill(bench)).text);
    const values = [...page.rows, page.totals[1]].flat();
    expect(
      values.every((value) => value.startsWith("`")),
      "a value without a back-tick",
    );
    expect(
      ![...page.header, ...page.totals[0]].some((name) => name.includes("`")),
      "a heading with a back-tick",
    );
    return `${values.length} values`;
  }),
  check(
    "payment-row",
    "B.10",
    "the payment in yuan: SUCCESS, 88.00, refund columns 0 and 0.00",
    async (bench) => {
      const { order } = await past(bench);
      const page = sheet((await bill(bench)).text);
      const row = rowsOf(page, order.number).find(
        (one) => cell(page, one, "交易状态") === "SUCCESS",
      );
      expect(row, "there is no such row");
      const expected = {
        微信订单号: order.transaction_id,
        订单金额: (PRICE / 100).toFixed(2),
        微信退款单号: "0",
        退款金额: "0.00",
        货币种类: "CNY",
        交易类型: "NATIVE",
      };
      for (const [name, value] of Object.entries(expected))
        expect(cell(page, row, name) === value, `${name} is ${cell(page, row, name)}`);
      return cell(page, row, "订单金额");
    },
  ),
  check(
    "refund-row",
    "B.10",
    "the refund in yuan: REFUND, 1.00, order amount 0.00",
    async (bench) => {
      const { order, refundNumber } = await past(bench);
      const page = sheet((await bill(bench)).text);
      const row = rowsOf(page, order.number).find(
        (one) => cell(page, one, "交易状态") === "REFUND",
      );
      expect(row, "there is no such row");
      const expected = {
        商户退款单号: refundNumber,
        申请退款金额: (REFUND / 100).toFixed(2),
        订单金额: "0.00",
        退款状态: "SUCCESS",
      };
      for (const [name, value] of Object.entries(expected))
        expect(cell(page, row, name) === value, `${name} is ${cell(page, row, name)}`);
      return cell(page, row, "申请退款金额");
    },
  ),
  check("sums", "B.10", "the summary is the sum of the rows, to the fen", async (bench) => {
    const page = sheet((await bill(bench)).text);
    const [names, values] = page.totals;
    expect(names.join(",") === SUMMARY, `the summary is ${brief(names.join(","))}`);
    const sum = (name) =>
      page.rows.reduce((fen, row) => fen + Math.round(Number(cell(page, row, name)) * 100), 0);
    const total = (name) => Number(values[names.indexOf(name)].slice(1));
    expect(
      total("总交易单数") === page.rows.length,
      `${total("总交易单数")} of ${page.rows.length} rows`,
    );
    for (const [whole, part] of [
      ["订单总金额", "订单金额"],
      ["申请退款总金额", "申请退款金额"],
      ["应结订单总金额", "应结订单金额"],
    ]) {
      expect(
        Math.round(total(whole) * 100) === sum(part),
        `${whole} is ${total(whole)}, the rows give ${sum(part) / 100}`,
      );
    }
    return `${page.rows.length} rows`;
  }),
];

const halfWidth = (text) => text.replaceAll("（", "(").replaceAll("）", ")");

const fundFlow = [
  check(
    "fund-flow",
    "B.10",
    "the fund-flow bill: its hash, 11 columns, 5 in the summary",
    async (bench) => {
      const { answer, file, text } = await bill(bench, { account_type: "BASIC" }, "fundflowbill");
      expect(sha1(file.body) === answer.hash_value, `the file's SHA-1 is ${sha1(file.body)}`);
      const page = sheet(text);
      expect(
        halfWidth(page.header.join(",")) === FUND_FLOW,
        `the columns are ${brief(page.header.join(","))}`,
      );
      expect(
        page.totals[0].join(",") === FUND_SUMMARY,
        `the summary is ${brief(page.totals[0].join(","))}`,
      );
      return `${page.rows.length} rows`;
    },
  ),
  check("fund-flow-sums", "B.10", "its counts and sums are those of its rows", async (bench) => {
    const page = sheet(
      halfWidth((await bill(bench, { account_type: "BASIC" }, "fundflowbill")).text),
    );
    const [names, values] = page.totals;
    expect(
      Number(values[0].slice(1)) === page.rows.length,
      `${values[0].slice(1)} of ${page.rows.length} rows`,
    );
    for (const [way, count, amount] of [
      ["收入", "收入笔数", "收入金额"],
      ["支出", "支出笔数", "支出金额"],
    ]) {
      const rows = page.rows.filter((row) => cell(page, row, "收支类型") === way);
      const fen = rows.reduce(
        (all, row) => all + Math.round(Number(cell(page, row, "收支金额(元)")) * 100),
        0,
      );
      const total = (name) => Number(values[names.indexOf(name)].slice(1));
      expect(total(count) === rows.length, `${count} is ${total(count)} of ${rows.length}`);
      expect(
        Math.round(total(amount) * 100) === fen,
        `${amount} is ${total(amount)}, the rows give ${fen / 100}`,
      );
    }
    return `${page.rows.length} rows`;
  }),
];

export const checks = [...format, ...fundFlow];
