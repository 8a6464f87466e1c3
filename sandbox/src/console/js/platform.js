// The platform itself: its clock, its keys, where the documents leave two readings, and a new start.

import { ask } from "./ask.js";
import { act, askFirst, button } from "./doing.js";
import { h } from "./draw.js";
import { known, now, nowText } from "./feed.js";
import { fetched, forget } from "./fetched.js";
import { card, choice, code, facts, heading, quiet } from "./pieces.js";
import { span } from "./words.js";

export const title = "Platform";
export const counter = () => null;

const [KEYS, SETTINGS] = ["/sandbox/keys", "/sandbox/settings"];
const MODES = [["both", "Public key and certificates"], ["public-key", "Public key only"], ["certificates", "Certificates only"]];
const READINGS = {
  order_number: ["The same order number again", [["union", "May repeat the order"], ["current", "Is refused"]]],
  v2_certificate: ["V2 refunds and fund flows without a client certificate", [["required", "Are refused"], ["not_required", "Are let in"]]],
  close_unknown: ["Closing an order that nobody placed", [["204", "204, done"], ["404", "404, not found"]]],
};

let step_min = "10";
/** What was typed for how long scans wait, until it is set. */
let wait_ms = null;

export function view() {
  const stamp = String(known.feed.revision);
  return [heading("Platform"), clockCard(), keysCard(fetched(KEYS, stamp)), settingsCard(fetched(SETTINGS, stamp)), resetCard()];
}

/** Moves business time on. */
export async function advance(seconds) {
  await ask("POST", "/sandbox/clock", { advance_s: seconds });
  return `Business time moved on by ${span(0, seconds)}.`;
}

const clockCard = () => card("Clock", { key: "clock" },
  facts(
    ["Business time", nowText().replace("T", " ").replace("+08:00", ", Beijing")],
    ["Ahead of the wall clock", known.feed.advanced_s ? span(0, known.feed.advanced_s) : "no"],
  ),
  quiet("It moves the ages of orders, the tries of notifications and the ends of refunds, and only forward. Signatures stay on the wall clock."),
  h("div", { class: "actions" },
    h("label", { class: "field" }, h("span", {}, "Minutes forward"),
      h("input", { type: "number", min: "1", max: "1000000", value: step_min, oninput: (event) => { step_min = event.target.value; } })),
    button("advance", "Move on", () => advance(Math.round(Number(step_min) * 60)))));

function keysCard({ value: keys }) {
  if (!keys) return null;
  const serials = keys.in_force.map((serial) => [serial, serial]);
  const set = (change) => act("keys", () => change_keys(change));
  return card("Keys", { key: "keys" },
    h("div", { class: "fields" },
      choice("In use", keys.mode, MODES, (mode) => set({ mode })),
      choice("Certificates", String(keys.certificates), ["1", "2", "3"].map((n) => [n, n]), (n) => set({ certificates: Number(n) })),
      choice("Answers are signed by", keys.sign_responses, [["by-request", "the key that the request names"], ...serials], (sign_responses) => set({ sign_responses })),
      choice("Notifications are signed by", keys.sign_notifications, [["mixed", "each key in turn"], ...serials], (sign_notifications) => set({ sign_notifications }))),
    facts(["In force", keys.in_force.map((serial) => h("span", { key: serial, class: "serial" }, code(serial)))]));
}

async function change_keys(change) {
  try {
    await ask("PUT", KEYS, change);
  } finally {
    forget(KEYS);
  }
  return "The platform's keys have changed.";
}

function settingsCard({ value: settings }) {
  if (!settings) return null;
  const set = (change) => act("settings", () => change_settings(change));
  return card("Two readings", { key: "settings" },
    quiet("Where the documents contradict each other, choose which one this sandbox follows."),
    h("div", { class: "fields" }, Object.entries(READINGS).filter(([name]) => name in settings).map(([name, [words, options]]) =>
      h("div", { key: name }, choice(words, settings[name], options, (value) => set({ [name]: value }))))),
    "callback_within_ms" in settings && patience(settings.callback_within_ms));
}

/** How long the platform waits for what a scan of a product code is answered. */
const patience = (inForce) => h("div", { class: "actions" },
  h("label", { class: "field" }, h("span", {}, "Answers to scans come within, ms"),
    h("input", { type: "number", min: "1", max: "60000", value: wait_ms ?? inForce, oninput: (event) => { wait_ms = event.target.value; } })),
  button("patience", "Set", async () => {
    const words = await change_settings({ callback_within_ms: Number(wait_ms ?? inForce) });
    wait_ms = null;
    return words;
  }, { "aria-label": "Set how long scans wait" }));

async function change_settings(change) {
  await ask("PUT", SETTINGS, change);
  forget(SETTINGS);
  return "Set.";
}

const resetCard = () => card("A new start", { key: "reset" },
  quiet("Orders, refunds, notifications and faults are forgotten; merchants and keys stay."),
  h("p", { class: "actions" }, h("button", { type: "button", class: "danger", onclick: reset }, "Forget all orders")));

/** Asks first, for nothing brings them back. */
export const reset = () => askFirst("Forget all orders, refunds, notifications and faults?", "Forget all", () =>
  act("reset", async () => {
    await ask("POST", "/sandbox/reset");
    return "All orders are forgotten.";
  }));

/** The clock in the page's head. */
export function paintClock() {
  const clock = document.getElementById("clock");
  const text = nowText().replace("T", " ").replace("+08:00", "");
  if (clock.textContent !== text) clock.textContent = text;
  const ahead = known.feed.advanced_s;
  clock.title = ahead ? `${span(0, ahead)} ahead of the wall clock, Beijing time` : "Beijing time";
  return now();
}
