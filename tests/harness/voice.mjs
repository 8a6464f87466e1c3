// What a screen reader would be given: what a live region says, in order, and where the focus is.

/** Listens to every live region of the checkouts in a page; call before the page is opened. */
export const listen = (page) => page.addInitScript(() => {
  globalThis.said = [];
  const last = new WeakMap();
  const hear = (root) => {
    for (const line of root.querySelectorAll("[role=status] *")) {
      const text = line.textContent;
      if (text === (last.get(line) ?? "")) continue;
      last.set(line, text);
      if (text) globalThis.said.push(text);
    }
  };
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function (options) {
    const root = attachShadow.call(this, options);
    const changes = { subtree: true, childList: true, characterData: true };
    new MutationObserver(() => hear(root)).observe(root, changes);
    return root;
  };
});

/** What was said so far. */
export const said = (page) => page.evaluate(() => globalThis.said);

/** The name of what has the focus, in whatever shadow root: its label, else its text. */
export const focused = (page) => page.evaluate(() => {
  let { activeElement: at } = document;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  if (!at || at === document.body) return "";
  return at.getAttribute("aria-label") ?? at.textContent.trim();
});
