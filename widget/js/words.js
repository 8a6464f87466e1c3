// Everything the widget says: which of the languages, and from where.
//
// A locale is one file of words. English is built in, so that there is always something to say; the
// chosen one of the others is fetched beside the first request, and a page that is slow to get it
// shows its code all the same.

import EN from "../words/en.json" with { type: "json" };
import { fetchOnce } from "./files.js";

/** The last resort. */
export { EN };

/** How long the words are waited for before the English ones stand in. */
export const PATIENCE_MS = 3_000;

/**
 * The first of `wishes` that one of `tags` speaks. Script decides between the two ways to write
 * Chinese: whoever reads zh-HK, zh-MO or zh-Hant reads zh-TW.
 *
 * @param {Iterable<string | null | undefined>} wishes BCP 47, the dearest first
 * @param {string[]} tags the locales there are
 */
export function choose(wishes, tags) {
  for (const wish of wishes) {
    const wanted = written(wish);
    const found = wanted && [EN.tag, ...tags].find((tag) => written(tag) === wanted);
    if (found) return found;
  }
  return EN.tag;
}

/** Language and, where it matters, script: `zh-Hant`. What is no tag is no wish. */
function written(wish) {
  try {
    const { language, script } = new Intl.Locale(wish.trim().replaceAll("_", "-")).maximize();
    return language === "zh" ? `${language}-${script}` : language;
  } catch {
    return null;
  }
}

/** The tag's wish, the language of the page around the element, the reader's own. */
export function wishesOf(element) {
  const wishes = [element.getAttribute("locale")];
  for (let around = element; around; around = around.getRootNode().host) {
    const spoken = around.closest("[lang]");
    if (spoken) {
      wishes.push(spoken.getAttribute("lang"));
      break;
    }
  }
  return [...wishes, ...(globalThis.navigator?.languages ?? [])];
}

/**
 * The words of `tag`, which is not English; null if they cannot be had.
 *
 * @param {Record<string, { url: string, integrity: string }>} files
 */
export const load = (tag, files) => fetchOnce(files[tag], (response) => response.json()).catch(() => null);

/** `Valid until {time}` with its `{…}` filled in; the words may put them in any order. */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (hole, name) => values[name] ?? hole);
}

/** `¥88.00`, as the locale writes it, in the digits that WeChat shows beside it. */
export function money(tag, fen, currency) {
  const style = { style: "currency", currency, numberingSystem: "latn" };
  return new Intl.NumberFormat(tag, style).format(fen / 100);
}

/** `59:59`, `1:59:59`: hours only where there are any, and never cut off. */
export function digits(leftS) {
  const [hours, minutes, seconds] = [leftS / 3_600, (leftS / 60) % 60, leftS % 60].map(Math.floor);
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** The wall time `leftS` from now with its zone, for paper. A screen only ever counts spans. */
export function wallTime(tag, leftS, now = Date.now()) {
  const day = { year: "numeric", month: "short", day: "numeric", numberingSystem: "latn" };
  const time = { hour: "numeric", minute: "2-digit", timeZoneName: "short" };
  return new Intl.DateTimeFormat(tag, { ...day, ...time }).format(now + leftS * 1_000);
}
