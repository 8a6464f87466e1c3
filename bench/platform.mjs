// A platform that says yes at once: it answers every order with a signed code, every refund with
// "accepted", and every question with "not paid". It runs in this process, so that its RSA is not on workerd's bill.

import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { createServer } from "node:http";

const KEY_ID = "PUB_KEY_ID_0114232134912410000000000000000002";
const pair = () => generateKeyPairSync("rsa", { modulusLength: 2_048 });
const pem = (key, type) => key.export({ type, format: "pem" });

/** Starts it; `merchant` is in the shape of the sandbox's. */
export async function startPlatform() {
  const [ours, merchants] = [pair(), pair()];
  const merchant = {
    mchid: "1900000001",
    appid: "wxd678efh567hg6787",
    serial_no: "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
    private_key_pem: pem(merchants.privateKey, "pkcs8"),
    api_v3_key: randomBytes(16).toString("hex"),
    platform_public_key_id: KEY_ID,
    platform_public_key_pem: pem(ours.publicKey, "spki"),
    platform_private_key_pem: pem(ours.privateKey, "pkcs8"),
  };
  const server = createServer((request, reply) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const body = answer(merchant, request, Buffer.concat(chunks));
      reply.writeHead(200, headers(body, ours.privateKey)).end(body);
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const close = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return { merchant, url: `http://127.0.0.1:${server.address().port}`, close };
}

function answer(merchant, { method, url }, sent) {
  if (method !== "POST") return notPaid(merchant, url);
  if (url.startsWith("/v3/refund/")) return accepted(JSON.parse(sent));
  return JSON.stringify({ code_url: `weixin://wxpay/bizpayurl?pr=${randomBytes(6).toString("base64url")}` });
}

/** The platform's own number of a refund. */
export const refundId = (outRefundNo) => `50300${Buffer.from(outRefundNo).toString("hex")}`.slice(0, 32);

function accepted({ out_refund_no, transaction_id, amount }) {
  return JSON.stringify({
    refund_id: refundId(out_refund_no),
    out_refund_no,
    transaction_id,
    out_trade_no: "as ordered",
    channel: "ORIGINAL",
    user_received_account: "支付用户零钱",
    create_time: "2026-11-21T12:00:00+08:00",
    status: "PROCESSING",
    amount: { ...amount, from: [], payer_total: amount.total, payer_refund: amount.refund },
  });
}

function notPaid({ mchid, appid }, target) {
  const out_trade_no = target.split("/").at(-1).split("?")[0];
  return JSON.stringify({ mchid, appid, out_trade_no, trade_state: "NOTPAY", trade_state_desc: "订单未支付" });
}

function headers(body, key) {
  const [timestamp, nonce] = [String(Math.trunc(Date.now() / 1_000)), randomBytes(16).toString("hex")];
  const message = Buffer.from(`${timestamp}\n${nonce}\n${body}\n`);
  return {
    "Content-Type": "application/json",
    "Wechatpay-Timestamp": timestamp,
    "Wechatpay-Nonce": nonce,
    "Wechatpay-Signature": sign("sha256", message, key).toString("base64"),
    "Wechatpay-Serial": KEY_ID,
  };
}
