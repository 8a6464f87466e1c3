// XML laid out for reading. Nothing is parsed into a document: the text is cut at its tags, and what
// does not look like a flat message stays as it came.

const TOKENS = /<!\[CDATA\[[\s\S]*?\]\]>|<[^<>]*>|[^<]+/g;
const OPENING = /^<[^/!?]/;

/**
 * A message of V2 with a line for each field, or null where it is none. Only white space between two
 * tags changes; a value stays what it was, however hostile.
 */
export function xmlLaidOut(text) {
  const whole = text.trim();
  if (!whole.startsWith("<") || !whole.endsWith(">") || /^<!|<!DOCTYPE|<!ENTITY/i.test(whole)) return null;
  const tokens = whole.match(TOKENS) ?? [];
  // Something was skipped: it is no XML that we know.
  if (tokens.join("").length !== whole.length) return null;
  const lines = [];
  let depth = 0;
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i];
    if (!token.trim()) continue;
    if (token.startsWith("</")) {
      depth -= 1;
      lines.push("  ".repeat(Math.max(0, depth)) + token);
    } else if (OPENING.test(token) && !token.endsWith("/>")) {
      const leaf = leafFrom(tokens, i);
      lines.push("  ".repeat(depth) + (leaf ? leaf.join("") : token));
      if (leaf) i += leaf.length - 1;
      else depth += 1;
    } else {
      lines.push("  ".repeat(depth) + token);
    }
  }
  return depth === 0 ? lines.join("\n") : null;
}

/** A field with its value and its end, if nothing opens in between. */
function leafFrom(tokens, start) {
  for (let i = start + 1; i < tokens.length; i += 1) {
    if (tokens[i].startsWith("</")) return tokens.slice(start, i + 1);
    if (OPENING.test(tokens[i])) return null;
  }
  return null;
}
