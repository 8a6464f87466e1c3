// <SaomaCheckout> to React, and the tag itself to its JSX.

import type { DetailedHTMLProps, ForwardRefExoticComponent, HTMLAttributes, RefAttributes } from "react";
import type { SaomaAttributes, SaomaHandlers, SaomaProps } from "./attributes.js";
import type { SaomaCheckout as Element, SaomaEventMap } from "./index.js";

/** Ours, and whatever HTML lets any element have; the content is shown until there is something better. */
export type SaomaCheckoutProps = SaomaProps & SaomaHandlers &
  Omit<HTMLAttributes<Element>, keyof SaomaHandlers>;

/** The checkout as a component: events are props, the ref is the element. */
export declare const SaomaCheckout: ForwardRefExoticComponent<
  SaomaCheckoutProps & RefAttributes<Element>
>;

/** From React 19 on, the tag itself takes handlers under the events' full names. */
type TagHandlers = {
  [Name in keyof SaomaEventMap as `on${Name}`]?: (event: SaomaEventMap[Name]) => void;
};

type Tag = DetailedHTMLProps<HTMLAttributes<Element>, Element> &
  SaomaAttributes & TagHandlers & { class?: string };

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "saoma-checkout": Tag;
    }
  }
}
