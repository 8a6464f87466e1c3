// What somebody looks for: one field for whatever number they have, and filters.

import { words } from "../language.js";
import { make } from "../make.js";

const STATUSES = ["open", "paid", "expired", "cancelled"];

/** What the API calls the number that somebody typed, by its form. */
export function named(text) {
  const typed = text.trim();
  if (!typed) return {};
  if (/^chk_[a-z2-7]{20}$/.test(typed)) return { id: typed };
  if (/^[a-z2-7]{20}[0-9]{2}[a-z2-7]{8}$/.test(typed)) return { out_trade_no: typed };
  if (/^42\d{26}$/.test(typed)) return { transaction_id: typed };
  return { reference: typed };
}

/** The start of a day in Beijing, as the API wants moments; `days` later if said. */
export function dawn(day, days = 0) {
  if (!day) return "";
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return `${at.toISOString().slice(0, 10)}T00:00:00+08:00`;
}

/** The query of the list for what stands in the form. */
export function query({ text, kind, status, attention, from, to }) {
  const wanted = kind && text.trim() ? { [kind]: text.trim() } : named(text);
  return {
    ...wanted,
    status,
    attention: attention ? "true" : "",
    created_after: dawn(from),
    created_before: dawn(to, 1),
  };
}

/** A search for everything. */
export const everything = () => ({ text: "", kind: "", status: "", attention: false, from: "", to: "" });

function field(id, label, control) {
  control.id = id;
  return make("div", { className: `field ${id}` }, [
    make("label", { htmlFor: id, textContent: label }), control,
  ]);
}

function choice(options, chosen) {
  return make("select", {}, options.map(([value, text]) =>
    make("option", { value, textContent: text, selected: value === chosen })));
}

/** The form; `wish` is what stands in it and is changed by it, `search` is called on submit. */
export function searchForm(wish, search) {
  const said = words().search;
  const text = make("input", { type: "search", value: wish.text, autocomplete: "off", spellcheck: false, maxLength: 64 });
  const kind = choice(Object.entries(said.kinds), wish.kind);
  const statuses = STATUSES.map((status) => [status, words().status[status]]);
  const status = choice([["", said.anyStatus], ...statuses], wish.status);
  const from = make("input", { type: "date", value: wish.from });
  const to = make("input", { type: "date", value: wish.to });
  const attention = make("input", { type: "checkbox", checked: wish.attention, id: "attention" });
  const form = make("form", { className: "search" }, [
    field("text", said.text, text),
    field("kind", said.kind, kind),
    field("status", said.status, status),
    field("from", said.from, from),
    field("to", said.to, to),
    make("div", { className: "field check" }, [
      attention, make("label", { htmlFor: "attention", textContent: said.attention }),
    ]),
    make("button", { type: "submit", className: "button", textContent: said.go }),
  ]);
  form.setAttribute("role", "search");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    Object.assign(wish, {
      text: text.value, kind: kind.value, status: status.value,
      from: from.value, to: to.value, attention: attention.checked,
    });
    search();
  });
  return form;
}
