/**
 * Releases the widget under the number in widget/package/package.json: from here on its files are
 * served as they are now, at /v<number>/, for ever. To be committed, with the number's tag.
 */
import { readFile } from "node:fs/promises";
import { toolEnv } from "./artifacts.mjs";
import { main } from "./main.mjs";
import { inProject, node } from "./paths.mjs";
import { run } from "./run.mjs";
import { Plain, say } from "./say.mjs";
import { setUp } from "./setup.mjs";

await main(async () => {
  await setUp("run");
  const { claim, keep } = await import("../widget/build/releases.mjs");
  const { version } = JSON.parse(await readFile(inProject("widget", "package", "package.json"), "utf8"));
  await build();
  const content = await readFile(inProject("build", "widget-raw", "content"), "utf8");
  try {
    claim(version, content);
  } catch (error) {
    throw new Plain(`${error.message} (widget/package/package.json).`);
  }
  // Once more: the number stands in the script.
  await build("--keep-wasm");
  keep(version, inProject("build", "widget", `v${version}`));
  say(`released: releases/v${version}/. Commit it, and publish build/package/ to npm.`);
});

async function build(...args) {
  await run(node(), ["widget/build.mjs", ...args], { env: toolEnv(), quiet: true });
}
