// The elements that every picture is painted on, and their style sheet.
//
// They are made once. Text is set as text, drawings are made node by node and styles come from one
// constructed sheet: no markup is parsed, no style attribute written, and a page's content policy
// has nothing to allow.

import { set, shape } from "./code.js";
import STYLE from "./style.css";

let sheet;

/** One sheet for all elements of the page. */
function styles() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
  }
  return sheet;
}

/** The element's shadow root, or the one it came with from a server, emptied. */
export function rootOf(host, internals) {
  const given = internals?.shadowRoot ?? host.shadowRoot;
  const root = given ?? host.attachShadow({ mode: "open" });
  root.replaceChildren();
  root.adoptedStyleSheets = [styles()];
  return root;
}

/**
 * An element with its class, which for most is also the `part` by which a shop can style it.
 *
 * @param {string} kind `tag.class`, `tag.class|` for a part of the same name, or `tag.class|part`
 */
function make(kind, attributes = {}, ...children) {
  const [, tag, name, isPart, part] = /^(\w+)\.(\w+)(\|?)(.*)$/.exec(kind);
  const element = document.createElement(tag);
  element.className = name;
  if (isPart) element.setAttribute("part", part || name);
  set(element, attributes);
  element.append(...children);
  return element;
}

const slot = (name) => {
  const element = document.createElement("slot");
  element.name = name;
  return element;
};

/** Makes all elements, in the order of reading; answers those that change, by class or by name. */
export function build() {
  const p = {};
  const keep = (element, name = element.className) => (p[name] = element);
  const text = (kind, attributes, name) => keep(make(kind, attributes), name);
  const button = (kind, name) => text(kind, { type: "button" }, name);

  const cross = shape("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  cross.append(shape("path", { d: "M6 6l12 12M18 6L6 18" }));
  button("button.close").append(cross);
  keep(make("div.header|", {}, text("p.brand|"), p.close));
  keep(shape("svg", { class: "code", part: "qr", role: "img" }), "svg");
  // Polite and atomic by its role; it stays for as long as the element, for a region that comes
  // together with its text is not spoken.
  const said = [text("p.line"), text("p.notice|")];
  const clock = [text("span.countdown"), text("bdi.digits")];
  keep(slot(""), "early");

  keep(make("div.panel|", { role: "group", tabindex: "-1" },
    p.header,
    slot("header"),
    make("div.purchase", {},
      // Left to right in Arabic too: the sign's letters are Latin, and would be turned around.
      make("p.amount|", {}, text("bdi.sum", { dir: "ltr" })), text("p.purpose|", { dir: "auto" })),
    keep(make("div.frame|qr-frame")),
    make("div.status|", { role: "status" }, ...said),
    keep(make("p.timer|", { role: "timer", "aria-live": "off" }, ...clock)),
    keep(slot("paid"), "paid"),
    keep(slot("expired"), "expired"),
    text("p.hint|"),
    make("div.actions|", {},
      button("button.button", "wayOn"), button("button.button|", "check"), text("a.button", {}, "back")),
    text("p.error|", { lang: "en", dir: "ltr" }),
    make("div.footer|", {}, slot("footer")),
    make("div.slip", { "aria-hidden": "true" }, text("p.order"), text("p.until")),
  ));
  return p;
}

/** The dialog around the panel; its backdrop is an element, for a pseudo-element is no part. */
export function buildDialog(panel) {
  return make("dialog.dialog|", {}, make("div.backdrop|"), panel);
}
