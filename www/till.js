// The till: a dialog in which the shopper sees the code, and afterwards the receipt.
//
// The checkout lives only as long as the dialog is open. Closing it pays nothing and cancels
// nothing; opening it again for the same goods shows the same order, since the checkout keeps its
// own key for it.

import { money } from "./catalogue.js";
import { tongue, words } from "./language.js";
import { make } from "./make.js";

const part = (id) => document.getElementById(id);

/** Makes the dialog work; answers the function that opens it for `{ product, quantity, name }`. */
export function openTill() {
  const dialog = part("till");
  part("till-close").addEventListener("click", () => dialog.close());
  part("receipt-done").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    part("till-counter").replaceChildren();
    document.title = words().title;
  });
  return (goods) => {
    part("till-title").textContent = words().tillTitle(goods.name, goods.quantity);
    part("receipt").hidden = true;
    part("till-counter").replaceChildren(checkout(goods));
    showPhone(true);
    dialog.showModal();
  };
}

// Shows the way to the sandbox's phone while there is something to pay, where there is a phone.
function showPhone(wanted) {
  part("till-phone").hidden = !(wanted && part("till-phone-link").href);
}

function checkout(goods) {
  const element = make("saoma-checkout", {}, [
    make("p", { className: "till-coming", textContent: words().checkoutComing }),
  ]);
  element.setAttribute("product", goods.product.id);
  element.setAttribute("quantity", String(goods.quantity));
  element.setAttribute("locale", tongue());
  element.addEventListener("saoma-paid", (event) => showReceipt(goods, event.detail), {
    once: true,
  });
  return element;
}

// What was paid is what the order says; the shelf's price is only what was expected.
function showReceipt({ product, quantity, name }, detail) {
  const expected = { ...product.price, total: product.price.total * quantity };
  part("till-counter").replaceChildren();
  showPhone(false);
  part("receipt-amount").textContent = money(detail?.amount ?? expected, tongue());
  part("receipt-goods").textContent = words().tillTitle(name, quantity);
  part("receipt").hidden = false;
  const title = part("till-title");
  title.textContent = words().thanks;
  document.title = words().paidTitle;
  // Moving the focus makes a screen reader say the news, and leaves "close" one key away.
  title.focus();
}
