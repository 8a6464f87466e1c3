// The script tag: defines <saoma-checkout>. Whose Worker it asks follows from where the script
// came from (`assets.js`), unless the element says otherwise.

import { SaomaCheckout } from "./element.js";

// A page may carry the tag twice, or two versions of it: the first one serves.
if (globalThis.customElements && !customElements.get("saoma-checkout")) {
  customElements.define("saoma-checkout", SaomaCheckout);
}
