// The one script tag: defines <saoma-checkout> and puts the Rust module behind it.
//
// Importing this file in a server renderer does nothing: there is no element to define. It writes
// no global but the element, and until the module is there (or if it cannot be had) whatever stands
// between the tags stays visible.

import load, { Checkout } from "./saoma_glue.js";

const here = import.meta.url;
const HTMLElement = globalThis.HTMLElement ?? class {};

// The build puts the module's name here, with a mark of its contents: after a deployment a cached
// module must not meet a fresh script, for the two fit each other to the last import.
const WASM = SAOMA_WASM;

let loading;

/** Fetches the module once; after a failure the next element tries again. */
function module() {
  loading ??= load({ module_or_path: new URL(WASM, here) }).catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

export class SaomaCheckout extends HTMLElement {
  static observedAttributes = ["product", "quantity", "buyer", "session", "endpoint", "locale"];

  #checkout;
  #isStale = false;

  /** What `data-status` says: loading, waiting, checking, closing, paid, expired, cancelled, error. */
  get status() {
    return this.getAttribute("data-status") ?? "loading";
  }

  connectedCallback() {
    this.#refresh();
  }

  disconnectedCallback() {
    this.#refresh();
  }

  attributeChangedCallback(_name, before, after) {
    if (before !== after) this.#refresh();
  }

  // A framework sets attributes one by one and moves elements about; only what is left at the end
  // of its turn counts.
  #refresh() {
    if (this.#isStale) return;
    this.#isStale = true;
    queueMicrotask(() => {
      this.#isStale = false;
      this.#settle();
    });
  }

  async #settle() {
    if (!this.isConnected) return this.#checkout?.disconnect();
    try {
      await module();
    } catch (error) {
      return this.#fail(error);
    }
    if (!this.isConnected) return;
    this.#checkout ??= new Checkout(this, new URL(here).origin);
    this.#checkout.connect();
  }

  #fail(error) {
    console.error("<saoma-checkout>: saoma_bg.wasm could not be loaded.", error);
    this.setAttribute("data-status", "error");
    // What the shop put between the tags says more; without it, at least a sentence.
    this.firstChild ?? this.append("无法显示微信支付二维码 · The WeChat Pay code cannot be shown");
    const detail = { code: "no_wasm", detail: String(error), recoverable: true };
    this.dispatchEvent(new CustomEvent("saoma-error", { bubbles: true, composed: true, detail }));
  }
}

if (globalThis.customElements && !customElements.get("saoma-checkout")) {
  customElements.define("saoma-checkout", SaomaCheckout);
}
