// Rows of text under a heading, columns flush.

/** Prints one table; the first column is flush left, as is anything after the heading's last. */
export function table(heading, rows) {
  const columns = rows[0].length;
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const lines = rows.map((row) => row.map((cell, column) => {
    if (column === 0) return cell.padEnd(widths[0]);
    return column < columns ? cell.padStart(widths[column]) : ` ${cell}`;
  }).join("  ").trimEnd());
  process.stdout.write(`\n${heading}\n${lines.map((line) => `  ${line}\n`).join("")}`);
}
