// The rows of `npm run bench` can be measured: each of their requests is answered as it must be,
// beyond what one address may open. How fast is the bench's own business.

import { test } from "node:test";

import { startPlatform } from "../../bench/platform.mjs";
import { bareRows, ourRows } from "../../bench/rows.mjs";
import { startRuntime } from "../../bench/runtime.mjs";

const REQUESTS = 40;

test("every row of the bench is answered as it must be", async () => {
  const platform = await startPlatform();
  const runtime = await startRuntime(platform);
  try {
    const rows = [...bareRows(runtime.bare), ...ourRows(runtime, platform.merchant)];
    for (const { prepare, one } of rows) {
      const letters = prepare?.(REQUESTS) ?? [];
      for (let index = 0; index < REQUESTS; index += 1) await one(index, letters[index]);
    }
  } finally {
    await runtime.stop();
    await platform.close();
  }
});
