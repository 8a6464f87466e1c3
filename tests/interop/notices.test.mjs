// Bad letters: every kind of fault of a notification, of payments and refunds, × client libraries that
// we did not write, and our Worker: what it answers to each try, and that the order is paid once.

import { test } from "node:test";

import { useLetterbox } from "../harness/letterbox.mjs";
import { isSoaking } from "../harness/soak.mjs";
import { useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";
import { REFUNDED_S, application, number, paid, placed } from "./business.mjs";
import { clients } from "./clients.mjs";
import { assert } from "./count.mjs";
import { NOTICES, PAIRS, wish } from "./faults.mjs";
import { outcome } from "./routes.mjs";

const stage = useStage();
const box = useLetterbox();
const all = clients(stage);

/** Both modes in a soak; the direct merchant otherwise. */
const some = all.filter(({ mode }) => isSoaking || mode === "direct");

/** Something that is told at `notify_url`: what, and the number of the order. */
const NEWS = {
  async payment(client, notify_url, spoil) {
    const { out_trade_no, code_url } = await placed(client, { notify_url });
    await spoil(out_trade_no);
    await stage.sandbox.pay(code_url);
    return { out_trade_no, total: 1_000 };
  },
  async refund(client, notify_url, spoil) {
    // Its payment is told first, and taken: what is spoilt is the refund's letter.
    const sold = await paid(client, stage.sandbox, { notify_url: `${box.url}/payments` });
    await until("the payment's letter is taken", async () =>
      (await stage.sandbox.notificationsOf(sold.out_trade_no))[0]?.attempts.length);
    await client.refund(application(sold, { notify_url }));
    await spoil(sold.out_trade_no);
    await stage.sandbox.advance(REFUNDED_S);
    return { out_trade_no: sold.out_trade_no, total: 1_000 };
  },
};

async function verdict({ words, shut, one_fen_more }, told, news) {
  if (words) return assert.match(String(told.thrown), words);
  assert.equal(told?.thrown, undefined);
  if (shut) return assert.equal(told, undefined);
  assert.equal(told.resource.out_trade_no, news.out_trade_no);
  return assert.equal(told.resource.amount.total, news.total + (one_fen_more ? 1 : 0));
}

for (const { name, library, open } of some) {
  for (const [kind, known] of Object.entries(NOTICES)) {
    // A refund's letters are spoilt by the same hand; a soak has them too.
    for (const what of isSoaking ? Object.keys(NEWS) : ["payment"]) {
      test(`${name}: a ${what}'s letter, ${kind}`, async () => {
        const { sandbox } = stage;
        const client = await open();
        const path = `/${number("n")}`;
        const at = () => box.letters.filter((letter) => letter.path === path);
        const spoil = (out_trade_no) => sandbox.faults(wish({ route: "notify", kind, ...known }, out_trade_no));
        const news = await NEWS[what](client, box.url + path, spoil);
        // A letter box takes everything, so what is not dropped comes once, or as often as it shall.
        if (kind === "dropped" || kind === "repeated") await sandbox.advance(known.more);
        await until("its letters came", () => at().length >= (known.letters ?? 1));
        assert.deepEqual(await sandbox.waitingFaults(), []);
        for (const letter of at()) {
          await verdict(known.verdict[library], await outcome(() => client.open(letter)), news);
        }
        assert.equal(at().length, known.letters ?? 1);
      });
    }
  }
}

for (const [kind, { tries, more, conflict, wait_ms }] of Object.entries(NOTICES)) {
  test(`the Worker: a payment's letter, ${kind}`, async () => {
    const { sandbox, shop } = stage;
    const opened = await shop.opened();
    const { out_trade_no, code_url } = opened.attempt;
    await sandbox.faults(wish({ route: "notify", kind, wait_ms }, out_trade_no));
    await sandbox.pay(code_url);
    const statuses = async () => {
      const [{ attempts }] = await sandbox.notificationsOf(out_trade_no);
      return attempts.map(({ status }) => status);
    };
    await until("the first try is over", async () => (await statuses()).length > 0);
    const first = await shop.checkout(opened.id);
    assert.equal(first.status, tries[0] === 200 && !conflict ? "paid" : "open");
    if (more) await sandbox.advance(more);
    await until("all tries are over", async () => (await statuses()).length >= tries.length);
    assert.deepEqual(await statuses(), tries);
    const view = await shop.checkout(opened.id);
    if (conflict) {
      // Authentic, but not what was ordered: a person decides, and the page promises nothing.
      assert.ok(view.conflict, JSON.stringify(view));
      assert.notEqual((await shop.look(opened.client_token)).body.status, "paid");
      return;
    }
    assert.equal(view.status, "paid");
    assert.equal(view.payment.total, 8_800);
    assert.equal((await shop.look(opened.client_token)).body.status, "paid");
    const order = await sandbox.order(out_trade_no);
    assert.equal(view.payment.transaction_id, order.transaction_id);
  });
}

test("every fault that the sandbox knows has a row, and every row is a fault", async () => {
  const known = (await stage.sandbox.knownFaults()).flatMap(({ route, kinds }) =>
    kinds.map(({ kind }) => `${route} ${kind}`));
  const rows = [
    ...PAIRS.map(({ route, kind }) => `${route} ${kind}`),
    ...Object.keys(NOTICES).map((kind) => `notify ${kind}`),
  ];
  // V2's calls, its scans and what only its letters have are tried by the sandbox's own tests.
  const ofV2 = /^(?:unifiedorder|orderquery|closeorder|shorturl|refund_v2|refundquery|downloadbill|downloadfundflow|native_callback) |^notify (?:other-sign-type|doctype)$/;
  assert.deepEqual(rows.sort(), known.filter((row) => !ofV2.test(row)).sort());
});
