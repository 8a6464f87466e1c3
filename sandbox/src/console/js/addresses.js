// The two addresses that a merchant sets in the merchant platform and names in no call.

import { ask } from "./ask.js";
import { button } from "./doing.js";
import { h } from "./draw.js";
import { known } from "./feed.js";
import { fetched, forget } from "./fetched.js";
import { quiet } from "./pieces.js";

const PATH = "/sandbox/addresses";
const FIELDS = [
  ["native_url", "Scans of product codes are asked at"],
  ["refund_notify_url", "Refunds without an address of their own are told at"],
];

/** What a person has typed and not set yet, by merchant and field. */
const typed = new Map();
let repaint = () => {};

export const whenTyped = (onChange) => { repaint = onChange; };

/** The form of one merchant; nothing on a sandbox that has no such addresses. */
export function addresses(mchid) {
  const found = fetched(PATH, String(known.feed.credentials_changed ?? ""));
  const row = found.value?.data.find((each) => each.mchid === mchid);
  if (!row) return null;
  return h("form", { class: "addresses", "aria-label": `Addresses of ${mchid}`, onsubmit: (event) => event.preventDefault() },
    quiet("Set in the merchant platform. Empty clears one."),
    FIELDS.map(([name, words]) => field(row, name, words)));
}

function field(row, name, words) {
  const key = `${row.mchid} ${name}`;
  const value = typed.get(key) ?? row[name] ?? "";
  return h("div", { key: name, class: "actions" },
    h("label", { class: "field wide" }, h("span", {}, words),
      h("input", {
        type: "text", inputmode: "url", name, value, placeholder: "https://…", autocomplete: "off", spellcheck: "false", maxlength: "255",
        oninput: (event) => { typed.set(key, event.target.value); repaint(); },
      })),
    button(`address ${key}`, "Set", () => set(row.mchid, name, value.trim()), { "aria-label": `Set ${name} of ${row.mchid}` }));
}

async function set(mchid, name, value) {
  await ask("PUT", PATH, { mchid, [name]: value || null });
  typed.delete(`${mchid} ${name}`);
  forget(PATH);
  return value ? `Set: ${name}.` : `Cleared: ${name}.`;
}
