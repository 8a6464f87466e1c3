// Which language a page speaks, and making it speak. Each page brings its own words.
//
// The reader's own choice wins (kept for the visit), then the browser's languages, then Chinese.
// `<html lang>` is the one place where the choice is written down: screen readers, hyphenation and
// the checkout's own texts all follow it.

const KEPT_AS = "shop-language";
const FALLBACK = "zh-CN";

// What the page can say, by language.
let vocabulary = {};

/** The language of the page at present. */
export const tongue = () => document.documentElement.lang;

/** The words of the page's language. */
export const words = () => vocabulary[tongue()];

// A browser may forbid storage; the page then merely forgets the choice.
function kept() {
  try {
    return sessionStorage.getItem(KEPT_AS);
  } catch {
    return null;
  }
}

function keep(chosen) {
  try {
    sessionStorage.setItem(KEPT_AS, chosen);
  } catch {
    return;
  }
}

function preferred() {
  const chosen = kept();
  if (chosen in vocabulary) return chosen;
  const known = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0]);
  const first = known.find((tag) => tag === "zh" || tag === "en");
  return first === "en" ? "en" : FALLBACK;
}

function speak(chosen) {
  document.documentElement.lang = chosen;
  const said = vocabulary[chosen];
  document.title = said.title;
  for (const node of document.querySelectorAll("[data-words]")) {
    node.textContent = said[node.dataset.words];
  }
  for (const node of document.querySelectorAll("[data-words-label]")) {
    node.setAttribute("aria-label", said[node.dataset.wordsLabel]);
  }
  for (const button of document.querySelectorAll("[data-tongue]")) {
    button.setAttribute("aria-pressed", String(button.dataset.tongue === chosen));
  }
}

/** Speaks `spoken` in the preferred language at once and, on a press of a switch, in the other;
 * `changed` is called after each change. */
export function startSpeaking(spoken, changed) {
  vocabulary = spoken;
  speak(preferred());
  for (const button of document.querySelectorAll("[data-tongue]")) {
    button.addEventListener("click", () => {
      keep(button.dataset.tongue);
      speak(button.dataset.tongue);
      changed();
    });
  }
}
