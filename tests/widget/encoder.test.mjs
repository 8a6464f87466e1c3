// What the build takes out of the module is never read: widget/build/unread.mjs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createContext } from "node:vm";

import { built } from "../harness/project.mjs";
import { moduleBytes, runScripts } from "../harness/widget-scripts.mjs";

/** Bytes that a symbol of level M holds, by version: ISO/IEC 18004, table 7. */
const CAPACITIES = [
  14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666,
  711, 779, 857, 911, 997, 1059, 1125, 1190, 1264, 1370, 1452, 1538, 1628, 1722, 1809, 1911, 1989,
  2099, 2213, 2331,
];

/** The function that draws with the module of these bytes: text → `{ viewBox, path }`, or nothing. */
function encoder(bytes) {
  const { glue } = runScripts(createContext({ TextDecoder, TextEncoder, WebAssembly, console }));
  // Compiled here: an object of this realm is none of theirs.
  glue.initSync(new WebAssembly.Module(bytes));
  return (text) => {
    const shape = () => {
      const attributes = {};
      return { attributes, setAttribute(name, value) { attributes[name] = value; } };
    };
    const drawn = { ...shape(), ownerDocument: { createElementNS: shape } };
    drawn.replaceChildren = (ground, modules) => { drawn.path = modules.attributes.d; };
    return glue.draw(drawn, text) ? { viewBox: drawn.attributes.viewBox, path: drawn.path } : null;
  };
}

test("every version is drawn as by the module that has lost nothing", () => {
  const whole = encoder(readFileSync(built("build/widget-raw/js/saoma_whole.wasm")));
  const small = encoder(moduleBytes());
  // A large symbol has the same numbers of codewords as the ones before it, and takes long to draw.
  const texts = (length) =>
    ["w".repeat(length), "\0".repeat(length), "~9".repeat(length).slice(0, length)].slice(0, length > 500 ? 1 : 3);
  for (const [index, length] of CAPACITIES.entries()) {
    const side = 21 + 4 * index + 8;
    for (const text of texts(length)) {
      const drawn = small(text);
      assert.equal(drawn.viewBox, `0 0 ${side} ${side}`, `version ${index + 1} holds ${length} bytes`);
      assert.deepEqual(drawn, whole(text), `version ${index + 1}`);
    }
  }
  assert.equal(small("w".repeat(CAPACITIES.at(-1) + 1)), null, "no symbol is larger");
});
