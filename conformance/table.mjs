// The table that people read: 100 columns, a row as soon as its check is done, colours only on a
// terminal.

import { RULES } from "./rules.mjs";
import { groupOf } from "./run.mjs";

/** Widths of the columns: 4 + 1 + 28 + 1 + 4 + 1 + 35 + 1 + 25 = 100. */
const WIDTHS = { id: 28, rule: 4, expects: 35, happened: 25 };

const WORDS = { pass: "pass", fail: "FAIL", untried: " -  " };
const COLOURS = { pass: 32, fail: 31, untried: 33 };

/** Most letters of Chinese, and what stands beside them, take two columns. */
const widthOf = (letter) =>
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\u{1f300}-\u{1faff}]/u.test(
    letter,
  )
    ? 2
    : 1;

const columns = (text) => [...text].reduce((sum, letter) => sum + widthOf(letter), 0);

/** The text in lines of so many columns: broken at spaces, or inside what has none. */
export function wrapped(text, width) {
  const lines = [""];
  for (const word of text
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .split(" ")) {
    const line = lines.at(-1);
    if (columns(line) + columns(word) + (line ? 1 : 0) <= width)
      lines[lines.length - 1] = line ? `${line} ${word}` : word;
    else lines.push(...pieces(word, width));
  }
  return lines.filter((line, at) => line || at === lines.length - 1);
}

function pieces(word, width) {
  const lines = [""];
  for (const letter of word) {
    if (columns(lines.at(-1)) + widthOf(letter) > width) lines.push("");
    lines[lines.length - 1] += letter;
  }
  return lines;
}

const padded = (text, width) => text + " ".repeat(Math.max(0, width - columns(text)));

/** Prints rows to `out` as they come, below the title of their group. */
export class Table {
  constructor({ out = process.stdout, titles = {}, env = process.env } = {}) {
    this.out = out;
    this.titles = titles;
    this.isTerminal = Boolean(out.isTTY);
    this.hasColours = this.isTerminal && !env.NO_COLOR && env.TERM !== "dumb";
    this.group = undefined;
  }

  /** On a terminal, what is being tried just now; gone once its row is there. */
  trying({ id }, position) {
    if (this.isTerminal) this.out.write(`\r\x1b[K ...  ${id} (${position})`);
  }

  row({ id, rule, expects, outcome, happened }) {
    if (this.isTerminal) this.out.write("\r\x1b[K");
    this.#heading(groupOf({ id }));
    const cells = [
      wrapped(id, WIDTHS.id),
      [rule],
      wrapped(expects, WIDTHS.expects),
      wrapped(happened, WIDTHS.happened),
    ];
    const height = Math.max(...cells.map((lines) => lines.length));
    for (let at = 0; at < height; at += 1) {
      const word = at ? "    " : this.coloured(outcome, WORDS[outcome]);
      const [name, section, expected, what] = cells.map((lines) => lines[at] ?? "");
      const parts = [
        word,
        padded(name, WIDTHS.id),
        padded(section, WIDTHS.rule),
        padded(expected, WIDTHS.expects),
        what,
      ];
      this.line(parts.join(" ").trimEnd());
    }
  }

  #heading(group) {
    if (group === this.group) return;
    this.group = group;
    this.line(`\n${this.titles[group] ?? group}`);
  }

  /** How it went altogether, and which rules the failures are about. */
  summary(rows) {
    const count = (outcome) => rows.filter((row) => row.outcome === outcome).length;
    const rules = [
      ...new Set(rows.filter(({ outcome }) => outcome === "fail").map(({ rule }) => rule)),
    ];
    if (rules.length)
      this.line("\nThe rules that were broken (protocol reference, official page):");
    for (const rule of rules) this.line(`  ${padded(rule, 5)} ${RULES[rule] ?? ""}`.trimEnd());
    this.line(
      `\n${rows.length} checks: ${count("pass")} pass, ${count("fail")} fail, ${count("untried")} not tried`,
    );
  }

  coloured(outcome, word) {
    return this.hasColours ? `\x1b[${COLOURS[outcome]}m${word}\x1b[0m` : word;
  }

  line(text) {
    this.out.write(`${text}\n`);
  }
}
