// The shop page: asks what is on sale, puts it on the shelf, and opens the till.

import { phone, products } from "./catalogue.js";
import { startSpeaking, words } from "./language.js";
import { fill } from "./shelf.js";
import { openTill } from "./till.js";
import { WORDS } from "./words.js";

const part = (id) => document.getElementById(id);

const quantities = new Map();
// `undefined` until the list is here.
let stock;
// Which of the shop's words stands above the shelf; a key of words.js, or nothing.
let state = "shelfLoading";

function show() {
  part("shelf-state").textContent = state ? words()[state] : "";
  part("shelf-retry").hidden = state !== "shelfFailed";
  if (stock) fill(part("shelf-list"), stock, { quantities, buy });
}

async function load() {
  state = "shelfLoading";
  show();
  try {
    stock = await products();
    state = stock.length === 0 ? "shelfEmpty" : undefined;
  } catch {
    state = "shelfFailed";
  }
  show();
}

async function findPhone() {
  const address = await phone();
  if (!address) return;
  part("phone-link").href = address;
  part("till-phone-link").href = address;
  part("phone-note").hidden = false;
}

const buy = openTill();
startSpeaking(WORDS, show);
part("shelf-retry").addEventListener("click", load);
await Promise.all([load(), findPhone()]);
