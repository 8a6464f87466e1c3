// <SaomaCheckout> to Vue, and the tag itself to its templates.

import type { DefineComponent, Ref } from "vue";
import type { SaomaAttributes, SaomaProps } from "./attributes.js";
import type { SaomaCheckout as Element, SaomaEventMap } from "./index.js";

/** What is emitted: `@paid` hears `saoma-paid`. */
export type SaomaEmits = {
  [Name in keyof SaomaEventMap as Name extends `saoma-${infer Event}` ? Event : never]: (
    event: SaomaEventMap[Name],
  ) => void;
};

/** The checkout as a component; a ref to it has the element. */
export declare const SaomaCheckout: DefineComponent<
  SaomaProps, { element: Ref<Element | null> }, {}, {}, {}, {}, {}, SaomaEmits
>;

declare module "vue" {
  interface GlobalComponents {
    SaomaCheckout: typeof SaomaCheckout;
    "saoma-checkout": DefineComponent<SaomaAttributes>;
  }
}
