// Notifications: what the merchant was told, every try of it in full, and telling it once more.

import { to } from "./address.js";
import { ask } from "./ask.js";
import { button } from "./doing.js";
import { h } from "./draw.js";
import { knownFaults } from "./faults.js";
import { known, now, nowText } from "./feed.js";
import { fetched, forget } from "./fetched.js";
import { message } from "./message.js";
import { back, card, choice, code, empty, facts, heading, list, quiet, row, tag, waiting } from "./pieces.js";
import { TOLD, clock, count, outcome, seconds, span, statusKind } from "./words.js";

export const title = "Notifications";

export const counter = (feed) => {
  const pending = (feed.notifications ?? []).filter((told) => told.state === "pending").length;
  return pending ? [pending, `${pending} pending`] : null;
};

/** The fault that the next resend has, if any. */
let fault = "";
let repaint = () => {};

export const start = (onChange) => { repaint = onChange; };

export function view([id]) {
  if (id) return one(id);
  const { notifications = [] } = known.feed;
  return [
    heading("Notifications", quiet("What your program was told, try by try.")),
    notifications.length === 0
      ? empty("Nothing to tell anybody yet. Pay an order with the phone.")
      : list("Notifications, newest first", notifications.map(noticeRow)),
  ];
}

const subject = (told) => told.out_refund_no ?? (told.out_trade_no || "self-test");
const next = (told) => `next in ${span(now(), seconds(told.next_attempt_at))}`;

export function noticeRow(told) {
  const last = told.attempts.at(-1);
  const parts = [
    told.event_type, count(told.attempts.length, "try", "tries"), outcome(last),
    last?.fault && `fault: ${last.fault}`, told.next_attempt_at && next(told),
  ];
  const [words, kind] = TOLD[told.state] ?? [told.state, ""];
  return row(told.id, to("notifications", told.id), [subject(told), parts.filter(Boolean).join(" · ")],
    [clock(told.created_at, nowText()), tag(words, kind)]);
}

function one(id) {
  const path = `/sandbox/notifications/${encodeURIComponent(id)}`;
  const listed = known.feed.notifications?.find((told) => told.id === id);
  const stamp = listed ? `${listed.state} ${listed.attempts.length}` : String(known.feed.revision);
  const found = fetched(path, stamp);
  const told = found.value ?? listed;
  const head = [back("#notifications", "All notifications"), heading(told ? `Notification of ${subject(told)}` : "Notification")];
  if (!told) return [...head, waiting(found)];
  return [...head, about(told, path), found.error ? waiting(found) : tries(told)];
}

function about(told, path) {
  const [words, kind] = TOLD[told.state] ?? [told.state, ""];
  return card(null, { key: "about" },
    facts(
      ["State", tag(words, kind), told.next_attempt_at ? ` ${next(told)}` : null],
      ["Event", code(told.event_type)],
      ["Told at", code(told.notify_url)],
      told.out_trade_no && ["Order", order(told)],
      ["Number", code(told.id)],
    ),
    h("div", { class: "actions" },
      button(`resend ${told.id}`, "Send again", () => resend(path, {}), { class: "primary" }),
      choice("With a fault", fault, [["", "none"], ...kinds()], (kind) => { fault = kind; repaint(); }),
      fault && button(`faulty ${told.id}`, `Send again: ${fault}`, () => resend(path, { fault }))));
}

function order(told) {
  const its = known.feed.orders.find((row) => row.out_trade_no === told.out_trade_no);
  return its ? h("a", { href: to("orders", its.mchid, its.out_trade_no) }, told.out_trade_no) : told.out_trade_no;
}

const kinds = () =>
  (knownFaults().find(({ route }) => route === "notify")?.kinds ?? []).map(({ kind }) => [kind, kind]);

async function resend(path, wish) {
  const attempt = await ask("POST", `${path}/resend`, wish);
  forget(path);
  return `Sent again: ${outcome(attempt)}.`;
}

function tries(told) {
  if (told.attempts.length === 0) return empty("Not sent yet.");
  const last = told.attempts.length;
  return told.attempts.map((attempt, i) => ({ attempt, i })).reverse().map(({ attempt, i }) =>
    h("details", { key: `try ${i}`, class: "card try", once: i === last - 1 ? { open: true } : {} },
      h("summary", {}, h("h3", {}, `Try ${i + 1}`), " ", tag(outcome(attempt), statusKind(attempt.status)),
        h("span", { class: "quiet" }, [
          clock(attempt.at, nowText()), typeof attempt.took_ms === "number" && `${attempt.took_ms} ms`,
          attempt.resent && "sent by hand", attempt.fault && `fault: ${attempt.fault}`,
        ].filter(Boolean).join(" · "))),
      attempt.request ? bothSides(`${told.id} ${i}`, attempt) : quiet("This sandbox kept nothing more of it.")));
}

/** What went and what came back, side by side. */
export const bothSides = (key, { request, answer, error }) => h("div", { class: "sides" },
  message(`${key} request`, { title: "The sandbox sent", line: `POST ${request.url}`, ...request }),
  answer
    ? message(`${key} answer`, { title: "Your program answered", ...answer })
    : h("section", { key: "none", class: "message" }, h("h4", {}, "Your program answered"), empty(error ?? "Nothing.")));
