// Faults: every bad day as a switch, by route; what is switched on waits until it happens.

import { to } from "./address.js";
import { ask } from "./ask.js";
import { act, button, isBusy } from "./doing.js";
import { h } from "./draw.js";
import { known } from "./feed.js";
import { fetched } from "./fetched.js";
import { card, code, empty, heading, quiet } from "./pieces.js";

export const title = "Faults";

export const counter = ({ faults = [] }) => (faults.length ? [faults.length, `${faults.length} waiting`] : null);

/** What the next switch means: whose order, how many times, and how long where it takes time. */
const wish = { out_trade_no: "", times: 1, delay_ms: null };
const ROUTES = {
  native: "Place an order", query: "Ask for an order", close: "Close an order", refund: "Ask for a refund",
  "refund-query": "Ask after a refund", "abnormal-refund": "Send an abnormal refund on", notify: "Notify",
  certificates: "Certificates", echo: "Self-test", bill: "Ask for a bill", "bill-download": "Fetch a bill",
};

export function view([chosen]) {
  const routes = knownFaults();
  const route = routes.find((row) => row.route === chosen) ?? routes[0];
  return [
    heading("Faults", quiet("A fault happens to the next calls of its route, as often as you say.")),
    waiting(),
    routes.length === 0
      ? empty("This sandbox does not say which faults it knows; set them with ", code("PUT /sandbox/faults"), ".")
      : card("Switch on", { key: "switch" }, tabs(routes, route), terms(route), kinds(route)),
  ];
}

/** Every fault that there is, by route. */
export const knownFaults = () => fetched("/sandbox/faults").value?.known ?? [];

function waiting() {
  const { faults = [] } = known.feed;
  return card("Waiting", { key: "waiting" },
    faults.length === 0
      ? empty("None. Everything goes well.")
      : h("ul", { class: "rows" }, faults.map((fault, i) => h("li", { key: `${i} ${fault.route} ${fault.kind}`, class: "split" },
        h("div", { class: "row" },
          h("span", { class: "name" }, `${fault.route}: ${fault.kind}`),
          h("span", { class: "sum" }, `${fault.times} ×`),
          h("span", { class: "sub" }, fault.out_trade_no ? `order ${fault.out_trade_no}` : "any order")),
        button(`off ${i}`, "Remove", () => remove(fault), { class: "small", "aria-label": `Remove ${fault.route}: ${fault.kind}` })))),
    faults.length > 0 && h("p", { class: "actions" }, button("clear faults", "Clear all", clear)));
}

async function clear() {
  await ask("PUT", "/sandbox/faults", []);
  return "No fault waits any more.";
}

/** The list as it is now, without this one; another of the same sort stays. */
async function remove(fault) {
  const { data } = await ask("GET", "/sandbox/faults");
  const isIt = (other) => other.route === fault.route && other.kind === fault.kind && (other.out_trade_no ?? null) === (fault.out_trade_no ?? null);
  const at = data.findIndex(isIt);
  if (at >= 0) data.splice(at, 1);
  await ask("PUT", "/sandbox/faults", data);
  return `Removed: ${fault.route}: ${fault.kind}.`;
}

const terms = (route) => h("div", { class: "actions" },
  h("label", { class: "field" }, h("span", {}, "How many times"),
    h("input", {
      type: "number", min: "1", max: "1000", value: String(wish.times),
      oninput: (event) => { wish.times = Math.max(1, Number(event.target.value) || 1); },
    })),
  route.takes_out_trade_no !== false && h("label", { class: "field wide" }, h("span", {}, "Order number, or empty for any"),
    h("input", {
      type: "text", list: "numbers", autocomplete: "off", spellcheck: "false", value: wish.out_trade_no,
      oninput: (event) => { wish.out_trade_no = event.target.value.trim(); },
    })),
  delays(route) && h("label", { class: "field" }, h("span", {}, "Delay, ms"),
    h("input", {
      type: "number", min: "0", max: String(delays(route).max), placeholder: "usual",
      oninput: (event) => { wish.delay_ms = event.target.value === "" ? null : Number(event.target.value); },
    })));

/** What the first kind that takes a delay says of it. */
const delays = (route) => route.kinds.find((row) => row.delay_ms)?.delay_ms;

const tabs = (routes, route) => h("nav", { class: "tabs", "aria-label": "Routes" }, routes.map((row) =>
  h("a", { key: row.route, href: to("faults", row.route), "aria-current": row === route ? "true" : null },
    ROUTES[row.route] ?? row.route)));

const kinds = (route) => h("ul", { key: route.route, class: "switches" }, route.kinds.map((row) => kindRow(route, row)));

function kindRow({ route, takes_out_trade_no }, { kind, words, delay_ms }) {
  const waits = (known.feed.faults ?? []).filter((fault) => fault.route === route && fault.kind === kind);
  const times = waits.reduce((sum, fault) => sum + fault.times, 0);
  const name = `${route} ${kind}`;
  const turn = () => (times ? switchOff(route, kind) : switchOn({ route, kind }, { isOfOrder: takes_out_trade_no !== false, isSlow: Boolean(delay_ms) }));
  return h("li", { key: kind },
    h("button", {
      type: "button", role: "switch", class: "switch", "aria-checked": String(times > 0), "aria-label": kind,
      "aria-describedby": `words-${route}-${kind}`, "aria-disabled": isBusy(name) ? "true" : null,
      onclick: () => act(name, turn),
    }),
    h("div", {},
      h("p", { class: "name" }, kind, times > 0 && h("span", { class: "quiet" }, ` waits ${times} ×`)),
      h("p", { class: "quiet", id: `words-${route}-${kind}` }, words)));
}

async function switchOn({ route, kind }, { isOfOrder, isSlow }) {
  const fault = { route, kind, times: wish.times };
  if (isOfOrder && wish.out_trade_no) fault.out_trade_no = wish.out_trade_no;
  if (isSlow && wish.delay_ms !== null) fault.delay_ms = wish.delay_ms;
  await ask("POST", "/sandbox/faults", fault);
  return `${route}: ${kind} waits, ${wish.times} ×.`;
}

async function switchOff(route, kind) {
  const { data } = await ask("GET", "/sandbox/faults");
  await ask("PUT", "/sandbox/faults", data.filter((fault) => fault.route !== route || fault.kind !== kind));
  return `${route}: ${kind} is off.`;
}
