// A message as it went over the wire: headers and body, JSON and XML laid out for reading, and the
// very characters one press away.

import { h } from "./draw.js";
import { quiet } from "./pieces.js";
import { xmlLaidOut } from "./xml.js";

/** Whose body is shown as it came, by the message's name. */
const raw = new Set();
let tell = () => {};

export const whenTurned = (onChange) => { tell = onChange; };

/**
 * A message: `title`, a first line such as `POST /v3/…`, headers `[[name, value]]`, a body, and how
 * many bytes the body had before it was cut.
 */
export function message(key, { title, line, headers, body, bytes }) {
  return h("section", { key, class: "message", "aria-label": title },
    h("h4", {}, title),
    line && h("p", { class: "line" }, h("code", {}, line)),
    headers?.length > 0 && h("dl", { class: "headers" }, headers.map(([name, value], i) =>
      h("div", { key: `${i} ${name}` }, h("dt", {}, name), h("dd", {}, value)))),
    bodyOf(key, body ?? "", bytes));
}

function bodyOf(key, body, bytes) {
  if (!body) return quiet("No body.");
  const pretty = laidOut(body) ?? xmlLaidOut(body);
  const isRaw = raw.has(key) || pretty === null;
  const length = new TextEncoder().encode(body).length;
  return h("div", { class: "body" },
    h("div", { class: "body-head" },
      h("span", { class: "quiet" }, cutWords(length, bytes)),
      pretty !== null && h("button", {
        type: "button", class: "small", "aria-pressed": String(isRaw),
        onclick: () => { if (!raw.delete(key)) raw.add(key); tell(); },
      }, "As sent")),
    h("pre", {}, isRaw ? body : pretty));
}

const cutWords = (length, bytes) =>
  (bytes > length ? `Body, the first ${length} of ${bytes} bytes` : `Body, ${length} bytes`);

/**
 * JSON with line breaks and indents, or null where it is no JSON. Only white space between the tokens
 * changes: numbers, escapes and repeated names stay what they were.
 */
export function laidOut(text) {
  try {
    if (typeof JSON.parse(text) !== "object") return null;
  } catch {
    return null;
  }
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g);
  return tokens.map((token, i) => {
    if (token === "," ) return `,${line()}`;
    if (token === ":") return ": ";
    if (token === "{" || token === "[") {
      depth += 1;
      return "}]".includes(tokens[i + 1]) ? token : token + line();
    }
    if (token === "}" || token === "]") {
      depth -= 1;
      return "{[".includes(tokens[i - 1]) ? token : line() + token;
    }
    return token;
  }).join("");
}
