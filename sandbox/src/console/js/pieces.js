// The parts that the sections are put together from.

import { say } from "./doing.js";
import { h } from "./draw.js";

export const tag = (text, kind = "") => h("span", { class: `tag ${kind}` }, text);

export const empty = (...words) => h("p", { class: "empty" }, ...words);

export const quiet = (...words) => h("p", { class: "quiet" }, ...words);

/** A heading that takes the focus when its section is gone to. */
export const heading = (words, ...more) =>
  h("div", { class: "heading" }, h("h2", { id: "section-title", tabindex: "-1" }, words), ...more);

export const card = (title, props, ...children) =>
  h("section", { class: "card", ...props }, title && h("h3", {}, title), ...children);

/** The way back to the list that a detail belongs to. */
export const back = (href, words) => h("p", { class: "back" }, h("a", { href }, "← ", words));

/** One row of a list that leads somewhere: two lines, something short at the end of each. */
export const row = (key, href, [name, sub], [sum, mark], props = {}) =>
  h("li", { key },
    h("a", { class: "row", href, ...props },
      h("span", { class: "name" }, name),
      h("span", { class: "sum" }, sum),
      h("span", { class: "sub" }, sub),
      mark));

export const list = (label, ...rows) => h("ul", { class: "rows", "aria-label": label }, ...rows);

/** Names and values, one under the other; a value of null is left away. */
export const facts = (...pairs) =>
  h("dl", { class: "facts" }, pairs.filter((pair) => pair && pair[1] !== null && pair[1] !== undefined).map(([name, ...value]) =>
    h("div", { key: name }, h("dt", {}, name), h("dd", {}, ...value))));

export const code = (text, props = {}) => h("code", props, text);

/** Copies a text, which stands before the button. */
export const copy = (text, what) =>
  h("button", { type: "button", class: "small", "aria-label": `Copy ${what}`, onclick: () => copied(text, what) }, "Copy");

/** Copies a text that is not shown. */
export const copyUnseen = (text, what) =>
  h("button", { type: "button", onclick: () => copied(text, what) }, `Copy ${what}`);

async function copied(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(`Copied: ${what}.`);
  } catch {
    say(`This browser lets no page copy from here: select ${what} and copy it yourself.`);
  }
}

/** A choice of one; `options` are `[value, words]`. */
export const choice = (label, value, options, onchange) =>
  h("label", { class: "field" }, h("span", {}, label),
    h("select", { value, onchange: (event) => onchange(event.target.value) },
      options.map(([name, words]) => h("option", { key: name, value: name }, words))));

/** What is said while an answer is on its way, or when it did not come. */
export const waiting = ({ error }) =>
  (error ? h("p", { class: "empty bad" }, error) : h("p", { class: "empty" }, "One moment…"));
