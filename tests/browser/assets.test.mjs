// The static files as the Worker's runtime serves them: whose pages may load them, and for how
// long they are kept.

import assert from "node:assert/strict";
import { test } from "node:test";

import { widgetVersion } from "../harness/project.mjs";
import { useStage } from "../harness/stage.mjs";

const FOR_EVER = "public, max-age=31536000, immutable";

const stage = useStage();

async function headersOf(path) {
  const reply = await stage.worker.fetch(path, { headers: { Origin: "https://anybody.example" } });
  await reply.body?.cancel();
  assert.equal(reply.status, 200, path);
  return reply.headers;
}

test("the widget's files are for pages on any origin, and a version's are kept for ever", async () => {
  const version = widgetVersion();
  const files = [
    ["/saoma.js", /^(text|application)\/javascript/, "public, max-age=300"],
    [`/${version}/saoma.js`, /^(text|application)\/javascript/, FOR_EVER],
    [`/${version}/saoma_bg.wasm`, /^application\/wasm$/, FOR_EVER],
    [`/${version}/sri.json`, /^application\/json/, FOR_EVER],
  ];
  for (const [path, type, kept] of files) {
    const headers = await headersOf(path);
    assert.equal(headers.get("access-control-allow-origin"), "*", path);
    assert.equal(headers.get("cross-origin-resource-policy"), "cross-origin", path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.match(headers.get("content-type"), type, path);
    assert.equal(headers.get("cache-control"), kept, path);
  }
});

test("a version that is not there is not kept for ever", async () => {
  const reply = await stage.worker.fetch("/v0.0.0/saoma.js");
  await reply.body?.cancel();
  assert.equal(reply.status, 404);
  assert.equal(reply.headers.get("cache-control"), "no-store");
  assert.equal(reply.headers.get("x-content-type-options"), "nosniff", "all other headers stay");
});

test("the shop's page lets nothing in but its own files", async () => {
  const headers = await headersOf("/");
  const policy = headers.get("content-security-policy");
  for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"]) {
    assert.ok(policy.includes(rule), rule);
  }
  assert.ok(!/unsafe-inline|unsafe-eval'|https?:/.test(policy.replace("'wasm-unsafe-eval'", "")));
  assert.equal(headers.get("access-control-allow-origin"), null);
});

test("what a deployment may change is not kept", async () => {
  assert.match((await headersOf("/shop.json")).get("cache-control"), /no-store/);
});

test("a path that is nobody's is not found", async () => {
  const reply = await stage.worker.fetch("/nothing-here");
  await reply.body?.cancel();
  assert.equal(reply.status, 404);
});
