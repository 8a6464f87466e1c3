/**
 * Takes the pictures that the documentation shows: `npm run screenshots` writes docs/*.png.
 *
 * What is taken, and of which pages, is in photographs.mjs.
 */
import { buildSandbox, buildWidget, buildWorker, gatherAssets, toolEnv } from "./artifacts.mjs";
import { locate } from "./browser.mjs";
import { main } from "./main.mjs";
import { inProject, node } from "./paths.mjs";
import { run } from "./run.mjs";
import { say } from "./say.mjs";
import { setUp } from "./setup.mjs";

await main(async () => {
  await setUp("screenshots");
  say("build");
  await buildSandbox();
  await buildWorker("edge-dev");
  await buildWidget();
  await gatherAssets("www");
  say("pictures");
  const env = { ...toolEnv(), SAOMA_CHROMIUM: locate().chromium };
  await run(node(), [inProject("scripts", "photographs.mjs")], { env });
});
