// A panic ends the module: `unreachable`, and no word of why leaves it. So what a panic says before
// that need not travel to every shopper: the functions that put the words together become the
// `unreachable` that they end in, and the optimiser takes out whatever only they needed.
//
// The widget formats nothing else (numbers become digits by hand, `checkout/src/drawing.rs`), so all of
// `core::fmt` goes with them. Should that change, its first use ends the module, and the schedules
// that the tests play against the built one fail.

import { readFileSync, writeFileSync } from "node:fs";

import binaryen from "binaryen";

/** Functions that never return, or that only those call; names as wasm-bindgen writes them. */
const SILENT = new RegExp(
  ["panicking::", "::fmt::", "::fmt$", "unwrap_failed", "expect_failed", "_fail$", "slice_error"]
    .concat(["handle_alloc_error", "capacity_overflow", "raw_vec::handle_error"])
    // Promises and callbacks: nothing here waits or listens, but a table still names them.
    .concat(["js_sys::futures", "closures::_::invoke"])
    .join("|"),
);

/** Rewrites the module at `path`, which still has its functions' names. */
export function silencePanics(path) {
  const module = binaryen.readBinary(readFileSync(path));
  const functions = Array.from({ length: module.getNumFunctions() }, (_, index) => module.getFunctionByIndex(index));
  const silenced = functions.filter((one) => {
    const { name, module: from } = binaryen.getFunctionInfo(one);
    return !from && SILENT.test(name);
  });
  // Without names there is nothing to find, and the module would grow unnoticed.
  if (!silenced.length) throw new Error(`${path} names no panic`);
  for (const one of silenced) binaryen.Function.setBody(one, module.unreachable());
  if (!module.validate()) throw new Error(`${path} is no module any more`);
  writeFileSync(path, module.emitBinary());
  module.dispose();
}
