// Scenarios: a whole bad day by its name, armed or played in one press.

import { ask } from "./ask.js";
import { button } from "./doing.js";
import { h } from "./draw.js";
import { fetched } from "./fetched.js";
import { seen } from "./phone.js";
import { card, code, heading, quiet, waiting } from "./pieces.js";

export const title = "Scenarios";
export const counter = () => null;

/** The order that scenarios are about, empty for the one on the phone; how often those happen that wait. */
const wish = { number: "", times: "" };
/** What the last press of each did, by name. */
const did = new Map();
let repaint = () => {};

export const start = (onChange) => { repaint = onChange; };

export function view() {
  const found = fetched("/sandbox/scenarios");
  return [
    heading("Scenarios", quiet("One press arms or does everything. The same as ", code("POST /sandbox/scenarios/{name}"), ".")),
    found.value
      ? [
        terms(),
        h("ul", { key: "all", class: "scenarios" }, found.value.data.map(scenario)),
      ]
      : waiting(found),
  ];
}

const terms = () => card(null, { key: "terms" }, h("div", { class: "actions" },
  h("label", { class: "field wide" }, h("span", {}, "Order number, for those that are about one"),
    h("input", {
      type: "text", list: "numbers", autocomplete: "off", spellcheck: "false", value: wish.number,
      placeholder: seen()?.out_trade_no ?? "", oninput: (event) => { wish.number = event.target.value.trim(); repaint(); },
    })),
  h("label", { class: "field" }, h("span", {}, "How many times"),
    h("input", {
      type: "number", min: "1", max: "1000", placeholder: "usual", value: wish.times,
      oninput: (event) => { wish.times = event.target.value; },
    }))));

/** Which order a scenario is about: it takes what it is given, and the phone's where it needs one. */
function about({ needs = [], takes = needs }) {
  if (!takes.includes("out_trade_no")) return "";
  return wish.number || (needs.includes("out_trade_no") ? seen()?.out_trade_no ?? "" : "");
}

function scenario(row) {
  const { name, words, needs = [] } = row;
  const number = about(row);
  const isMissing = needs.includes("out_trade_no") && !number;
  return h("li", { key: name, class: "card" },
    h("h3", {}, name),
    h("p", { class: "quiet" }, words),
    isMissing && h("p", { class: "quiet" }, "Needs an order: put one on the phone."),
    number && h("p", { class: "quiet" }, `For order ${number}.`),
    did.has(name) && h("ul", { class: "did", "aria-label": `What ${name} did` }, did.get(name).map((line, i) => h("li", { key: i }, line))),
    button(`scenario ${name}`, "Play", () => play(row), { "aria-label": `Play ${name}`, disabled: isMissing }));
}

async function play(row) {
  const { name, takes = [] } = row;
  const told = {};
  if (about(row)) told.out_trade_no = about(row);
  if (takes.includes("times") && Number(wish.times) >= 1) told.times = Number(wish.times);
  const answer = await ask("POST", `/sandbox/scenarios/${encodeURIComponent(name)}`, told);
  did.set(name, answer.did);
  return `${name}: ${answer.did.join(" ")}`;
}
