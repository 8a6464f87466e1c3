// How numbers, times and states are said. Times are the platform's, in Beijing.

/** `¥88.00` of an amount in fen. */
export const yuan = (fen) => `¥${(fen / 100).toFixed(2)}`;

/** Seconds since 1970 of a time as the sandbox writes it. */
export const seconds = (text) => Date.parse(text) / 1000;

/** `12:00:05`, with the day before it when it is another day than `now`'s. */
export function clock(text, now) {
  const [day, time] = [text.slice(0, 10), text.slice(11, 19)];
  return now && !now.startsWith(day) ? `${day} ${time}` : time;
}

/** How long from one moment to a later one, in two units at most. */
export function span(from, to) {
  const s = Math.max(0, Math.round(to - from));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

/** `1 try`, `2 tries`. */
export const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;

/** When an order cannot be paid any more by the code it has now. */
export const payableUntil = (order) => Math.min(seconds(order.code_expires_at), seconds(order.time_expire));

/** What a person may expect of an order: its tag, the tag's colour, and whether it can be paid. */
export function standing(order, now) {
  if (order.trade_state === "SUCCESS") return { tag: "paid", kind: "good" };
  if (order.trade_state === "REFUND") return { tag: "paid, refund", kind: "" };
  if (order.trade_state === "CLOSED") return { tag: "closed", kind: "" };
  if (!order.payable || now >= payableUntil(order)) return { tag: "expired", kind: "bad" };
  if (order.phone === "scanned") return { tag: "opened", kind: "wait", isPayable: true };
  if (order.phone === "refused") return { tag: "refused", kind: "wait", isPayable: true };
  return { tag: "waiting", kind: "wait", isPayable: true };
}

/** The tag of a notification's state, and its colour. */
export const TOLD = {
  accepted: ["accepted", "good"],
  given_up: ["given up", "bad"],
  pending: ["pending", "wait"],
};

/** What came of one try of a notification. */
export function outcome(attempt) {
  if (!attempt) return "not sent yet";
  const said = attempt.error ?? (attempt.status ? "" : "not sent");
  return attempt.status ? `answered ${attempt.status}${said && `, but ${said}`}` : said;
}

/** What a refund's state looks like. */
export const REFUND_KIND = { SUCCESS: "good", ABNORMAL: "bad", PROCESSING: "wait" };

/** The colour of an answer: none, ours, theirs. */
export function statusKind(status) {
  if (!status) return "bad";
  if (status < 300) return "good";
  return status < 500 ? "bad" : "wait";
}
