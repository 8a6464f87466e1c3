// What the gallery (www/gallery/) needs of the widget: the shell itself, its drawing and all words.

import AR from "../words/ar.json" with { type: "json" };
import EN from "../words/en.json" with { type: "json" };
import JA from "../words/ja.json" with { type: "json" };
import KO from "../words/ko.json" with { type: "json" };
import ZH_CN from "../words/zh-CN.json" with { type: "json" };
import ZH_TW from "../words/zh-TW.json" with { type: "json" };

export { draw } from "./code.js";
export { Shell } from "./shell.js";

/** Every locale's words, by tag. */
export const WORDS = Object.fromEntries(
  [EN, ZH_CN, ZH_TW, JA, KO, AR].map((words) => [words.tag, words]),
);
