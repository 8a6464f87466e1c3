// Small words to write flaws with. A flaw is `{ what, ids, … }`: what is wrong with the platform, the
// checks that must notice it, and how: `request`, `answer` and `letter` change what passes by, `receipt`
// the status with which a letter was answered, `patience_ms` how long a merchant may take. `isSlow`: it
// is noticed by waiting for what does not come.

import { json, write } from "../flawed.mjs";

/** A flaw by its name, with the ids of the checks that must notice. */
export const flaw = (what, ids, how) => ({ what, ids: ids.trim().split(/\s+/), ...how });

/** Changes what answers say and signs them again; `where` chooses them. */
export const says = (where, change) => ({
  answer(answer, call, platform) {
    const said = json(answer);
    if (answer.status !== 200 || !said || !where(call)) return;
    write(answer, change(said, call, platform) ?? said);
    if (answer.headers["wechatpay-serial"]) platform.sign(answer);
  },
});

/** The call about orders, refunds, …, by method and a part of its path. */
export const at = (method, part) => (call) =>
  call.method === method && call.target.startsWith("/v3/") && call.target.includes(part);

export const placing = at("POST", "/native");
export const asking = (call) =>
  call.method === "GET" && /\/transactions\/(id|out-trade-no)\//.test(call.target);
export const closing = at("POST", "/close");
export const refunding = (call) =>
  call.method === "POST" && call.target === "/v3/refund/domestic/refunds";
export const askingRefund = at("GET", "/v3/refund/domestic/refunds/");
export const aboutRefunds = (call) => refunding(call) || askingRefund(call);
export const rerouting = at("POST", "/apply-abnormal-refund");
export const isCall = (call) => call.target.startsWith("/v3/");
export const phone = (call) => call.target === "/sandbox/pay";

/** An answer of the platform, signed. */
export function signedAnswer(platform, status, value = "") {
  const answer = {
    status,
    headers: { "content-type": "application/json", "request-id": "0-0" },
    body: Buffer.alloc(0),
  };
  write(answer, value);
  platform.sign(answer);
  return answer;
}

/** Makes an answer a refusal. */
export function refusal(answer, status, code) {
  answer.status = status;
  write(answer, { code, message: code });
}
