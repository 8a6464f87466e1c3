/**
 * Builds what is deployed and measures it; the measurements are in bench/.
 */
import { buildSandbox, buildWidget, buildWorker, gatherAssets, toolEnv } from "./artifacts.mjs";
import { main } from "./main.mjs";
import { inProject, node } from "./paths.mjs";
import { run } from "./run.mjs";
import { say } from "./say.mjs";
import { setUp } from "./setup.mjs";

await main(async () => {
  await setUp("run");
  say("build");
  await buildSandbox();
  await buildWorker("edge");
  await buildWorker("edge-dev");
  await buildWidget();
  await gatherAssets("www");
  await run(node(), [inProject("bench", "run.mjs"), ...process.argv.slice(2)], { env: toolEnv() });
});
