// Client libraries that we did not write fetch and open the sandbox's certificates, follow their
// rotation, and exchange secrets with it.

import { randomBytes } from "node:crypto";
import { test } from "node:test";

import { useStage } from "../harness/stage.mjs";
import { clients, judged } from "./clients.mjs";
import { assert } from "./count.mjs";
import { identity, platformKeys } from "./identity.mjs";

const stage = useStage();

/** Says which of the platform's keys are in force. */
async function keys(wish) {
  const reply = await fetch(`${stage.sandbox.url}/sandbox/keys`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(wish),
  });
  assert.equal(reply.status, 200, await reply.text());
}

const order = () => ({
  description: "Oolong 250 g",
  out_trade_no: `interop${randomBytes(10).toString("hex")}`,
  notify_url: "http://127.0.0.1:9/notify",
  amount: { total: 100, currency: "CNY" },
});

const all = clients(stage);

for (const { name, open } of all) {
  test(`${name}: the certificates are fetched and open with the APIv3 key`, async () => {
    const client = await open();
    const { status, serials } = await client.certificates();
    assert.equal(status, 200);
    assert.deepEqual(serials, [platformKeys(stage.merchant).certificate.serial]);
  });

  for (const kind of ["public key", "certificate"]) {
    test(`${name}: the platform says back what was encrypted with its ${kind}`, async () => {
      const client = await open([kind]);
      const echo_message = "Saoma 你好";
      const encrypted_echo_message = await client.encrypt(echo_message);
      const plugin = await axios(client.who.mode, [kind]);
      const said = await plugin.echo({ echo_message, encrypted_echo_message });
      assert.equal(said.status, 200, JSON.stringify(said.data));
      assert.equal(said.data.echo_message, echo_message);
      assert.equal(await client.decrypt(said.data.encrypted_echo_message), echo_message);
    });
  }
}

/** The self-test is newer than both libraries; one of them can call any address. */
const axios = (mode, keys) =>
  all.find(({ name }) => name === `wechatpay-axios-plugin, ${mode}`).open(keys);

test("in a rotation both certificates are there, then the new one alone, and it is believed", async () => {
  const before = platformKeys(stage.merchant).certificate.serial;
  await keys({ certificates: 2 });
  for (const { open } of all) {
    const { serials } = await (await open()).certificates();
    assert.equal(serials.length, 2);
    assert.ok(serials.includes(before));
  }
  await keys({ certificates: 1 });
  for (const { name, open } of all) {
    const client = await open(["certificate"]);
    const { serials: [serial, ...others] } = await client.certificates();
    assert.deepEqual(others, [], name);
    assert.notEqual(serial, before, name);
    // The answer is signed with the new certificate, and the library verifies it.
    assert.equal((await client.place(order())).status, 200, name);
  }
});

test("a merchant in public-key mode has no certificates", async () => {
  await keys({ mode: "public-key" });
  try {
    for (const mode of ["direct", "partner"]) {
      const { status, serials } = await (await axios(mode)).certificates();
      assert.equal(status, 404, identity(stage.merchant, mode).mchid);
      assert.deepEqual(serials, []);
    }
  } finally {
    await keys({ mode: "both" });
  }
});

judged(all);
