// The door of the pages that are for the operator: nothing is shown before the Worker has taken the
// key, and a key that it takes no more leads back here.

import { words } from "../language.js";
import { ask, Trouble } from "./ask.js";
import { forget, keep, keyring } from "./key.js";

const part = (id) => document.getElementById(id);

/** Whatever was thrown, as something to tell. */
export const asTrouble = (error) => (error instanceof Trouble ? error : new Trouble("broken"));

/**
 * Hangs the door: `opened` shows what is behind it, `closed` clears that away. Returns what locks
 * it, with a `Trouble` as the reason where there is one.
 */
export function hangDoor({ opened, closed }) {
  const form = part("door-form");
  const say = (text) => {
    part("door-trouble").hidden = !text;
    part("door-trouble").textContent = text;
  };

  function lock(trouble) {
    forget();
    closed();
    showDoor();
    say(trouble ? words().trouble[trouble.kind] : "");
    part("key").value = "";
    part("key").focus();
  }

  async function enter(event) {
    event.preventDefault();
    say("");
    keep(part("key").value.trim(), part("profile").value.trim());
    try {
      // Whether it opens is the Worker's to say; nothing of it is shown yet.
      await ask("/v1/checkouts", { limit: "1" });
    } catch (error) {
      forget();
      const { kind, detail } = asTrouble(error);
      say([words().trouble[kind], kind === "key" ? "" : detail].filter(Boolean).join(" "));
      part(["missing", "wish"].includes(kind) ? "profile" : "key").focus();
      return;
    }
    part("key").value = "";
    closed();
    await opened();
  }

  form.addEventListener("submit", enter);
  part("enter").disabled = false;
  part("leave").addEventListener("click", () => lock());
  return lock;
}

/** Shows the door, or what is behind it; tells whether somebody has come in. */
export function showDoor(behind = ["view", "tabs", "leave", "whose"]) {
  const come = Boolean(keyring());
  part("door").hidden = come;
  for (const id of behind) if (part(id)) part(id).hidden = !come;
  if (come) part("whose").textContent = keyring().profile;
  return come;
}
