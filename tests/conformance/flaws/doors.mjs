// Flaws of the door: who is believed, what is refused, what is on the envelope of answers.

import { CHECKS } from "../../../conformance/platform/platform.mjs";
import { json, write } from "../flawed.mjs";
import { flaw, isCall, placing, refusal, signedAnswer } from "./planting.mjs";

/** Every check of a group, but those named. */
const all = (group, ...but) =>
  CHECKS.map(({ id }) => id)
    .filter((id) => id.startsWith(`${group}.`) && !but.includes(id))
    .join(" ");

const TAKEN = [
  "auth.any-order",
  "auth.inside-window",
  "auth.encoded-as-sent",
  "auth.body-with-newline",
  "auth.body-of-another",
];

const headers = (change) => ({
  answer(answer, call, platform) {
    if (isCall(call) && answer.status < 300) change(answer.headers, answer, platform);
  },
});

const without = (name) =>
  headers((found) => {
    delete found[`wechatpay-${name}`];
  });

/** The orders that it takes whatever is in them. */
const REFUSED_ORDERS = all(
  "native",
  "native.code",
  "native.code-scheme",
  "native.codes-differ",
  "native.currency-default",
  "native.everything",
  "native.longest",
  "native.chinese",
);

const YES_TO = `${REFUSED_ORDERS} auth.body-of-another error.not-found error.bad-request error.detail
  transport.accept-missing transport.agent-missing
  reorder.other-amount reorder.other-words reorder.paid reorder.closed
  query.unknown query.unknown-id query.without-mchid query.mchid-of-another close.paid close.without-mchid
  refund.zero refund.text refund.total-differs refund.too-much refund.without-currency refund.without-number
  refund.number-long refund.number-charset refund.reason-long refund.no-order refund.unknown-field
  refund.number-reused refund.unknown-order refund.unpaid refund.sub-mchid refund.query-unknown refund.too-soon refund.sum
  abnormal.without-serial abnormal.other-serial abnormal.plain abnormal.bank-type abnormal.without-name abnormal.type
  abnormal.only-abnormal abnormal.unknown
  echo.without-serial echo.unknown-serial echo.not-encrypted
  bill.today bill.too-old bill.bad-date bill.without-date bill.bad-type bill.creating bill.nothing
  bill.download-unknown bill.download-others
  partner.without-sub partner.sp-mchid partner.stranger partner.no-relation partner.number-of-all partner.query-without-sub partner.others-order
  partner.refund-without-sub partner.refund-query-no-sub`;

/** A refusal becomes a yes of the shape that its call has. */
const yes = {
  answer(answer, call, platform) {
    if (!isCall(call) || answer.status < 400 || answer.status === 401) return;
    const said = placing(call)
      ? { code_url: "weixin://wxpay/bizpayurl?pr=yes" }
      : { status: "PROCESSING" };
    Object.assign(answer, signedAnswer(platform, 200, said));
  },
};

export const FLAWS = [
  flaw(
    "believes everybody",
    `${all("auth", ...TAKEN)} bill.download-signed transport.401-unsigned error.unauthorised`,
    {
      request: (call, platform) => {
        if (isCall(call)) platform.signRequest(call);
      },
    },
  ),
  flaw("believes nobody", TAKEN.filter((id) => id !== "auth.body-of-another").join(" "), {
    answer: (answer, call) => {
      if (isCall(call)) refusal(answer, 401, "SIGN_ERROR");
    },
  }),
  flaw("refuses nothing", YES_TO, yes),
  flaw(
    "refuses every order",
    "native.currency-default native.everything native.longest native.chinese transport.status partner.native",
    {
      answer: (answer, call) => {
        if (placing(call)) refusal(answer, 400, "PARAM_ERROR");
      },
    },
  ),
  flaw(
    "calls every refusal 500",
    "close.paid query.mchid-of-another error.bad-request partner.sp-mchid auth.missing",
    {
      answer: (answer, call) => {
        if (isCall(call) && answer.status >= 400) refusal(answer, 500, "SYSTEM_ERROR");
      },
    },
  ),
  flaw(
    "spells codes without underscore",
    "query.unknown reorder.closed native.other-app refund.unpaid auth.stale bill.nothing partner.stranger",
    {
      answer(answer, call) {
        const said = json(answer);
        if (isCall(call) && said?.code)
          write(answer, { ...said, code: said.code.replaceAll("_", "") });
      },
    },
  ),
  flaw(
    "does not sign",
    `${all(
      "transport",
      "transport.status",
      "transport.json",
      "transport.signature-type",
      "transport.request-id",
      "transport.accept-missing",
      "transport.agent-missing",
      "transport.unknown-path",
      "transport.wrong-method",
      "transport.401-unsigned",
    )} native.everything close.again certs.bootstrap`,
    headers((found) => {
      for (const name of ["timestamp", "nonce", "signature", "serial", "signature-type"])
        delete found[`wechatpay-${name}`];
    }),
  ),
  ...["timestamp", "nonce", "signature", "serial"].map((name) =>
    flaw(
      `answers without Wechatpay-${name}`,
      `transport.has-${name} transport.signature-verifies`,
      without(name),
    ),
  ),
  flaw(
    "does not sign 204",
    "transport.204-signed close.again",
    headers((found, { status }) => {
      if (status === 204) delete found["wechatpay-signature"];
    }),
  ),
  flaw(
    "answers 201",
    "transport.status",
    headers((_, answer) => {
      answer.status = 201;
    }),
  ),
  flaw(
    "says text/plain",
    "transport.json",
    headers((found) => {
      found["content-type"] = "text/plain";
    }),
  ),
  flaw(
    "says SM2",
    "transport.signature-type transport.signature-verifies",
    headers((found) => {
      found["wechatpay-signature-type"] = "WECHATPAY2-SM2-WITH-SM3";
    }),
  ),
  flaw(
    "names a key of nobody",
    "transport.serial-known transport.signature-verifies",
    headers((found) => {
      found["wechatpay-serial"] = "0".repeat(40);
    }),
  ),
  flaw(
    "writes Base64 for addresses",
    "transport.signature-shape",
    headers((found) => {
      found["wechatpay-signature"] = found["wechatpay-signature"]
        .replaceAll("+", "-")
        .replaceAll("/", "_")
        .replaceAll("=", "");
    }),
  ),
  flaw(
    "answers ten minutes late",
    "transport.timestamp transport.signature-verifies",
    headers((_, answer, platform) => {
      platform.sign(answer, { timestamp: String(Math.trunc(Date.now() / 1_000) - 600) });
    }),
  ),
  flaw(
    "always draws the same nonce",
    "transport.nonce-fresh",
    headers((_, answer, platform) => platform.sign(answer, { nonce: "0123456789" })),
  ),
  flaw(
    "re-encodes bodies after signing",
    "transport.signature-verifies native.everything",
    headers((_, answer) => {
      if (json(answer)) write(answer, JSON.stringify(json(answer), null, 1));
    }),
  ),
  flaw(
    "signs with a probe",
    "transport.signature-verifies",
    headers((found) => {
      found["wechatpay-signature"] = `WECHATPAY/SIGNTEST/${found["wechatpay-signature"].slice(19)}`;
    }),
  ),
  flaw(
    "numbers answers otherwise",
    "transport.request-id",
    headers((found) => {
      found["request-id"] = "abc";
    }),
  ),
  flaw("takes application/json only", "transport.accept-any transport.accept-list", {
    answer: (answer, call) => {
      if (isCall(call) && call.headers.accept !== "application/json")
        refusal(answer, 400, "INVALID_REQUEST");
    },
  }),
  flaw("explains 404 and 405", "transport.unknown-path transport.wrong-method", {
    answer: (answer, call) => {
      if (isCall(call) && !answer.body.length && answer.status >= 400)
        write(answer, { message: "no" });
    },
  }),
  flaw("calls a wrong method 404", "transport.wrong-method", {
    answer: (answer) => {
      if (answer.status === 405) answer.status = 404;
    },
  }),
  flaw("signs 401", "transport.401-unsigned", {
    answer: (answer, call, platform) => {
      if (isCall(call) && answer.status === 401) platform.sign(answer);
    },
  }),
  flaw("refuses in plain words", "error.not-found error.bad-request error.unauthorised", {
    answer: (answer, call) => {
      if (isCall(call) && answer.status >= 400) answer.headers["content-type"] = "text/html";
    },
  }),
  flaw("blames another field", "error.detail", {
    answer(answer, call) {
      if (isCall(call) && answer.status === 400)
        write(answer, { ...json(answer), detail: { field: "/appid" } });
    },
  }),
];
