/** The tests' browser is the one that was found, or named, and no other. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { locate, writeCapabilities } from "../../scripts/browser.mjs";
import { inProject } from "../../scripts/paths.mjs";

const read = async (file) => JSON.parse(await readFile(file, "utf8"))["goog:chromeOptions"];

test("the widget's tests open the browser that SAOMA_CHROMIUM names", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "saoma-browser-"));
  t.after(() => rm(folder, { recursive: true }));
  const usual = process.env.SAOMA_CHROMIUM;
  process.env.SAOMA_CHROMIUM = "/opt/my browser/chrome";
  const { chromium } = locate();
  if (usual === undefined) delete process.env.SAOMA_CHROMIUM;
  else process.env.SAOMA_CHROMIUM = usual;
  const asked = await read(await writeCapabilities(chromium, join(folder, "webdriver.json")));
  assert.equal(asked.binary, "/opt/my browser/chrome");
  assert.deepEqual(asked.args, (await read(inProject("widget", "webdriver.json"))).args);
});
