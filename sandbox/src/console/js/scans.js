// Scans of printed product codes: what the merchant was asked, what it answered, and where it ended.

import { to } from "./address.js";
import { h } from "./draw.js";
import { known, nowText } from "./feed.js";
import { fetched } from "./fetched.js";
import { bothSides } from "./notifications.js";
import { back, card, code, empty, facts, heading, list, quiet, row, tag, waiting } from "./pieces.js";
import { signature } from "./signature.js";
import { clock, outcome, statusKind } from "./words.js";

export const title = "Scans";

const scans = (feed) => feed.callbacks ?? [];

export const counter = (feed) => {
  const refused = scans(feed).filter((scan) => scan.refusal).length;
  return refused ? [refused, `${refused} came to nothing`] : null;
};

/** Where one scan is shown. */
export const scanAt = (id) => to("scans", id);

export function view([id]) {
  if (id) return one(id);
  const rows = scans(known.feed);
  return [
    heading("Scans", quiet("Every scan of a printed product code: what your program was asked, and what it answered.")),
    rows.length === 0
      ? empty("None yet. Paste a ", code("weixin://wxpay/bizpayurl?sign=…"), " link on the phone; under Merchants is where your program is asked.")
      : list("Scans, newest first", rows.map(scanRow)),
  ];
}

function scanRow(scan) {
  const { refusal } = scan;
  const parts = refusal
    ? [refusal.message, scan.fault && `fault: ${scan.fault}`]
    : [`order ${scan.out_trade_no}`, `payer ${scan.payer}`, `merchant ${scan.mchid}`, scan.fault && `fault: ${scan.fault}`];
  return row(scan.id, scanAt(scan.id), [scan.product_id, parts.filter(Boolean).join(" · ")],
    [clock(scan.at, nowText()), end(scan)], { "data-refused": refusal ? "true" : null });
}

const end = ({ refusal, phone }) => (refusal ? tag(refusal.code, "bad") : tag(phone ?? "under way", phone === "paid" ? "good" : "wait"));

function one(id) {
  // Numbers begin anew with the program, so the time says whether it is the same scan.
  const listed = scans(known.feed).find((scan) => String(scan.id) === id);
  const found = fetched(`/sandbox/callbacks/${encodeURIComponent(id)}`, listed?.at ?? "");
  const scan = found.value;
  const head = [back("#scans", "All scans"), heading(scan ? `Scan of ${scan.product_id}` : `Scan ${id}`)];
  if (!scan) return [...head, waiting(found)];
  return [...head, about(scan), scan.refusal && why(id, scan.refusal), scan.tries.map((attempt, i) => tried(scan, attempt, i))];
}

function about(scan) {
  const its = known.feed.orders.find((order) => order.mchid === scan.mchid && order.out_trade_no === scan.out_trade_no);
  return card(null, { key: "about" }, facts(
    ["Ended", end(scan)],
    ["At", clock(scan.at, nowText())],
    ["product_id", code(scan.product_id)],
    ["Merchant", code(scan.mchid), ` with ${scan.appid}`],
    ["Payer", scan.payer, " known as ", code(scan.openid)],
    scan.prepay_id && ["prepay_id", code(scan.prepay_id)],
    scan.out_trade_no && ["Order", its ? h("a", { href: to("orders", its.mchid, its.out_trade_no) }, scan.out_trade_no) : scan.out_trade_no],
    scan.fault && ["Fault", code(scan.fault)],
  ));
}

const why = (id, { code: name, message, words, signature: found }) =>
  card("Why it came to nothing", { key: "why", class: "card why" },
    h("p", { class: "reason" }, message),
    facts(["Code", code(name)], ["The payer reads", h("span", { lang: "zh" }, words)], found && ["Finding", code(found.finding)]),
    // Its words are in the message already.
    found && signature(`scan ${id}`, { ...found, words: null }));

function tried({ id, tries }, attempt, i) {
  const which = tries.length > 1 ? `Callback ${i + 1}` : "Callback";
  const took = typeof attempt.took_ms === "number" && `${attempt.took_ms} ms`;
  return card(null, { key: `try ${i}` },
    h("h3", {}, which, " ", tag(outcome(attempt), statusKind(attempt.status)), " ", h("span", { class: "quiet" }, took)),
    attempt.request ? bothSides(`scan ${id} ${i}`, attempt) : quiet("Nothing was sent."));
}
