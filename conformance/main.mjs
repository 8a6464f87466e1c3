#!/usr/bin/env node
// `npm run conformance`: checks a platform from the merchant's side, or a merchant's notification
// address from the platform's. Exit code 0: nothing failed; 1: something did; 2: it could not begin.

import { parseArgs } from "node:util";

import {
  CHECKS as ENDPOINT_CHECKS,
  TITLES as ENDPOINT_TITLES,
  openEndpoint,
} from "./endpoint/endpoint.mjs";
import { HELP } from "./help.mjs";
import { CHECKS, TITLES, openPlatform } from "./platform/platform.mjs";
import { chosen, run } from "./run.mjs";
import { Table } from "./table.mjs";
import { Misuse, Unreachable } from "./verdict.mjs";

const FAILED = 1;
const NOT_BEGUN = 2;

/** The usual code of a program that Ctrl-C ended. */
const STOPPED = 130;

/** How long putting things back may take once somebody wants to leave. */
const LEAVE_MS_MAX = 3_000;

const OPTIONS = {
  endpoint: { type: "string" },
  merchant: { type: "string" },
  order: { type: "string" },
  driver: { type: "string" },
  listen: { type: "string" },
  announce: { type: "string" },
  only: { type: "string", multiple: true },
  list: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
};

function wishes() {
  try {
    const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
    return {
      ...values,
      only: values.only?.flatMap((text) => text.split(",")),
      base: positionals[0],
      more: positionals.slice(1),
    };
  } catch (error) {
    throw new Misuse(error.message.split(". ")[0]);
  }
}

/** Both sides look alike from here: what is checked, its headings, and how it is made ready. */
function sideOf(wish) {
  if (wish.more.length) throw new Misuse(`one address, please; what is ${wish.more[0]}?`);
  if (!wish.endpoint) return { checks: CHECKS, titles: TITLES, open: () => openPlatform(wish) };
  if (wish.base) throw new Misuse(`either an address or --endpoint; what is ${wish.base}?`);
  return { checks: ENDPOINT_CHECKS, titles: ENDPOINT_TITLES, open: () => openEndpoint(wish) };
}

async function check(wish, side, table, stop) {
  const checks = chosen(side.checks, wish.only);
  const bench = await side.open();
  stop.hasBegun = true;
  let position = 0;
  try {
    return await run(checks, bench, {
      signal: stop.signal,
      onBegin: (one) => table?.trying(one, `${(position += 1)} of ${checks.length}`),
      onRow: (row) => table?.row(row),
    });
  } finally {
    await Promise.race([left(bench), new Promise((go) => setTimeout(go, LEAVE_MS_MAX).unref())]);
  }
}

/** Puts things back. A platform that is gone by then does not take the rows with it. */
async function left(bench) {
  await bench.close().catch((error) => {
    process.stderr.write(`what was switched could not be put back: ${error.message}\n`);
  });
}

function list(checks, table) {
  for (const { id, rule, expects } of checks)
    table.line(`${id.padEnd(28)}  ${rule.padEnd(4)}  ${expects}`);
  table.line(`\n${checks.length} checks`);
}

async function main() {
  const wish = wishes();
  if (wish.help || (!wish.base && !wish.endpoint && !wish.list)) {
    process.stdout.write(HELP);
    return 0;
  }
  const side = sideOf(wish);
  const table = new Table({ titles: side.titles });
  if (wish.list) {
    list(chosen(side.checks, wish.only), table);
    return 0;
  }
  const stop = Object.assign(new AbortController(), { hasBegun: false });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // Before the first check there is nothing to put back; the second one means it.
    process.on(signal, () =>
      stop.signal.aborted || !stop.hasBegun ? process.exit(STOPPED) : stop.abort(),
    );
  }
  const rows = await check(wish, side, wish.json ? undefined : table, stop);
  if (wish.json)
    process.stdout.write(
      `${JSON.stringify({ checked: wish.endpoint ?? wish.base, rows }, null, 1)}\n`,
    );
  else table.summary(rows);
  if (stop.signal.aborted) return STOPPED;
  return rows.some(({ outcome }) => outcome === "fail") ? FAILED : 0;
}

main().then(
  // A full pipe may still hold rows.
  (code) => process.stdout.write("", () => process.exit(code)),
  (error) => {
    const isOurs = !(error instanceof Misuse || error instanceof Unreachable);
    process.stderr.write(`${isOurs ? error.stack : error.message}\n`);
    process.exit(NOT_BEGUN);
  },
);
