// The console: one feed in, a phone and ten sections out. The page keeps no state of its own but
// what a person has typed or chosen, and every place in it has an address.

import { place, to } from "./address.js";
import { whenTyped } from "./addresses.js";
import { act } from "./doing.js";
import { draw, h } from "./draw.js";
import { follow, known } from "./feed.js";
import { whenFetched } from "./fetched.js";
import { whenTurned } from "./message.js";
import { chosen, paintPhone, startPhone } from "./phone.js";
import { whenPasted } from "./signature.js";
import * as bills from "./bills.js";
import * as faults from "./faults.js";
import * as merchants from "./merchants.js";
import * as notifications from "./notifications.js";
import * as orders from "./orders.js";
import * as platform from "./platform.js";
import * as refunds from "./refunds.js";
import * as requests from "./requests.js";
import * as scans from "./scans.js";
import * as scenarios from "./scenarios.js";

const SECTIONS = { orders, notifications, requests, scans, faults, scenarios, refunds, bills, merchants, platform };
const byId = (id) => document.getElementById(id);
/** Where there is no room for the phone beside a section, it is a section of its own. */
const narrow = matchMedia("(max-width: 52rem)");

/** How far down each address was, for whoever goes back to it. */
const scrolled = new Map();
let shownAt = null;
let isFollowed = false;

function sectionName() {
  const { section } = place();
  if (narrow.matches && section === "phone") return "phone";
  return section in SECTIONS ? section : "orders";
}

function paint() {
  byId("offline").hidden = !known.isLost;
  if (!known.feed) return;
  const name = sectionName();
  document.body.dataset.section = name;
  byId("line").dataset.live = String(known.isLive);
  const line = known.isLive ? "Live." : "Asked each second.";
  if (byId("line").textContent !== line) byId("line").textContent = line;
  if (byId("mchid").textContent !== known.feed.mchid) byId("mchid").textContent = known.feed.mchid;
  platform.paintClock();
  paintNav(name);
  paintPhone();
  draw(byId("numbers"), known.feed.orders.map((order) => h("option", { key: `${order.mchid} ${order.out_trade_no}`, value: order.out_trade_no })));
  if (name !== "phone") {
    const { rest, query } = place();
    const key = [name, ...rest].join("/");
    // A section of its own for each place, so that nothing of one is taken for part of another.
    draw(byId("view"), h("div", { key, class: "section" }, SECTIONS[name].view(rest, query)));
  }
  arrive(name);
}

function paintNav(current) {
  const link = (name, words, badge) => h("a", {
    key: name, href: to(name), class: name === "phone" ? "phone-link" : null, "aria-current": name === current ? "page" : null,
  }, words, badge && h("span", { class: "badge" }, h("span", { "aria-hidden": "true" }, badge[0]), h("span", { class: "unseen" }, badge[1])));
  draw(byId("nav"), link("phone", "Phone"), Object.entries(SECTIONS).map(([name, { title, counter }]) => link(name, title, counter(known.feed))));
}

/** Whoever has gone somewhere finds the focus, the title and the scroll there. */
function arrive(name) {
  const address = location.hash;
  if (shownAt === address) return;
  const isFirst = shownAt === null;
  shownAt = address;
  const heading = byId("section-title");
  document.title = `${name === "phone" ? "Phone" : heading?.textContent ?? "Orders"} · Saoma sandbox`;
  if (isFirst) return;
  const target = name === "phone" ? byId("phone-title") : heading;
  target?.focus({ preventScroll: true });
  const top = byId("nav").getBoundingClientRect().top + scrollY - 12;
  scrollTo(0, isFollowed ? Math.min(scrollY, Math.max(0, top)) : scrolled.get(address) ?? scrollY);
  isFollowed = false;
}

function start() {
  history.scrollRestoration = "manual";
  // Whoever comes with a code in the address comes for the phone.
  if (chosen() && !location.hash) history.replaceState(null, "", "#phone");
  whenFetched(paint);
  whenTurned(paint);
  whenPasted(paint);
  whenTyped(paint);
  for (const section of Object.values(SECTIONS)) section.start?.(paint);
  document.addEventListener("click", (event) => {
    isFollowed = Boolean(event.target.closest?.("a[href^='#']"));
    scrolled.set(location.hash, scrollY);
  }, true);
  addEventListener("scroll", () => { if (shownAt === location.hash) scrolled.set(shownAt, scrollY); }, { passive: true });
  addEventListener("hashchange", paint);
  narrow.addEventListener("change", paint);
  for (const button of document.querySelectorAll("[data-advance]")) {
    button.addEventListener("click", () => act("advance", () => platform.advance(Number(button.dataset.advance))));
  }
  byId("reset").addEventListener("click", platform.reset);
  byId("skip").addEventListener("click", () => byId("section-title")?.focus());
  startPhone(paint);
  follow(chosen, paint);
}

start();
