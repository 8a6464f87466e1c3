// The script's follower by itself, where the engine would never let it come to that.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ImaginedPage } from "../harness/imagined-page.mjs";

const { Follower } = new ImaginedPage().saoma;

const VIEW = {
  ...{ client_token: "chk_1.1.s", status: "open", phase: "waiting", version: 3, expires_in_ms: 86_400_000 },
  ...{ code_url: "weixin://wxpay/bizpayurl?pr=a", qr: "AAAA", code_expires_in_ms: 7_200_000 },
  ...{ description: "Oolong 250 g", amount: { total: 8_800, currency: "CNY" } },
};

const sent = ({ commands }) => commands.find((command) => command.do === "send");

const told = ({ commands }) => [...commands].filter((command) => command.do === "tell").map(({ news }) => news);

test("an answer to a question that was given up is not heard", () => {
  const follower = new Follower("catalogue");
  const { ticket } = sent(follower.step({ type: "shown" }, 0, 128));
  const left = follower.step({ type: "left" }, 10, 128);
  assert.deepEqual([left.commands.map((command) => command.do).join(), left.wake_ms], ["abandon", null]);
  const late = follower.step({ type: "answered", ticket, status: 200, json: VIEW }, 20, 128);
  assert.deepEqual([late.picture.face, late.commands.length], ["loading", 0]);
  const again = sent(follower.step({ type: "returned" }, 30, 128));
  assert.equal(again.ask, "open");
  const other = follower.step({ type: "answered", ticket, status: 200, json: VIEW }, 40, 128);
  assert.equal(other.picture.face, "loading");
});

test("what it does not know changes nothing", () => {
  const follower = new Follower("server", "chk_1.1.s");
  const { ticket } = sent(follower.step({ type: "shown" }, 0, 0));
  follower.step({ type: "answered", ticket, status: 200, json: VIEW }, 50, 0);
  for (const type of ["linked", "heard", "unlinked", "pushed", "adopt", "toString", "nonsense"]) {
    const { commands, picture } = follower.step({ type, json: { ...VIEW, status: "paid" } }, 100, 0);
    assert.deepEqual([commands.length, picture.face], [0, "waiting"], type);
  }
});

test("an outcome has every key, null where nothing is", () => {
  const outcome = new Follower("catalogue").step({ type: "returned" }, 0, 0);
  assert.deepEqual(JSON.parse(JSON.stringify(outcome)), {
    commands: [],
    picture: {
      ...{ face: "loading", line: "opening", notice: null, description: null, total: null, currency: null },
      ...{ code: null, qr: null, left_s: null, check: "absent", way_on: null, rejection: null },
      ...{ is_offline: false, is_expiring: false },
    },
    wake_ms: null,
    token: null,
  });
});

test("the first answer is told as it is", () => {
  const follower = new Follower("catalogue");
  const { ticket } = sent(follower.step({ type: "shown" }, 0, 0));
  const outcome = follower.step({ type: "answered", ticket, status: 201, json: VIEW }, 80, 0);
  assert.deepEqual(told(outcome), ["ready", "status"]);
  assert.equal(outcome.token, VIEW.client_token);
  assert.deepEqual([outcome.picture.code, outcome.picture.qr, outcome.picture.left_s], [VIEW.code_url, "AAAA", 7_200]);
});
