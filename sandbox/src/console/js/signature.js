// Two strings to sign, side by side: lines numbered, what is not seen made visible, and the first
// byte that differs marked in both.

import { ask } from "./ask.js";
import { h } from "./draw.js";
import { copy, quiet } from "./pieces.js";

/** How long a person's typing rests before the sandbox is asked what it thinks of it. */
const REST_MS = 300;

/** What was pasted to compare, and what the sandbox says of it, by the request's number. */
const pasted = new Map();
const verdicts = new Map();
let resting = 0;
let repaint = () => {};

export const whenPasted = (onChange) => { repaint = onChange; };

/** What is not seen, and how it is shown: by the style, so that nobody copies it. */
const SIGNS = { "\n": "⏎", "\r": "␍", "\t": "␉", "\u00a0": "⍽", "\ufeff": "␣BOM" };

/**
 * What the sandbox found out about a signature, and the string that the merchant signed if known;
 * `why` has been said already.
 */
export function signature(id, { string_to_sign: ours, bytes, words, yours }, why) {
  const title = `To be signed, ${sizeWords(ours, bytes)}`;
  return h("div", { key: "signature", class: "pair" },
    words && words !== why && h("p", { class: "reason" }, words),
    typeof yours === "string"
      ? pair(id, [title, ours, bytes], [`Your program signed, ${sizeWords(yours)}`, yours])
      : ours && h("div", { class: "sides" }, text(title, ours, null)));
}

const size = (string) => new TextEncoder().encode(string).length;
const sizeWords = (string, bytes = size(string)) =>
  (bytes > size(string) ? `the first ${size(string)} of ${bytes} bytes` : `${bytes} bytes`);

/** Of a long body only the beginning is kept; so much of the two is compared. */
function pair(id, [oursTitle, ours, bytes], [theirsTitle, whole]) {
  const theirs = bytes > size(ours) ? whole.slice(0, ours.length) : whole;
  const at = difference(ours, theirs);
  return h("div", { key: `pair ${id}`, class: "pair" },
    quiet(at === null ? "The two are the same, byte for byte." : placeWords(ours, theirs, at)),
    h("div", { class: "sides" }, text(oursTitle, ours, at), text(theirsTitle, theirs, at)));
}

/**
 * Where two strings first differ, counted in UTF-16 units at the start of a character; null where
 * they do not. The first byte that differs is in that character.
 */
export function difference(left, right) {
  const [a, b] = [[...left], [...right]];
  const i = a.findIndex((char, n) => char !== b[n]);
  if (i >= 0) return a.slice(0, i).join("").length;
  return b.length > a.length ? left.length : null;
}

/** The first differing byte of two strings, which differ in the character at `at`. */
function byteOf(left, right, at) {
  const before = size(left.slice(0, at));
  const [a, b] = [left, right].map((string) => new TextEncoder().encode(string.slice(at, at + 2)));
  let same = 0;
  while (same < a.length && a[same] === b[same]) same += 1;
  return before + same;
}

function placeWords(ours, theirs, at) {
  const before = ours.slice(0, at).split("\n");
  const place = `line ${before.length}, column ${[...before.at(-1)].length + 1}`;
  return `They first differ at byte ${byteOf(ours, theirs, at)} (${place}): ${charWords(ours, at)} is to be signed, ${charWords(theirs, at)} was.`;
}

function charWords(string, at) {
  const char = string.slice(at)[Symbol.iterator]().next().value;
  if (char === undefined) return "the end";
  const names = { "\n": "a line feed", "\r": "a carriage return", "\t": "a tab", " ": "a space", "\"": "a double quote" };
  return names[char] ?? `“${char}”`;
}

/** One string, line by line; `at` is where it is marked, null for nowhere. */
function text(title, string, at) {
  let start = 0;
  const lines = string.split(/(?<=\n)/);
  if (string.endsWith("\n") || !string) lines.push("");
  const drawn = lines.map((line, i) => {
    const from = start;
    start += line.length;
    const isLast = i === lines.length - 1;
    return h("li", { key: i }, marked(line, at === null ? null : at - from, isLast));
  });
  return h("section", { key: title, class: "signed", "aria-label": title },
    h("div", { class: "body-head" }, h("h4", {}, title), copy(string, title.toLowerCase())),
    h("ol", { class: "lines" }, drawn));
}

/** A line's characters, the one at `at` marked; the end of the string can be marked as well. */
function marked(line, at, isLast) {
  const isHere = at !== null && at >= 0 && (at < line.length || (isLast && at === line.length));
  const end = isLast ? h("span", { class: "sign", key: "end", "data-sign": "∎" }) : null;
  if (!isHere) return [h("span", { key: "all" }, visible(line)), end];
  const char = line.slice(at)[Symbol.iterator]().next().value ?? "";
  return [
    h("span", { key: "before" }, visible(line.slice(0, at))),
    h("mark", { key: "mark" }, char ? visible(char) : h("span", { class: "sign", "data-sign": "∎" })),
    h("span", { key: "after" }, visible(line.slice(at + char.length))),
    char ? end : null,
  ];
}

const visible = (string) =>
  string.split(/([\n\r\t\u00a0\ufeff])/).map((part) =>
    (part in SIGNS ? h("span", { class: "sign", "data-sign": SIGNS[part] }) : part));

/** A box for the string that one's own program signs. */
export function compareBox(id, ours, bytes) {
  const theirs = pasted.get(id) ?? "";
  return h("details", { key: "compare", class: "compare" },
    h("summary", {}, "Compare with your own string"),
    h("label", { class: "field tall" },
      h("span", {}, "What your program signs, printed or escaped with \\n"),
      h("textarea", {
        rows: "6", spellcheck: "false", autocomplete: "off", value: theirs, oninput: (event) => paste(id, event.target.value),
      })),
    theirs && verdicts.has(id) && h("p", { class: "reason" }, verdicts.get(id)),
    theirs && pair(`${id} pasted`, ["To be signed", ours, bytes], ["Yours", unescaped(theirs)]));
}

/** Shows the difference at once, and what only the sandbox can tell a moment later. */
function paste(id, string) {
  pasted.set(id, string);
  verdicts.delete(id);
  repaint();
  clearTimeout(resting);
  if (string) resting = setTimeout(() => judge(id, string), REST_MS);
}

async function judge(id, string) {
  try {
    const path = `/sandbox/requests/${encodeURIComponent(id)}/compare`;
    const { words } = await ask("POST", path, { string_to_sign: unescaped(string) });
    if (pasted.get(id) !== string) return;
    verdicts.set(id, words);
  } catch {
    // What is marked needs no sandbox.
    return;
  }
  repaint();
}

/** A string in one line that spells its line feeds is what a log shows; it is read as it was meant. */
export function unescaped(string) {
  const bare = string.replace(/^(["'])([^]*)\1$/, "$2");
  if (bare.includes("\n") || !bare.includes("\\n")) return string;
  return bare.replace(/\\(n|r|t|"|'|\\)/g, (_, sign) => ({ n: "\n", r: "\r", t: "\t" })[sign] ?? sign);
}
