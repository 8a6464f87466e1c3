// The element <saoma-checkout>: reads its tag, keeps one order in hand, and tells the page.
//
// A framework sets attributes one by one, moves elements about and mounts them twice; only what is
// left at the end of its turn counts, and the same order goes on wherever the element is put. On a
// server there is no `HTMLElement`, and importing this file does nothing.

import { origin, wasm, words } from "./assets.js";
import { Engine } from "./engine.js";
import { event, eventOf, factsOf, isOver, orderOf } from "./news.js";
import { ADVICE, readLooks, readOptions } from "./options.js";
import { phone } from "./phone.js";
import { reflect, setEarly } from "./properties.js";
import { FIRST, Shell } from "./shell.js";
import { whenSeen } from "./sight.js";
import { Speech } from "./speech.js";
import { Standing } from "./standing.js";
import { EN } from "./words.js";

const HTMLElement = globalThis.HTMLElement ?? class {};

/** Attributes that are strings, and those that are there or not; each is a property too. */
const TEXTS = [
  ...["session", "product", "quantity", "buyer", "endpoint", "locale", "theme", "layout"],
  ...["return-url", "auto-return", "qr-size", "mobile", "name", "heading-level"],
];
const TRUTHS = ["open", "no-countdown", "no-refresh", "socket"];

export class SaomaCheckout extends HTMLElement {
  static formAssociated = true;
  static observedAttributes = [...TEXTS, ...TRUTHS];

  static {
    reflect(this.prototype, TEXTS, TRUTHS);
  }

  #standing = new Standing(this);
  #speech = new Speech(this, words, () => this.#say());
  #shell = null;
  #engine = null;
  /** What the engine shows, or what is shown without one. */
  #picture = FIRST;
  #options = null;
  #mistake = null;
  #error = null;
  #isStale = false;
  #isFollowing = false;
  /** Stops waiting until the element is seen; whether the engine was told that it is. */
  #unwatch = null;
  #isSeen = false;
  /** On a phone: whether the shop lets the code be shown there; null until it was asked. */
  #gate = null;
  /** Who waits for the end. */
  #waiting = [];
  #way = null;
  /** What could not be told while the element was out of the page. */
  #untold = [];

  /** What `data-status` says: loading, waiting, checking, closing, paid, expired, cancelled, error. */
  get status() {
    return this.#picture.face;
  }

  /** `{ checkout, description, amount: { total, currency }, left_s }` as far as known, or null. */
  get order() {
    const facts = factsOf(this.#engine?.token, this.#picture);
    return facts && { ...facts, left_s: this.#picture.left_s };
  }

  /** `{ code, detail, recoverable }` of the error that is shown, or null. */
  get error() {
    return this.#error;
  }

  /** Sentences that take the place of the locale's, by their names in `words/en.json`. */
  get messages() {
    return this.#speech.messages;
  }

  set messages(messages) {
    this.#speech.messages = messages;
  }

  connectedCallback() {
    setEarly(this, ["messages", ...TEXTS, ...TRUTHS]);
    this.#refresh();
  }

  disconnectedCallback() {
    this.#refresh();
  }

  attributeChangedCallback(_name, before, after) {
    if (before !== after) this.#refresh();
  }

  /** Opens the dialog; and shows the code on a phone where the shop held it back before. */
  show() {
    if (this.#gate) this.#gate = "open";
    this.open = true;
    this.#refresh();
  }

  /** Closes the dialog. That pays nothing and cancels nothing: who has scanned may still pay. */
  close(reason = "page") {
    this.#shell?.shut(reason);
    this.open = false;
  }

  /** A fresh code for the same order, or after its end a new order for the same goods. */
  refresh() {
    this.#engine?.press("renew");
  }

  /** "I have paid": WeChat Pay is asked now. */
  check() {
    this.#engine?.press("check");
  }

  /** Prints the page, where the checkout is a code of 25 mm with its order, amount and end. */
  print() {
    globalThis.print();
  }

  /** Resolves to `{ status, checkout, … }` once the order is paid, expired or cancelled. */
  settled() {
    return new Promise((done) => {
      this.#waiting.push(done);
      this.#settle();
    });
  }

  #refresh() {
    if (this.#isStale) return;
    this.#isStale = true;
    queueMicrotask(() => {
      this.#isStale = false;
      if (this.isConnected) this.#connect();
      else this.#rest();
    });
  }

  /** The element is in a page, or its attributes changed: the same order goes on where it was. */
  #connect() {
    for (const news of this.#untold.splice(0)) this.#tell(...news);
    const attribute = (name) => this.getAttribute(name);
    const options = readOptions(attribute, { origin, base: this.baseURI });
    this.#shell ??= this.#raise();
    this.#speech.choose();
    if (options.mistake) return this.#refuse(options.mistake);
    this.#options = options;
    this.#mistake = null;
    if (!this.#engine?.follows(options.order, options.endpoint)) this.#begin();
    const looks = readLooks(attribute);
    const isHeld = this.#isHeld(looks);
    this.#look({ ...looks, isHeld });
    this.#submit();
    // The shop, when it was asked, may have taken the element out or made it another's: that comes next.
    if (!isHeld && !this.#isStale) this.#follow(looks);
  }

  #raise() {
    const shell = new Shell(this, this.#speech.words, this.#standing.internals);
    shell.onpress = (name) => this.#engine?.press(name);
    shell.onclose = (reason) => {
      this.open = false;
      this.dispatchEvent(event("closed", { reason, ...this.#facts() }));
    };
    return shell;
  }

  #look(looks) {
    const { returnUrl = null } = this.#options ?? {};
    this.#shell.looks = { ...looks, returnUrl, tag: this.#speech.tag, phone: phone() };
    this.#shell.begin();
  }

  /** Another order: whatever was followed is left alone from here on. */
  #begin() {
    this.#leave();
    clearTimeout(this.#way);
    this.#engine = this.#error = null;
    this.#isSeen = false;
    this.#paint(FIRST);
    const { endpoint, order } = this.#options;
    const mayDial = endpoint === globalThis.location?.origin || this.socket;
    this.#engine = new Engine({
      ...{ endpoint, order, mayDial, assets: { wasm } },
      paint: (picture, draw) => this.#paint(picture, draw),
      tell: (news, about) => this.#tell(news, about),
    });
  }

  /** On a phone the shop is asked first, once; nothing is placed until it has answered. */
  #isHeld(looks) {
    const where = phone();
    if (where && !this.#gate) {
      this.#gate = "held";
      const isLet = this.dispatchEvent(event("mobile", { in_wechat: where === "wechat" }, true));
      if (isLet && looks.mobile === "show") this.#gate = "open";
    }
    return this.#gate === "held";
  }

  #follow({ layout, isOpen }) {
    const [shell, isDialog] = [this.#shell, layout === "dialog"];
    if (isDialog && isOpen) shell.open();
    else shell.shut("page");
    if (!this.#isFollowing) {
      this.#isFollowing = true;
      this.#engine.resume();
    }
    // The shop's server has made its order already; ours is made when there is a looker.
    if (this.#options.order.session || (isDialog && isOpen)) this.#see();
    else if (!isDialog && !this.#isSeen) this.#unwatch ??= whenSeen(this, () => this.#see());
  }

  #see() {
    this.#unwatch?.();
    if (!this.#isSeen) this.#engine.shown();
    this.#isSeen = true;
  }

  /** The element left the page. Its order is kept for when it comes back. */
  #rest() {
    this.#leave();
    this.#shell?.end();
    clearTimeout(this.#way);
  }

  #leave() {
    this.#unwatch?.();
    this.#unwatch = null;
    if (this.#isFollowing) this.#engine.pause();
    this.#isFollowing = false;
  }

  #paint(picture, draw) {
    const engine = this.#engine;
    this.#picture = picture;
    this.#shell.order = orderOf(engine?.token);
    this.#standing.show(picture, engine?.by);
    this.#shell.paint(picture, draw);
    if (picture.face !== "error") this.#error = null;
    this.#submit();
    this.#settle();
  }

  #settle() {
    if (!isOver(this.status)) return;
    for (const done of this.#waiting.splice(0)) done({ status: this.status, ...this.#facts() });
  }

  #tell(news, about) {
    // It would be heard by nobody, and a payment is told but once.
    if (!this.isConnected) return this.#untold.push([news, about]);
    const { code, detail, recoverable } = news;
    if (news.news === "error") this.#error = { code, detail, recoverable };
    const told = eventOf(news, about);
    if (!told || !this.dispatchEvent(told) || news.news !== "paid") return;
    const { autoReturnS, returnUrl } = this.#options;
    if (autoReturnS === null) return;
    this.#way = setTimeout(() => globalThis.location.assign(returnUrl), autoReturnS * 1_000);
  }

  /** Shows a shop developer what to write. */
  #refuse(mistake) {
    const rejection = { code: "bad_options", detail: `<saoma-checkout> needs ${ADVICE[mistake]}` };
    this.#leave();
    this.#engine = this.#options = null;
    // Not in a dialog, where nobody would see it.
    this.#look({ layout: "inline" });
    this.#paint({ ...FIRST, face: "error", line: "rejected", rejection });
    if (this.#mistake === mistake) return;
    this.#mistake = mistake;
    console.error(rejection.detail);
    const news = { news: "error", ...rejection, recoverable: false };
    this.#tell(news, { token: null, picture: this.#picture });
  }

  #say() {
    if (this.#shell) this.#shell.words = this.#speech.words;
    this.#submit();
  }

  #facts() {
    return factsOf(this.#engine?.token, this.#picture);
  }

  #submit() {
    if (!this.#shell) return;
    const checkout = this.status === "paid" ? orderOf(this.#engine?.token) : null;
    this.#standing.submit(checkout, this.#speech.words?.waiting || EN.waiting, this.#shell.panel);
  }
}
