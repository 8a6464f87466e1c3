// The pages' texts, read without a browser: both languages say everything that a page asks for.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

import { configuration, inProject } from "../harness/project.mjs";

const { WORDS } = await import(inProject("www/words.js"));
const { describe } = await import(inProject("www/teas.js"));
const html = await readFile(inProject("www/index.html"), "utf8");

/** The pages that are for the operator, each with its words and its markup. */
const DESKS = await Promise.all(["orders", "counter"].map(async (folder) => ({
  folder,
  spoken: (await import(inProject("www", folder, "words.js"))).WORDS,
  markup: await readFile(inProject("www", folder, "index.html"), "utf8"),
})));

/** The names of everything that is said, groups included. */
const said = (words) => Object.entries(words).flatMap(([name, inner]) =>
  (typeof inner === "object" ? [name, ...said(inner).map((one) => `${name}.${one}`)] : [`${name}: ${typeof inner}`]));

test("both languages have the same words", () => {
  assert.deepEqual(Object.keys(WORDS), ["zh-CN", "en"]);
  assert.deepEqual(Object.keys(WORDS.en), Object.keys(WORDS["zh-CN"]));
});

test("every word that the page asks for exists, and what it says meanwhile is the same", () => {
  const asked = [...html.matchAll(/data-words(?:-label)?="(\w+)"/g)].map(([, key]) => key);
  assert.ok(asked.length > 20);
  for (const key of asked) assert.equal(typeof WORDS.en[key], "string", key);
  for (const [, key, text] of html.matchAll(/data-words="(\w+)"[^>]*>([^<]+)</g)) {
    assert.equal(text, WORDS["zh-CN"][key], key);
  }
});

test("everything for sale has its words in both languages and a picture that exists", () => {
  for (const id of Object.keys(JSON.parse(configuration().vars.PRODUCTS))) {
    for (const tongue of Object.keys(WORDS)) {
      const tea = describe({ id, description: "plain" }, tongue);
      for (const part of ["name", "weight", "origin", "notes"]) assert.ok(tea[part], `${id} ${part}`);
      assert.ok(existsSync(inProject("www", tea.picture)), tea.picture);
    }
  }
});

test("the page asks nothing of other sites", async () => {
  for (const file of ["index.html", "shop.css", "till.css", "shop.js", "shelf.js", "till.js"]) {
    const text = await readFile(inProject("www", file), "utf8");
    assert.doesNotMatch(text, /(?:src|href)="(?:https?:)?\/\//, file);
    assert.doesNotMatch(text, /url\(|@import/, file);
  }
});

for (const { folder, spoken, markup } of DESKS) {
  test(`/${folder}/ says the same in both languages, and what its markup asks for`, () => {
    assert.deepEqual(said(spoken.en), said(spoken["zh-CN"]));
    const asked = [...markup.matchAll(/data-words(?:-label)?="(\w+)"/g)].map(([, key]) => key);
    assert.ok(asked.length > 10);
    for (const key of asked) assert.equal(typeof spoken.en[key], "string", key);
    for (const [, key, text] of markup.matchAll(/data-words="(\w+)"[^>]*>([^<]+)</g)) {
      assert.equal(text, spoken["zh-CN"][key], key);
    }
  });

  test(`/${folder}/ asks nothing of other sites, and runs nothing that stands in its markup`, async () => {
    const files = await readdir(inProject("www", folder));
    assert.ok(files.length > 5);
    for (const file of files) {
      const text = await readFile(inProject("www", folder, file), "utf8");
      assert.doesNotMatch(text, /(?:src|href)="(?:https?:)?\/\//, file);
      assert.doesNotMatch(text, /url\(|@import|innerHTML|insertAdjacentHTML|outerHTML|document\.write/, file);
    }
    assert.doesNotMatch(markup, /<style|style=|\son\w+=|<script(?![^>]*src=)/);
  });
}
