// wasm-bindgen's glue without what no browser of ours needs.
//
// It is written for every host and every module: it caches views of a memory that may have grown,
// counts what a decoder has decoded, asks whether there is an `encodeInto`, and loads a module in
// three ways. Here a handful of short texts cross over, and the module is compiled already. So the
// functions that carry texts and numbers, and the start, are replaced by plain ones that keep the
// same promises; what crosses over, and in which order, stays as it was generated. The tests drive
// the built module through this glue.

import { readFileSync, writeFileSync } from "node:fs";

/** The functions that take a place, by their names in the glue. */
const PLAIN = {
  getFloat64ArrayMemory0: `() {
    return new Float64Array(wasm.memory.buffer);
}`,
  getUint8ArrayMemory0: `() {
    return new Uint8Array(wasm.memory.buffer);
}`,
  getStringFromWasm0: `(ptr, len) {
    return new TextDecoder().decode(getUint8ArrayMemory0().subarray(ptr, ptr + len));
}`,
  passStringToWasm0: `(text, malloc) {
    const bytes = new TextEncoder().encode(text);
    const ptr = malloc(WASM_VECTOR_LEN = bytes.length, 1);
    getUint8ArrayMemory0().set(bytes, ptr);
    return ptr;
}`,
  initSync: `(module) {
    wasm = new WebAssembly.Instance(module, __wbg_get_imports()).exports;
    wasm.__wbindgen_start();
}`,
};

/** What goes without a substitute; the other ways to load a module go by themselves, unused. */
const DROPPED = [
  // Nobody writes `using` here.
  /^if \(Symbol\.dispose\) .*$/gm,
  /^if \(!\('encodeInto' in cachedTextEncoder\)\) \{\n[^]*?^\}$/gm,
  /^const cachedTextEncoder = .*$/gm,
  /^(?:let cachedTextDecoder = |cachedTextDecoder\.decode\(\)).*$/gm,
  /^export \{ initSync, __wbg_init as default \};$/gm,
];

/** Rewrites the glue at `path`, in which the module's names are still long. */
export function thinGlue(path) {
  let glue = readFileSync(path, "utf8");
  for (const [name, plain] of Object.entries(PLAIN)) {
    const whole = new RegExp(`^function ${name}\\([^]*?^\\}$`, "m");
    glue = glue.replace(whole, () => `function ${name}${plain}`);
  }
  for (const pattern of DROPPED) glue = glue.replace(pattern, "");
  if (!glue.includes("function initSync(module) {\n    wasm = ")) throw new Error(`${path} starts in another way`);
  writeFileSync(path, `${glue}\nexport { initSync };\n`);
}
