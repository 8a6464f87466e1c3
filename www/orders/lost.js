// What found no place: payments that belong to no order here, and what could not be delivered.

import { words } from "../language.js";
import { make } from "../make.js";
import { badge, code, complaint, entries, facts, headline, orderLink, say, time, title, yuan } from "./facts.js";

/** A list that is read page by page; `draw` makes the nodes of one item. */
async function showPages(stage, { name, path }, draw) {
  const said = words()[name];
  const results = make("div", { className: "results" });
  stage.put(title(said.title), make("p", { className: "hint", textContent: said.text }), results);
  const rows = [];

  async function read(cursor) {
    results.setAttribute("aria-busy", "true");
    stage.tell(words().loading);
    try {
      const page = await stage.ask(path, { cursor });
      rows.push(...page.data);
      const more = make("button", { type: "button", className: "button quiet more", textContent: words().list.more });
      more.addEventListener("click", () => read(page.next_cursor));
      results.replaceChildren(entries(rows, draw), page.next_cursor ? more : "");
      stage.tell(rows.length ? said.count(rows.length) : words().none);
    } catch (error) {
      stage.fail(error, (trouble) => results.replaceChildren(complaint(trouble, () => read(cursor))));
    } finally {
      results.removeAttribute("aria-busy");
    }
  }

  await read("");
}

function orphan(one) {
  const isRefund = Boolean(one.out_refund_no);
  return [
    headline(yuan(isRefund ? one.refund : one.total, one.currency) || say("marks", "unknownAmount"),
      badge("marks", isRefund ? "orphanRefund" : "orphanPayment")),
    facts([
      ["out_trade_no", code(one.out_trade_no)],
      ["transaction_id", code(one.transaction_id)],
      ["out_refund_no", code(one.out_refund_no)],
      ["trade_state", one.trade_state],
      ["refund_status", one.refund_status],
      ["received_at", time(one.received_at)],
      ["notification_id", code(one.notification_id)],
    ]),
  ];
}

function deadLetter(order) {
  return [
    headline(orderLink(order.id, order.reference), badge("status", order.status)),
    make("p", { textContent: order.description }),
    facts([
      ["amount", yuan(order.amount?.total, order.amount?.currency)],
      ["dead", order.dead],
      ["created_at", time(order.created_at)],
    ]),
  ];
}

/** Payments and refunds that nobody here knows. */
export const showOrphans = (stage) => showPages(stage, { name: "orphans", path: "/v1/orphans" }, orphan);

/** Orders with something that was given up. */
export const showDeadLetters = (stage) =>
  showPages(stage, { name: "deadLetters", path: "/v1/dead-letters" }, deadLetter);
