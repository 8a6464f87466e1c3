// Every client library in every mode, as one list to run a test over. All of them speak through a
// witness, and at the end of a file every word is held against sandbox/openapi.yaml.

import { after, before, test } from "node:test";

import { openWitness } from "../harness/witness.mjs";
import { AxiosPlugin } from "./axios.mjs";
import { assert } from "./count.mjs";
import { MODES, identity } from "./identity.mjs";
import { PlatformSchema } from "./schema.mjs";
import { Wechatpayv3 } from "./wechatpayv3.mjs";

export const LIBRARIES = { "wechatpay-axios-plugin": AxiosPlugin, wechatpayv3: Wechatpayv3 };

/**
 * Each library as each kind of merchant: `{ name, library, mode, open }`, where `open(keys)` gives a
 * client that talks to the stage's sandbox and trusts the platform's keys of those kinds. The tests of
 * a file share it. `spoilt(work)` is for work in which something is wrong on purpose: what is said
 * meanwhile is not judged, but answered.
 */
export function clients(stage) {
  const opened = new Map();
  const witness = useWitness(() => stage.sandbox.url);
  after(async () => {
    for (const client of opened.values()) (await client).end();
  });
  const all = Object.entries(LIBRARIES).flatMap(([library, kind]) =>
    MODES.map((mode) => ({
      name: `${library}, ${mode}`,
      library,
      mode,
      open(keys) {
        const { merchant } = stage;
        const id = [library, mode, keys].join();
        if (!opened.has(id)) {
          const who = identity(merchant, mode);
          opened.set(id, kind.open({ merchant, url: witness.url, who, keys }));
        }
        return opened.get(id);
      },
    })));
  return Object.assign(all, { witness, spoilt: (work) => spoilt(witness, work) });
}

/** A witness for all tests of a file. */
export function useWitness(target) {
  const witness = {};
  before(async () => Object.assign(witness, await openWitness(target)));
  after(() => witness.close?.());
  return witness;
}

/** What was said during `work`; it is nothing to judge. */
async function spoilt(witness, work) {
  const from = witness.exchanges.length;
  await work();
  const said = witness.exchanges.slice(from);
  for (const exchange of said) exchange.spoilt = true;
  return said;
}

/** The last test of a file: all that the witness heard is as sandbox/openapi.yaml says. */
export function judged({ witness }, schema = new PlatformSchema()) {
  test("every request and every answer is as the platform's document says", () => {
    const heard = witness.exchanges.filter((exchange) => !exchange.spoilt);
    assert.ok(heard.length > 0, "nothing was said");
    for (const exchange of heard) {
      const said = () => `${exchange.method} ${exchange.target} ${exchange.body}\n`
        + `${exchange.reply?.status} ${exchange.reply?.body}`;
      assert.deepEqual(schema.judge(exchange), [], said());
    }
  });
  return schema;
}
