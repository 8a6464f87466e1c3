// What the shop was told: one event, and each try to deliver it.

import { words } from "../language.js";
import { make } from "../make.js";
import { badge, code, facts, headline, say, time } from "./facts.js";

function delivery({ at, status, failure, took_ms }) {
  const answer = status ? words().told.answered(status) : say("failure", failure);
  const took = took_ms === undefined ? "" : `${took_ms} ms`;
  return make("li", {}, [time(at) ?? "", make("span", { textContent: answer }), make("span", { textContent: took })]);
}

/** The nodes of one event. */
export function told(event) {
  const tries = event.deliveries ?? [];
  return [
    headline(say("event", event.type), badge("eventState", event.state)),
    facts([
      ["event_id", code(event.id)],
      ["subject", code(event.subject)],
      ["created_at", time(event.created_at)],
      ["attempts", event.attempts],
      ["next_attempt_at", time(event.next_attempt_at)],
    ]),
    tries.length ? make("ol", { className: "deliveries" }, tries.map(delivery)) : "",
  ];
}
