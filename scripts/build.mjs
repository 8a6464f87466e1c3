/**
 * Builds what is deployed, and says how big it is.
 *
 * build/edge is the Worker (`npx wrangler deploy --config edge/wrangler.toml` sends it), build/www
 * its static files, build/widget the widget alone and build/package its npm package.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { buildWidget, buildWorker, gatherAssets } from "./artifacts.mjs";
import { main } from "./main.mjs";
import { inProject } from "./paths.mjs";
import { kilobytes, say } from "./say.mjs";
import { setUp } from "./setup.mjs";

await main(async () => {
  await setUp("run");
  say("build");
  await buildWorker("edge");
  await buildWidget();
  await gatherAssets("www");
  say("sizes                                raw         gzip       brotli");
  await printSizes("edge");
  say("the widget, and what changed since its sizes were recorded");
  // Not before set-up: it imports packages of npm's.
  const { measure, recorded, report } = await import("../widget/sizes.mjs");
  say(report(await measure(), recorded()));
});

async function printSizes(folder) {
  for (const entry of await readdir(inProject("build", folder), { withFileTypes: true })) {
    if (!/\.(js|wasm)$/.test(entry.name)) continue;
    const bytes = await readFile(inProject("build", folder, entry.name));
    const sizes = [bytes.length, gzipSync(bytes, { level: 9 }).length, brotli(bytes).length];
    const columns = sizes.map((size) => kilobytes(size).padStart(12));
    say(`  ${join("build", folder, entry.name).padEnd(30)}${columns.join(" ")}`);
  }
}

function brotli(bytes) {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
}
