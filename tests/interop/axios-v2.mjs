// wechatpay-axios-plugin's V2 side as a merchant: it writes and reads the XML, signs by either
// method, and believes no success whose sign it has not worked out itself.

import wechatpay from "wechatpay-axios-plugin";

const { Aes, Formatter, Hash, Transformer, Wechatpay } = wechatpay;

/** Both ways to sign. */
export const SIGN_TYPES = [Hash.ALGO_MD5, Hash.ALGO_HMAC_SHA256];

/** Who a merchant is, in V2's names (protocol reference D.3). */
export function identityV2(merchant, mode) {
  if (mode === "direct") {
    const { mchid: mch_id, appid, api_v2_key, private_key_pem, certificate_pem } = merchant;
    return { mode, mchid: mch_id, api_v2_key, private_key_pem, certificate_pem, payee: { appid, mch_id } };
  }
  const { sp_mchid: mch_id, sp_appid: appid, api_v2_key, private_key_pem, certificate_pem, sub_merchants } = merchant.partner;
  const [{ sub_mchid: sub_mch_id, sub_appid }] = sub_merchants;
  return {
    mode, mchid: mch_id, api_v2_key, private_key_pem, certificate_pem,
    payee: { appid, mch_id, sub_appid, sub_mch_id },
  };
}

/** XML of a message to its fields, by the library's own reader. */
export const read = (xml) => Transformer.toObject.call({}, xml);

/** Fields to XML, by its own writer. */
export const write = (fields) => Transformer.toXml.call({}, fields);

/** A moment as V2 writes it: Beijing, without a separator. */
export const beijing = (at) => new Date(at + 8 * 3_600_000).toISOString().replaceAll(/\D/g, "").slice(0, 14);

export class AxiosPluginV2 {
  /**
   * `who` calls the platform at `url`, signing by `signType`; `tls` is where its mutual-TLS door is,
   * and whom to trust there: `{ url, ca }`.
   */
  constructor({ url, who, signType, tls }) {
    this.who = who;
    this.signType = signType;
    this.tls = tls;
    this.url = url;
  }

  #client(baseURL) {
    const { mchid, api_v2_key, private_key_pem, certificate_pem } = this.who;
    const { ca } = this.tls ?? {};
    return new Wechatpay({
      mchid,
      secret: api_v2_key,
      merchant: { cert: certificate_pem, key: private_key_pem, ca },
      // The other side of the library wants these even where only V2 is spoken.
      serial: "0", privateKey: private_key_pem, certs: { other: certificate_pem },
      baseURL,
    });
  }

  /** What is answered to a call: its fields, whatever they say, or the raw text of a bill. */
  async call(path, fields, { certified = false, plain = false, ...more } = {}) {
    const client = this.#client(certified ? this.tls.url : this.url);
    const { payee, mchid } = this.who;
    // A merchant names its app and number first, and MD5 only where it likes to.
    const named = this.signType === Hash.ALGO_MD5 ? {} : { sign_type: this.signType };
    const body = { ...payee, mch_id: mchid, ...fields, ...named };
    const options = { security: certified, ...(plain && { transformResponse: [] }), ...more };
    try {
      return (await client.chain(`v2${path}`).post(body, options)).data;
    } catch (error) {
      // A refusal is an answer that the library has read; a sign that is none of the platform's is not.
      if (error.code !== "EV2_RES_STATUS_CODE_NOT_SUCESS") throw error;
      return error.response.data;
    }
  }

  place(order) {
    return this.call("/pay/unifiedorder", { trade_type: "NATIVE", spbill_create_ip: "203.0.113.7", ...order });
  }

  byNumber(out_trade_no) {
    return this.call("/pay/orderquery", { out_trade_no });
  }

  byTransaction(transaction_id) {
    return this.call("/pay/orderquery", { transaction_id });
  }

  close(out_trade_no) {
    return this.call("/pay/closeorder", { out_trade_no });
  }

  shorten(long_url) {
    return this.call("/tools/shorturl", { long_url });
  }

  refund(application) {
    return this.call("/secapi/pay/refund", application, { certified: Boolean(this.tls) });
  }

  refundStatus(asked) {
    return this.call("/pay/refundquery", asked);
  }

  /** A bill's text, or the XML that says why there is none. */
  tradeBill(bill_date, bill_type = "ALL", more = {}) {
    return this.call("/pay/downloadbill", { bill_date, bill_type, ...more }, { plain: true });
  }

  /** The same of the money that moved; it takes the certificate. */
  fundFlowBill(bill_date, account_type = "Basic") {
    const options = { plain: true, certified: Boolean(this.tls) };
    return this.call("/pay/downloadfundflow", { bill_date, account_type }, options);
  }

  /** What stands in a bill, by the library's own reader: `{ rows, summary }`. */
  rows(bill) {
    return Formatter.castCsvBill(bill);
  }

  /** The sign of some fields, by the library. */
  sign(fields, signType = this.signType) {
    return Hash.sign(signType, fields, this.who.api_v2_key);
  }

  /** Whether the library takes these fields for genuine. */
  believes(fields, signType = this.signType) {
    return Hash.equals(this.sign(fields, signType), fields.sign);
  }

  /** A signed message of these fields. */
  letter(fields, signType = this.signType) {
    const whole = { nonce_str: Formatter.nonce(), ...fields };
    return write({ ...whole, sign: this.sign(whole, signType) });
  }

  /** What the sealed part of a refund's notification holds. */
  unseal(req_info) {
    return read(Aes.AesEcb.decrypt(req_info, Hash.md5(this.who.api_v2_key)));
  }

  /** The same the other way round. */
  seal(fields) {
    const xml = write(fields).replaceAll("xml>", "root>");
    return Aes.AesEcb.encrypt(xml, Hash.md5(this.who.api_v2_key));
  }

  /** The link of a printed code (protocol reference D.9: MD5 whatever else is signed how). */
  link(product_id, more = {}) {
    const { appid, mch_id } = this.who.payee;
    const fields = { appid, mch_id, nonce_str: Formatter.nonce(), product_id, time_stamp: `${Formatter.timestamp()}`, ...more };
    const sign = this.sign(fields, Hash.ALGO_MD5);
    const query = Object.entries({ ...fields, sign }).map((pair) => pair.join("="));
    return `weixin://wxpay/bizpayurl?${query.join("&")}`;
  }
}
