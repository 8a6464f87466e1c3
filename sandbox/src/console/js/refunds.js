// Refunds: where each stands, and ending one that is under way.

import { to } from "./address.js";
import { ask } from "./ask.js";
import { button } from "./doing.js";
import { h } from "./draw.js";
import { known, now, nowText } from "./feed.js";
import { noticeRow } from "./notifications.js";
import { back, card, code, empty, facts, heading, list, quiet, row, tag } from "./pieces.js";
import { REFUND_KIND, clock, seconds, span, yuan } from "./words.js";

export const title = "Refunds";

export const counter = ({ refunds = [] }) => {
  const open = refunds.filter(({ status }) => status === "PROCESSING").length;
  return open ? [open, `${open} processing`] : null;
};

/** How a refund may be made to end, and what a person calls it. */
const ENDS = [["SUCCESS", "It succeeds"], ["ABNORMAL", "It goes wrong"], ["CLOSED", "It is closed"]];

export function view([number]) {
  const { refunds = [] } = known.feed;
  if (number) return one(number, refunds.find((refund) => refund.out_refund_no === number));
  return [
    heading("Refunds", quiet("Your program asks for them; here you decide how they end.")),
    refunds.length === 0 ? empty("Nobody has asked for a refund.") : list("Refunds, newest first", refunds.map(refundRow)),
  ];
}

const until = (refund) => `${span(now(), seconds(refund.ends_at))} to go`;

export function refundRow(refund) {
  const parts = [`order ${refund.out_trade_no}`, refund.sub_mchid && `sub-merchant ${refund.sub_mchid}`, refund.ends_at && until(refund)];
  return row(refund.refund_id, to("refunds", refund.out_refund_no),
    [refund.out_refund_no, parts.filter(Boolean).join(" · ")],
    [yuan(refund.amount.refund), tag(refund.status.toLowerCase(), REFUND_KIND[refund.status])]);
}

function one(number, refund) {
  const head = [back("#refunds", "All refunds"), heading(`Refund ${number}`)];
  if (!refund) return [...head, empty("This refund is not among the newest.")];
  const told = (known.feed.notifications ?? []).filter((row) => row.out_refund_no === number);
  return [
    ...head,
    card(null, { key: "about" },
      h("p", { class: "big" }, yuan(refund.amount.refund), " ", tag(refund.status.toLowerCase(), REFUND_KIND[refund.status])),
      about(refund),
      refund.status === "PROCESSING" && h("div", { class: "actions", role: "group", "aria-label": "End it now" },
        ENDS.map(([status, words]) => button(`end ${number} ${status}`, words, () => end(number, status))))),
    told.length > 0 && card("Notifications", { key: "told" }, list("Notifications of this refund", told.map(noticeRow))),
  ];
}

const about = (refund) => facts(
  ["Of", yuan(refund.amount.total)],
  ["Order", h("a", { href: to("orders", refund.mchid, refund.out_trade_no) }, refund.out_trade_no)],
  ["refund_id", code(refund.refund_id)],
  ["Channel", refund.channel],
  refund.notify_url && ["notify_url", code(refund.notify_url)],
  ["Asked for", clock(refund.created_at, nowText())],
  refund.ends_at && ["Ends by itself in", span(now(), seconds(refund.ends_at))],
  refund.ended_at && ["Ended", clock(refund.ended_at, nowText())],
);

async function end(number, status) {
  await ask("PUT", `/sandbox/refunds/${encodeURIComponent(number)}`, { status });
  return `Refund ${number} ended: ${status}.`;
}
