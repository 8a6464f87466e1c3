// Makes the checks one after the other. Whatever a check meets becomes a row: a platform that answers
// nonsense fails checks, it does not end the run.

import { Misuse, Unmet, Unreachable, Untried } from "./verdict.mjs";
import { NoAnswer } from "./wire/request.mjs";

/** A check that takes longer hangs; the slowest real one, fifty refunds, takes some seconds. */
const CHECK_MS_MAX = 120_000;

/** The checks whose id is one of `only`, or begins with one that ends in `*`. All without `only`. */
export function chosen(checks, only) {
  if (!only?.length) return checks;
  const fits = (id, wish) => (wish.endsWith("*") ? id.startsWith(wish.slice(0, -1)) : id === wish);
  for (const wish of only) {
    if (!checks.some(({ id }) => fits(id, wish)))
      throw new Misuse(`--only ${wish}: there is no such check; see --list`);
  }
  return checks.filter(({ id }) => only.some((wish) => fits(id, wish)));
}

/** What a check is about: the first part of its id. */
export const groupOf = ({ id }) => id.split(".")[0];

/**
 * Makes `checks` against `bench`, until `signal` says stop. `onBegin(check)` and `onRow(row)` hear of
 * each; the rows are `{ id, rule, expects, outcome, happened, took_ms }`, `outcome` one of `pass`,
 * `fail`, `untried`.
 */
export async function run(checks, bench, { signal, onBegin = () => {}, onRow = () => {} } = {}) {
  const rows = [];
  const stopped = new Promise((_, fail) =>
    signal?.addEventListener("abort", () => fail(new Unmet("stopped"))),
  );
  stopped.catch(() => {});
  for (const check of checks) {
    if (signal?.aborted) break;
    onBegin(check);
    const began = performance.now();
    const verdict = await verdictOf(check, bench, stopped);
    if (signal?.aborted) break;
    const { id, rule, expects } = check;
    const row = { id, rule, expects, ...verdict, took_ms: Math.round(performance.now() - began) };
    rows.push(row);
    onRow(row);
  }
  return rows;
}

async function verdictOf(check, bench, stopped) {
  const lack = bench.lacks(check.needs);
  if (lack) return { outcome: "untried", happened: lack };
  try {
    const happened = await inTime(check.run(bench), stopped);
    return { outcome: "pass", happened: String(happened ?? "") };
  } catch (error) {
    return judged(error);
  }
}

function judged(error) {
  if (error instanceof Untried) return { outcome: "untried", happened: error.message };
  if (error instanceof Unmet) return { outcome: "fail", happened: error.message };
  if (error instanceof Unreachable || error instanceof Misuse) throw error;
  if (error instanceof NoAnswer)
    return { outcome: "fail", happened: `no answer: ${error.message}` };
  return { outcome: "fail", happened: `the answer cannot be read: ${error.message}` };
}

function inTime(work, stopped) {
  let timer;
  const end = new Promise((_, fail) => {
    timer = setTimeout(
      () => fail(new Unmet(`nothing after ${CHECK_MS_MAX / 1_000} s`)),
      CHECK_MS_MAX,
    );
  });
  return Promise.race([work, end, stopped]).finally(() => clearTimeout(timer));
}
