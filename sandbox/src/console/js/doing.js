// What a person sets in motion: one press at a time of each button, and words on how it went.

import { h } from "./draw.js";
import { refresh } from "./feed.js";

const busy = new Set();
const SHOWN_MS = 8_000;
let hiding = 0;

/** Whether the work of this name is under way. */
export const isBusy = (name) => busy.has(name);

/** Says in the corner, and to a screen reader, what has happened. */
export function say(words) {
  show("news", words);
  show("trouble", "");
}

/** Says what went wrong; stays until something else is said. */
export function complain(words) {
  show("trouble", words);
  show("news", "");
}

function show(id, words) {
  const box = document.getElementById(id);
  box.textContent = words;
  box.hidden = !words;
  if (id !== "news" || !words) return;
  clearTimeout(hiding);
  hiding = setTimeout(() => { box.hidden = true; }, SHOWN_MS);
}

/**
 * Does the work unless the same is under way, says what it answers, and asks for the feed. Answers
 * whether it went well.
 */
export async function act(name, work) {
  if (busy.has(name)) return false;
  busy.add(name);
  let isDone = true;
  try {
    const words = await work();
    if (words) say(words);
  } catch (error) {
    isDone = false;
    complain(error.message);
  }
  busy.delete(name);
  await refresh();
  return isDone;
}

/** A button that does something; `name` tells it from all others. */
export const button = (name, label, work, props = {}) =>
  h("button", {
    type: "button",
    "aria-disabled": isBusy(name) ? "true" : null,
    onclick: () => act(name, work),
    ...props,
  }, label);

/** Asks before something that cannot be taken back; `verb` is the button that does it. */
export function askFirst(question, verb, work) {
  const dialog = document.getElementById("ask");
  document.getElementById("ask-question").textContent = question;
  const yes = document.getElementById("ask-yes");
  yes.textContent = verb;
  dialog.returnValue = "";
  dialog.onclose = () => dialog.returnValue === "yes" && work();
  dialog.showModal();
}
