// What the deployable Worker does inside its runtime, seen by a module around it that watches
// `importKey` and counts how often an object was made.

import assert from "node:assert/strict";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Miniflare } from "miniflare";

import { freePorts } from "../harness/port.mjs";
import { WORKERS, built, freshFolder } from "../harness/project.mjs";
import { Sandbox } from "../harness/sandbox.mjs";
import { Shop } from "../harness/shop.mjs";
import { Socket } from "../harness/socket.mjs";
import { SHOP_ORIGIN, runtime, variables } from "../harness/worker.mjs";

const WATCHER = `
import Entry, { CheckoutObject as Genuine } from "./index.js";
export * from "./index.js";
let made = 0;
export class CheckoutObject extends Genuine {
  constructor(...given) {
    super(...given);
    made += 1;
  }
}
const imports = [];
const genuine = SubtleCrypto.prototype.importKey;
SubtleCrypto.prototype.importKey = function (format, data, algorithm, extractable, usages) {
  imports.push({ format, extractable, usages });
  return genuine.call(this, format, data, algorithm, extractable, usages);
};
export default class extends Entry {
  fetch(request) {
    const { pathname } = new URL(request.url);
    return pathname === "/inside" ? Response.json({ imports, made }) : super.fetch(request);
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
  shop = new Shop({ url, fetch: (path, options) => fetch(url + path, options) });
});
after(async () => {
  await miniflare?.dispose();
  await sandbox?.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

test("each key is imported once, and none can be taken out again", async () => {
  for (let count = 0; count < 3; count += 1) await shop.opened();
  const { body: { imports } } = await shop.ask("GET", "/inside");
  const once = (format, usage) => ({ format, extractable: false, usages: [usage] });
  // The merchant's key signs, and opens fields for the merchant alone; the platform's public key and
  // its certificate's verify.
  const name = ({ format, usages }) => `${format} ${usages}`;
  const inOrder = imports.sort((one, other) => name(one).localeCompare(name(other)));
  assert.deepEqual(inOrder, [
    once("pkcs8", "decrypt"), once("pkcs8", "sign"), once("spki", "verify"), once("spki", "verify"),
  ]);
});

/**
 * workerd puts an object to sleep after ten idle seconds, and the time-out of its last call counts
 * as work until its five seconds are over. Nothing tells from outside when it sleeps.
 */
const IDLE_MS = 22_000;

test("an object sleeps under its WebSocket, and a payment still reaches the page", async () => {
  const { body: session } = await shop.session();
  const socket = await Socket.open(shop.worker, session.client_token, { origin: SHOP_ORIGIN });
  try {
    await socket.view("the first message", () => true);
    const made = async () => (await shop.ask("GET", "/inside")).body.made;
    const madeBefore = await made();
    await new Promise((resume) => setTimeout(resume, IDLE_MS));
    await sandbox.pay(session.code_url);
    await socket.view("paid", ({ status }) => status === "paid");
    assert.equal(await made(), madeBefore + 1, "made anew: it had slept");
  } finally {
    socket.close();
  }
});
