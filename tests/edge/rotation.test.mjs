// The same changes of keys as in keys.test.mjs, against the real sandbox: whole purchases, told by
// its own notifications, through a rotation of each key there is.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";

/** The keyring grants a wish this often at most. */
const WISH_AGAIN_S = 300;
/** An isolate looks into the keyring every ten seconds at most, and may have to do so twice. */
const TWO_LOOKS_MS = 60_000;

/** A Worker that was told no key of the platform's. */
const NO_PLATFORM_KEY = {
  PLATFORM_PUBLIC_KEY_ID: undefined, PLATFORM_PUBLIC_KEY: undefined, PLATFORM_CERTIFICATES: undefined,
};

/** Buys, and is told by the sandbox alone: the query is never asked. */
async function bought({ sandbox, shop }) {
  const opened = await shop.opened();
  await sandbox.pay(opened.attempt.code_url);
  return shop.untilPaid(opened.id);
}

async function withStage(overrides, play) {
  const stage = await openStage({ overrides });
  try {
    await play(stage);
  } finally {
    await stage.close();
  }
}

// Each has a sandbox and a Worker of its own, and most of them wait for a clock.
describe("rotation", { concurrency: 4 }, () => {
  test("certificates rotate under a shop that was told none", () => withStage(async (_, sandbox) => {
    await sandbox.keys({ mode: "certificates" });
    return NO_PLATFORM_KEY;
  }, async (stage) => {
    const { sandbox, shop } = stage;
    await bought(stage);
    const { in_force } = await sandbox.keys({ certificates: 2 });
    const newer = in_force.at(-1);
    assert.notEqual(newer, in_force[0]);
    await sandbox.keys({ sign_notifications: newer, sign_responses: newer });
    await sandbox.advance(WISH_AGAIN_S);
    const reply = await shop.open();
    assert.equal(reply.status, 201);
    const waiting = await until("the order gets its code", async () => {
      const view = await shop.checkout(reply.body.id);
      if (view.phase === "waiting") return view;
      await sandbox.advance(15);
      return false;
    }, TWO_LOOKS_MS);
    await sandbox.pay(waiting.attempt.code_url);
    await shop.untilPaid(waiting.id);
    // The older one goes out of force.
    await sandbox.keys({ certificates: 1 });
    await bought(stage);
  }));

  test("the platform moves to its public key, and the certificates end", () => withStage(async (_, sandbox) => {
    await sandbox.keys({ mode: "certificates" });
    return { PLATFORM_CERTIFICATES: undefined };
  }, async (stage) => {
    const { sandbox, shop } = stage;
    const reply = await shop.open();
    await until("the order gets its code", async () => {
      if ((await shop.checkout(reply.body.id)).phase === "waiting") return true;
      await sandbox.advance(15);
      return false;
    }, TWO_LOOKS_MS);
    await sandbox.keys({ mode: "both", sign_notifications: "mixed" });
    for (let round = 0; round < 3; round += 1) await bought(stage);
    await sandbox.keys({ mode: "public-key" });
    await bought(stage);
  }));

  test("the merchant's certificate is replaced while the shop is open", () => {
    let next;
    return withStage(async (_, sandbox) => {
      next = (await sandbox.certificate()).at(-1);
      return {
        MERCHANT_PRIVATE_KEY_NEXT: next.private_key_pem, MERCHANT_CERTIFICATE_NEXT: next.certificate_pem,
      };
    }, async (stage) => {
      const { merchant, sandbox } = stage;
      await bought(stage);
      await sandbox.certificate({ retire: merchant.serial_no });
      await bought(stage);
      assert.equal((await sandbox.credentials()).serial_no, next.serial_no);
    });
  });

  test("the APIv3 key is replaced while the shop is open", () => {
    const next = "abcdefghijklmnopqrstuvwxyz012345";
    return withStage(
      (merchant) => ({ API_V3_KEY: `${merchant.api_v3_key} ${next}` }),
      async (stage) => {
        await bought(stage);
        await stage.sandbox.apiV3Key({ api_v3_key: next });
        await bought(stage);
      },
    );
  });
});
