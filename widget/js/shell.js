// Paints pictures into the element's shadow root.
//
// The elements are only changed where the picture changed, so that focus, the live region and the
// countdown survive every repaint. A picture holds no words: any locale can tell it, and the words
// may come after the first code.

import { mark, set, widthPx } from "./code.js";
import { Follower } from "./fallback.js";
import { isOver } from "./news.js";
import { build, buildDialog, rootOf } from "./skeleton.js";
import { EN, digits, fill, money, wallTime } from "./words.js";

/** What is shown until a follower has decided on something: what one shows that was told nothing. */
export const FIRST = new Follower("catalogue").step({ type: "" }, 0, 0).picture;

/** Names that must be there before the words are. */
const NAMES = { brand: EN.brand, close: EN.close, label: "{amount} {purpose}" };

/** How the shell looks unless it is told; see `readLooks`, and `phone` and `returnUrl` below. */
const PLAIN = { layout: "inline", qrSizePx: null, hasCountdown: true, hasRefresh: true };

/** One element's shadow root. */
export class Shell {
  /** Called with "check", "retry" or "renew" when a button is pressed. */
  onpress = () => {};
  /** Called with "button" or "escape", or what `shut` was told, when the dialog has closed. */
  onclose = () => {};
  /** The order's id, for paper. */
  order = null;

  #host;
  #parts = build();
  #dialog = null;
  #root;
  #looks = PLAIN;
  #words;
  #picture = FIRST;
  #draw = () => false;
  /** What the frame shows: a face, or a code and by whom it was drawn. */
  #framed = [];
  #reason = null;
  #sizes;
  #pixels = null;

  /**
   * @param {HTMLElement} host
   * @param {object | null} words a locale's; null while they are on their way
   * @param {ElementInternals} [internals] of the host, where it has any
   */
  constructor(host, words, internals) {
    this.#host = host;
    this.#words = words;
    this.#root = rootOf(host, internals);
    const { check, wayOn, close, early, panel } = this.#parts;
    this.#root.append(early, panel);
    early.addEventListener("slotchange", () => this.#repaint());
    check.addEventListener("click", () => this.#press(check, "check"));
    wayOn.addEventListener("click", () => this.#press(wayOn, this.#wayOn()));
    close.addEventListener("click", () => this.shut("button"));
    this.paint(FIRST);
  }

  /** The panel itself, for whatever wants to point at something that can be seen. */
  get panel() {
    return this.#parts.panel;
  }

  set words(words) {
    this.#words = words;
    this.#repaint();
  }

  /**
   * How it looks: what `readLooks` answers, and besides `phone` ("browser" or "wechat" where the
   * page is on the device that should scan), `returnUrl`, and `isHeld` to show nothing at all.
   */
  set looks(looks) {
    this.#looks = { ...PLAIN, ...looks };
    this.#lay(this.#looks.layout === "dialog");
    this.#repaint();
  }

  /** Shows `picture`, whose code `draw(svg, picture)` draws. */
  paint(picture, draw = this.#draw) {
    this.#picture = picture;
    this.#draw = draw;
    this.#repaint();
  }

  /** The element is in a page: keep the code at whole pixels, and put the time on paper. */
  begin() {
    if (this.#sizes) return;
    this.#sizes = new ResizeObserver(() => this.#size());
    this.#sizes.observe(this.#parts.frame);
    this.#watchPixels();
    addEventListener("beforeprint", this.#fillSlip);
  }

  /** The element left the page. A dialog would be left behind without its being modal. */
  end() {
    this.#sizes?.disconnect();
    this.#sizes = null;
    this.#pixels?.removeEventListener("change", this.#watchPixels);
    this.#pixels = null;
    removeEventListener("beforeprint", this.#fillSlip);
    this.#reason = null;
    this.#dialog?.close();
  }

  /** Opens the dialog, modal: what is behind it is inert until it closes. */
  open() {
    const dialog = this.#dialog;
    if (!dialog || dialog.matches(":modal")) return;
    dialog.close();
    this.#reason = "escape";
    // The panel's name is the first thing to hear. Outside of this moment the mark would take the
    // focus from the page.
    this.panel.autofocus = true;
    dialog.showModal();
    this.panel.autofocus = false;
  }

  /** Closes the dialog; `onclose` hears why. */
  shut(reason) {
    if (!this.#dialog?.open) return;
    this.#reason = reason;
    this.#dialog.close();
  }

  #press(button, name) {
    if (button.getAttribute("aria-disabled") !== "true") this.onpress(name);
  }

  #wayOn() {
    return this.#picture.way_on === "retry" ? "retry" : "renew";
  }

  /** Puts the panel into a dialog, or back. */
  #lay(isDialog) {
    if (isDialog === Boolean(this.#dialog)) return;
    const { early, panel } = this.#parts;
    if (!isDialog) {
      this.shut("page");
      this.#dialog = null;
      return this.#root.replaceChildren(early, panel);
    }
    this.#dialog = buildDialog(panel);
    set(panel, { "aria-label": null });
    this.#dialog.addEventListener("close", () => {
      // Told a task later: by then it may be open again.
      if (this.#dialog?.open || this.#reason === null) return;
      this.onclose(this.#reason);
    });
    this.#root.replaceChildren(this.#dialog);
  }

  #repaint() {
    const [parts, picture, words] = [this.#parts, this.#picture, this.#words ?? NAMES];
    this.#speak(words);
    const isBusy = ["loading", "closing"].includes(picture.face);
    set(parts.panel, { "data-face": picture.face });
    // Not the panel: what is said in there is to be heard.
    set(parts.frame, { "aria-busy": isBusy });
    parts.panel.hidden = Boolean(this.#looks.isHeld);
    // The page may have more to show than that something is on its way: what stands between the tags.
    const isEarly = picture.line === "opening" && parts.early.assignedElements().length > 0;
    parts.early.hidden = !isEarly || parts.panel.hidden;
    parts.panel.toggleAttribute("data-early", isEarly);
    const amount = picture.total === null ? "" : money(this.#tag, picture.total, picture.currency);
    say(parts.sum, amount);
    say(parts.purpose, picture.description ?? "");
    this.#paintFrame(fill(words.label, { amount, purpose: picture.description ?? "" }));
    say(parts.line, words[picture.line] ?? "");
    say(parts.notice, words[picture.notice] ?? "");
    say(parts.digits, picture.left_s === null ? "" : digits(picture.left_s));
    parts.timer.hidden = picture.left_s === null || !this.#looks.hasCountdown;
    parts.timer.toggleAttribute("data-expiring", picture.is_expiring);
    this.#paintButtons(words);
    const why = picture.rejection;
    say(parts.error, why ? `${why.code}: ${why.detail}` : "");
    parts.paid.hidden = picture.face !== "paid";
    parts.expired.hidden = picture.face !== "expired";
  }

  get #tag() {
    return this.#words?.tag ?? this.#looks.tag ?? "en";
  }

  /** What is said whatever the picture, and to whom. */
  #speak(words) {
    const { panel, brand, close, countdown, hint } = this.#parts;
    const { phone, headingLevel } = this.#looks;
    set(panel, { lang: this.#tag, dir: words.dir ?? "ltr" });
    set(this.#dialog ?? panel, { "aria-label": words.brand });
    say(brand, words.brand);
    set(brand, headingLevel ? { role: "heading", "aria-level": headingLevel } : { role: null });
    set(close, { "aria-label": words.close });
    close.hidden = !this.#dialog;
    say(countdown, words.countdown ?? "");
    const key = { wechat: "hint_wechat", browser: "hint_phone" }[phone] ?? "hint";
    say(hint, words[key] ?? "");
    hint.toggleAttribute("data-phone", Boolean(phone));
    hint.hidden = this.#picture.code === null;
  }

  #paintFrame(label) {
    const { frame, svg, panel } = this.#parts;
    const { face, code, qr } = this.#picture;
    const framed = code === null ? [face] : ["code", code, qr, this.#draw];
    if (framed.some((part, n) => part !== this.#framed[n])) {
      this.#framed = framed;
      const isDrawn = code !== null && this.#draw(svg, this.#picture);
      frame.replaceChildren(isDrawn ? svg : mark(code === null ? face : "error"));
      panel.toggleAttribute("data-code", isDrawn);
      this.#size();
      this.#fillSlip();
    }
    set(svg, { "aria-label": label });
  }

  /** Whole device pixels for every module, in whatever room there is. */
  #size() {
    const { frame, svg } = this.#parts;
    const side = Number(svg.getAttribute("viewBox")?.split(" ")[2]);
    const wish = this.#looks.qrSizePx;
    frame.toggleAttribute("data-sized", wish !== null);
    if (!side || !svg.isConnected) return;
    const room = frame.clientWidth;
    const width = widthPx(side, { wish: wish ?? (room || null), room, ratio: devicePixelRatio });
    set(svg, { width, height: width });
  }

  /** A window that moves to another screen, or is zoomed, has other pixels. */
  #watchPixels = () => {
    this.#pixels?.removeEventListener("change", this.#watchPixels);
    this.#pixels = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    this.#pixels.addEventListener("change", this.#watchPixels);
    this.#size();
  };

  #paintButtons(words) {
    const { check, wayOn, back, panel } = this.#parts;
    const { way_on, code, face } = this.#picture;
    const focused = this.#root.activeElement;
    set(check, { "aria-disabled": this.#picture.check === "resting" });
    label(check, this.#picture.check === "absent" ? null : words.check);
    label(wayOn, way_on === "retry" || this.#looks.hasRefresh ? words[way_on] : null);
    // Beside a code that can still be scanned a new one is an offer; without one it is the way.
    rank(wayOn, code === null);
    label(back, isOver(face) && this.#looks.returnUrl ? words.back : null);
    rank(back, way_on === null);
    set(back, { href: this.#looks.returnUrl ?? null });
    // Who pressed a button that goes away stays where the news is told.
    if ((focused === check || focused === wayOn) && focused.hidden) {
      panel.focus({ preventScroll: true });
    }
  }

  /** What stands on paper beside the code. */
  #fillSlip = () => {
    const [words, left] = [this.#words, this.#picture.left_s];
    if (!words) return;
    const time = left === null ? null : wallTime(words.tag, left);
    say(this.#parts.order, this.order ? `${words.order_no} ${this.order}` : "");
    say(this.#parts.until, time ? fill(words.valid_until, { time }) : "");
  };
}

/** Sets a text, unless it stands there already: a live region speaks whenever it is written to. */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A button without a text is not there. */
function label(button, text) {
  button.hidden = !text;
  if (text) say(button, text);
}

function rank(button, isPrimary) {
  button.className = isPrimary ? "button primary" : "button";
  set(button, { part: isPrimary ? "button button-primary" : "button" });
}
