// How many requests an undisturbed wait of half an hour costs, preflights counted, by channel.

import assert from "node:assert/strict";
import { test } from "node:test";

import { follow } from "../harness/followed.mjs";

const HALF_HOUR_MS = 1_800_000;
const WITH_SOCKET_MAX = 12;
const WITHOUT_MAX = 90;

/** A proxy that cuts off what takes long. */
const cutsOff = ({ url }) => (url.includes("wait=") ? (request) => request.answer(504, "<html>") : null);

/** One that hides the wait from the Worker. */
const answersAtOnce = (worker) => (request) =>
  request.url.includes("wait=") ? () => worker.replyView(request, worker.last) : null;

/** One that lets it hang. */
const swallows = ({ url }) => (url.includes("wait=") ? () => {} : null);

const refuses = () => (socket) => socket.break();

/** Waits half an hour and answers with the requests by kind. */
async function wait({ chance, weather, wireWeather, ...given }) {
  const { page, worker, engine } = await follow({ ...given, prepare: { weather, wireWeather, chance } });
  await page.run(HALF_HOUR_MS - page.clock.now + 1_000);
  assert.equal(engine.picture.face, "waiting");
  const kinds = Object.groupBy(worker.counted, ({ kind }) => kind);
  return { total: worker.counted.length, kinds: count(kinds) };
}

const count = (kinds) =>
  Object.entries(kinds).map(([kind, { length }]) => `${length} ${kind}`).join(", ");

const CHANNELS = [
  { name: "socket", follower: "wasm", most: WITH_SOCKET_MAX },
  { name: "held questions, module", follower: "wasm", most: WITHOUT_MAX, given: () => ({ mayDial: false }) },
  { name: "held questions, sockets refused", follower: "wasm", most: WITHOUT_MAX, wireWeather: refuses },
  { name: "held questions, script", follower: "script", most: WITHOUT_MAX },
];
for (const [name, weather] of Object.entries({ cutsOff: () => cutsOff, answersAtOnce, swallows: () => swallows })) {
  for (const follower of ["wasm", "script"]) {
    CHANNELS.push({
      name: `ladder where something ${name}, ${follower}`,
      ...{ follower, most: WITHOUT_MAX, weather, given: () => ({ mayDial: false }) },
    });
  }
}

for (const { name, most, ...how } of CHANNELS) {
  for (const chance of [0, 128, 255]) {
    test(`${name}, chance ${chance}: at most ${most} requests in half an hour`, async (t) => {
      const { total, kinds } = await wait({ ...how, chance });
      t.diagnostic(`${total}: ${kinds}`);
      assert.ok(total <= most, `${total}: ${kinds}`);
    });
  }
}
