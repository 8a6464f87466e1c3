// What a process holds in memory, from the kernel's books, and what a Worker's wasm holds, from the
// runtime's inspector.

import { readFileSync, writeFileSync } from "node:fs";

/** The most bytes that were resident at once since the last `forgetPeak`. */
export const peakBytes = (pid) => status(pid, "VmHWM");

/** Begins a new peak; proc_pid_clear_refs(5). */
export const forgetPeak = (pid) => writeFileSync(`/proc/${pid}/clear_refs`, "5");

function status(pid, field) {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text);
  return Number(kilobytes) * 1_024;
}

/** Bytes of all wasm memory of the one Worker in `miniflare`, which was started with an inspector. */
export async function wasmBytes(miniflare) {
  const inspector = await Inspector.open(await miniflare.getInspectorURL());
  try {
    const contextId = await inspector.context;
    const expression = "WebAssembly.Memory.prototype";
    const { result } = await inspector.ask("Runtime.evaluate", { contextId, expression });
    const { objects } = await inspector.ask("Runtime.queryObjects", {
      prototypeObjectId: result.objectId,
    });
    const sum = await inspector.ask("Runtime.callFunctionOn", {
      objectId: objects.objectId,
      functionDeclaration: "function () { return this.reduce((n, m) => n + m.buffer.byteLength, 0) }",
      returnByValue: true,
    });
    return sum.result.value;
  } finally {
    inspector.socket.close();
  }
}

class Inspector {
  static async open(address) {
    const socket = new WebSocket(new URL("/core:user:", address));
    await new Promise((open, fail) => {
      socket.addEventListener("open", open);
      socket.addEventListener("error", () => fail(new Error("the inspector does not answer")));
    });
    return new Inspector(socket);
  }

  constructor(socket) {
    this.socket = socket;
    this.waiting = new Map();
    /** The Worker's own context, which the inspector names once it is asked to. */
    this.context = new Promise((named) => { this.named = named; });
    socket.addEventListener("message", ({ data }) => this.#hear(JSON.parse(data)));
    this.ask("Runtime.enable");
  }

  #hear({ id, method, params, result, error }) {
    if (method === "Runtime.executionContextCreated") this.named(params.context.id);
    const { resolve, reject } = this.waiting.get(id) ?? {};
    if (error) reject?.(new Error(error.message));
    else resolve?.(result);
  }

  ask(method, params = {}) {
    const id = this.waiting.size + 1;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }
}
