// Where one is in the console: `#requests/17`, `#requests?refused=1`, and in the query the code that
// is before the camera, so that both can be linked, reloaded and gone back to.

/** The place in an address: its section, what follows it, and its own query. */
export function place() {
  const [path, query = ""] = location.hash.slice(1).split("?");
  const [section, ...rest] = path.split("/").map(decoded);
  return { section, rest, query: new URLSearchParams(query) };
}

/** The address of a place. Numbers are a merchant's texts, so every part is encoded. */
export const to = (...parts) => `#${parts.map(encodeURIComponent).join("/")}`;

export const codeInAddress = () => new URLSearchParams(location.search).get("code") ?? "";

/** Remembers the code in the address, without a step to go back to. */
export function keepCode(code) {
  const address = new URL(location.href);
  if (code) address.searchParams.set("code", code);
  else address.searchParams.delete("code");
  history.replaceState(history.state, "", address);
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
