// wechatpay-axios-plugin as a merchant: it signs, and believes no answer that it has not verified.

import { createHash, randomUUID } from "node:crypto";

import wechatpay from "wechatpay-axios-plugin";

import { platformKeys } from "./identity.mjs";

const { Aes, Formatter, Rsa, Wechatpay } = wechatpay;

/** A refusal is an answer; one that the library does not believe is none. */
const answered = (error) => {
  if (!(error.response?.status >= 400)) throw error;
  return error.response;
};

const packed = (tar_type) => (tar_type ? { tar_type } : {});

const read = ({ status, data, headers }) => ({ status, data: data === "" ? undefined : data, headers });

export class AxiosPlugin {
  /** `who` calls the platform at `url`; `keys` names those of its keys that are trusted. */
  static async open({ merchant, url, who, keys = ["public key", "certificate"] }) {
    return new AxiosPlugin({ merchant, url, who, keys });
  }

  constructor({ merchant, url, who, keys }) {
    this.who = who;
    this.url = url;
    const chosen = keys.map((kind) => platformKeys(merchant)[kind]);
    /** What the platform is asked to sign with. */
    this.headers = chosen.length === 1 ? { "Wechatpay-Serial": chosen[0].serial } : {};
    this.#trust(Object.fromEntries(chosen.map(({ serial, pem }) => [serial, pem])));
  }

  #trust(keys) {
    this.trusted = keys;
    this.client = new Wechatpay({
      mchid: this.who.mchid,
      serial: this.who.serial_no,
      privateKey: this.who.private_key_pem,
      certs: { ...keys },
      baseURL: this.url,
    });
  }

  async #get(path, params, more = {}) {
    const { headers } = this;
    return read(await this.client.chain(path).get({ params, headers, ...more }).catch(answered));
  }

  async #post(path, body, headers = this.headers) {
    return read(await this.client.chain(path).post(body, { headers }).catch(answered));
  }

  place(order) {
    return this.#post(`${this.who.path}/native`, { ...this.who.payee, ...order });
  }

  byNumber(number) {
    return this.#get(`${this.who.path}/out-trade-no/${number}`, this.who.parties);
  }

  byTransaction(id) {
    return this.#get(`${this.who.path}/id/${id}`, this.who.parties);
  }

  close(number) {
    return this.#post(`${this.who.path}/out-trade-no/${number}/close`, this.who.parties);
  }

  refund(application) {
    return this.#post("v3/refund/domestic/refunds", { ...this.who.refundParty, ...application });
  }

  refundStatus(number) {
    return this.#get(`v3/refund/domestic/refunds/${number}`, this.who.refundParty);
  }

  /** To the payer's card, which only the platform may read. */
  refundToCard(refundId, { out_refund_no, bank_type, bank_account, real_name }) {
    const [[serial, pem]] = Object.entries(this.trusted);
    const key = Rsa.from(pem, Rsa.KEY_TYPE_PUBLIC);
    const body = {
      ...this.who.refundParty,
      out_refund_no,
      type: "USER_BANK_CARD",
      bank_type,
      bank_account: Rsa.encrypt(bank_account, key),
      real_name: Rsa.encrypt(real_name, key),
    };
    const path = `v3/refund/domestic/refunds/${refundId}/apply-abnormal-refund`;
    return this.#post(path, body, { "Wechatpay-Serial": serial });
  }

  /** `tar_type` is null where the file shall be plain text. */
  tradeBill(bill_date, bill_type, tar_type = "GZIP") {
    return this.#get("v3/bill/tradebill", { bill_date, bill_type, ...packed(tar_type) });
  }

  fundFlowBill(bill_date, account_type, tar_type = "GZIP") {
    return this.#get("v3/bill/fundflowbill", { bill_date, account_type, ...packed(tar_type) });
  }

  subMerchantFundFlowBill(bill_date, account_type) {
    const { sub_mchid } = this.who;
    const query = { sub_mchid, bill_date, account_type, algorithm: "AEAD_AES_256_GCM" };
    return this.#get("v3/bill/sub-merchant-fundflowbill", query);
  }

  /** The file behind an answer's address, as it is on the wire. */
  async download(url) {
    const { pathname, searchParams } = new URL(url);
    const params = Object.fromEntries(searchParams);
    return this.#get(pathname.slice(1), params, { responseType: "arraybuffer" });
  }

  /** The test of keys; its texts are encrypted for the first key that is trusted. */
  echo(shout) {
    const [serial] = Object.keys(this.trusted);
    return this.#post("v3/security/echo", shout, { "Wechatpay-Serial": serial });
  }

  /**
   * The serials of the certificates that the platform hands out. Each is opened and trusted from
   * then on, and the answer must be signed with one of them or with what was trusted before.
   */
  async certificates() {
    const { mchid, serial_no, private_key_pem, api_v3_key } = this.who;
    const [nonce, timestamp] = [Formatter.nonce(), Formatter.timestamp()];
    const message = Formatter.request("GET", "/v3/certificates", timestamp, nonce);
    const signature = Rsa.sign(message, Rsa.from(private_key_pem, Rsa.KEY_TYPE_PRIVATE));
    const reply = await fetch(`${this.url}/v3/certificates`, {
      headers: {
        Accept: "application/json",
        Authorization: Formatter.authorization(mchid, nonce, signature, timestamp, serial_no),
        "User-Agent": "wechatpay-axios-plugin",
      },
    });
    const body = await reply.text();
    if (reply.status !== 200) return { status: reply.status, serials: [] };
    const found = JSON.parse(body).data.map(({ serial_no: serial, encrypt_certificate: sealed }) =>
      [serial, Aes.AesGcm.decrypt(sealed.ciphertext, api_v3_key, sealed.nonce, sealed.associated_data)]);
    this.#trust({ ...this.trusted, ...Object.fromEntries(found) });
    if (!this.#signed(Object.fromEntries(reply.headers), body)) throw new Error("not the platform's");
    return { status: reply.status, serials: found.map(([serial]) => serial) };
  }

  /** The list as it comes, verified like any other answer. */
  certificateList() {
    return this.#get("v3/certificates");
  }

  /** Whether one of the trusted keys signed this message. */
  #signed(headers, body) {
    const pem = this.trusted[headers["wechatpay-serial"]];
    const message = Formatter.response(headers["wechatpay-timestamp"], headers["wechatpay-nonce"], body);
    return Boolean(pem)
      && Rsa.verify(message, headers["wechatpay-signature"], Rsa.from(pem, Rsa.KEY_TYPE_PUBLIC));
  }

  /** What a letter tells, or nothing where the library does not believe it. */
  async open({ headers, body }) {
    if (!this.#signed(headers, body)) return undefined;
    const { resource, ...envelope } = JSON.parse(body);
    const { ciphertext, nonce, associated_data } = resource;
    const opened = Aes.AesGcm.decrypt(ciphertext, this.who.api_v3_key, nonce, associated_data);
    return { ...envelope, resource: JSON.parse(opened) };
  }

  /** A letter in the platform's place, sealed and signed by the library alone. */
  async letter(signer, event_type, told) {
    const [nonce, original_type] = [Formatter.nonce(12), event_type.split(".")[0].toLowerCase()];
    const body = JSON.stringify({
      id: randomUUID(),
      create_time: "2026-11-21T12:00:00+08:00",
      resource_type: "encrypt-resource",
      event_type,
      summary: "通知",
      resource: {
        original_type,
        algorithm: "AEAD_AES_256_GCM",
        ciphertext: Aes.AesGcm.encrypt(JSON.stringify(told), this.who.api_v3_key, nonce, original_type),
        associated_data: original_type,
        nonce,
      },
    });
    const [timestamp, signNonce] = [String(Formatter.timestamp()), Formatter.nonce()];
    const key = Rsa.from(signer.private_key_pem, Rsa.KEY_TYPE_PRIVATE);
    const headers = {
      "Content-Type": "application/json",
      "Wechatpay-Timestamp": timestamp,
      "Wechatpay-Nonce": signNonce,
      "Wechatpay-Signature": Rsa.sign(Formatter.response(timestamp, signNonce, body), key),
      "Wechatpay-Serial": signer.serial,
    };
    return { headers, body };
  }

  encrypt(text) {
    const [pem] = Object.values(this.trusted);
    return Rsa.encrypt(text, Rsa.from(pem, Rsa.KEY_TYPE_PUBLIC));
  }

  decrypt(text) {
    return Rsa.decrypt(text, Rsa.from(this.who.private_key_pem, Rsa.KEY_TYPE_PRIVATE));
  }

  /** What a file holds that was sealed for this merchant alone. */
  unseal(file, { encrypt_key, nonce }) {
    return Aes.AesGcm.decrypt(file.toString("base64"), this.decrypt(encrypt_key), nonce, "");
  }

  async sha1(bytes) {
    return createHash("sha1").update(bytes).digest("hex");
  }

  /** Nothing of it runs by itself. */
  end() {}
}
