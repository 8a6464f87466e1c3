// The orders of a profile, newest first: searched, and read on page by page.
//
// What was found is kept while one of them is looked at, so that going back loses neither the place
// nor what was read so far.

import { words } from "../language.js";
import { make } from "../make.js";
import { badge, complaint, facts, moment, orderLink, time, title, yuan } from "./facts.js";
import { everything, query, searchForm } from "./search.js";

const kept = { wish: everything(), found: undefined, last: undefined };

/** Forgets what was found: another profile's orders are other orders. */
export function forgetList() {
  Object.assign(kept, { wish: everything(), found: undefined, last: undefined });
}

function row(order) {
  const link = orderLink(order.id, order.reference);
  link.dataset.order = order.id;
  link.addEventListener("click", () => { kept.last = order.id; });
  const paid = order.payments?.find(({ fate }) => !fate || fate === "settled");
  return make("li", { className: "order" }, [
    make("div", { className: "order-name" }, [link, make("p", { textContent: order.description })]),
    make("span", { className: "order-total", textContent: yuan(order.amount?.total, order.amount?.currency) }),
    make("div", { className: "order-state" }, [
      badge("status", order.status),
      order.attention ? badge("marks", "attention") : undefined,
      order.purged_at ? badge("marks", "purged") : undefined,
    ]),
    facts([
      ["created_at", time(order.created_at)],
      ["out_trade_no", order.attempt?.out_trade_no],
      ["transaction_id", paid?.transaction_id],
      ["refunded", order.refunded ? yuan(order.refunded) : undefined],
    ]),
  ]);
}

function drawn(stage, read) {
  const { rows, next, at } = kept.found;
  const said = words().list;
  const count = said.count(rows.length, next !== null, moment(at));
  const more = make("button", { type: "button", className: "button quiet more", textContent: said.more });
  more.addEventListener("click", () => read(true));
  stage.tell(count);
  return [
    make("p", { className: "count", textContent: count }),
    rows.length ? make("ul", { className: "orders" }, rows.map(row)) : nobody(),
    next === null ? undefined : more,
  ];
}

function nobody() {
  const said = words().list;
  return make("div", { className: "nothing" }, [
    make("p", { textContent: said.nothing }), make("p", { className: "hint", textContent: said.nothingHint }),
  ]);
}

/** Now, as the API writes moments. */
function beijing() {
  const there = new Date(Date.now() + 8 * 3_600_000).toISOString();
  return `${there.slice(0, 19)}+08:00`;
}

/** The view. */
export async function showList(stage) {
  const results = make("div", { className: "results" });
  const heading = title(words().list.title);
  const form = searchForm(kept.wish, () => read(false));
  stage.put(heading, form, results);

  async function read(further) {
    const wish = query(kept.wish);
    if (wish.id) return stage.go(`#/orders/${wish.id}`);
    const seen = further ? kept.found.rows : [];
    results.setAttribute("aria-busy", "true");
    stage.tell(words().loading);
    try {
      const page = await stage.ask("/v1/checkouts", { ...wish, cursor: further ? kept.found.next : "" });
      kept.found = { rows: [...seen, ...page.data], next: page.next_cursor ?? null, at: beijing() };
      results.replaceChildren(...drawn(stage, read).filter(Boolean));
      if (further) focusOn(page.data[0]?.id);
    } catch (error) {
      stage.fail(error, (trouble) => results.replaceChildren(complaint(trouble, () => read(further))));
    } finally {
      results.removeAttribute("aria-busy");
    }
    return undefined;
  }

  function focusOn(id) {
    const links = [...results.querySelectorAll("[data-order]")];
    links.find((link) => link.dataset.order === id)?.focus();
  }

  if (!kept.found) return read(false);
  results.replaceChildren(...drawn(stage, read).filter(Boolean));
  focusOn(kept.last);
  return undefined;
}
