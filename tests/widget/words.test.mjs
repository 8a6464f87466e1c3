/** Six languages that say the same, and nothing that is not so. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { brotliCompressSync } from "node:zlib";
import { inProject } from "../harness/project.mjs";

const FOLDER = inProject("widget/words");
const LOCALES = Object.fromEntries(
  readdirSync(FOLDER).map((name) => [
    name.replace(".json", ""), JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8")),
  ]),
);
const TAGS = Object.keys(LOCALES).filter((tag) => tag !== "en");
const { EN, choose, digits, fill, load, money, wallTime } = await import(
  "../../widget/js/words.js"
);

/** The issue names these, and more may come by one file each. */
test("there are six locales at least", () => {
  for (const tag of ["ar", "en", "ja", "ko", "zh-CN", "zh-TW"]) assert.ok(LOCALES[tag], tag);
  assert.deepEqual(EN, LOCALES.en);
});

/** Words that claim what nobody knows, by language; a time-out is no failure, a scan is not seen. */
const UNTRUE = {
  en: /fail|scanned(?! it)|save (the )?image/i,
  "zh-CN": /失败|已扫|扫码成功|保存图片/,
  "zh-TW": /失敗|已掃|掃碼成功|儲存圖片/,
  ja: /失敗|スキャン(しました|済み)|画像を保存/,
  ko: /실패|스캔(했|되었|완료)|이미지 저장/,
  ar: /فشل|تم مسح|حفظ الصورة/,
};

/** That pressing and holding the code, or choosing it from an album, does not work. */
const REFUSES = {
  en: /pressing and holding .* album, does not work/,
  "zh-CN": /长按.*相册.*均不可用/,
  "zh-TW": /長按.*相簿.*都無法使用/,
  ja: /長押し.*アルバム.*ご利用いただけません/,
  ko: /길게 누르거나 앨범.*사용할 수 없/,
  ar: /الضغط المطوّل.*الألبوم لا يعمل/,
};

for (const [tag, words] of Object.entries(LOCALES)) {
  test(`${tag} says everything, under the same names`, () => {
    assert.equal(words.tag, tag);
    assert.equal(words.dir, tag === "ar" ? "rtl" : "ltr");
    assert.deepEqual(Object.keys(words), Object.keys(LOCALES.en));
    for (const [name, sentence] of Object.entries(words)) {
      assert.ok(sentence.trim().length > 0 && sentence === sentence.trim(), name);
      const holes = (text) => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();
      assert.deepEqual(holes(sentence), holes(LOCALES.en[name]), name);
    }
  });

  test(`${tag} says nothing that is not so`, () => {
    for (const [name, sentence] of Object.entries(words)) {
      assert.ok(!(UNTRUE[tag] ?? /$^/).test(sentence), `${name}: ${sentence}`);
    }
    for (const name of ["hint_phone", "hint_wechat"]) {
      if (REFUSES[tag]) assert.match(words[name], REFUSES[tag], name);
    }
  });

  test(`${tag} is a kilobyte at most`, () => {
    assert.ok(brotliCompressSync(Buffer.from(JSON.stringify(words))).length <= 1_024);
  });
}

test("the first language that is spoken is taken, and script tells the two Chinese apart", () => {
  for (const [wishes, tag] of [
    [["zh-CN"], "zh-CN"],
    [["zh"], "zh-CN"],
    [["ZH"], "zh-CN"],
    [["zh-SG"], "zh-CN"],
    [["zh-Hans-HK"], "zh-CN"],
    [["zh_CN"], "zh-CN"],
    [["cmn-Hans-CN"], "zh-CN"],
    [["zh-TW"], "zh-TW"],
    [["zh-HK"], "zh-TW"],
    [["zh-MO"], "zh-TW"],
    [["zh-Hant"], "zh-TW"],
    [["zh-Hant-CN"], "zh-TW"],
    [["en-GB"], "en"],
    [["ja-JP"], "ja"],
    [["ko-KR"], "ko"],
    [["ar-EG"], "ar"],
    [["de", "zh"], "zh-CN"],
    [["", "fr-FR"], "en"],
    [[null, "not a tag", "ko"], "ko"],
    [["auto", "ja"], "ja"],
    [["", undefined], "en"],
    [[], "en"],
  ]) {
    assert.equal(choose(wishes, TAGS), tag, JSON.stringify(wishes));
  }
});

test("words are fetched once, without credentials, and only as they were built", async (t) => {
  const asked = [];
  const answers = [Response.error(), new Response("", { status: 503 }), Response.json({ tag: "ko" })];
  t.mock.method(globalThis, "fetch", async (url, options) => {
    asked.push([url, options]);
    return answers.shift();
  });
  const files = { ko: { url: "https://pay.example.com/ko.json", integrity: "sha384-x" } };
  assert.equal(await load("ko", files), null, "a failure is not kept");
  assert.equal(await load("ko", files), null);
  const both = await Promise.all([load("ko", files), load("ko", files)]);
  assert.deepEqual(both, [{ tag: "ko" }, { tag: "ko" }]);
  assert.equal(asked.length, 3);
  assert.deepEqual(asked[0], [files.ko.url, { integrity: "sha384-x", credentials: "omit" }]);
});

/** Another widget shows 59:59 for two hours and 00:59 for 61 minutes. */
test("hours are not cut off", () => {
  const shown = { 7200: "2:00:00", 7199: "1:59:59", 3660: "1:01:00", 3599: "59:59", 61: "1:01",
    9: "0:09", 0: "0:00", 86399: "23:59:59" };
  for (const [left, text] of Object.entries(shown)) assert.equal(digits(Number(left)), text);
});

test("a label names amount and purpose", () => {
  const values = { amount: "CN¥88.00", purpose: "Oolong {amount} 250 g" };
  assert.equal(fill(EN.label, values), "WeChat Pay code: CN¥88.00 for Oolong {amount} 250 g");
});

test("money is written as the locale does, in digits that WeChat shows too", () => {
  assert.equal(money("zh-CN", 1, "CNY"), "¥0.01");
  assert.equal(money("en", 100_000_000, "CNY"), "CN¥1,000,000.00");
  for (const tag of Object.keys(LOCALES)) assert.match(money(tag, 8_800, "CNY"), /88\.00/);
});

test("paper has a moment with its zone", () => {
  const noon = Date.UTC(2026, 10, 21, 12);
  const text = wallTime("en", 3_600, noon);
  const zone = new Intl.DateTimeFormat("en", { timeZoneName: "short" })
    .formatToParts(noon).find(({ type }) => type === "timeZoneName").value;
  assert.ok(text.includes("2026") && text.includes(":00") && text.includes(zone), text);
});
