// Every client library in every mode, as one list to run a test over.

import { after } from "node:test";

import { AxiosPlugin } from "./axios.mjs";
import { MODES, identity } from "./identity.mjs";
import { Wechatpayv3 } from "./wechatpayv3.mjs";

const LIBRARIES = { "wechatpay-axios-plugin": AxiosPlugin, wechatpayv3: Wechatpayv3 };

/**
 * Each library as each kind of merchant: `{ name, mode, open }`, where `open(keys)` gives a client
 * that talks to the stage's sandbox and trusts the platform's keys of those kinds. The tests of a
 * file share it.
 */
export function clients(stage) {
  const opened = new Map();
  after(async () => {
    for (const client of opened.values()) (await client).end();
  });
  return Object.entries(LIBRARIES).flatMap(([library, kind]) =>
    MODES.map((mode) => ({
      name: `${library}, ${mode}`,
      mode,
      open(keys) {
        const { merchant, sandbox } = stage;
        const id = [library, mode, keys].join();
        if (!opened.has(id)) {
          const who = identity(merchant, mode);
          opened.set(id, kind.open({ merchant, url: sandbox.url, who, keys }));
        }
        return opened.get(id);
      },
    })));
}
