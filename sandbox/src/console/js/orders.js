// Orders: every code that a phone could scan, and one order with all that belongs to it.

import { to } from "./address.js";
import { h } from "./draw.js";
import { fetched } from "./fetched.js";
import { known, now, nowText } from "./feed.js";
import { laidOut } from "./message.js";
import { noticeRow } from "./notifications.js";
import { chosen, codePicture, look } from "./phone.js";
import { back, card, code, copyUnseen, empty, facts, heading, list, quiet, tag, waiting } from "./pieces.js";
import { refundRow } from "./refunds.js";
import { requestRow } from "./requests.js";
import { clock, seconds, span, standing, yuan } from "./words.js";

export const title = "Orders";

export const counter = (feed) => {
  const open = feed.orders.filter((order) => standing(order, now()).isPayable).length;
  return open ? [open, `${open} to pay`] : null;
};

export function view([mchid, number]) {
  return number ? one(mchid, number) : all();
}

function all() {
  const { orders } = known.feed;
  return [
    heading("Orders", quiet("Choose one for the phone, or open its details.")),
    orders.length === 0
      ? empty("No order yet. Place one with your program, pointed at ", code(location.origin), "; its code appears here.")
      : list("Orders, newest first", orders.map(orderRow)),
  ];
}

function orderRow(order) {
  const { tag: words, kind } = standing(order, now());
  const age = `${span(seconds(order.created_at), now())} old`;
  const parts = [order.out_trade_no, order.api === "v2" && "API v2", order.sub_mchid && `sub-merchant ${order.sub_mchid}`, age];
  return h("li", { key: `${order.mchid} ${order.out_trade_no}`, class: "split" },
    h("button", {
      type: "button", class: "row", "aria-pressed": String(order.code_url === chosen()), onclick: () => toPhone(order),
    },
    h("span", { class: "name" }, order.description),
    h("span", { class: "sum" }, yuan(order.amount.total)),
    h("span", { class: "sub" }, parts.filter(Boolean).join(" · ")),
    tag(words, kind)),
    h("a", { class: "more", href: to("orders", order.mchid, order.out_trade_no), "aria-label": `Details of ${order.out_trade_no}` }, "Details"));
}

/** Chosen is seen on the phone; where there is no room beside the list, one goes there. */
function toPhone(order) {
  look(order.code_url);
  if (matchMedia("(max-width: 52rem)").matches) location.hash = "#phone";
}

function one(mchid, number) {
  const isIt = (order) => order.mchid === mchid && order.out_trade_no === number;
  const listed = known.feed.orders.find(isIt);
  const found = listed ? null : fetched(`/sandbox/orders/${encodeURIComponent(number)}`, String(known.feed.revision));
  const order = listed ?? (found.value && isIt(found.value) ? found.value : null);
  const head = [back("#orders", "All orders"), heading(`Order ${number}`)];
  return order ? [...head, details(order), belongings(order)] : [...head, waiting(found)];
}

function details(order) {
  const { tag: words, kind, isPayable } = standing(order, now());
  return card(null, { key: "order" },
    h("div", { class: "order" },
      h("div", {},
        h("p", { class: "big" }, yuan(order.amount.total), " ", tag(words, kind)),
        h("p", { class: "what" }, order.description),
        terms(order)),
      isPayable && h("figure", { class: "code" },
        h("img", { src: codePicture(order), alt: `The code of order ${order.out_trade_no}`, width: "224", height: "224" }),
        h("figcaption", { class: "quiet" }, "A camera reads this as ", code(order.code_url)))),
    h("p", { class: "actions" },
      h("button", { type: "button", class: "primary", onclick: () => toPhone(order) }, "Hold before the phone"),
      copyUnseen(order.code_url, "its text")));
}

const terms = (order) => facts(
  ["Merchant", code(order.mchid), order.sub_mchid ? ` for ${order.sub_mchid}` : null],
  ["State", order.trade_state],
  order.api === "v2" && ["API", `v2, signed with ${order.sign_type}`],
  order.product_id && ["product_id", code(order.product_id)],
  order.prepay_id && ["prepay_id", code(order.prepay_id)],
  order.phone && ["Phone", order.phone, order.payer ? ` (${order.payer})` : null],
  order.attach !== undefined && ["attach", order.attach],
  order.transaction_id && ["transaction_id", code(order.transaction_id)],
  order.success_time && ["Paid", clock(order.success_time, nowText())],
  order.closed_at && ["Closed", clock(order.closed_at, nowText())],
  ["Placed", clock(order.created_at, nowText())],
  ["Code good until", clock(order.code_expires_at, nowText())],
  ["time_expire", clock(order.time_expire, nowText())],
  order.coupon !== undefined && ["Coupon", yuan(order.coupon)],
  ["notify_url", code(order.notify_url)],
  order.void_codes > 0 && ["Codes before this one", String(order.void_codes)],
);

/** What the feed knows of one order besides itself. */
function belongings(order) {
  const isIts = (row) => row.out_trade_no === order.out_trade_no;
  const { notifications = [], refunds = [], requests = [] } = known.feed;
  const part = (name, rows, draw) => {
    const its = rows.filter(isIts);
    return its.length > 0 && card(name, { key: name, "aria-label": name }, list(`${name} of this order`, its.map(draw)));
  };
  return [
    part("Notifications", notifications, noticeRow),
    part("Refunds", refunds, refundRow),
    part("Requests", requests, requestRow),
    order.request && card("The body of the order call", { key: "body" },
      h("pre", {}, laidOut(JSON.stringify(order.request)) ?? "")),
  ];
}
