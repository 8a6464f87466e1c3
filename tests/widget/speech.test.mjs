/** An element speaks as soon as it can, and in its own language as soon as that is here. */
import assert from "node:assert/strict";
import test from "node:test";
import { Speech } from "../../widget/js/speech.js";
import { EN } from "../../widget/js/words.js";

const FILES = Object.fromEntries(
  ["ko", "ja"].map((tag) => [tag, { url: `https://pay.example.com/${tag}.json`, integrity: "sha384-x" }]),
);

/** An element with a `locale` of its own, and a log of what it could say after each change. */
function speaker(locale) {
  const host = { locale, getAttribute: () => host.locale, closest: () => null, getRootNode: () => host };
  const said = [];
  const speech = new Speech(host, FILES, () => said.push(speech.words?.waiting ?? null));
  return { host, speech, said };
}

/** Requests that the test answers, by the end of their address. */
function network(t) {
  const waiting = new Map();
  t.mock.method(globalThis, "fetch", (url) => new Promise((resolve, reject) => {
    waiting.set(url.slice(-7), { resolve, reject });
  }));
  const settled = () => new Promise((done) => setImmediate(done));
  return {
    answer: (name, words) => (waiting.get(name).resolve(Response.json(words)), settled()),
    fail: (name) => (waiting.get(name).reject(new TypeError("no network")), settled()),
  };
}

test("English is there at once", async () => {
  const { speech, said } = speaker("en");
  assert.equal(speech.words, null);
  await speech.choose();
  assert.deepEqual(said, [EN.waiting]);
});

test("words that take longer than three seconds are stood in for, and spoken when they come", async (t) => {
  const { answer } = network(t);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { speech, said } = speaker("ko");
  speech.choose();
  t.mock.timers.tick(2_999);
  assert.deepEqual([said, speech.tag], [[], "ko"]);
  t.mock.timers.tick(1);
  assert.deepEqual(said, [EN.waiting]);
  await answer("ko.json", { tag: "ko", waiting: "기다리는 중" });
  assert.deepEqual(said, [EN.waiting, "기다리는 중"]);
});

test("words that cannot be had are English ones, and asked for again", async (t) => {
  const { answer, fail } = network(t);
  const { speech, said } = speaker("ja");
  speech.choose();
  await fail("ja.json");
  assert.deepEqual([said, speech.tag], [[EN.waiting], null]);
  speech.choose();
  await answer("ja.json", { tag: "ja", waiting: "待機中" });
  assert.deepEqual(said, [EN.waiting, "待機中"]);
});

test("an answer in a language that is no longer wanted is not spoken", async (t) => {
  const { answer } = network(t);
  const files = { "zh-TW": { url: "https://pay.example.com/zh.json", integrity: "" } };
  const host = { locale: "zh-TW", getAttribute: () => host.locale, closest: () => null, getRootNode: () => host };
  const said = [];
  const speech = new Speech(host, files, () => said.push(speech.words.waiting));
  speech.choose();
  host.locale = "en";
  speech.choose();
  await answer("zh.json", { tag: "zh-TW", waiting: "等待付款" });
  assert.deepEqual(said, [EN.waiting]);
});

test("the shop's own sentences stand above every language's", async () => {
  const { speech, said } = speaker("en");
  speech.messages = { waiting: "Pay at the counter" };
  assert.equal(speech.words, null, "which alone are no language");
  await speech.choose();
  assert.deepEqual(said, [null, "Pay at the counter"]);
  assert.equal(speech.words.check, EN.check);
});
