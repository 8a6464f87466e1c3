// A page and its Worker, with one of the two followers at work: each promise is made of both.

import { test } from "node:test";

import { ImaginedPage } from "./imagined-page.mjs";
import { ImaginedWorker } from "./imagined-worker.mjs";

/** The two followers: without wasm, and with a module that took over. */
export const FOLLOWERS = ["script", "wasm"];

/** A page in which nothing is shown yet. `prepare` may change its Worker's weather and its chance. */
export function imagine({ follower = "script", latency_ms, prepare = {}, ...parts } = {}) {
  const worker = new ImaginedWorker({ latency_ms });
  const page = new ImaginedPage({ ...worker.ways, ...parts, mayCompile: follower === "wasm" });
  worker.serve(page);
  page.chance = prepare.chance ?? page.chance;
  if (prepare.weather) worker.weather = prepare.weather(worker);
  if (prepare.wireWeather) worker.wireWeather = prepare.wireWeather;
  return { page, worker };
}

/** A page whose first answer is on the screen, and whose follower is the one named. */
export async function follow({ follower = "script", given, ...parts } = {}) {
  const { page, worker } = imagine({ follower, ...parts });
  const engine = await page.shown(given?.(worker));
  await page.run(500);
  if (follower === "wasm") await page.deliverModule();
  await page.run(100);
  if (engine.by !== follower) throw new Error(`followed by ${engine.by} and not by ${follower}`);
  return { page, worker, engine };
}

/** How often a page was told something. */
export const times = (engine, news) => engine.told.filter((one) => one.news === news).length;

/** Whether anything that the shop is told or shown says so. */
export const everShown = (engine, face) => engine.painted.some((picture) => picture.face === face);

/** Makes a promise of both followers. */
export function both(name, promise) {
  for (const follower of FOLLOWERS) test(`${name} (${follower})`, () => promise(follower));
}

/** What `follow` takes for a page that may not dial, so that all its changes come by questions. */
export const without = { given: () => ({ mayDial: false }) };
