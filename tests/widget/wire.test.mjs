// Names and texts on this side, numbers on the module's (widget/js/wire.js, widget/src/wire.rs): played
// against the module as it is built.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { createContext, runInNewContext } from "node:vm";

import { inProject } from "../harness/project.mjs";
import { moduleBytes, runScripts } from "../harness/widget-scripts.mjs";

const TOKEN = "chk_abc.1700000000.sig";
const CODE = "weixin://wxpay/bizpayurl?pr=abc1234";

const open = (version, more = {}) => ({
  client_token: TOKEN, status: "open", phase: "waiting", code_url: CODE, qr: "/gA=", description: "Oolong 250 g",
  amount: { total: 8_800, currency: "CNY" }, code_expires_in_ms: 7_200_000, expires_in_ms: 86_400_000, version,
  ...more,
});

const paid = (version) => ({
  status: "paid", description: "Oolong 250 g", amount: { total: 8_800, currency: "CNY" },
  expires_in_ms: 86_000_000, version,
});

const { glue, wire } = runScripts(createContext({ TextDecoder, TextEncoder, WebAssembly, console }));
glue.initSync(new WebAssembly.Module(moduleBytes()));
const Follower = wire.wired(glue.Follower);

const plain = (value) => JSON.parse(JSON.stringify(value));
const step = (follower, event, now_ms, chance = 128) => plain(follower.step(event, now_ms, chance));
const answered = (ticket, status, json, more = {}) => ({ type: "answered", ticket, status, json, ...more });

/** A page's own order, with a code on the screen and a socket. */
function following() {
  const follower = new Follower("catalogue", undefined, true);
  step(follower, { type: "shown" }, 1_000);
  step(follower, answered(1, 201, open(1)), 1_200);
  step(follower, { type: "linked" }, 1_300);
  return follower;
}

test("an outcome has every name", () => {
  const follower = new Follower("catalogue", undefined, false);
  assert.deepEqual(step(follower, { type: "shown" }, 1_000), {
    commands: [{ do: "send", ticket: 1, ask: "open" }],
    picture: {
      face: "loading", line: "opening", notice: null, description: null, total: null, currency: null, code: null,
      qr: null, left_s: null, check: "absent", way_on: null, rejection: null, is_offline: false, is_expiring: false,
    },
    wake_ms: 16_000,
    token: null,
  });
});

test("texts are found again, and kept no longer than they are shown", () => {
  const follower = following();
  const shown = step(follower, { type: "woke" }, 2_000);
  assert.equal(shown.token, TOKEN);
  const { description, total, currency, code, qr, left_s } = shown.picture;
  assert.deepEqual([description, total, currency, code, qr, left_s], ["Oolong 250 g", 8_800, "CNY", CODE, "/gA=", 7_200]);
  const old = open(0, { description: "of long ago" });
  assert.equal(step(follower, { type: "pushed", json: old }, 3_000).picture.description, "Oolong 250 g");
  const end = step(follower, { type: "pushed", json: paid(2) }, 9_000);
  assert.deepEqual([end.picture.face, end.picture.code, end.picture.qr], ["paid", null, null]);
  assert.deepEqual(end.commands, [
    { do: "tell", news: "paid", via: "push" },
    { do: "hang_up" },
    { do: "tell", news: "status", via: "push", status: "paid", previous: "waiting" },
  ]);
});

test("texts that are shown no more are let go", async () => {
  setFlagsFromString("--expose-gc");
  const follower = following();
  const views = [];
  for (let version = 2; version < 40; version++) {
    const json = open(version);
    views.push(new WeakRef(json));
    step(follower, { type: "pushed", json }, 1_300 + version);
  }
  await new Promise((done) => setTimeout(done));
  runInNewContext("gc")();
  // The last is on the screen; the engine of the test may hold on to one more.
  assert.ok(views.filter((view) => view.deref()).length <= 2);
});

test("nobody else's word changes the page's own capability", () => {
  for (const type of ["pushed", "told"]) {
    const other = open(2, { client_token: "chk_abc.1700000000.other" });
    assert.equal(step(following(), { type, json: other }, 2_000).token, TOKEN, type);
  }
});

test("a token that has run out is nobody's, and a code that is over is not drawn", () => {
  const follower = new Follower("catalogue", undefined, false);
  step(follower, { type: "shown" }, 1_000);
  step(follower, answered(1, 201, open(1)), 1_200);
  const { commands } = step(follower, { type: "check" }, 3_000);
  const { ticket } = commands.find((one) => one.do === "send");
  const expired = answered(ticket, 401, { code: "expired_token", status: 401 });
  const { token, picture } = step(follower, expired, 4_000);
  assert.deepEqual([token, picture.code, picture.qr], [null, CODE, "/gA="]);
  const closing = step(follower, { type: "told", json: open(2, { phase: "closing" }) }, 5_000);
  assert.deepEqual([closing.picture.face, closing.picture.code, closing.picture.qr], ["closing", null, null]);
});

test("every event arrives", () => {
  const does = (event, now_ms = 2_000) => JSON.stringify(step(following(), event, now_ms).commands);
  for (const [event, trace] of [
    [{ type: "check" }, '"ask":"check"'],
    [{ type: "renew" }, '"ask":"renew"'],
    [{ type: "returned" }, '"ask":"read"'],
    [{ type: "online" }, '"ask":"read"'],
    [{ type: "left" }, '"do":"hang_up"'],
    [{ type: "told", json: paid(2) }, '"news":"paid","via":"tab"'],
    [{ type: "pushed", json: paid(2) }, '"news":"paid","via":"push"'],
  ]) assert.ok(does(event).includes(trace), `${event.type} did ${does(event)}`);
  const follower = following();
  assert.deepEqual(step(follower, { type: "woke" }, 31_300).commands, [{ do: "ping" }]);
  assert.deepEqual(step(follower, { type: "heard" }, 31_400).commands, []);
  assert.equal(step(follower, { type: "unlinked" }, 31_500, 0).wake_ms, 31_750);
  const offline = step(follower, { type: "offline" }, 31_600, 0);
  assert.deepEqual([offline.picture.is_offline, offline.picture.notice], [true, "offline"]);
  assert.equal(step(follower, { type: "hidden" }, 31_700, 0).wake_ms, 61_700);
});

test("a held question says what it waits for, and a server's order is read with its token", () => {
  const follower = new Follower("server", TOKEN, false);
  const asked = step(follower, { type: "shown" }, 1_000);
  assert.deepEqual([asked.commands, asked.token], [[{ do: "send", ticket: 1, ask: "read" }], TOKEN]);
  const { commands } = step(follower, answered(1, 200, open(7)), 1_900);
  assert.deepEqual(commands.find((one) => one.do === "send"), { do: "send", ticket: 2, ask: "read", version: 7, wait: 25 });
});

test("a follower takes over without a word", () => {
  const follower = new Follower("catalogue", TOKEN, true);
  const outcome = step(follower, { type: "adopt", token: TOKEN, json: open(3), age_ms: 5_000.25 }, 90_000.75);
  assert.deepEqual([outcome.commands, outcome.picture.left_s, outcome.token], [[], 7_195, TOKEN]);
});

test("a refusal is told with its code and its sentence", () => {
  const follower = new Follower("catalogue", undefined, false);
  step(follower, { type: "shown" }, 1_000);
  const problem = { code: "unknown_product", detail: "No product oolong.", status: 400 };
  const { picture, commands } = step(follower, answered(1, 400, problem), 1_100);
  const rejection = { code: "unknown_product", detail: "No product oolong." };
  assert.deepEqual(picture.rejection, rejection);
  assert.deepEqual(commands.at(-1), { do: "tell", news: "error", ...rejection, recoverable: false });
  for (const type of ["hidden", "returned", "woke"]) {
    assert.deepEqual(step(follower, { type }, 2_000).picture.rejection, rejection, `still there, ${type}`);
  }
});

test("an order that the platform refused is no busy server", () => {
  const follower = new Follower("catalogue", undefined, false);
  step(follower, { type: "shown" }, 1_000);
  const problem = { code: "wechatpay_refused", detail: "PARAM_ERROR", status: 502 };
  const { picture, wake_ms } = step(follower, answered(1, 502, problem), 1_100);
  assert.deepEqual([picture.face, picture.line, picture.way_on, wake_ms], ["error", "refused", "retry", null]);
  assert.equal(picture.rejection.detail, "PARAM_ERROR");
});

test("somebody else's JSON is no answer", () => {
  const follower = new Follower("catalogue", undefined, false);
  step(follower, { type: "shown" }, 1_000);
  const { picture, wake_ms } = step(follower, answered(1, 403, { code: 1020 }), 1_100);
  assert.deepEqual([picture.face, picture.rejection, wake_ms > 1_100], ["loading", null, true]);
});

test("a wish for patience is read from the header, else from the document", () => {
  const wake = (retry_after_s) => {
    const follower = new Follower("catalogue", undefined, false);
    step(follower, { type: "shown" }, 1_000, 0);
    const busy = answered(1, 429, { code: "busy", retry_after_s: 7 }, { retry_after_s });
    return step(follower, busy, 2_000, 0).wake_ms;
  };
  assert.deepEqual([wake(9), wake(undefined), wake(86_400)], [11_000, 9_000, 302_000]);
});

test("what is no event, and a view that lacks something, change nothing", () => {
  const before = step(following(), { type: "nothing" }, 2_000);
  const without = (name) => ({ ...open(2), [name]: undefined });
  for (const event of [
    {}, { type: ["check"] }, { type: "answered" }, answered(-1, 200), answered(99, 200, {}), { type: "pushed" },
    { type: "pushed", json: "<html>" }, { type: "told", json: { status: "paid" } },
    ...["status", "amount", "expires_in_ms", "version"].map((name) => ({ type: "pushed", json: without(name) })),
    { type: "pushed", json: open(2, { status: "scanned" }) },
    { type: "pushed", json: open(2, { expires_in_ms: -1 }) },
    { type: "pushed", json: open(1e99) },
    { type: "pushed", json: open(2, { amount: { total: "8800" } }) },
  ]) assert.deepEqual(step(following(), event, 2_000), before, JSON.stringify(event));
});

test("an unknown phase is left out, for a newer Worker may know more", () => {
  const { picture } = step(following(), { type: "pushed", json: open(2, { phase: "dreaming", more: {} }) }, 2_000);
  assert.equal(picture.face, "waiting");
});

/** The variants of an enum, in their order, as the script spells them. */
function variants(file, name) {
  const [, body] = new RegExp(`enum ${name} \\{([^]*?)\\n\\}`).exec(readFileSync(inProject("widget/src", file), "utf8"));
  const names = [...body.matchAll(/^ {4}(\w+)/gm)].map(([, variant]) => variant);
  return names.map((variant) => variant.replace(/(?<=[a-z])[A-Z]/g, "_$&").toLowerCase()).join(" ");
}

test("both sides name in the same order", () => {
  const script = readFileSync(inProject("widget/js/wire.js"), "utf8");
  // The words end with the lines, and those with the notices.
  const words = Object.keys(JSON.parse(readFileSync(inProject("widget/words/en.json"), "utf8"))).join(" ");
  assert.ok(words.endsWith(` ${variants("picture.rs", "Line")} ${variants("picture.rs", "Notice")}`), words);
  for (const [file, name] of [
    ["picture.rs", "Face"], ["picture.rs", "Press"],
    ["picture.rs", "WayOn"], ["session/border.rs", "Ask"], ["session/border.rs", "Via"],
  ]) assert.ok(script.includes(`"${variants(file, name)}"`), `${name}: ${variants(file, name)}`);
});
