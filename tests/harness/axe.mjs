// axe-core on a page as it stands: every rule of the default set, and the one of WCAG 2.2 that it
// leaves to be asked for. Nothing is allowed, nothing is switched off.

import { readFile } from "node:fs/promises";

import { inProject } from "./project.mjs";

const source = await readFile(inProject("node_modules/axe-core/axe.min.js"), "utf8");

/** WCAG 2.2, 2.5.8, which axe runs only when told to. */
const OPTIONS = { rules: { "target-size": { enabled: true } }, resultTypes: ["violations", "incomplete"] };

/**
 * axe reads a text's colour from `-webkit-text-fill-color`, which is `currentcolor` in all that we
 * write. Under forced colours Chromium answers it with the colour of before, though it paints the
 * forced one (as `color` says, and a photograph shows); so axe is told what is painted.
 */
function tellForcedColours() {
  if (!matchMedia("(forced-colors: active)").matches) return;
  const { prototype } = CSSStyleDeclaration;
  const { getPropertyValue } = prototype;
  prototype.getPropertyValue = function (name) {
    return getPropertyValue.call(this, name === "-webkit-text-fill-color" ? "color" : name);
  };
}

export class Judge {
  /** How many pages were judged. */
  runs = 0;
  /** What was wrong, in words: the page, the rule, the element. */
  violations = [];
  /** Texts whose contrast axe could not tell: nobody has judged them. */
  unjudged = [];

  /** Judges the page; `what` names it in a failure. */
  async judge(page, what) {
    // By the debugger's door, which a content policy does not close.
    if (!(await page.evaluate(() => "axe" in globalThis))) {
      await page.evaluate(source);
      await page.evaluate(tellForcedColours);
    }
    const { violations, incomplete } = await page.evaluate((options) => globalThis.axe.run(document, options), OPTIONS);
    const words = (rules) => rules.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${what}: ${id}: ${target.join(" ")}: ${failureSummary}`));
    this.runs += 1;
    this.violations.push(...words(violations));
    this.unjudged.push(...words(incomplete.filter(({ id }) => id === "color-contrast")));
  }

  /** The figures, for a test's diagnostics. */
  get figures() {
    return `axe: ${this.runs} runs, ${this.violations.length} violations, ${this.unjudged.length} contrasts not judged`;
  }
}
