/**
 * The wasm module: whether it may run here, and getting it.
 *
 * A page's policy may forbid compiling, and asking by trying is an offence that its operator is told
 * about. So we ask in a frame of our own, whose window goes on answering after the frame was taken
 * out, but has nobody to report to any more.
 */
import { fetchOnce } from "./files.js";
import { Follower, draw, initSync } from "./saoma_glue.js";
import { wired } from "./wire.js";

/** The smallest module there is: the magic number and the version. */
const EMPTY = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);

let may;

/** Whether wasm can be compiled in this document; asked once. Any surprise is a no. */
export function mayRunWasm() {
  may ??= probe();
  return may;
}

function probe() {
  let host;
  try {
    host = document.createElement("span");
    host.hidden = true;
    const frame = document.createElement("iframe");
    host.attachShadow({ mode: "closed" }).append(frame);
    document.documentElement.append(host);
    const { WebAssembly: wasm } = frame.contentWindow;
    host.remove();
    return !!new wasm.Module(EMPTY);
  } catch {
    host?.remove();
    return false;
  }
}

/**
 * The module's exports, loaded once for a document.
 *
 * @param {{ url: string, integrity?: string }} wasm
 * @returns {Promise<{ Follower: ReturnType<typeof wired>, draw: typeof draw }>}
 */
export const loadWasm = (wasm) => fetchOnce(wasm, start);

async function start(response) {
  // Compiled beside the page's work, whatever type the server gave the file; to start it is nothing.
  initSync(await WebAssembly.compile(await response.arrayBuffer()));
  return { Follower: wired(Follower), draw };
}
