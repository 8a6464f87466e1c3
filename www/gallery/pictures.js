// Every state that a checkout can show, for eyes and for tests: pictures as a follower makes them.

/** A picture in which nothing is known yet. */
export const FACE = {
  face: "loading",
  line: "opening",
  notice: null,
  description: null,
  total: null,
  currency: null,
  code: null,
  qr: null,
  left_s: null,
  check: "absent",
  way_on: null,
  rejection: null,
  is_offline: false,
  is_expiring: false,
};

const GOODS = { ...FACE, description: "春山乌龙 250 g × 2", total: 17_600, currency: "CNY" };

const SHORT = {
  code: "weixin://wxpay/bizpayurl?pr=abc1234",
  qr:
    "/p9D/BOKUG6jHLt0stXbopouwWcVB/qqr+AJgACjNaEp4IfZ0KPF+zHGSKCrYaUw69+Xy2f2vKWAmtrFFkrKQdtxxe4S" +
    "KqQuPb7y+IBvPF/7pSswRKcTunWfxdFMr66ofScEflMP7vjEgA==",
};

/** The longer of the two texts that the platform sends: 33 modules. */
const LONG = {
  code: "weixin://pay.weixin.qq.com/bizpayurl/up?pr=NwY5Mz9&groupid=00",
  qr:
    "/sqfP8FxQ5BugSRrt1QZ5dugdSrsEkThB/qqqv4BZOUAt3rdJfjPfNvi7Qpqb441CIopPRiOy5meg7l5wvEqI3zPQ3Eu" +
    "u77mgfVJiWGf3aY+aznntgl1IzCPHIoYBX7oPGJolyVS+YBfq8c/v4ZqEFX08cumk3/t1oogNuqnE4kEaPFp/vvlQgA=",
};

const WAITING = {
  ...{ ...GOODS, ...LONG, face: "waiting", line: "waiting" },
  ...{ left_s: 7_139, check: "ready" },
};

/** A code that ends soon: a fresh one is on offer beside it. */
const ending = (left_s, notice) => ({ ...WAITING, left_s, notice, way_on: "renew", is_expiring: true });

const stuck = (line, more) => ({ ...GOODS, face: "error", line, ...more });

const ENDLESS =
  "Hand-rolled high-mountain oolong, spring harvest, roasted over longan charcoal for three nights, " +
  "250 g tin, with two porcelain cups and a bambooscoopwithoutanyplacetobreakthelinewhatsoever";

const BAD_OPTIONS = {
  code: "bad_options",
  detail: 'quantity="…" of <saoma-checkout> is a whole number from 1 to 9999',
};

const NOT_ALLOWED = {
  code: "origin_not_allowed",
  detail: "https://shop.example is not in ALLOWED_ORIGINS of this Worker",
};

/** By name: the picture, and how the shell looks besides. */
export const STATES = {
  opening: { picture: FACE },
  placing: { picture: { ...GOODS, line: "placing" } },
  waiting: { picture: WAITING },
  short: { picture: { ...WAITING, ...SHORT, left_s: 3_600 } },
  checking: { picture: { ...WAITING, face: "checking", line: "checking", check: "resting" } },
  not_seen_yet: { picture: { ...WAITING, notice: "not_seen_yet", check: "resting" } },
  offline: { picture: { ...WAITING, notice: "offline", is_offline: true } },
  trouble: { picture: { ...WAITING, notice: "trouble" } },
  ten_minutes: { picture: { ...WAITING, left_s: 600, notice: "ten_minutes" } },
  five_minutes: { picture: ending(299, "five_minutes") },
  one_minute: { picture: ending(60, "one_minute") },
  half_minute: { picture: ending(29, "half_minute") },
  renewing: { picture: { ...GOODS, line: "renewing", way_on: "renew" } },
  closing: { picture: { ...GOODS, face: "closing", line: "closing" } },
  paid: { picture: { ...GOODS, face: "paid", line: "paid" } },
  paid_return: {
    picture: { ...GOODS, face: "paid", line: "paid" },
    looks: { returnUrl: "https://shop.example/thanks" },
  },
  expired: { picture: { ...GOODS, face: "expired", line: "expired", way_on: "again" } },
  expired_return: {
    picture: { ...GOODS, face: "expired", line: "expired", way_on: "again" },
    looks: { returnUrl: "https://shop.example/cart" },
  },
  expired_session: { picture: { ...GOODS, face: "expired", line: "expired" } },
  cancelled: { picture: { ...GOODS, face: "cancelled", line: "cancelled", way_on: "again" } },
  unreachable: { picture: { ...FACE, face: "error", line: "unreachable", way_on: "retry" } },
  unreachable_offline: {
    picture: {
      ...{ ...FACE, face: "error", line: "unreachable", way_on: "retry" },
      ...{ notice: "offline", is_offline: true },
    },
  },
  refused: { picture: stuck("refused", { way_on: "retry" }) },
  conflict: { picture: stuck("conflict") },
  rejected: {
    picture: { ...FACE, face: "error", line: "rejected", way_on: "retry", rejection: NOT_ALLOWED },
  },
  bad_options: { picture: { ...FACE, face: "error", line: "rejected", rejection: BAD_OPTIONS } },
  phone: { picture: WAITING, looks: { phone: "browser" } },
  wechat: { picture: WAITING, looks: { phone: "wechat" } },
  one_fen: { picture: { ...WAITING, total: 1 } },
  million: { picture: { ...WAITING, total: 100_000_000, description: ENDLESS } },
  bidi: { picture: { ...WAITING, description: "شاي أولونغ 250 g (春山) #A-17" } },
  no_countdown: { picture: WAITING, looks: { hasCountdown: false } },
  no_refresh: { picture: ending(200, "five_minutes"), looks: { hasRefresh: false } },
  heading: { picture: WAITING, looks: { headingLevel: "2" } },
  smallest: { picture: WAITING, looks: { qrSizePx: 164 } },
  largest: { picture: WAITING, looks: { qrSizePx: 328 } },
  slots: {
    picture: { ...GOODS, face: "paid", line: "paid" },
    slots: {
      header: "Half-Day Tea",
      paid: "Your tea leaves tomorrow morning.",
      expired: "Never seen here.",
      footer: "Questions? Ring 010 1234 5678.",
    },
  },
  wordless: { picture: WAITING, looks: { isWordless: true } },
};
