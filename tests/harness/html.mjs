// A page's HTML, read as browsers read it (parse5) by somebody who forgives nothing.

import assert from "node:assert/strict";

import { parse } from "parse5";

/** Elements without an end tag (HTML standard, "Void elements"). */
const VOID = new Set(["meta", "link", "br", "img", "input", "hr"]);

/** SVG elements may end in themselves. */
const isOpen = (node, text) => {
  const { startTag, endTag } = node.sourceCodeLocation ?? {};
  if (!startTag) return true;
  return !endTag && !VOID.has(node.tagName) && !text.slice(startTag.startOffset, startTag.endOffset).endsWith("/>");
};

export class Page {
  /**
   * Reads `text` and asserts that nothing in it had to be mended: no parse error, no element that the
   * parser made up, every start tag with its end. Scripts are off, so that `<noscript>` is read too.
   */
  constructor(text) {
    this.text = text;
    const errors = [];
    const onParseError = (error) => errors.push(`${error.code} at ${error.startLine}:${error.startCol}`);
    this.document = parse(text, { sourceCodeLocationInfo: true, scriptingEnabled: false, onParseError });
    assert.deepEqual(errors, [], text);
    const open = [...this.elements()].filter((node) => isOpen(node, text)).map(({ tagName }) => tagName);
    assert.deepEqual(open, [], text);
    const ids = [...this.elements()].map((node) => attribute(node, "id")).filter(Boolean);
    assert.equal(new Set(ids).size, ids.length, "ids are unique");
  }

  /** Every element, in the order of the text. */
  *elements(from = this.document) {
    for (const node of from.childNodes ?? []) {
      if (node.tagName) yield node;
      yield* this.elements(node);
    }
  }

  /** The elements of this name, and with this attribute, if one is named. */
  all(tagName, name, value) {
    return [...this.elements()].filter((node) =>
      node.tagName === tagName && (name === undefined || attribute(node, name) === value));
  }

  /** The only such element. */
  one(...wanted) {
    const found = this.all(...wanted);
    assert.equal(found.length, 1, `${wanted.join(" ")}: ${found.length}\n${this.text}`);
    return found[0];
  }

  /** The address that the page goes to by itself, and after how many seconds; undefined for none. */
  comesAgain() {
    const [meta, ...more] = this.all("meta", "http-equiv", "refresh");
    assert.deepEqual(more, []);
    if (!meta) return undefined;
    const [, seconds, address] = /^(\d+); url=(.+)$/.exec(attribute(meta, "content"));
    return { seconds: Number(seconds), address, isForNoScript: meta.parentNode.tagName === "noscript" };
  }

  /** Which of the nine pictures the page shows. */
  get status() {
    return attribute(this.one("div", "class", "sight"), "data-status");
  }

  /** What its forms do, by the last part of their paths. */
  get forms() {
    return this.all("form").map((form) => {
      assert.equal(attribute(form, "method"), "post");
      return attribute(form, "action").split("?")[0].split("/").at(-1);
    });
  }
}

/** The value of an attribute. */
export const attribute = (node, name) => node.attrs.find((one) => one.name === name)?.value;

/** All the text inside a node. */
export const textOf = (node) =>
  node.nodeName === "#text" ? node.value : (node.childNodes ?? []).map(textOf).join("");

/** The path of a hosted page. */
export const pay = (clientToken, query = "") => `/pay/${clientToken}${query}`;

/** Asks the stage's Worker, or another one, for a page of this status, and reads it. */
export const visitor = (stage) => async (path, { status = 200, worker = stage.worker, ...options } = {}) => {
  const reply = await worker.fetch(path, options);
  const text = await reply.text();
  assert.equal(reply.status, status, text);
  return { reply, text, page: new Page(text) };
};
