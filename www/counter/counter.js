// The counter: labels with shelf codes to print, and what was paid by them today.

import { startSpeaking, words } from "../language.js";
import { ask, askPicture } from "../orders/ask.js";
import { asTrouble, hangDoor, showDoor } from "../orders/door.js";
import { complaint } from "../orders/facts.js";
import { openSheet } from "./labels.js";
import { openSales } from "./sales.js";
import { WORDS } from "./words.js";

const part = (id) => document.getElementById(id);

// Ends with the visit; requests of an earlier one say nothing any more.
let visit = new AbortController();

/** Says what went wrong; a key that is none leads back to the door. */
function fail(error, say) {
  if (error.name === "AbortError") return;
  const trouble = asTrouble(error);
  if (trouble.kind === "key") lock(trouble);
  else say(trouble);
}

const sheet = openSheet(part("sheet"), { askPicture, fail });

const sales = openSales(
  { list: part("sales"), sum: part("sales-sum"), tell: (text) => { part("told").textContent = text; } },
  { ask: (path, query) => ask(path, query, visit.signal), fail },
);

async function products() {
  const { signal } = visit;
  try {
    const { data } = await ask("/v1/products", {}, signal);
    signal.throwIfAborted();
    await sheet.show(data, signal);
  } catch (error) {
    fail(error, (trouble) => part("sheet").replaceChildren(complaint(trouble, products)));
  }
}

async function show() {
  const speaking = document.activeElement?.hasAttribute("data-tongue");
  visit.abort();
  visit = new AbortController();
  if (!showDoor()) return;
  if (!speaking) part("sales-title").focus({ preventScroll: true });
  part("sheet").replaceChildren(document.createTextNode(words().loading));
  await Promise.all([sales.show(), products()]);
}

const lock = hangDoor({
  opened: show,
  closed() {
    visit.abort();
    sales.stop();
    sheet.forget();
  },
});

// Millimetres on paper, and the same share of the screen.
function resize() {
  part("sheet").style.setProperty("--code", `${part("size").value}mm`);
}

part("size").addEventListener("change", resize);
part("print-form").addEventListener("submit", (event) => {
  event.preventDefault();
  globalThis.print();
});
resize();
startSpeaking(WORDS, show);
await show();
