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
 * @param {string} kind `tag.class`, or `tag.class|part` where the two differ
 */
function make(kind, attributes = {}, ...children) {
  const [, tag, name, part] = /^(\w+)\.([\w ]+)\|?(.*)$/.exec(kind);
  const element = document.createElement(tag);
  element.className = name;
  if (part) element.setAttribute("part", part);
  set(element, attributes);
  element.append(...children);
  return element;
}

const slot = (name) => {
  const element = document.createElement("slot");
  element.name = name;
  return element;
};

/** Makes all elements, in the order of reading; answers those that change, by name. */
export function build() {
  const p = {};
  const keep = (name, element) => (p[name] = element);
  const text = (name, kind, attributes) => keep(name, make(kind, attributes));
  const button = (name, kind) => text(name, `button.${kind}`, { type: "button" });

  const cross = shape("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  cross.append(shape("path", { d: "M6 6l12 12M18 6L6 18" }));
  button("close", "close").append(cross);
  keep("header", make("div.header|header", {}, text("brand", "p.brand|brand"), p.close));
  // Left to right in Arabic too: the sign's letters are Latin, and would be turned around.
  text("sum", "bdi.sum", { dir: "ltr" });
  keep("svg", shape("svg", { class: "code", part: "qr", role: "img" }));
  // Polite and atomic by its role; it stays for as long as the element, for a region that comes
  // together with its text is not spoken.
  const said = [text("line", "p.line"), text("notice", "p.notice|notice")];
  const clock = [text("countdown", "span.countdown"), text("digits", "bdi.digits")];
  text("back", "a.button");
  keep("early", slot(""));

  keep("panel", make("div.panel|panel", { role: "group", tabindex: "-1" },
    p.header,
    slot("header"),
    make("div.purchase", {},
      keep("amount", make("p.amount|amount", {}, p.sum)), text("purpose", "p.purpose|purpose", { dir: "auto" })),
    keep("frame", make("div.frame|qr-frame")),
    make("div.status|status", { role: "status" }, ...said),
    keep("timer", make("p.timer|timer", { role: "timer", "aria-live": "off" }, ...clock)),
    keep("paid", slot("paid")),
    keep("expired", slot("expired")),
    text("hint", "p.hint|hint"),
    make("div.actions|actions", {},
      button("wayOn", "button"), button("check", "button|button"), p.back),
    text("error", "p.error|error", { lang: "en", dir: "ltr" }),
    make("div.footer|footer", {}, slot("footer")),
    make("div.slip", { "aria-hidden": "true" }, text("order", "p.order"), text("until", "p.until")),
  ));
  return p;
}

/** The dialog around the panel; its backdrop is an element, for a pseudo-element is no part. */
export function buildDialog(panel) {
  return make("dialog.dialog|dialog", {}, make("div.backdrop|backdrop"), panel);
}
