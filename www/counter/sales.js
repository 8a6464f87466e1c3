// What is paid at the counter: today's scans of shelf codes, newest first, looked at every few
// seconds while the page is in sight. What is newly paid is also said aloud to a screen reader.

import { describe } from "../teas.js";
import { tongue, words } from "../language.js";
import { make } from "../make.js";
import { badge, complaint, time, yuan } from "../orders/facts.js";

const EVERY_MS = 3_000;

/** Orders of one look at most. A counter that takes more in a day is told so, and reads on at the order page. */
const LIMIT = 100;

/** Midnight in Beijing, as the API wants moments. */
export function dawn(now) {
  const there = new Date(now + 8 * 3_600_000).toISOString();
  return `${there.slice(0, 10)}T00:00:00+08:00`;
}

// The index has the reference only, which names the product: `counter:<product>:<chance>`.
function nameOf(order) {
  const id = order.product ?? order.reference?.split(":")[1];
  return describe({ id, description: order.description }, tongue()).name;
}

function row(order) {
  const amount = yuan(order.amount.total, order.amount.currency);
  const item = make("li", { className: "sale" }, [
    make("div", { className: "sale-name" }, [
      make("span", { className: "what", textContent: nameOf(order) }),
      make("a", { href: `/orders/#/orders/${order.id}`, textContent: words().order(order.id.slice(4, 10)) }),
    ]),
    make("span", { className: "sale-amount", textContent: amount }),
    badge("status", order.status),
    time(order.created_at),
  ]);
  item.dataset.status = order.status;
  item.dataset.order = order.id;
  return item;
}

/** What was paid, and by how many; with a word more where `orders` are not the whole day's. */
function summed(orders, isWhole) {
  const paid = orders.filter(({ status }) => status === "paid");
  const total = paid.reduce((fen, order) => fen + order.amount.total, 0);
  const said = words().sum(paid.length, yuan(total));
  return isWhole ? said : words().ofLatest(LIMIT, said);
}

/** The orders that were paid or may yet be. */
function till(orders) {
  const rows = orders.filter(({ status }) => status === "paid" || status === "open").map(row);
  return rows.length
    ? make("ul", { className: "till" }, rows) : make("p", { className: "none", textContent: words().noSales });
}

/** The list of sales: `show` begins to look, `stop` ends it. */
export function openSales({ list, sum, tell }, { ask, fail }) {
  let known;
  let orders = [];
  let isWhole = true;
  let timer;

  function draw(note) {
    sum.textContent = summed(orders, isWhole);
    list.replaceChildren(...[note, till(orders)].filter(Boolean));
  }

  // What was paid before the page was opened is no news.
  function announce() {
    const paid = orders.filter(({ status }) => status === "paid");
    const fresh = known ? paid.filter(({ id }) => !known.has(id)) : [];
    known = new Set(paid.map(({ id }) => id));
    if (!fresh.length) return;
    const said = fresh.map((order) => words().paid(nameOf(order), yuan(order.amount.total)));
    tell(said.join(" "));
  }

  // The list is drawn anew only if it is another one, so that nothing under a finger or a cursor goes.
  let drawn = "";
  async function look() {
    try {
      const wish = { source: "counter", created_after: dawn(Date.now()), limit: String(LIMIT) };
      const page = await ask("/v1/checkouts", wish);
      orders = page.data;
      isWhole = !page.next_cursor;
      const now = JSON.stringify([tongue(), isWhole, orders.map(({ id, status }) => [id, status])]);
      if (now !== drawn) draw();
      drawn = now;
      announce();
    } catch (error) {
      fail(error, (trouble) => {
        drawn = "";
        if (known) draw(make("p", { className: "stale", textContent: words().stale }));
        // That nobody has paid is more than anybody knows.
        else list.replaceChildren(complaint(trouble));
      });
    }
  }

  function again() {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (!document.hidden) await look();
      if (timer !== undefined) again();
    }, EVERY_MS);
  }

  return {
    async show() {
      clearTimeout(timer);
      timer = 0;
      drawn = "";
      await look();
      if (timer !== undefined) again();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      known = undefined;
      orders = [];
      list.replaceChildren();
      sum.textContent = "";
      tell("");
    },
  };
}
