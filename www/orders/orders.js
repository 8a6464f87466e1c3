// The operator's order page: the door, the tabs, and which view is open.
//
// The address behind the `#` says which view; it stays in the browser and holds no key.

import { startSpeaking, words } from "../language.js";
import { ask, Trouble } from "./ask.js";
import { showDays } from "./days.js";
import { complaint } from "./facts.js";
import { forget, keep, keyring } from "./key.js";
import { forgetList, showList } from "./list.js";
import { showDeadLetters, showOrphans } from "./lost.js";
import { showOrder } from "./order.js";
import { WORDS } from "./words.js";

const part = (id) => document.getElementById(id);

const VIEWS = [
  [/^#\/orders\/(chk_[a-z2-7]{20})$/, showOrder],
  [/^#\/orphans$/, showOrphans],
  [/^#\/dead-letters$/, showDeadLetters],
  [/^#\/differences(?:\/(\d{4}-\d{2}-\d{2}))?$/, showDays],
];

// What is open at present; its requests end when another view is opened.
let open = new AbortController();

/** What a view may do with the page. */
function stage(signal) {
  return {
    put: (...nodes) => signal.aborted || part("view").replaceChildren(...nodes),
    tell: (text) => signal.aborted || (part("told").textContent = text),
    ask: (path, query) => ask(path, query, signal),
    go: (address) => { location.hash = address; },
    /** Says what went wrong; a key that is none leads back to the door. */
    fail(error, say = (trouble) => part("view").replaceChildren(complaint(trouble, show))) {
      if (signal.aborted || error.name === "AbortError") return;
      const trouble = error instanceof Trouble ? error : new Trouble("broken");
      if (trouble.kind === "key") lock(trouble);
      else say(trouble);
    },
  };
}

async function show() {
  // A press that changes nothing but the language leaves the focus where it is.
  const speaking = document.activeElement?.hasAttribute("data-tongue");
  open.abort();
  open = new AbortController();
  const come = Boolean(keyring());
  part("door").hidden = come;
  for (const id of ["view", "tabs", "leave", "whose"]) part(id).hidden = !come;
  if (!come) return;
  part("whose").textContent = keyring().profile;
  const address = location.hash;
  for (const tab of part("tabs").children) {
    const here = tab.hash === "#/" ? /^#\/(orders\/|$)|^$/.test(address) : address.startsWith(tab.hash);
    if (here) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  const [pattern, view] = VIEWS.find(([form]) => form.test(address)) ?? [/^/, showList];
  const here = stage(open.signal);
  const { signal } = open;
  const shown = view(here, pattern.exec(address)?.[1]).catch((error) => here.fail(error));
  if (!speaking) focusHeading();
  await shown;
  if (!signal.aborted && document.activeElement === document.body) focusHeading();
}

// A screen reader reads on from the heading of what was opened, unless the view itself has chosen.
function focusHeading() {
  const view = part("view");
  if (view.contains(document.activeElement)) return;
  view.querySelector("h1")?.focus({ preventScroll: true });
}

function lock(trouble) {
  forget();
  forgetList();
  part("view").replaceChildren();
  show();
  const said = part("door-trouble");
  said.hidden = !trouble;
  said.textContent = trouble ? words().trouble[trouble.kind] : "";
  part("key").value = "";
  part("key").focus();
}

async function enter(event) {
  event.preventDefault();
  const said = part("door-trouble");
  said.hidden = true;
  keep(part("key").value.trim(), part("profile").value.trim());
  try {
    // Whether it opens is the Worker's to say; nothing of it is shown yet.
    await ask("/v1/checkouts", { limit: "1" });
  } catch (error) {
    forget();
    const trouble = error instanceof Trouble ? error : new Trouble("broken");
    const detail = trouble.kind === "key" ? "" : trouble.detail;
    said.textContent = [words().trouble[trouble.kind], detail].filter(Boolean).join(" ");
    said.hidden = false;
    part(["missing", "wish"].includes(trouble.kind) ? "profile" : "key").focus();
    return;
  }
  part("key").value = "";
  forgetList();
  await show();
}

// Any other fragment is the link that skips to the content.
const isView = () => location.hash === "" || location.hash.startsWith("#/");

startSpeaking(WORDS, show);
part("door-form").addEventListener("submit", enter);
part("leave").addEventListener("click", () => lock());
globalThis.addEventListener("hashchange", () => isView() && show());
await show();
