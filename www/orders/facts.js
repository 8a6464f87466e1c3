// The small parts that every view is made of: a badge, an amount, a moment, a list of facts.
//
// Whatever comes from outside (references, buyers' words, WeChat Pay's words) gets here as text and
// stays text: it is only ever put into `textContent`.

import { money } from "../catalogue.js";
import { tongue, words } from "../language.js";
import { make } from "../make.js";

/** What a badge looks like, by the word that it shows. */
const TONES = {
  paid: "good", success: "good", delivered: "good", settled: "good", done: "good", agreed: "good",
  open: "wait", waiting: "wait", queued: "wait", processing: "wait", running: "wait", returning: "wait",
  conflict: "bad", abnormal: "bad", held: "bad", dead: "bad", attention: "bad", differs: "bad", failed: "bad",
};

/** A word of ours as people say it; one that this page does not know is shown as it came. */
export const say = (group, word) => words()[group][word] ?? String(word);

/** A word in a coloured frame; the word alone says it all. */
export function badge(group, word) {
  const tone = TONES[word] ?? "plain";
  return make("span", { className: `badge ${tone}`, textContent: say(group, word) });
}

/** An amount in fen. */
export function yuan(fen, currency = "CNY") {
  if (typeof fen !== "number") return "";
  return money({ total: fen, currency: /^[A-Z]{3}$/.test(currency) ? currency : "CNY" }, tongue());
}

/** A moment as the API writes it, in China time to the second: `2026-11-21 12:00:00`. */
export function moment(text) {
  const parts = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})/.exec(text ?? "");
  return parts ? `${parts[1]} ${parts[2]}` : String(text ?? "");
}

/** A moment for machines and people. */
export function time(text) {
  return text && make("time", { dateTime: text, textContent: moment(text) });
}

/** Something to copy: a number, an id. */
export const code = (text) => text && make("code", { textContent: text });

/** A link to an order of this page. */
export function orderLink(id, text) {
  return make("a", { href: `#/orders/${encodeURIComponent(id)}`, textContent: text ?? id });
}

/** Facts by name; those without a value are left out. `facts` is a list of `[key of the words, value]`. */
export function facts(list) {
  const pairs = list.filter(([, value]) => value !== undefined && value !== null && value !== "");
  return make("dl", { className: "facts" }, pairs.map(([name, value]) =>
    make("div", {}, [
      make("dt", { textContent: words().facts[name] ?? name }),
      make("dd", {}, [value instanceof Node ? value : String(value)]),
    ])));
}

/** A part of a page with a heading of its own. */
export function section(title, children) {
  const heading = make("h2", { textContent: title });
  return make("section", { className: "part" }, [heading, ...children]);
}

/** A list of things of one kind, or a word that there are none. */
export function entries(items, draw) {
  if (!items.length) return make("p", { className: "none", textContent: words().none });
  return make("ul", { className: "entries" }, items.map((item) => make("li", {}, draw(item))));
}

/** The first line of an entry: what it is, and how it stands. */
export function headline(what, ...badges) {
  return make("div", { className: "headline" }, [
    make("span", { className: "what" }, [what]), ...badges,
  ]);
}

/** What went wrong, in words, with a way to try again where that may help. */
export function complaint(trouble, retry) {
  const said = words().trouble;
  const text = said[trouble.kind] ?? said.broken;
  const again = retry && make("button", { type: "button", className: "button quiet", textContent: words().retry });
  again?.addEventListener("click", retry);
  return make("div", { className: "complaint", role: "alert" }, [
    make("p", { textContent: text }),
    trouble.detail ? make("p", { className: "detail", textContent: trouble.detail }) : undefined,
    again,
  ]);
}

/** The heading of a view, which takes the focus when the view is opened. */
export const title = (text) => make("h1", { textContent: text, tabIndex: -1 });
