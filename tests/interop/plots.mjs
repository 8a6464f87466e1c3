// A shop's day at our Worker, by the call that goes wrong in it: one answer of the platform's is spoilt,
// and in the end the order is neither lost nor doubled, and the page sees what is true.

import assert from "node:assert/strict";

import { freePorts } from "../harness/port.mjs";
import { Shop } from "../harness/shop.mjs";
import { Worker } from "../harness/worker.mjs";
import { wish } from "./faults.mjs";
import {
  askedForBill, billed, bought, cancelled, givenBack, happened, inTime, lost, refundOf, settled, withCode,
} from "./shop-day.mjs";

async function native(stage, pair) {
  const { sandbox, shop } = stage;
  await sandbox.faults(wish(pair));
  const { status, body: opened } = await shop.open();
  assert.equal(status, 201, JSON.stringify(opened));
  await happened(stage);
  if (pair.kind !== "paid-before-reply") {
    await sandbox.pay((await withCode(stage, opened)).attempt.code_url);
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
  await sandbox.faults(wish(pair, opened.attempt.out_trade_no));
  if (pair.kind === "paid-first") {
    assert.equal((await shop.cancel(opened.id)).status, 409);
    await settled(stage, opened);
  } else {
    await cancelled(stage, opened);
  }
  await happened(stage);
}

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
    });
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
  await billed(stage);
  await stage.sandbox.faults(wish(pair));
  assert.equal(await askedForBill(stage), BILLS[pair.route][pair.kind] ?? USUALLY[pair.route]);
  await happened(stage);
  assert.equal(await askedForBill(stage), "whole");
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
