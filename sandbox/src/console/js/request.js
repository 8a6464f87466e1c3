// One request: what was asked, what was answered, and, if it was refused, what to mend.

import { to } from "./address.js";
import { h } from "./draw.js";
import { known, nowText } from "./feed.js";
import { fetched } from "./fetched.js";
import { message } from "./message.js";
import { back, card, code, empty, facts, heading, tag, waiting } from "./pieces.js";
import { compareBox, signature } from "./signature.js";
import { clock, statusKind } from "./words.js";

export function one(id) {
  // Numbers begin anew with the program, so the time says whether it is the same request.
  const listed = known.feed.requests?.find((row) => String(row.id) === id);
  const found = fetched(`/sandbox/requests/${encodeURIComponent(id)}`, listed?.at ?? "");
  const entry = found.value;
  const head = [back("#requests", "All requests"), heading(`Request ${id}`)];
  if (!entry) return [...head, waiting(found)];
  return [...head, about(entry), entry.refusal && why(entry), sides(entry)];
}

function about(entry) {
  const status = entry.reply?.status;
  return card(null, { key: "about" },
    h("p", { class: "line" }, h("code", {}, `${entry.method} ${entry.target}`)),
    facts(
      ["Answer", tag(status ? String(status) : "connection closed", statusKind(status))],
      ["At", clock(entry.at, nowText())],
      ["Route", entry.route ?? "no such path"],
      entry.mchid && ["Merchant", code(entry.mchid)],
      entry.out_trade_no && ["Order", order(entry)],
      entry.fault && ["Fault", code(entry.fault)],
    ));
}

function order({ out_trade_no: number }) {
  const its = known.feed.orders.find((row) => row.out_trade_no === number);
  return its ? h("a", { href: to("orders", its.mchid, number) }, number) : number;
}

function why({ id, refusal }) {
  return card("Why it was refused", { key: "why", class: "card why" },
    h("p", { class: "reason" }, refusal.why),
    facts(
      ["Answered", code([refusal.status, refusal.code].filter(Boolean).join(" "))],
      refusal.field && ["Field", code(refusal.field)],
      refusal.signature?.finding && ["Finding", code(refusal.signature.finding)],
    ),
    refusal.signature && signature(id, refusal.signature, refusal.why),
    refusal.signature?.string_to_sign && compareBox(id, refusal.signature.string_to_sign, refusal.signature.bytes));
}

const sides = ({ id, method, target, request, reply }) => h("div", { key: "sides", class: "sides card" },
  message(`${id} request`, {
    title: "Your program sent", line: `${method} ${target}`, headers: request.headers, body: request.body, bytes: request.body_bytes,
  }),
  reply
    ? message(`${id} reply`, { title: "The sandbox answered", line: String(reply.status), headers: reply.headers, body: reply.body, bytes: reply.body_bytes })
    : h("section", { key: "none", class: "message" }, h("h4", {}, "The sandbox answered"), empty("Nothing: the connection was closed.")));
