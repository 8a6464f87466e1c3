// The operator's order page: the door, the tabs, and which view is open.
//
// The address behind the `#` says which view; it stays in the browser and holds no key.

import { startSpeaking } from "../language.js";
import { ask } from "./ask.js";
import { showDays } from "./days.js";
import { asTrouble, hangDoor, showDoor } from "./door.js";
import { complaint } from "./facts.js";
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
      const trouble = asTrouble(error);
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
  if (!showDoor()) return;
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

const lock = hangDoor({
  opened: show,
  closed() {
    open.abort();
    forgetList();
    part("view").replaceChildren();
  },
});

// Any other fragment is the link that skips to the content.
const isView = () => location.hash === "" || location.hash.startsWith("#/");

startSpeaking(WORDS, show);
globalThis.addEventListener("hashchange", () => isView() && show());
await show();
