// What a page shows and what its buttons do: the same with either follower.

import assert from "node:assert/strict";
import { test } from "node:test";

import { FOLLOWERS, both, follow, times, without } from "../harness/followed.mjs";

both("\"I have paid\" asks the platform at once, and rests", async (follower) => {
  const { page, worker, engine } = await follow({ follower, ...without });
  await page.run(10_000);
  engine.press("check");
  engine.press("check");
  await page.rest();
  assert.equal(engine.picture.line, "checking");
  await page.run(100);
  assert.equal(page.sent.filter(({ url }) => url.endsWith("/check")).length, 1);
  assert.deepEqual([engine.picture.check, engine.picture.notice], ["resting", "not_seen_yet"]);
  await page.run(6_000);
  assert.equal(engine.picture.check, "ready");
  assert.equal(worker.byId.size, 1);
});

both("a fresh code is offered in the last five minutes, and told when it is there", async (follower) => {
  const { page, worker, engine } = await follow({ follower, ...without });
  assert.equal(engine.picture.way_on, null);
  await page.run(worker.last.codeEnds - page.clock.now - 299_000);
  assert.deepEqual([engine.picture.way_on, engine.picture.is_expiring], ["renew", true]);
  const { code } = engine.picture;
  engine.press("renew");
  await page.run(200);
  assert.equal(times(engine, "refreshed"), 1);
  assert.notEqual(engine.picture.code, code);
  assert.equal(engine.picture.code, worker.last.code_url);
  assert.equal(worker.byId.size, 1);
});

both("the time left is said at ten, five and one minute and at half a one", async (follower) => {
  const { page, worker, engine } = await follow({ follower, ...without });
  worker.last.isStuck = true;
  await page.run(worker.last.codeEnds - page.clock.now + 500);
  const notices = [...new Set(engine.painted.map(({ notice }) => notice))];
  assert.deepEqual(notices, [null, "ten_minutes", "five_minutes", "one_minute", "half_minute"]);
});

both("after its end the same goods can be bought again, with a key of their own", async (follower) => {
  const { page, worker, engine } = await follow({ follower });
  worker.expire();
  await page.run(30_000);
  assert.equal(engine.picture.way_on, "again");
  engine.press("renew");
  await page.run(1_000);
  assert.equal(worker.orders.size, 2);
  assert.equal(engine.picture.face, "waiting");
  assert.equal(engine.token, worker.token(worker.last));
});

/** Everything that an order may look like, one after the other. */
const LOOKS = [
  { phase: "placing" }, { phase: "waiting" }, { phase: "checking" }, { phase: "closing" }, { phase: "waiting" },
  { trouble: "refused" }, { trouble: "conflict" }, { trouble: "new_to_us" }, { trouble: undefined, code_url: undefined },
  { code_url: "weixin://wxpay/bizpayurl?pr=other" }, { status: "cancelled", phase: undefined }, { status: "paid" },
];

test("both followers show the same of every order", async () => {
  const [script, wasm] = await Promise.all(
    FOLLOWERS.map(async (follower) => {
      const { page, worker, engine } = await follow({ follower, ...without });
      await page.run(3_000);
      const pictures = [];
      for (const look of LOOKS) {
        worker.change(worker.last, look);
        await page.run(40_000);
        // A second more or less is the moment's, not the follower's.
        pictures.push({ ...engine.picture, left_s: engine.picture.left_s !== null });
      }
      return pictures;
    }),
  );
  for (const [index, picture] of script.entries()) {
    assert.equal(JSON.stringify(picture), JSON.stringify(wasm[index]), JSON.stringify(LOOKS[index]));
  }
});
