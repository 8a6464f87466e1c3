// Requests: every call of a merchant, and which of them were refused.

import { to } from "./address.js";
import { h } from "./draw.js";
import { known, nowText } from "./feed.js";
import { fetched } from "./fetched.js";
import { empty, heading, list, quiet, row, tag, waiting } from "./pieces.js";
import { one } from "./request.js";
import { clock, statusKind } from "./words.js";

export const title = "Requests";

/** How many refused ones are looked for, beyond those that the feed brings. */
const REFUSED_MAX = 100;

export const counter = (feed) => {
  const refused = (feed.requests ?? []).filter(isRefused).length;
  return refused ? [refused, `${refused} refused`] : null;
};

const codeOf = (entry) => entry.refusal?.code ?? entry.refused ?? entry.code ?? null;
/** An answer without a body refuses without a code. */
const isRefused = (entry) => Boolean(codeOf(entry) ?? entry.refusal ?? entry.why);

export function view([id], query) {
  if (id) return one(id);
  const { requests } = known.feed;
  if (!requests) return [heading("Requests"), empty("This sandbox keeps no requests.")];
  const isFiltered = query.get("refused") === "1";
  return [
    heading("Requests", quiet("Every call of your program, and why it was refused if it was.")),
    h("p", { class: "actions" },
      h("a", { class: "filter", href: "#requests", "aria-current": String(!isFiltered) }, "All"),
      h("a", { class: "filter", href: "#requests?refused=1", "aria-current": String(isFiltered) }, "Refused only")),
    isFiltered ? refused() : rows(requests, "No request yet. Point your program at this sandbox."),
  ];
}

function refused() {
  const found = fetched(`/sandbox/requests?refused=true&limit=${REFUSED_MAX}`, String(known.feed.revision));
  return found.value ? rows(found.value.data, "Nothing was refused.") : waiting(found);
}

const rows = (entries, words) =>
  (entries.length ? list("Requests, newest first", entries.map(requestRow)) : empty(words));

export function requestRow(entry) {
  const refusedAs = codeOf(entry);
  const why = entry.refusal?.why ?? entry.why;
  const parts = [why, entry.fault && `fault: ${entry.fault}`, !why && entry.out_trade_no, entry.mchid && `merchant ${entry.mchid}`];
  const status = entry.reply?.status ?? entry.status;
  return row(entry.id, to("requests", entry.id),
    [`${entry.method} ${entry.target}`, parts.filter(Boolean).join(" · ")],
    [clock(entry.at, nowText()), tag([status ?? "closed", refusedAs].filter(Boolean).join(" "), statusKind(status))],
    { "data-refused": isRefused(entry) ? "true" : null });
}
