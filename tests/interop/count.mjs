// node's assert, counted: how often software that we did not write has agreed with ours. The suite's
// runner adds the lines of all files up.

import strict from "node:assert/strict";
import { after } from "node:test";

let count = 0;

/** As `node:assert/strict`. */
export const assert = new Proxy(strict, {
  get(target, name) {
    const check = target[name];
    return (...args) => {
      count += 1;
      return check(...args);
    };
  },
});

after(() => console.log(`assertions against foreign SDKs: ${count}`));
