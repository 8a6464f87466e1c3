// Scenarios: a whole bad day by its name, armed or played in one press.

import { ask } from "./ask.js";
import { button } from "./doing.js";
import { h } from "./draw.js";
import { known } from "./feed.js";
import { seen } from "./phone.js";
import { card, code, empty, heading, quiet } from "./pieces.js";

export const title = "Scenarios";
export const counter = () => null;

/** The order that scenarios are about; empty for the one on the phone. */
let number = "";
/** What the last press of each did, by name. */
const did = new Map();
let repaint = () => {};

export const start = (onChange) => { repaint = onChange; };

export function view() {
  const { scenarios = [] } = known.feed;
  return [
    heading("Scenarios", quiet("One press arms or does everything. The same as ", code("POST /sandbox/scenarios/{name}"), ".")),
    scenarios.length === 0
      ? empty("This sandbox knows no scenarios.")
      : [
        card(null, { key: "order" },
          h("label", { class: "field wide" }, h("span", {}, "Order number, for those that need one"),
            h("input", {
              type: "text", list: "numbers", autocomplete: "off", spellcheck: "false", value: number,
              placeholder: seen()?.out_trade_no ?? "", oninput: (event) => { number = event.target.value.trim(); repaint(); },
            }))),
        h("ul", { key: "all", class: "scenarios" }, scenarios.map(scenario)),
      ],
  ];
}

const about = () => number || seen()?.out_trade_no || "";

function scenario({ name, words, needs = [], takes = needs }) {
  const isMissing = needs.includes("out_trade_no") && !about();
  return h("li", { key: name, class: "card" },
    h("h3", {}, name),
    h("p", { class: "quiet" }, words),
    needs.includes("out_trade_no") && h("p", { class: "quiet" }, isMissing ? "Needs an order: put one on the phone." : `For order ${about()}.`),
    did.has(name) && h("ul", { class: "did" }, did.get(name).map((line, i) => h("li", { key: i }, line))),
    button(`scenario ${name}`, "Play", () => play(name, { needs, takes }), { "aria-label": `Play ${name}`, disabled: isMissing }));
}

/** The number goes to who needs it, and to who can use it if one was typed. */
async function play(name, { needs, takes }) {
  const isOfOrder = needs.includes("out_trade_no") || (number && takes.includes("out_trade_no"));
  const wish = isOfOrder ? { out_trade_no: about() } : {};
  const answer = await ask("POST", `/sandbox/scenarios/${encodeURIComponent(name)}`, wish);
  const armed = (answer.faults ?? []).map((fault) => `Armed ${fault.route}: ${fault.kind}, ${fault.times ?? 1} ×.`);
  did.set(name, answer.did?.length ? answer.did : armed);
  return `${name}: ${did.get(name).join(" ") || "done."}`;
}
