// What <saoma-checkout> is to TypeScript: the element, its events, and how it is defined.

/** A sum in fen, the hundredth part of a yuan. */
export interface SaomaAmount {
  total: number;
  currency: "CNY";
}

/** What is known of an order. Its sum is there from the first answer on. */
export interface SaomaOrder {
  /** The checkout's id: `GET /v1/checkouts/{id}` tells your server the truth about it. */
  checkout: string;
  description?: string;
  amount?: SaomaAmount;
}

/** What the element shows. */
export type SaomaStatus =
  | "loading" | "waiting" | "checking" | "closing" | "paid" | "expired" | "cancelled" | "error";

/** By which way a piece of news came; `tab` is another tab of the same page. */
export type SaomaVia = "push" | "poll" | "resume" | "tab";

/** What every event about an order carries. */
export interface SaomaNews extends Partial<SaomaOrder> {
  via?: SaomaVia;
}

export interface SaomaStatusNews extends SaomaNews {
  status: SaomaStatus;
  previous: SaomaStatus;
}

/** What went wrong, in the page's or the Worker's words. */
export interface SaomaTrouble {
  /** `bad_options` for a mistake in the tag, or the `code` of the Worker's problem document. */
  code: string;
  detail: string;
  /** Whether it may pass by itself, or by trying again. */
  recoverable: boolean;
}

/** The events, all of which bubble and leave shadow roots. */
export interface SaomaEventMap {
  /** The first answer is there. */
  "saoma-ready": CustomEvent<SaomaNews>;
  "saoma-status": CustomEvent<SaomaStatusNews>;
  /** Paid: once for an order in a document. `preventDefault()` stops the automatic return. */
  "saoma-paid": CustomEvent<SaomaNews>;
  /** Over, on the platform's word; never by the page's own clock. */
  "saoma-expired": CustomEvent<SaomaNews>;
  /** A fresh code is shown. */
  "saoma-refreshed": CustomEvent<SaomaNews>;
  /** The dialog was closed: `reason` is what `close` was called with, or how the shopper did it. */
  "saoma-closed": CustomEvent<Partial<SaomaOrder> & { reason?: string }>;
  /** Before anything is placed on a phone. `preventDefault()`: nothing is placed or shown. */
  "saoma-mobile": CustomEvent<{ in_wechat: boolean }>;
  "saoma-error": CustomEvent<Partial<SaomaOrder> & SaomaTrouble>;
}

/** How a checkout ended. */
export interface SaomaResult extends Partial<SaomaOrder> {
  status: SaomaStatus;
}

/** The texts of the widget by name, to replace single ones: see `saoma/words/en.json`. */
export type SaomaMessages = Record<string, string>;

/** The element behind <saoma-checkout>. On a server it can be named, and not be made. */
export declare class SaomaCheckout extends HTMLElement {
  /** The same as the attribute `data-status`. */
  readonly status: SaomaStatus;
  /** What is known of the order, with the seconds that its code is good for; or null. */
  readonly order: (SaomaOrder & { left_s: number | null }) | null;
  /** What went wrong, or null. */
  readonly error: SaomaTrouble | null;
  /** Single texts in place of the widget's own. */
  messages: SaomaMessages;

  session: string | null;
  product: string | null;
  get quantity(): string | null;
  set quantity(quantity: string | number | null);
  get buyer(): string | null;
  set buyer(buyer: string | Record<string, string> | null);
  endpoint: string | null;
  locale: string | null;
  theme: string | null;
  layout: string | null;
  returnUrl: string | null;
  get autoReturn(): string | null;
  set autoReturn(seconds: string | number | null);
  get qrSize(): string | null;
  set qrSize(pixels: string | number | null);
  mobile: string | null;
  name: string | null;
  get headingLevel(): string | null;
  set headingLevel(level: string | number | null);
  open: boolean;
  noCountdown: boolean;
  noRefresh: boolean;
  socket: boolean;

  /** Opens the dialog. */
  show(): void;
  /** Closes the dialog; `reason` goes into `saoma-closed`. */
  close(reason?: string): void;
  /** The shopper wants a fresh code, for another phone say. */
  refresh(): void;
  /** The shopper says "I have paid". */
  check(): void;
  /** Prints the code with order, sum and deadline. */
  print(): void;
  /** Resolves when the checkout has ended. */
  settled(): Promise<SaomaResult>;

  addEventListener<Name extends keyof SaomaEventMap>(
    type: Name,
    listener: (this: SaomaCheckout, event: SaomaEventMap[Name]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** What an app says once for all its elements. */
export interface SaomaOptions {
  /** The Worker's origin, for elements that do not name one. */
  endpoint?: string;
  /**
   * The address of a folder with the package's `saoma_bg.wasm` and `words/`, ending in a slash, for
   * apps whose bundler does not copy what is referred to by `new URL(…, import.meta.url)`.
   */
  assets?: string;
}

/** The package's version, and what was built of it. */
export declare const version: string;

/** Defines the element, once; null on a server. */
export declare function defineSaoma(options?: SaomaOptions): typeof SaomaCheckout | null;

/** The same as a promise. */
export declare function loadSaoma(options?: SaomaOptions): Promise<typeof SaomaCheckout | null>;

declare global {
  interface HTMLElementTagNameMap {
    "saoma-checkout": SaomaCheckout;
  }
  interface HTMLElementEventMap extends SaomaEventMap {}
  interface DocumentEventMap extends SaomaEventMap {}
  interface WindowEventMap extends SaomaEventMap {}
}
