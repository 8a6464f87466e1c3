// The npm package's entry: nothing happens until it is asked to, on a server least of all.

import { settle, version } from "./assets.js";
import { SaomaCheckout } from "./element.js";

export { SaomaCheckout, version };

/**
 * Defines <saoma-checkout>, once, however often it is called. Answers the class that stands behind
 * the tag, or null where there are no custom elements: on a server.
 *
 * `endpoint` is the Worker of every element that does not name one. `assets` is the address of a
 * folder that holds the package's `saoma_bg.wasm` and `words/`, for apps whose bundler does not copy
 * them.
 */
export function defineSaoma(options) {
  settle(options);
  const registry = globalThis.customElements;
  if (!registry) return null;
  if (!registry.get("saoma-checkout")) registry.define("saoma-checkout", SaomaCheckout);
  return registry.get("saoma-checkout");
}

/** The same as a promise, for code that is written as if the script were still to be loaded. */
export async function loadSaoma(options) {
  return defineSaoma(options);
}
