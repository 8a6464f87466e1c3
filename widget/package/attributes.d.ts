// What may be said to a checkout: as props of a component, and as attributes of the tag.

import type { SaomaEventMap, SaomaMessages } from "./index.js";

/** What to pay: a session that your server opened, or a product of the Worker's catalogue. */
export type SaomaGoods =
  | { session: string; product?: undefined; quantity?: undefined; buyer?: undefined }
  | {
      session?: undefined;
      product: string;
      /** 1 if left out. */
      quantity?: number | string;
      /** Who buys, for the shop's eyes only. */
      buyer?: Record<string, string> | string;
    };

/** How it looks and behaves. */
export interface SaomaLooks {
  /** The Worker's origin, unless `defineSaoma` was told it. */
  endpoint?: string;
  /** `zh-CN`, `zh-TW`, `en`, `ja`, `ko` or `ar`; if left out, what the page or the browser says. */
  locale?: string;
  theme?: "auto" | "light" | "dark";
  layout?: "inline" | "dialog";
  /** Whether the dialog is open. */
  open?: boolean;
  /** Where a paid page goes back to. */
  returnUrl?: string;
  /** Seconds until it goes there by itself. */
  autoReturn?: number | string;
  /** The code's width in pixels, its white border included. */
  qrSize?: number | string;
  noCountdown?: boolean;
  noRefresh?: boolean;
  /** `event`: on a phone only `saoma-mobile` is told, and nothing shown. */
  mobile?: "show" | "event";
  /** The page's content policy lets a WebSocket to the Worker through. */
  socket?: boolean;
  /** The field's name in a form. */
  name?: string;
  /** 2 to 6: the name of the payment method is a heading of the page. */
  headingLevel?: number | string;
  /** Single texts in place of the widget's own. */
  messages?: SaomaMessages;
}

export type SaomaProps = SaomaGoods & SaomaLooks;

/** Handlers by the names that props have for them: `onPaid` hears `saoma-paid`. */
export type SaomaHandlers = {
  [Name in keyof SaomaEventMap as Name extends `saoma-${infer Event}`
    ? `on${Capitalize<Event>}`
    : never]?: (event: SaomaEventMap[Name]) => void;
};

/** The attributes as they stand in HTML. */
export interface SaomaAttributes {
  session?: string;
  product?: string;
  quantity?: number | string;
  buyer?: string;
  endpoint?: string;
  locale?: string;
  theme?: "auto" | "light" | "dark";
  layout?: "inline" | "dialog";
  open?: boolean | "";
  "return-url"?: string;
  "auto-return"?: number | string;
  "qr-size"?: number | string;
  "no-countdown"?: boolean | "";
  "no-refresh"?: boolean | "";
  mobile?: "show" | "event";
  socket?: boolean | "";
  name?: string;
  "heading-level"?: number | string;
}
