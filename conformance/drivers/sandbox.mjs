// Drives Saoma's sandbox by its control surface (sandbox/docs/control.md): its phone, its clock, the
// fate of refunds, and which keys sign.

import { parsed, send } from "../wire/request.mjs";

/** A step of a day makes every retry that came due, one after the other. */
const PATIENCE_MS = 60_000;

/** Opens the driver for the sandbox at `base`; the interface is described in none.mjs. */
export async function open({ base }) {
  const ask = (method, path, body) => control(base, method, path, body);
  const usual = (await ask("GET", "/sandbox/keys")).sign_notifications;
  return {
    name: "sandbox",
    payers: true,
    coupons: true,
    pay: (codeUrl, { payer, coupon } = {}) =>
      ask("POST", "/sandbox/pay", {
        code_url: codeUrl,
        ...(payer ? { payer } : {}),
        ...(coupon ? { coupon, coupon_type: "NOCASH" } : {}),
      }),
    scan: (codeUrl, payer) => ask("POST", "/sandbox/scan", { code_url: codeUrl, payer }),
    refuse: (codeUrl, payer) => ask("POST", "/sandbox/refuse", { code_url: codeUrl, payer }),
    advance: (seconds) => ask("POST", "/sandbox/clock", { advance_s: seconds }),
    now: async () => Date.parse((await ask("GET", "/sandbox/clock")).now),
    refundBecomes: (fate, outTradeNo) =>
      ask("POST", "/sandbox/faults", {
        route: "refund",
        out_trade_no: outTradeNo,
        kind: fate.toLowerCase(),
        times: 1,
      }),
    certificates: (count) => certificates(ask, count),
    notificationsBy: (serial = usual) =>
      ask("PUT", "/sandbox/keys", { sign_notifications: serial }),
    close: async () => {
      const { sign_notifications } = await ask("GET", "/sandbox/keys");
      if (sign_notifications !== usual)
        await ask("PUT", "/sandbox/keys", { sign_notifications: usual });
    },
  };
}

/** Never fewer than there are: a certificate that goes out of force does not come back. */
async function certificates(ask, count) {
  const now = await ask("GET", "/sandbox/keys");
  if (now.certificates < count) await ask("PUT", "/sandbox/keys", { certificates: count });
  const { platform_certificates } = await ask("GET", "/sandbox/merchant");
  return Object.fromEntries(
    platform_certificates.map(({ serial_no, certificate_pem }) => [serial_no, certificate_pem]),
  );
}

async function control(base, method, path, body) {
  const headers = body === undefined ? [] : [["Content-Type", "application/json"]];
  const text = body === undefined ? undefined : JSON.stringify(body);
  const answer = await send(base + path, { method, headers, body: text, patience_ms: PATIENCE_MS });
  const read = parsed(answer.body);
  if (answer.status >= 300)
    throw new Error(`${method} ${path}: ${answer.status} ${read?.code ?? ""}`.trim());
  return read;
}
