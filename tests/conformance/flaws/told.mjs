// Flaws of notifications: what is told, how it is sealed and signed, when it comes again.

import { json, write } from "../flawed.mjs";
import { closing, flaw, placing } from "./planting.mjs";

/** Changes the letter's own fields and signs it again. */
const told = (change) => ({
  letter(letter, platform) {
    const said = json(letter);
    write(letter, change(said) ?? said);
    platform.sign(letter);
  },
});

const resource = (change) =>
  told((said) => ({ ...said, resource: { ...said.resource, ...change(said.resource) } }));

/** Changes what is inside the seal. */
const inside = (change) => ({ letter: (letter, platform) => platform.reseal(letter, change) });

const receipt = (change) => ({ receipt: change });

const LOUD = ["notify.takes-200", "notify.takes-204", "notify.takes-200-fail"].join(" ");
const AGAIN = ["201", "202", "302", "401", "404", "500", "503"].map(
  (status) => `notify.repeats-${status}`,
);

/** Tells of a close what only a payment is told of. */
function tellsOfCloses() {
  const addresses = new Map();
  return {
    answer(answer, call, platform) {
      const said = json(call);
      if (placing(call)) addresses.set(said.out_trade_no, said.notify_url);
      const number = closing(call) && /out-trade-no\/([^/]+)/.exec(call.target)[1];
      if (number)
        return platform.post(addresses.get(number), { headers: {}, body: Buffer.from("{}") });
    },
  };
}

export const FLAWS = [
  flaw(
    "tells nobody",
    `notify.arrives notify.json notify.signed notify.envelope notify.resource notify.opens notify.content
    notify.refund notify.refund-abnormal notify.refund-closed notify.fresh notify.schedule echo.notified
    partner.notified partner.refund-notified notify.by-public-key notify.by-certificate`,
    { letter: () => 0, isSlow: true },
  ),
  flaw("does not say that it is JSON", "notify.json", {
    letter: ({ headers }) => {
      delete headers["content-type"];
    },
  }),
  flaw("does not sign letters", "notify.signed notify.opens notify.by-certificate", {
    letter: ({ headers }) => {
      delete headers["wechatpay-signature"];
    },
  }),
  flaw("re-encodes letters after signing", "notify.signed", {
    letter: (letter) => write(letter, JSON.stringify(json(letter), null, 1)),
  }),
  flaw("dates letters ten minutes ago", "notify.signed", {
    letter: (letter, platform) =>
      platform.sign(letter, { timestamp: String(Math.trunc(Date.now() / 1_000) - 600) }),
  }),
  flaw(
    "signs letters under a number of nobody",
    "notify.signed notify.by-public-key notify.by-certificate",
    {
      letter: ({ headers }) => {
        headers["wechatpay-serial"] = "0".repeat(40);
      },
    },
  ),
  flaw(
    "does not number letters",
    "notify.envelope",
    told(({ id, ...said }) => said),
  ),
  flaw(
    "names another event",
    "notify.envelope notify.refund notify.refund-abnormal notify.refund-closed echo.notified",
    told((said) => ({ ...said, event_type: "PAYMENT.DONE" })),
  ),
  flaw("draws nonces of 16", "notify.resource notify.opens", {
    letter: (letter, platform) => platform.reseal(letter, undefined, { nonce: "0123456789abcdef" }),
  }),
  flaw(
    "names no algorithm",
    "notify.resource notify.opens",
    resource(() => ({ algorithm: undefined })),
  ),
  flaw("seals with another key", "notify.opens notify.content partner.notified", {
    letter: (letter, platform) =>
      platform.reseal(letter, undefined, { key: "0123456789abcdefghijklmnopqrstuv" }),
  }),
  flaw(
    "tells another amount",
    "notify.content",
    inside((said) => ({ ...said, amount: { ...said.amount, total: said.amount.total + 1 } })),
  ),
  flaw(
    "tells another payment",
    "notify.content partner.notified notify.refund",
    inside((said) => ({ ...said, transaction_id: "42" })),
  ),
  flaw(
    "tells status in place of refund_status",
    "notify.refund notify.refund-abnormal notify.refund-closed partner.refund-notified",
    inside(({ refund_status, ...said }) => ({ ...said, status: refund_status })),
  ),
  flaw(
    "names mchid to partners",
    "partner.notified partner.refund-notified",
    inside(({ sub_mchid, ...said }) => ({ ...said, mchid: "1" })),
  ),
  flaw(
    "always dates refunds",
    "notify.refund-abnormal notify.refund-closed",
    inside((said) => ({ ...said, success_time: "2026-01-01T12:00:00+08:00" })),
  ),
  flaw(
    "says something else the second time",
    "notify.fresh",
    (() => {
      let count = 0;
      return inside((said) => ({ ...said, attach: String((count += 1)) }));
    })(),
  ),
  flaw(
    "repeats letters as they were",
    "notify.fresh",
    (() => {
      const first = new Map();
      return {
        letter(letter) {
          const { id } = json(letter);
          if (!first.has(id)) first.set(id, { headers: { ...letter.headers }, body: letter.body });
          Object.assign(letter, first.get(id));
        },
      };
    })(),
  ),
  flaw(
    "echoes something else",
    "echo.notified",
    inside((said) => ({ ...said, echo_message: "other" })),
  ),
  flaw("tells everything twice", `${LOUD} notify.schedule`, { letter: () => 2 }),
  flaw(
    "takes 204 only",
    "notify.takes-200 notify.takes-200-fail",
    receipt((status) => (status === 204 ? 204 : 500)),
  ),
  flaw(
    "takes 200 only",
    "notify.takes-204",
    receipt((status) => (status === 200 ? 200 : 500)),
  ),
  flaw(
    "never repeats",
    `${AGAIN.join(" ")} notify.fresh notify.schedule`,
    receipt(() => 204),
  ),
  flaw("takes every 2xx", "notify.repeats-201 notify.repeats-202", {
    ...receipt((status) => (status < 300 ? 204 : status)),
    isSlow: true,
  }),
  flaw(
    "takes what is no server's fault",
    "notify.repeats-401 notify.repeats-404 notify.repeats-302",
    { ...receipt((status) => (status < 500 ? 204 : status)), isSlow: true },
  ),
  flaw(
    "stops after the third try",
    "notify.schedule",
    (() => {
      let count = 0;
      return receipt((status) => ((count += 1) >= 3 ? 204 : status));
    })(),
  ),
  flaw("gives merchants three seconds", "notify.five-seconds", {
    patience_ms: 3_000,
    isSlow: true,
  }),
  flaw("tells of closes", "notify.only-payments", tellsOfCloses()),
];
