// Bills: the files of each day and merchant, to download and look at.

import { ask } from "./ask.js";
import { button } from "./doing.js";
import { h } from "./draw.js";
import { known } from "./feed.js";
import { fetched, forget } from "./fetched.js";
import { card, empty, heading, quiet } from "./pieces.js";
import { count } from "./words.js";

export const title = "Bills";
export const counter = () => null;

const PATH = "/sandbox/bills";
const TYPES = [["all", "All"], ["success", "Payments"], ["refund", "Refunds"], ["fundflow", "Fund flow"]];

let life_s = "";

export function view() {
  const bills = fetched(PATH, String(known.feed.revision)).value;
  const days = known.feed.bill_days ?? bills?.days ?? [];
  return [
    heading("Bills", quiet("By day of business time, in Beijing. Your program gets its own through the API.")),
    days.length === 0 ? empty("No day has a payment or a refund yet.") : h("ul", { class: "scenarios" }, days.map(day)),
    bills && setting(bills),
  ];
}

function day({ date, mchid, payments, refunds }) {
  return h("li", { key: `${date} ${mchid}`, class: "card" },
    h("h3", {}, date),
    h("p", { class: "quiet" }, `Merchant ${mchid} · ${count(payments, "payment", "payments")}, ${count(refunds, "refund", "refunds")}`),
    h("p", { class: "actions" }, TYPES.map(([type, words]) => h("a", {
      key: type, class: "file", download: true, href: `${PATH}/${encodeURIComponent(mchid)}/${encodeURIComponent(date)}/${type}.csv`,
      "aria-label": `${words} of ${date}, merchant ${mchid}`,
    }, words))));
}

const setting = (bills) => card("Addresses of bills", { key: "life" },
  h("div", { class: "actions" },
    h("label", { class: "field" }, h("span", {}, "Good for, in seconds"),
      h("input", { type: "number", min: "0", value: String(bills.url_life_s), oninput: (event) => { life_s = event.target.value; } })),
    button("bill life", "Set", () => setLife(bills))));

async function setLife(bills) {
  const url_life_s = Number(life_s || bills.url_life_s);
  await ask("PUT", PATH, { url_life_s });
  life_s = "";
  forget(PATH);
  return `An address of a bill is good for ${url_life_s} s.`;
}
