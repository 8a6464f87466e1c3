// What a run was promised: every answer that a shop, a phone or the platform may build on. Held
// against what is there later, by `audit.mjs`.

/** What an answer makes of a request: it counts, it is a no, or nobody knows. */
const TAKEN = [200, 201, 202];

export class Record {
  constructor() {
    /** Checkouts that were acknowledged and have not been found in order for good, by id. */
    this.checkouts = new Map();
    /** Requests whose answer never came: `{ shop, repeat }`. */
    this.doubtful = [];
    /** Promises so far, by kind. */
    this.acknowledged = { create: 0, cancel: 0, refund: 0, payment: 0, notification: 0, webhook: 0 };
    /** Notifications that have been counted, by id. */
    this.heard = new Set();
    /** Events that a shop took, by id. */
    this.told = new Set();
    /** What was promised and is not there, and what is there more than once: in words. */
    this.lost = [];
    this.doubled = [];
    /** Answers that nobody should ever get. */
    this.odd = [];
  }

  /** The answer to a create; `repeat` sends the same once more, for when there was none. */
  created(shop, body, reply, repeat) {
    if (!reply || reply.status === 503) return void this.doubtful.push(repeat);
    // WeChat Pay said no: nothing was promised.
    if (reply.body.code === "wechatpay_refused") return;
    if (!TAKEN.includes(reply.status)) return void this.odd.push(`create: ${words(reply)}`);
    this.acknowledged.create++;
    const view = reply.body;
    const number = view.attempt.out_trade_no;
    const entry = { id: view.id, shop, body, number, token: view.client_token, version: 0, refunds: new Map() };
    this.checkouts.set(view.id, entry);
    this.saw(entry, view, this.known(entry));
  }

  /** The answer to a cancellation. */
  cancelled(entry, reply, before, repeat) {
    if (!reply || reply.status === 503) return void this.doubtful.push(repeat);
    if (reply.status === 409 && reply.body.code === "already_paid") return;
    if (!TAKEN.includes(reply.status)) return void this.odd.push(`cancel: ${words(reply)}`);
    this.acknowledged.cancel++;
    this.saw(entry, reply.body, before);
  }

  /** The answer to a refund. */
  refunded(entry, body, reply, repeat) {
    if (!reply || reply.status === 503) return void this.doubtful.push(repeat);
    const no = ["not_paid", "refund_exceeds_payment"];
    if (reply.status === 409 && no.includes(reply.body.code)) return;
    if (!TAKEN.includes(reply.status)) return void this.odd.push(`refund: ${words(reply)}`);
    const { out_refund_no: number, amount } = reply.body;
    const known = entry.refunds.get(body.reference);
    if (known && known.number !== number) this.doubled.push(`refund ${body.reference}: ${known.number}, ${number}`);
    if (!known) this.acknowledged.refund++;
    entry.refunds.set(body.reference, { number, fen: amount.refund ?? amount.total });
  }

  /** A phone was told that it has paid. */
  paid(entry, transactionId) {
    this.acknowledged.payment++;
    entry.transactionId = transactionId;
  }

  /** What is known of a checkout now: no answer to a later question may be worse. */
  known(entry) {
    const { version, wasPaid, end } = entry;
    return { version, wasPaid, end };
  }

  /** An answer about a checkout to somebody who knew `before` when asking. */
  saw(entry, view, before) {
    const { id, transactionId } = entry;
    const was = before.wasPaid ? "paid" : before.end;
    if (was && view.status !== was) this.lost.push(`${id} was ${was} and is ${view.status}`);
    if (view.version < before.version) this.lost.push(`${id} went back from ${before.version} to ${view.version}`);
    if (view.trouble || view.conflict) this.odd.push(`${id}: ${view.trouble} ${view.conflict}`);
    const told = view.payment?.transaction_id;
    if (told && transactionId && told !== transactionId) this.doubled.push(`${id}: ${transactionId}, ${told}`);
    entry.wasPaid ||= view.status === "paid";
    if (["expired", "cancelled"].includes(view.status)) entry.end = view.status;
    if (view.version < entry.version) return;
    entry.version = view.version;
    entry.code = view.attempt?.code_url ?? view.code_url;
  }

  /** Those for which `fits`. */
  those(fits) {
    return [...this.checkouts.values()].filter(fits);
  }

  /** How many promises there were. */
  get promises() {
    return Object.values(this.acknowledged).reduce((sum, count) => sum + count, 0);
  }
}

const words = (reply) => `${reply.status} ${JSON.stringify(reply.body).slice(0, 300)}`;
