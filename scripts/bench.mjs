/**
 * Builds what is deployed and measures it; the measurements are in bench/.
 */
import { buildPlatformLoad, buildSandbox, buildWidget, buildWorker, gatherAssets, toolEnv } from "./artifacts.mjs";
import { locate } from "./browser.mjs";
import { main } from "./main.mjs";
import { inProject, node } from "./paths.mjs";
import { run } from "./run.mjs";
import { say } from "./say.mjs";
import { setUp } from "./setup.mjs";

await main(async () => {
  await setUp("bench");
  say("build");
  const asked = process.argv.slice(2);
  const bench = (env) => run(node(), [inProject("bench", "run.mjs"), ...asked], { env });
  if (asked.includes("--platform-load")) {
    await buildPlatformLoad();
    return bench(toolEnv());
  }
  await buildSandbox();
  await buildWorker("edge");
  await buildWorker("edge-dev");
  await buildWidget();
  await gatherAssets("www");
  return bench({ ...toolEnv(), SAOMA_CHROMIUM: locate().chromium });
});
