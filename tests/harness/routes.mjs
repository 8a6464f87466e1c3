// The Worker's routes, as its own tables have them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { inProject } from "./project.mjs";

/** The paths that edge/src/routes.rs matches, read from its tables. */
export function routes() {
  const source = readFileSync(inProject("edge/src/routes.rs"), "utf8");
  const kinds = (name) => {
    const body = source.slice(source.indexOf(`fn ${name}(`)).split("\n}")[0];
    const arms = [...body.matchAll(/^\s+((?:"\w+"(?: \| )?)+) =>/gm)];
    return arms.flatMap(([, arm]) => [...arm.matchAll(/"(\w+)"/g)].map(([, kind]) => kind));
  };
  const tables = source.split(/match segments(?:\.as_slice\(\))? \{/).slice(1);
  const table = tables.map((rest) => rest.split("\n    })")[0]).join("\n");
  const paths = [...table.matchAll(/^\s+\[([^\]]+)\](?: if [^=]+)? =>\s*(.*)$/gm)].flatMap(([, pattern, target]) => {
    if (target.startsWith("return ") || pattern.startsWith('"dev"')) return [];
    const segments = pattern.split(",").map((part) => part.trim());
    const called = /^(\w+)\(/.exec(target.replace(/^Some\(/, ""));
    const fill = (last) => `/${segments.map((part, at) => {
      if (part.startsWith('"')) return part.slice(1, -1);
      return at === segments.length - 1 && last ? last : "{}";
    }).join("/")}`;
    return called ? kinds(called[1]).map(fill) : [fill()];
  });
  assert.ok(paths.length > 10, "the table was found");
  return paths.sort();
}
