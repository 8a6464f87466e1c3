// The labels: one for each product, as it will stand on paper.
//
// A code is the Worker's picture, fetched with the key and shown from memory: an address that needs
// no key would let anybody have codes made. It is drawn once for each visit, since it never changes.

import { describe } from "../teas.js";
import { tongue, words } from "../language.js";
import { make } from "../make.js";
import { badge, complaint, yuan } from "../orders/facts.js";
import { ON_PAPER } from "./words.js";

/** A label without its code yet. */
function label(product, { chosen, changed }) {
  const said = words();
  const { name, weight } = describe(product, tongue());
  const picked = make("input", { type: "checkbox", checked: chosen });
  picked.setAttribute("aria-label", said.pick(name));
  const place = make("div", { className: "code" });
  const item = make("li", { className: "label awaited" }, [
    make("div", { className: "pick" }, [
      picked, product.sold_out ? badge("marks", "soldOut") : undefined,
    ]),
    place,
    make("p", { className: "label-name", textContent: [name, weight].filter(Boolean).join(" · ") }),
    make("p", { className: "label-price", textContent: yuan(product.price.total, product.price.currency) }),
    make("p", { className: "label-call" }, [
      make("span", { lang: "zh-CN", textContent: ON_PAPER.call }),
      make("span", { lang: "en", textContent: ON_PAPER.callInEnglish }),
    ]),
    make("p", { className: "label-id" }, [make("code", { textContent: product.id })]),
  ]);
  item.dataset.product = product.id;
  const show = () => item.classList.toggle("unprinted", !picked.checked);
  picked.addEventListener("change", () => {
    show();
    changed(picked.checked);
  });
  show();
  /** Now it can be printed. */
  const complete = (code) => {
    item.classList.remove("awaited");
    place.replaceChildren(code);
  };
  /** Takes it off the sheet: there is nothing to print. Nobody chose that, so it is not remembered. */
  const withdraw = (why) => {
    picked.checked = false;
    picked.disabled = true;
    show();
    item.classList.add("codeless");
    place.replaceChildren(why);
  };
  return { item, name, complete, withdraw };
}

function picture(address, name) {
  return make("img", { src: address, alt: words().codeOf(name), decoding: "sync" });
}

/** The sheet of labels; it remembers pictures and choices while the page is open. */
export function openSheet(sheet, { askPicture, fail }) {
  const pictures = new Map();
  const choices = new Map();

  async function draw({ name, complete, withdraw }, product, signal) {
    try {
      if (!pictures.has(product.id)) {
        const svg = await askPicture(`/v1/products/${encodeURIComponent(product.id)}/code.svg`, signal);
        // Of an earlier visit, perhaps of another merchant.
        signal.throwIfAborted();
        pictures.set(product.id, URL.createObjectURL(svg));
      }
      complete(picture(pictures.get(product.id), name));
    } catch (error) {
      fail(error, (trouble) => withdraw(complaint(trouble)));
    }
  }

  return {
    /** Draws `products`, until `signal` says that somebody else does. */
    async show(products, signal) {
      if (!products.length) {
        sheet.replaceChildren(make("p", { className: "none", textContent: words().noProducts }));
        return;
      }
      const labels = products.map((product) => label(product, {
        chosen: choices.get(product.id) ?? !product.sold_out,
        changed: (chosen) => choices.set(product.id, chosen),
      }));
      sheet.replaceChildren(make("ul", { className: "sheet" }, labels.map(({ item }) => item)));
      // One after the other: a shop of two hundred products asks no more of the Worker than a person.
      for (const [at, product] of products.entries()) {
        if (signal.aborted) return;
        await draw(labels[at], product, signal);
      }
    },
    forget() {
      for (const address of pictures.values()) URL.revokeObjectURL(address);
      pictures.clear();
      choices.clear();
      sheet.replaceChildren();
    },
  };
}
