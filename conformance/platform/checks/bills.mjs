// The books (protocol reference B.8 to B.10): when there is a bill, that its digest is the file's, and
// that the file is written by the published format and adds up.

import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";

import { brief, expect, untried } from "../../verdict.mjs";
import { decryptedBy, openedBytes } from "../../wire/seal.mjs";
import { pathOf } from "../../wire/request.mjs";
import { PRICE, beijing } from "../bench.mjs";
import { refused, summary } from "../merchant.mjs";

const DAY_MS = 86_400_000;
const REFUND = 100;

/** Columns of the trade bill (B.10). */
const ALL = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const SUCCESS = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,商品名称,商户数据包,手续费,费率,订单金额,费率备注";
const REFUNDS = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,退款申请时间,退款成功时间,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const SUMMARY = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
const FUND_FLOW = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号";
const FUND_SUMMARY = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额";

/** A Beijing day, `days` after the one of `ms`. */
const day = (ms, days = 0) => beijing(ms + days * DAY_MS).slice(0, 10);

/** Milliseconds from `ms` to a moment of a Beijing day. */
const until = (ms, date, clock) => Date.parse(`${date}T${clock}+08:00`) - ms;

function ask(who, path, query) {
  const search = new URLSearchParams(query).toString();
  return who.call("GET", `/v3/bill/${path}${search && "?"}${search}`);
}

/** Downloads by the address as it was given, as a merchant must (B.9). */
const download = (who, url, options) => who.call("GET", pathOf(url), options);

const sha1 = (bytes) => createHash("sha1").update(bytes).digest("hex");

/**
 * A day with a payment and a refund of both merchants, and the clock past ten on the day after. What
 * was said before the bill was ready is kept.
 */
const past = (bench) => bench.once("a day", async () => {
  const now = await bench.driver.now();
  const date = day(now);
  const { order, body } = await bench.refunded();
  const partners = bench.partner && await bench.paid({}, { who: bench.partner });
  await bench.driver.advance(Math.ceil(until(now, day(now, 1), "00:30:00") / 1_000));
  const early = await ask(bench.who, "tradebill", { bill_date: date });
  const night = await bench.driver.now();
  await bench.driver.advance(Math.ceil(until(night, day(night), "10:05:00") / 1_000));
  return { date, order, refundNumber: body.out_refund_no, early, partners };
});

/** The bill of that day: what was answered, and the file. */
const bill = (bench, query = {}, path = "tradebill") => bench.once(`${path} ${JSON.stringify(query)}`, async () => {
  const { date } = await past(bench);
  const answer = bench.good(await ask(bench.who, path, { bill_date: date, ...query }));
  const file = await download(bench.who, answer.download_url ?? "");
  expect(file.status === 200, `the download answered ${summary(file)}`);
  return { answer, file, text: file.body.toString("utf8") };
});

/** Header, rows, summary header and summary, each split at the commas. */
function sheet(text) {
  const lines = text.replace(/^\uFEFF/, "").split("\r\n").filter(Boolean).map((line) => line.split(","));
  return { header: lines[0], rows: lines.slice(1, -2), totals: [lines.at(-2), lines.at(-1)] };
}

const cell = ({ header }, row, name) => row[header.indexOf(name)]?.replace(/^`/, "");

const rowsOf = (page, number) => page.rows.filter((row) => cell(page, row, "商户订单号") === number);

const NEEDS = ["pay", "advance", "now"];
const check = (name, rule, expects, run, needs = NEEDS) => ({ id: `bill.${name}`, rule, expects, needs, run });

const asking = [
  check("today", "B.8", "today's bill: 400", async (bench) =>
    refused(await ask(bench.who, "tradebill", { bill_date: day(await bench.driver.now()) }), 400), ["now"]),
  check("too-old", "B.8", "more than three months back: 400", async (bench) =>
    refused(await ask(bench.who, "tradebill", { bill_date: day(await bench.driver.now(), -100) }), 400), ["now"]),
  check("bad-date", "B.8", "bill_date as 20260101: 400 PARAM_ERROR or INVALID_REQUEST", async (bench) =>
    refused(await ask(bench.who, "tradebill", { bill_date: "20260101" }), 400, ["PARAM_ERROR", "INVALID_REQUEST"]), []),
  check("without-date", "B.8", "no bill_date: 400 PARAM_ERROR or INVALID_REQUEST", async (bench) =>
    refused(await ask(bench.who, "tradebill", {}), 400, ["PARAM_ERROR", "INVALID_REQUEST"]), []),
  check("bad-type", "B.8", "an unknown bill_type: 400", async (bench) =>
    refused(await ask(bench.who, "tradebill", { bill_date: day(await bench.driver.now(), -1), bill_type: "EVERYTHING" }), 400), ["now"]),
  check("creating", "B.8", "before nine on the next day: 400 STATEMENT_CREATING", async (bench) =>
    refused((await past(bench)).early, 400, "STATEMENT_CREATING")),
  check("nothing", "E.6", "a day without transactions: 400 NO_STATEMENT_EXIST", async (bench) => {
    const { date } = await past(bench);
    const quiet = day(Date.parse(`${date}T12:00:00+08:00`), -60);
    return refused(await ask(bench.who, "tradebill", { bill_date: quiet }), 400, "NO_STATEMENT_EXIST");
  }),
  check("answer", "B.8", "SHA1, 40 lower-case hex digits, a download_url", async (bench) => {
    const { answer } = await bill(bench);
    expect(answer.hash_type === "SHA1", `hash_type is ${answer.hash_type}`);
    expect(/^[0-9a-f]{40}$/.test(answer.hash_value ?? ""), `hash_value is ${brief(answer.hash_value)}`);
    expect(answer.download_url.length <= 2048, `download_url has ${answer.download_url.length} characters`);
    return answer.hash_value;
  }),
];

const loading = [
  check("hash", "B.9", "hash_value is the SHA-1 of the file", async (bench) => {
    const { answer, file } = await bill(bench);
    expect(sha1(file.body) === answer.hash_value, `the file's is ${sha1(file.body)}`);
    return answer.hash_value;
  }),
  check("gzip", "B.9", "GZIP: a gzip file; hash_value is of the plain bytes inside", async (bench) => {
    const { answer, file } = await bill(bench, { tar_type: "GZIP" });
    expect(file.body[0] === 0x1f && file.body[1] === 0x8b, `it begins with ${file.body.subarray(0, 2).toString("hex")}`);
    expect(sha1(gunzipSync(file.body)) === answer.hash_value, "hash_value is not that of the plain bytes");
    return answer.hash_value;
  }),
  check("download-signed", "B.9", "a download that nobody signed: 401 SIGN_ERROR", async (bench) => {
    const { answer } = await bill(bench);
    return refused(await download(bench.who, answer.download_url, { authorization: null }), 401, "SIGN_ERROR");
  }),
  check("download-unknown", "B.9", "an address with another token: 4xx", async (bench) => {
    const { answer } = await bill(bench);
    const other = answer.download_url.replace(/token=[^&]+/, "token=NOSUCHTOKEN");
    expect(other !== answer.download_url, "the address has no token");
    const reply = await download(bench.who, other);
    expect(reply.status >= 400 && reply.status < 500, `answered ${summary(reply)}`);
    return summary(reply);
  }),
  check("download-others", "B.9", "another merchant's download: 403 NO_AUTH", async (bench) => {
    const { answer } = await bill(bench, { bill_type: "ALL" });
    return refused(await download(bench.partner, answer.download_url), 403, "NO_AUTH");
  }, [...NEEDS, "direct", "partner"]),
];

const format = [
  check("bytes", "B.10", "UTF-8 with a BOM; each line, the last too, ends in CRLF", async (bench) => {
    const { file, text } = await bill(bench);
    expect(file.body.subarray(0, 3).toString("hex") === "efbbbf", "no BOM");
    expect(text.endsWith("\r\n"), "the last line does not end in CRLF");
    expect(!/[^\r]\n/.test(text), "a line ends in a bare LF");
    return `${file.body.length} bytes`;
  }),
  ...[["ALL", ALL], ["SUCCESS", SUCCESS], ["REFUND", REFUNDS]].map(([bill_type, columns]) => check(
    `columns-${bill_type.toLowerCase()}`, "B.10", `${bill_type}: ${columns.split(",").length} published columns`,
    async (bench) => {
      const { header } = sheet((await bill(bench, { bill_type })).text);
      expect(header.join(",") === columns, `${header.length} columns, or others`);
      return `${header.length} columns`;
    })),
  check("ticks", "B.10", "every value begins with a back-tick, no heading does", async (bench) => {
    const page = sheet((await bill(bench)).text);
    const values = [...page.rows, page.totals[1]].flat();
    expect(values.every((value) => value.startsWith("`")), "a value without a back-tick");
    expect(![...page.header, ...page.totals[0]].some((name) => name.includes("`")), "a heading with a back-tick");
    return `${values.length} values`;
  }),
  check("payment-row", "B.10", "the payment in yuan: SUCCESS, 88.00, refund columns 0 and 0.00", async (bench) => {
    const { order } = await past(bench);
    const page = sheet((await bill(bench)).text);
    const row = rowsOf(page, order.number).find((one) => cell(page, one, "交易状态") === "SUCCESS");
    expect(row, "there is no such row");
    const expected = { 微信订单号: order.transaction_id, 订单金额: (PRICE / 100).toFixed(2), 微信退款单号: "0", 退款金额: "0.00", 货币种类: "CNY", 交易类型: "NATIVE" };
    for (const [name, value] of Object.entries(expected)) expect(cell(page, row, name) === value, `${name} is ${cell(page, row, name)}`);
    return cell(page, row, "订单金额");
  }),
  check("refund-row", "B.10", "the refund in yuan: REFUND, 1.00, order amount 0.00", async (bench) => {
    const { order, refundNumber } = await past(bench);
    const page = sheet((await bill(bench)).text);
    const row = rowsOf(page, order.number).find((one) => cell(page, one, "交易状态") === "REFUND");
    expect(row, "there is no such row");
    const expected = { 商户退款单号: refundNumber, 申请退款金额: (REFUND / 100).toFixed(2), 订单金额: "0.00", 退款状态: "SUCCESS" };
    for (const [name, value] of Object.entries(expected)) expect(cell(page, row, name) === value, `${name} is ${cell(page, row, name)}`);
    return cell(page, row, "申请退款金额");
  }),
  check("sums", "B.10", "the summary is the sum of the rows, to the fen", async (bench) => {
    const page = sheet((await bill(bench)).text);
    const [names, values] = page.totals;
    expect(names.join(",") === SUMMARY, `the summary is ${brief(names.join(","))}`);
    const sum = (name) => page.rows.reduce((fen, row) => fen + Math.round(Number(cell(page, row, name)) * 100), 0);
    const total = (name) => Number(values[names.indexOf(name)].slice(1));
    expect(total("总交易单数") === page.rows.length, `${total("总交易单数")} of ${page.rows.length} rows`);
    for (const [whole, part] of [["订单总金额", "订单金额"], ["申请退款总金额", "申请退款金额"], ["应结订单总金额", "应结订单金额"]]) {
      expect(Math.round(total(whole) * 100) === sum(part), `${whole} is ${total(whole)}, the rows give ${sum(part) / 100}`);
    }
    return `${page.rows.length} rows`;
  }),
];

const halfWidth = (text) => text.replaceAll("（", "(").replaceAll("）", ")");

const fundFlow = [
  check("fund-flow", "B.10", "the fund-flow bill: its hash, 11 columns, 5 in the summary", async (bench) => {
    const { answer, file, text } = await bill(bench, { account_type: "BASIC" }, "fundflowbill");
    expect(sha1(file.body) === answer.hash_value, `the file's SHA-1 is ${sha1(file.body)}`);
    const page = sheet(text);
    expect(halfWidth(page.header.join(",")) === FUND_FLOW, `the columns are ${brief(page.header.join(","))}`);
    expect(page.totals[0].join(",") === FUND_SUMMARY, `the summary is ${brief(page.totals[0].join(","))}`);
    return `${page.rows.length} rows`;
  }),
  check("fund-flow-sums", "B.10", "its counts and sums are those of its rows", async (bench) => {
    const page = sheet(halfWidth((await bill(bench, { account_type: "BASIC" }, "fundflowbill")).text));
    const [names, values] = page.totals;
    expect(Number(values[0].slice(1)) === page.rows.length, `${values[0].slice(1)} of ${page.rows.length} rows`);
    for (const [way, count, amount] of [["收入", "收入笔数", "收入金额"], ["支出", "支出笔数", "支出金额"]]) {
      const rows = page.rows.filter((row) => cell(page, row, "收支类型") === way);
      const fen = rows.reduce((all, row) => all + Math.round(Number(cell(page, row, "收支金额(元)")) * 100), 0);
      const total = (name) => Number(values[names.indexOf(name)].slice(1));
      expect(total(count) === rows.length, `${count} is ${total(count)} of ${rows.length}`);
      expect(Math.round(total(amount) * 100) === fen, `${amount} is ${total(amount)}, the rows give ${fen / 100}`);
    }
    return `${page.rows.length} rows`;
  }),
  check("sub-merchant", "B.8", "a sub-merchant's, sealed: key by OAEP, file by GCM, hash of the plain bytes", async (bench) => {
    const { date } = await past(bench);
    const { sub_mchid } = bench.partner.sub;
    const query = { sub_mchid, bill_date: date, account_type: "BASIC", algorithm: "AEAD_AES_256_GCM" };
    const list = bench.good(await ask(bench.partner, "sub-merchant-fundflowbill", query));
    expect(list.download_bill_count === list.download_bill_list?.length, `count ${list.download_bill_count}`);
    const [one] = list.download_bill_list ?? [];
    if (!one) untried("the sub-merchant has no bill that day");
    const file = await download(bench.partner, one.download_url);
    const key = decryptedBy(bench.partner.row.private_key_pem, one.encrypt_key);
    const plain = openedBytes(file.body, { key, nonce: one.nonce });
    expect(sha1(plain) === one.hash_value, `the plain file's SHA-1 is ${sha1(plain)}`);
    return one.hash_value;
  }, [...NEEDS, "partner"]),
];

export const checks = [...asking, ...loading, ...format, ...fundFlow];
