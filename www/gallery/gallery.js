// Every state × locale × theme, painted by the widget's own shell: for review, and for tests, which
// take one state alone (`?state=waiting&locale=ar&theme=dark&layout=dialog&alone`).

import { Shell, WORDS, draw } from "./shell.js";
import { STATES } from "./pictures.js";

/** What can be chosen, the usual choice first. */
const CHOICES = {
  state: ["all", ...Object.keys(STATES)],
  locale: ["en", "all", ...Object.keys(WORDS).filter((tag) => tag !== "en")],
  theme: ["all", "light", "dark", "auto"],
  layout: ["inline", "dialog"],
  width: ["full", "320", "240"],
};

const part = (id) => document.getElementById(id);
const wishes = new URLSearchParams(location.search);

const chosen = Object.fromEntries(
  Object.entries(CHOICES).map(([name, values]) => {
    const wish = wishes.get(name);
    return [name, values.includes(wish) ? wish : values[0]];
  }),
);

/** The values that are wanted of one choice. */
function wanted(name, all) {
  return chosen[name] === "all" ? all : [chosen[name]];
}

/** One checkout in one state. The element stays undefined, so that only the shell acts. */
function exhibit(state, locale, theme) {
  const host = document.createElement("saoma-checkout");
  host.setAttribute("theme", theme);
  host.setAttribute("layout", chosen.layout);
  const { picture, looks, slots = {} } = STATES[state];
  for (const [slot, text] of Object.entries(slots)) {
    const element = document.createElement("p");
    element.slot = slot;
    element.textContent = text;
    host.append(element);
  }
  const shell = new Shell(host, looks?.isWordless ? null : WORDS[locale]);
  shell.order = "chk_7f3k2m9q";
  shell.looks = { layout: chosen.layout, tag: locale, ...looks };
  shell.paint(picture, draw);
  shell.onclose = () => host.dispatchEvent(new Event("close"));
  return { host, shell };
}

/** A state with its name beneath; a dialog behind a button. */
function frame(state, locale, theme) {
  const figure = document.createElement("figure");
  figure.dataset.theme = theme;
  figure.dataset.width = chosen.width;
  const caption = document.createElement("figcaption");
  const link = document.createElement("a");
  link.textContent = `${state} · ${locale} · ${theme}`;
  link.href = `?${new URLSearchParams({ ...chosen, state, locale, theme, alone: "" })}`;
  caption.append(link);
  const { host, shell } = exhibit(state, locale, theme);
  figure.append(caption, host);
  if (chosen.layout === "dialog") {
    const button = document.createElement("button");
    button.textContent = "open";
    button.addEventListener("click", () => shell.open());
    figure.append(button);
  }
  return { figure, shell };
}

function showAll() {
  for (const state of wanted("state", CHOICES.state.slice(1))) {
    for (const locale of wanted("locale", Object.keys(WORDS))) {
      for (const theme of wanted("theme", ["light", "dark"])) {
        const { figure, shell } = frame(state, locale, theme);
        part("exhibits").append(figure);
        shell.begin();
      }
    }
  }
}

function showAlone() {
  const [state] = wanted("state", ["waiting"]);
  const [locale] = wanted("locale", ["en"]);
  const [theme] = wanted("theme", ["auto"]);
  document.body.dataset.theme = theme;
  document.body.dataset.width = chosen.width;
  document.body.classList.add("alone");
  document.title = `${state} · ${locale} · ${theme}`;
  part("title").textContent = document.title;
  part("choices").remove();
  const { host, shell } = exhibit(state, locale, theme);
  part("exhibits").append(host);
  shell.begin();
  if (chosen.layout === "dialog") shell.open();
}

function offerChoices() {
  for (const [name, values] of Object.entries(CHOICES)) {
    const label = document.createElement("label");
    const select = document.createElement("select");
    select.append(...values.map((value) => new Option(value, value, false, value === chosen[name])));
    select.addEventListener("change", () => {
      location.search = new URLSearchParams({ ...chosen, [name]: select.value });
    });
    label.append(name, select);
    part("choices").append(label);
  }
}

if (wishes.has("alone")) {
  showAlone();
} else {
  offerChoices();
  showAll();
}
document.documentElement.dataset.ready = "";
