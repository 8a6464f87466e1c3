// The shelf: one card per product, with a quantity and a button to buy.

import { money } from "./catalogue.js";
import { tongue, words } from "./language.js";
import { make } from "./make.js";
import { describe } from "./teas.js";

// The field corrects itself: whatever is typed, `chosen` is a whole number that may be ordered.
function stepper(name, quantityMax, changed) {
  const said = words();
  const field = make("input", {
    type: "number", inputMode: "numeric", min: 1, max: quantityMax, step: 1, value: 1,
  });
  field.setAttribute("aria-label", said.quantityOf(name));
  const chosen = () => Math.min(quantityMax, Math.max(1, Math.trunc(Number(field.value)) || 1));
  const fewer = make("button", { type: "button", textContent: "−" });
  const more = make("button", { type: "button", textContent: "+" });
  fewer.setAttribute("aria-label", said.fewer(name));
  more.setAttribute("aria-label", said.more(name));
  const show = () => {
    // Not `disabled`: a button that vanishes from the keyboard's path would drop the focus.
    fewer.setAttribute("aria-disabled", String(chosen() <= 1));
    more.setAttribute("aria-disabled", String(chosen() >= quantityMax));
    changed(chosen());
  };
  const step = (by) => {
    field.value = Math.min(quantityMax, Math.max(1, chosen() + by));
    show();
  };
  fewer.addEventListener("click", () => step(-1));
  more.addEventListener("click", () => step(1));
  field.addEventListener("input", show);
  field.addEventListener("change", () => step(0));
  const group = make("div", { className: "stepper", title: said.atMost(quantityMax) }, [
    fewer, field, more,
  ]);
  return { group, show };
}

function card(product, quantities, buy) {
  const said = words();
  const tea = describe(product, tongue());
  const total = make("output", { className: "card-price" });
  const { group, show } = stepper(tea.name, product.quantity_max, (quantity) => {
    quantities.set(product.id, quantity);
    total.textContent = money(
      { ...product.price, total: product.price.total * quantity }, tongue(),
    );
  });
  group.querySelector("input").value = quantities.get(product.id) ?? 1;
  show();
  const button = make("button", { type: "button", className: "button buy", textContent: said.buy });
  button.setAttribute("aria-label", said.buyLabel(tea.name));
  button.addEventListener("click", () => {
    buy({ product, quantity: quantities.get(product.id), name: tea.name });
  });
  const unit = `${money(product.price, tongue())} / ${tea.weight || said.each}`;
  const item = make("li", { className: "card" }, [
    make("img", { src: tea.picture, alt: "", width: 400, height: 300, loading: "lazy" }),
    make("div", { className: "card-words" }, [
      make("h3", { textContent: tea.name }),
      make("p", { className: "card-origin", textContent: tea.origin }),
      make("p", { className: "card-notes", textContent: tea.notes }),
      make("p", { className: "card-unit", textContent: unit }),
    ]),
    make("div", { className: "card-till" }, [total, group, button]),
  ]);
  item.dataset.product = product.id;
  return item;
}

/** Puts the products on the shelf, keeping the quantities chosen so far. */
export function fill(list, products, { quantities, buy }) {
  list.replaceChildren(...products.map((product) => card(product, quantities, buy)));
  list.setAttribute("aria-busy", "false");
}
