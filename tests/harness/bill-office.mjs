// Trade bills that say what a test wants, in the published format (B.8 to B.10), signed with the
// sandbox's own key: they stand before the sandbox, which does everything else.

import { createHash, randomBytes, sign } from "node:crypto";

import { openGateway } from "./gateway.mjs";

const HEADINGS = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,"
  + "交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,"
  + "充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const SUMMARY = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";

const yuan = (fen) => `${Math.trunc(fen / 100)}.${String(fen % 100).padStart(2, "0")}`;
const sha1 = (bytes) => createHash("sha1").update(bytes).digest("hex");
const line = (values) => values.map((value) => `\`${value}`).join(",") + "\r\n";

/** A payment as a bill's row; `paid` as the sandbox shows an order. */
export function paymentRow(paid, { total = paid.amount.total, sub_mchid = paid.sub_mchid ?? "0" } = {}) {
  const time = paid.success_time.slice(0, 19).replace("T", " ");
  return line([time, paid.appid, paid.mchid, sub_mchid, "", paid.transaction_id, paid.out_trade_no,
    "oUpF8uMuAJO", "NATIVE", "SUCCESS", "OTHERS", "CNY", yuan(total), "0.00", "0", "0", "0.00", "0.00",
    "", "", "Oolong", "", "0.53000", "0.60%", yuan(total), "0.00", ""]);
}

/** A refund of `paid` as a bill's row. */
export function refundRow(paid, { out_refund_no, amount, state = "SUCCESS", refund_id = `5${out_refund_no}` }) {
  const time = paid.success_time.slice(0, 19).replace("T", " ");
  return line([time, paid.appid, paid.mchid, paid.sub_mchid ?? "0", "", paid.transaction_id,
    paid.out_trade_no, "oUpF8uMuAJO", "NATIVE", "REFUND", "OTHERS", "CNY", "0.00", "0.00", refund_id,
    out_refund_no, yuan(amount), "0.00", "ORIGINAL", state, "Oolong", "", "0.00000", "0.60%", "0.00",
    yuan(amount), ""]);
}

/** A bill of these rows. */
export function bill(rows) {
  const sums = line([`${rows.length}.0`, "0.00", "0.00", "0.00", "0.00000", "0.00", "0.00"]);
  return Buffer.from(`\ufeff${HEADINGS}\r\n${rows.join("")}${SUMMARY}\r\n${sums}`);
}

export class BillOffice {
  /** Stands before the sandbox; bills that nobody has offered are the sandbox's business. */
  static async open(merchant, sandbox) {
    const office = new BillOffice(merchant);
    office.gateway = await openGateway(sandbox.url, { answer: (request) => office.#answer(request) });
    office.url = office.gateway.url;
    return office;
  }

  constructor(merchant) {
    this.merchant = merchant;
    this.bills = new Map();
    /** Questions for bills, as `date` or `date sub_mchid`. */
    this.asked = [];
  }

  /** From now on the bill of a day has these rows; its digest may be said to be another. */
  offer(date, rows, { sub_mchid, hash } = {}) {
    const bytes = bill(rows);
    this.bills.set([date, sub_mchid].filter(Boolean).join(" "), { bytes, hash: hash ?? sha1(bytes) });
  }

  #answer(request) {
    const url = new URL(request.url, "http://platform");
    if (url.pathname === "/v3/billdownload/file") {
      const offered = this.bills.get(url.searchParams.get("token").replaceAll("_", " "));
      return offered && { status: 200, headers: {}, body: offered.bytes };
    }
    if (url.pathname !== "/v3/bill/tradebill") return null;
    const names = ["bill_date", "sub_mchid"].map((name) => url.searchParams.get(name)).filter(Boolean);
    this.asked.push(names.join(" "));
    const offered = this.bills.get(names.join(" "));
    if (!offered) return this.#signed(400, { code: "NO_STATEMENT_EXIST", message: "账单不存在" });
    const download_url = `${this.url}/v3/billdownload/file?token=${names.join("_")}`;
    return this.#signed(200, { hash_type: "SHA1", hash_value: offered.hash, download_url });
  }

  #signed(status, value) {
    const body = JSON.stringify(value);
    const [timestamp, nonce] = [String(Math.trunc(Date.now() / 1_000)), randomBytes(16).toString("hex")];
    const message = Buffer.from(`${timestamp}\n${nonce}\n${body}\n`);
    const headers = {
      "Content-Type": "application/json",
      "Wechatpay-Timestamp": timestamp,
      "Wechatpay-Nonce": nonce,
      "Wechatpay-Signature": sign("sha256", message, this.merchant.platform_private_key_pem).toString("base64"),
      "Wechatpay-Serial": this.merchant.platform_public_key_id,
    };
    return { status, headers, body };
  }

  close() {
    return this.gateway.close();
  }
}
