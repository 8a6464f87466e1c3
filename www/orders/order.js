// One order: how it stands, what was paid and set aside, what went back, who buys, what the shop was
// told and what happened when.
//
// Its parts are asked for side by side. One that does not come says so in its own place and hides
// none of the others.

import { words } from "../language.js";
import { make } from "../make.js";
import { badge, code, complaint, entries, facts, headline, say, section, time, title, yuan } from "./facts.js";
import { told } from "./told.js";

const PARTS = ["refunds", "events", "history"];

function face(order) {
  return facts([
    ["amount", yuan(order.amount?.total, order.amount?.currency)],
    ["description", order.description],
    ["id", code(order.id)],
    ["out_trade_no", code(order.attempt?.out_trade_no)],
    ["phase", order.phase && say("phase", order.phase)],
    ["trouble", order.trouble && say("trouble_of", order.trouble)],
    ["sub_mchid", order.sub_mchid],
    ["created_at", time(order.created_at)],
    ["expires_at", time(order.expires_at)],
    ["unknown_trade_state", order.attempt?.unknown_trade_state],
    ["wechatpay", wechatpay(order.wechatpay)],
  ]);
}

// WeChat Pay's own refusal; its support asks for the number at the end.
function wechatpay(answer) {
  return answer && [answer.status, answer.code, answer.message, answer.request_id].filter(Boolean).join(" · ");
}

function payment(paid) {
  return [
    headline(yuan(paid.total), badge("marks", "settled"), paid.late ? badge("marks", "late") : ""),
    facts([
      ["transaction_id", code(paid.transaction_id)],
      ["success_time", time(paid.success_time)],
      ["payer_total", paid.payer_total !== paid.total ? yuan(paid.payer_total) : undefined],
      ["promotions", paid.promotion_detail?.map((one) => `${one.name ?? one.coupon_id} ${yuan(one.amount)}`).join(", ")],
      ["bank_type", paid.bank_type],
      ["openid", code(paid.openid)],
      ["sub_openid", code(paid.sub_openid)],
      ["attach", paid.attach],
    ]),
  ];
}

function setAside(odd) {
  return [
    headline(yuan(odd.total, odd.currency), badge("fate", odd.fate)),
    make("p", { textContent: say("reason", odd.reason) }),
    facts([
      ["transaction_id", code(odd.transaction_id)],
      ["out_trade_no", code(odd.out_trade_no)],
      ["currency", odd.currency === "CNY" ? undefined : odd.currency],
      ["success_time", time(odd.success_time)],
    ]),
  ];
}

function payments(order) {
  const all = [
    ...(order.payment ? [payment(order.payment)] : []), ...(order.set_aside ?? []).map(setAside),
  ];
  return section(words().order.payments, [entries(all, (one) => one)]);
}

function refund(one) {
  return [
    headline(yuan(one.amount?.total, one.amount?.currency), badge("refundStatus", one.status),
      one.external ? badge("marks", "external") : ""),
    one.conflict ? conflict(say("disagreement", one.disagreement), one.conflict) : "",
    facts([
      ["reference", one.reference],
      ["reason", one.reason],
      ["waiting_for", one.waiting_for && say("waitingFor", one.waiting_for)],
      ["out_refund_no", code(one.out_refund_no)],
      ["refund_id", code(one.refund_id)],
      ["transaction_id", code(one.transaction_id)],
      ["account", one.user_received_account],
      ["created_at", time(one.created_at)],
      ["success_time", time(one.success_time)],
      ["unknown_status", one.unknown_status],
      ["wechatpay", wechatpay(one.wechatpay)],
    ]),
  ];
}

function buyer(fields) {
  const pairs = Object.entries(fields ?? {});
  if (!pairs.length) return "";
  return section(words().order.buyer, [
    make("dl", { className: "facts" }, pairs.map(([name, value]) => make("div", {}, [
      make("dt", { textContent: name }), make("dd", { textContent: String(value) }),
    ]))),
  ]);
}

function happened(line) {
  return [
    headline(say("happened", line.what)),
    line.detail ? make("p", { textContent: line.detail }) : "",
    facts([["at", time(line.at)], ["number", code(line.number)], ["transaction_id", code(line.transaction_id)]]),
  ];
}

// What needs a person, in our words and in the Worker's.
function conflict(ours, theirs) {
  return make("div", { className: "conflict", role: "note" }, [
    make("p", {}, [make("strong", { textContent: ours })]),
    make("p", { textContent: theirs }),
  ]);
}

function part(name, { value, reason }, draw) {
  const heading = words().order[name];
  if (!value) return section(heading, [complaint(reason?.kind ? reason : { kind: "broken" })]);
  return section(heading, [entries(value.data ?? [], draw)]);
}

/** The view. */
export async function showOrder(stage, id) {
  const back = () => make("a", { className: "back", href: "#/", textContent: words().order.back });
  const waiting = make("p", { className: "loading", textContent: words().loading });
  stage.put(back(), title(id), waiting);
  stage.tell(words().loading);
  const path = `/v1/checkouts/${id}`;
  const parts = Promise.allSettled(PARTS.map((name) => stage.ask(`${path}/${name}`)));
  let order;
  try {
    order = await stage.ask(path);
  } catch (error) {
    const missing = error.kind === "missing";
    stage.fail(error, (trouble) => {
      stage.put(back(), title(id), complaint(missing ? { kind: "noOrder" } : trouble));
      stage.tell("");
    });
    return;
  }
  const heading = title(order.reference);
  stage.put(
    back(),
    make("div", { className: "order-head" }, [heading, badge("status", order.status)]),
    order.conflict ? conflict(words().order.conflict, order.conflict) : "",
    face(order), payments(order), buyer(order.buyer), waiting,
  );
  stage.tell(words().order.shown(order.reference, say("status", order.status)));
  if (!document.activeElement?.hasAttribute("data-tongue")) heading.focus({ preventScroll: true });
  const [refunds, events, history] = await parts;
  waiting.replaceWith(
    part("refunds", refunds, refund), part("events", events, told), part("history", history, happened),
  );
}
