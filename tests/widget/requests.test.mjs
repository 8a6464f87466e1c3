// How many requests an undisturbed wait of half an hour costs, preflights counted, by channel; and
// whether both followers wait alike.

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
  const asked = page.sent.filter(({ url }) => url.endsWith("/v1/session")).map(({ at }) => Math.round(at));
  const kinds = Object.groupBy(worker.counted, ({ kind }) => kind);
  return { total: worker.counted.length, kinds: count(kinds), asked };
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
  for (const chance of [0, 255]) {
    test(`${name}, chance ${chance}: at most ${most} requests in half an hour`, async (t) => {
      const { total, kinds } = await wait({ ...how, chance });
      t.diagnostic(`${total}: ${kinds}`);
      assert.ok(total <= most, `${total}: ${kinds}`);
    });
  }
}

/** Pauses between plain questions from the second on, when both followers are on the ladder. */
const pauses = ({ asked }) => asked.slice(2).map((at, index) => at - asked[index + 1]);

// The numbers stand in `checkout::patience` and once more in fallback.js; what they do is compared.
for (const chance of [0, 255]) {
  test(`D1: both followers keep the published ladder, chance ${chance}`, async () => {
    const how = { chance, weather: answersAtOnce, given: () => ({ mayDial: false }) };
    const [script, wasm] = [await wait({ ...how, follower: "script" }), await wait({ ...how, follower: "wasm" })];
    const [ours, theirs] = [pauses(script), pauses(wasm)];
    assert.equal(ours.length, theirs.length);
    for (const [step, pause] of ours.entries()) {
      // A browser's clock is cut off to milliseconds in one of them.
      assert.ok(Math.abs(pause - theirs[step]) <= 3, `step ${step}: ${pause} and ${theirs[step]} ms`);
    }
    const stretch = chance ? 1.15 : 0.85;
    for (const base_ms of [3_000, 10_000, 30_000, 45_000]) {
      const isKept = (pause) => Math.abs(pause - 52 - base_ms * stretch) <= 3;
      assert.ok(ours.some(isKept), `no pause of ${base_ms} ms: ${ours}`);
    }
  });
}

/** Pauses after failures; the first questions come at moments of each follower's own. */
async function pausesAfterFailures(follower, chance) {
  const weather = () => (request) => (request.body ? null : () => request.answer(500, ""));
  const prepare = { weather, chance };
  const { page } = await follow({ follower, prepare, given: () => ({ mayDial: false }) });
  await page.run(300_000);
  const [, , ...later] = page.sent.map(({ at }) => at);
  return later.slice(1, 13).map((at, index) => at - later[index]);
}

test("both followers back off alike from what fails", async () => {
  for (const chance of [0, 255]) {
    const [script, wasm] = [await pausesAfterFailures("script", chance), await pausesAfterFailures("wasm", chance)];
    assert.equal(script.length, 12);
    for (const [failure, pause] of script.entries()) {
      assert.ok(Math.abs(pause - wasm[failure]) <= 3, `${failure}: ${pause} and ${wasm[failure]} ms`);
    }
  }
});
