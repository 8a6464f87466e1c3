// Where WeChat Pay's bills and our orders disagree, day by day.

import { words } from "../language.js";
import { make } from "../make.js";
import { badge, code, complaint, entries, facts, headline, orderLink, say, time, title, yuan } from "./facts.js";

const COUNTS = ["rows", "foreign", "compared", "agree", "entered", "open"];

const counted = (counts = {}) => COUNTS.map((name) => [name, counts[name]]);

// A V2 bill has no digest, so it proves nothing; others are not spoken of.
const unproven = ({ digest }) => (digest === "none" ? badge("marks", "unproven") : "");

function day(one) {
  const link = make("a", { href: `#/differences/${encodeURIComponent(one.date)}`, textContent: one.date });
  const open = one.counts?.open ?? 0;
  return [
    headline(link, badge("dayStatus", one.status), open ? badge("marks", "differs") : "", unproven(one)),
    facts([...counted(one.counts), ["asked_at", time(one.asked_at)], ["ended_at", time(one.ended_at)]]),
  ];
}

// What one side says: an amount, a word, or that it knows nothing.
function side(one) {
  if (!one) return words().days.nothing;
  return [yuan(one.total), one.status].filter(Boolean).join(" · ") || words().days.nothing;
}

function difference(one) {
  return [
    headline(say("differenceKind", one.kind), badge("marks", one.healed_at ? "healed" : "differs")),
    one.detail ? make("p", { textContent: one.detail }) : "",
    facts([
      ["what", say("differenceWhat", one.what)],
      ["number", code(one.number)],
      ["here", side(one.here)],
      ["there", side(one.there)],
      ["out_trade_no", code(one.out_trade_no)],
      ["order", one.checkout && orderLink(one.checkout)],
      ["sub_mchid", one.sub_mchid],
      ["found_at", time(one.found_at)],
      ["healed_at", time(one.healed_at)],
    ]),
  ];
}

function account(one) {
  const { trouble } = one;
  return [
    headline(one.sub_mchid ?? words().days.account, badge("dayStatus", one.status), unproven(one)),
    trouble ? make("p", { className: "detail", textContent: `${trouble.code}: ${trouble.detail}` }) : "",
    facts([...counted(one.counts), ["next_attempt_at", time(one.next_attempt_at)]]),
  ];
}

async function showOne(stage, date) {
  const said = words().days;
  const back = make("a", { className: "back", href: "#/differences", textContent: said.back });
  const results = make("div", { className: "results" }, [make("p", { className: "loading", textContent: words().loading })]);
  stage.put(back, title(said.of(date)), results);
  const rows = [];

  async function read(cursor) {
    results.setAttribute("aria-busy", "true");
    try {
      const found = await stage.ask(`/v1/reconciliations/${date}`, { cursor });
      rows.push(...found.differences);
      const more = make("button", { type: "button", className: "button quiet more", textContent: words().list.more });
      more.addEventListener("click", () => read(found.next_cursor));
      results.replaceChildren(
        make("h2", { textContent: said.differences }), entries(rows, difference), found.next_cursor ? more : "",
        make("h2", { textContent: said.accounts }), entries(found.accounts ?? [], account),
      );
      stage.tell(said.count(rows.length));
    } catch (error) {
      stage.fail(error, (trouble) => results.replaceChildren(complaint(trouble, () => read(cursor))));
    } finally {
      results.removeAttribute("aria-busy");
    }
  }

  await read("");
}

async function showAll(stage) {
  const said = words().days;
  const pick = make("input", { type: "date", id: "day" });
  const form = make("form", { className: "search" }, [
    make("div", { className: "field" }, [make("label", { htmlFor: "day", textContent: said.pick }), pick]),
    make("button", { type: "submit", className: "button", textContent: said.go }),
  ]);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (pick.value) stage.go(`#/differences/${pick.value}`);
  });
  const results = make("div", { className: "results" }, [make("p", { className: "loading", textContent: words().loading })]);
  stage.put(title(said.title), make("p", { className: "hint", textContent: said.text }), form, results);
  try {
    const { data } = await stage.ask("/v1/reconciliations");
    results.replaceChildren(entries(data, day));
    stage.tell(said.days(data.length));
  } catch (error) {
    stage.fail(error, (trouble) => results.replaceChildren(complaint(trouble, () => showAll(stage))));
  }
}

/** The view: all days, or one of them. */
export const showDays = (stage, date) => (date ? showOne(stage, date) : showAll(stage));
