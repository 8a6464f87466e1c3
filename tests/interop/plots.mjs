// A shop's day at our Worker, by the call that goes wrong in it: one answer of the platform's is spoilt,
// and in the end the order is neither lost nor doubled, and the page sees what is true.

import assert from "node:assert/strict";

import { freePorts } from "../harness/port.mjs";
import { Shop } from "../harness/shop.mjs";
import { until } from "../harness/wait.mjs";
import { Worker } from "../harness/worker.mjs";
import { tomorrowAt } from "./business.mjs";
import { wish } from "./faults.mjs";

/** Moves both clocks on until `probe` finds what it looks for. */
function inTime({ sandbox }, what, probe, seconds = 7) {
  return until(what, async () => {
    const found = await probe();
    if (found) return found;
    await sandbox.advance(seconds);
    return false;
  });
}

/** One order of 8800 fen was placed for this checkout, and this is how it stands. */
async function onlyOne({ sandbox }, { attempt: { out_trade_no } }, state) {
  // A checkout's numbers begin with its own twenty characters.
  const own = (await sandbox.all("orders")).filter((row) => row.out_trade_no.startsWith(out_trade_no.slice(0, 20)));
  assert.deepEqual(own.map((row) => [row.out_trade_no, row.trade_state]), [[out_trade_no, state]]);
}

/** The money is there once, and everybody sees it. */
async function settled(stage, opened, state = "SUCCESS") {
  const view = await inTime(stage, "the checkout is paid", async () => {
    const seen = await stage.shop.checkout(opened.id);
    return seen.status === "paid" && seen;
  });
  assert.equal(view.payment.total, 8_800);
  assert.equal((await stage.shop.look(opened.client_token)).body.status, "paid");
  await onlyOne(stage, view, state);
  return view;
}

/** The fault has happened: nothing waits any more. */
const happened = async ({ sandbox }) => assert.deepEqual(await sandbox.waitingFaults(), []);

const lost = (out_trade_no) => ({ route: "notify", out_trade_no, kind: "dropped", times: 16 });

async function bought(stage) {
  const opened = await stage.shop.opened();
  await stage.sandbox.pay(opened.attempt.code_url);
  return stage.shop.untilPaid(opened.id);
}

async function native(stage, pair) {
  const { sandbox, shop } = stage;
  await sandbox.faults(wish(pair));
  const { status, body: opened } = await shop.open();
  assert.equal(status, 201, JSON.stringify(opened));
  await happened(stage);
  if (pair.kind !== "paid-before-reply") {
    const view = await inTime(stage, "a code that somebody vouched for", async () => {
      const seen = await shop.checkout(opened.id);
      return seen.phase === "waiting" && seen.attempt.code_url && seen;
    });
    assert.equal(view.attempt.out_trade_no, opened.attempt.out_trade_no);
    await sandbox.pay(view.attempt.code_url);
  }
  await settled(stage, opened);
}

async function query(stage, pair) {
  const { sandbox, shop } = stage;
  const opened = await shop.opened();
  const { out_trade_no, code_url } = opened.attempt;
  await sandbox.faults(lost(out_trade_no), wish(pair, out_trade_no));
  await sandbox.pay(code_url);
  const { status, body } = await shop.ask("POST", "/v1/session/check", { bearer: opened.client_token });
  assert.equal(status, 200);
  assert.equal(body.status === "paid", pair.kind === "delayed", "what is not proven counts for nothing");
  assert.deepEqual((await sandbox.waitingFaults()).filter(({ route }) => route === "query"), []);
  await settled(stage, opened);
  await sandbox.faults();
}

async function close(stage, pair) {
  const { sandbox, shop } = stage;
  const opened = await shop.opened();
  const { out_trade_no, code_url } = opened.attempt;
  await sandbox.faults(wish(pair, out_trade_no));
  const { status } = await shop.cancel(opened.id);
  if (pair.kind === "paid-first") {
    assert.equal(status, 409);
    await settled(stage, opened);
    return happened(stage);
  }
  assert.ok([200, 202].includes(status), String(status));
  const view = await inTime(stage, "the checkout is cancelled", async () => {
    const seen = await shop.checkout(opened.id);
    return seen.status !== "open" && seen;
  });
  await happened(stage);
  assert.equal(view.status, "cancelled");
  assert.equal((await shop.look(opened.client_token)).body.status, "cancelled");
  await onlyOne(stage, opened, "CLOSED");
  return assert.rejects(sandbox.pay(code_url));
}

/** A part of an order goes back, and the refund is this in the end, once. */
async function givenBack(stage, view, number, end = "success") {
  const { sandbox, shop } = stage;
  await inTime(stage, `the refund is ${end}`, async () => (await shop.refund(number)).status === end, 121);
  const rows = await sandbox.refundsOf(view.attempt.out_trade_no);
  assert.deepEqual(rows.map((row) => [row.out_refund_no, row.status]), [[number, end.toUpperCase()]]);
  const { refunded } = await shop.checkout(view.id);
  assert.equal(refunded, end === "success" ? 4_000 : 0);
}

const refundOf = async ({ shop }, view) => {
  const { status, body } = await shop.giveBack(view.id, { amount: { total: 4_000, currency: "CNY" } });
  assert.equal(status, 201, JSON.stringify(body));
  return body.out_refund_no;
};

async function refund(stage, pair) {
  const view = await bought(stage);
  await stage.sandbox.faults(wish(pair, view.attempt.out_trade_no));
  const number = await refundOf(stage, view);
  await happened(stage);
  await givenBack(stage, view, number, pair.ends?.toLowerCase());
}

async function refundQuery(stage, pair) {
  const { sandbox } = stage;
  const view = await bought(stage);
  const { out_trade_no } = view.attempt;
  await sandbox.faults(lost(out_trade_no), wish(pair, out_trade_no));
  const number = await refundOf(stage, view);
  await givenBack(stage, view, number);
  assert.deepEqual((await sandbox.waitingFaults()).filter(({ route }) => route !== "notify"), []);
  await sandbox.faults();
}

async function abnormalRefund(stage, pair) {
  const { sandbox, shop } = stage;
  const view = await bought(stage);
  const { out_trade_no } = view.attempt;
  await sandbox.faults({ route: "refund", out_trade_no, kind: "abnormal", times: 1 });
  const number = await refundOf(stage, view);
  await givenBack(stage, view, number, "abnormal");
  await sandbox.faults(wish(pair, out_trade_no));
  const chosen = await shop.redirect(number, { type: "MERCHANT_BANK_CARD" });
  assert.equal(chosen.status, 200, JSON.stringify(chosen.body));
  await happened(stage);
  await givenBack(stage, view, number);
}

/** A Worker of its own beside the stage's sandbox, at the same hour, which was told no platform key. */
async function withoutKeys({ bindings, sandbox }) {
  const [port] = await freePorts(1);
  const own = { ...bindings, PUBLIC_URL: `http://127.0.0.1:${port}` };
  for (const name of ["PLATFORM_PUBLIC_KEY_ID", "PLATFORM_PUBLIC_KEY", "PLATFORM_CERTIFICATES"]) delete own[name];
  const worker = await Worker.start({ port, bindings: own });
  const advance = (advance_s) => worker.fetch("/dev/clock", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ advance_s }),
  });
  await advance((await sandbox.clock()).advanced_s);
  return { sandbox: Object.assign(Object.create(sandbox), { advance }), shop: new Shop(worker), worker };
}

/** A Worker that has no key at all asks again after so many business seconds. */
const FIRST_AGAIN_S = 6;

async function certificates(stage, pair) {
  const { sandbox, merchant } = stage;
  await sandbox.keys({ sign_notifications: merchant.platform_certificate_serial });
  await sandbox.faults(wish(pair));
  const own = await withoutKeys(stage);
  try {
    const opened = await inTime(own, "a list of keys that is believed", async () => {
      const { status, body } = await own.shop.open({ reference: pair.kind });
      if (status === 201) return body;
      assert.deepEqual([status, body.code], [503, "unavailable"]);
      assert.deepEqual((await sandbox.all("orders")).filter(({ trade_state }) => trade_state === "NOTPAY"), [],
        "nothing is placed whose answer could not be believed");
      return false;
    }, FIRST_AGAIN_S);
    await happened(stage);
    await sandbox.pay(opened.attempt.code_url);
    await settled(own, opened);
  } finally {
    await own.worker.stop();
    await sandbox.keys({ sign_notifications: merchant.platform_public_key_id });
  }
}

/** What the doctor says of a test of keys whose answer was spoilt: it was not answered, or not by us. */
const DOCTOR = {
  delayed: "ok",
  "probe-signed": "warning",
  "probe-garbled": "warning",
  html: "wrong",
  unsigned: "wrong",
  "wrong-signature": "wrong",
  tampered: "wrong",
  "stale-signature": "wrong",
  "unknown-serial": "wrong",
};

async function echo(stage, pair) {
  const { sandbox, shop } = stage;
  const asked = async () => {
    const { findings } = await shop.doctor();
    return findings.find(({ check }) => check === "echo").state;
  };
  await sandbox.faults(wish(pair));
  assert.equal(await asked(), DOCTOR[pair.kind] ?? "skipped");
  await happened(stage);
  assert.equal(await asked(), "ok");
}

/** A day whose bill is there, once for all bills of a stage. */
async function billed(stage) {
  if (stage.day) return stage.day;
  stage.day = await tomorrowAt(stage.sandbox, 12);
  stage.paid = await bought(stage);
  await tomorrowAt(stage.sandbox, 11);
  return stage.day;
}

const UNPROVEN = Object.fromEntries(
  ["html", "unsigned", "probe-signed", "probe-garbled", "wrong-signature", "tampered", "stale-signature",
    "unknown-serial", "accepted"].map((kind) => [kind, "503 unavailable"]),
);

/** What the shop is told of a bill: what may be cured by asking again was asked again at once. */
const BILLS = {
  bill: {
    ...UNPROVEN,
    // Signed, but no address and no digest in it.
    empty: "502 bill_corrupt",
    late: "409 bill_not_ready",
    missing: "404 no_bill",
    "wrong-hash": "502 bill_corrupt",
    "expired-url": "502 wechatpay_refused",
  },
  "bill-download": {
    delayed: "whole",
    // No signature tells that this is not the file; the digest does.
    html: "502 bill_corrupt",
    empty: "502 bill_corrupt",
  },
};
/** What it is told otherwise: an answer that says where the file is can be had again, the file cannot. */
const USUALLY = { bill: "whole", "bill-download": "503 unavailable" };

async function bill(stage, pair) {
  const { sandbox, shop } = stage;
  const date = await billed(stage);
  const ask = async () => {
    const path = `/v1/bills/trade?date=${date}`;
    const { status, body } = await shop.ask("GET", path, { bearer: shop.secretKey });
    return status === 200 ? "whole" : `${status} ${body.code}`;
  };
  await sandbox.faults(wish(pair));
  assert.equal(await ask(), BILLS[pair.route][pair.kind] ?? USUALLY[pair.route]);
  await happened(stage);
  assert.equal(await ask(), "whole");
}

/** What is played for a pair, by its route. */
export const PLOTS = {
  native,
  query,
  close,
  refund,
  "refund-query": refundQuery,
  "abnormal-refund": abnormalRefund,
  certificates,
  echo,
  bill,
  "bill-download": bill,
};
