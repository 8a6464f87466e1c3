// How the deployable Worker takes its keys: seen by a module around it that watches the runtime's
// `importKey`.

import assert from "node:assert/strict";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Miniflare } from "miniflare";

import { freePorts } from "../harness/port.mjs";
import { WORKERS, built, freshFolder } from "../harness/project.mjs";
import { Sandbox } from "../harness/sandbox.mjs";
import { Shop } from "../harness/shop.mjs";
import { runtime, variables } from "../harness/worker.mjs";

const WATCHER = `
import Entry from "./index.js";
export * from "./index.js";
const imports = [];
const genuine = SubtleCrypto.prototype.importKey;
SubtleCrypto.prototype.importKey = function (format, data, algorithm, extractable, usages) {
  imports.push({ format, extractable, usages });
  return genuine.call(this, format, data, algorithm, extractable, usages);
};
export default class extends Entry {
  fetch(request) {
    return new URL(request.url).pathname === "/imports" ? Response.json(imports) : super.fetch(request);
  }
}`;

const folders = [];
let sandbox;
let miniflare;
let shop;

before(async () => {
  const [port, sandboxPort] = await freePorts(2);
  const url = `http://127.0.0.1:${port}`;
  sandbox = await Sandbox.start({ port: sandboxPort, workerUrl: url });
  const [code, state] = [freshFolder("watched"), freshFolder("worker")];
  folders.push(code, state);
  cpSync(built(WORKERS.deployable), code, { recursive: true });
  writeFileSync(join(code, "watcher.js"), WATCHER);
  const bindings = variables(sandbox.merchant, { url, platformUrl: sandbox.url });
  miniflare = new Miniflare({
    ...runtime({ build: "deployable", bindings, state }),
    ...{ host: "127.0.0.1", port, cf: false },
    ...{ modulesRoot: code, scriptPath: join(code, "watcher.js") },
  });
  await miniflare.ready;
  shop = new Shop({ fetch: (path, options) => fetch(url + path, options) });
});
after(async () => {
  await miniflare?.dispose();
  await sandbox?.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

test("each key is imported once, and none can be taken out again", async () => {
  for (let count = 0; count < 3; count += 1) await shop.opened();
  const { body: imports } = await shop.ask("GET", "/imports");
  const once = (format, usage) => ({ format, extractable: false, usages: [usage] });
  // The merchant's key signs; the platform's public key and its certificate's verify.
  const inOrder = imports.sort((one, other) => one.format.localeCompare(other.format));
  assert.deepEqual(inOrder, [once("pkcs8", "sign"), once("spki", "verify"), once("spki", "verify")]);
});
