// What a page shows, as plain values, and the page made so. Nodes that are still wanted stay the
// same nodes, so that focus, selection, scroll and open details survive every update. Text becomes
// text nodes and nothing here reads markup: whatever a merchant wrote stays a text.

/**
 * One element. `props` are attributes; besides them `key` names it among its siblings, functions
 * called `on…` hear events, `value` and `checked` are set when the drawn value changes and not
 * when a person changed it, and `once` holds attributes of the beginning.
 */
export const h = (name, props, ...children) => ({ name, props: props ?? {}, children });

const PROPERTIES = ["value", "checked"];
const drawn = new WeakMap();

/** Makes the children of `parent` those of `wanted`; what is null or false keeps its place empty. */
export function draw(parent, ...wanted) {
  const items = wanted.flat(Infinity).map((item) => (item === null || item === undefined || item === false ? "" : item));
  const nodes = match([...parent.childNodes], items);
  const kept = new Set(nodes);
  for (const node of [...parent.childNodes]) if (!kept.has(node)) node.remove();
  let place = parent.firstChild;
  for (const [i, item] of items.entries()) {
    const node = nodes[i] ?? make(item);
    if (node === place) place = place.nextSibling;
    else put(parent, node, place);
    fill(node, item);
  }
}

/** For every item the old node that becomes it: by key, or the next one without a key. */
function match(old, items) {
  const keyOf = (node) => drawn.get(node)?.key;
  const keyed = new Map(old.filter((node) => keyOf(node) !== undefined).map((node) => [keyOf(node), node]));
  const others = old.filter((node) => keyOf(node) === undefined);
  let next = 0;
  return items.map((item) => {
    const key = item.props?.key;
    const node = key === undefined ? others[next++] : keyed.get(String(key));
    if (key !== undefined) keyed.delete(String(key));
    return node && fits(node, item) ? node : undefined;
  });
}

const fits = (node, item) =>
  (item.name ? node.localName === item.name : node.nodeType === Node.TEXT_NODE);

const make = (item) => (item.name ? document.createElement(item.name) : document.createTextNode(""));

/** A node that moves loses the focus; it gets it back. */
function put(parent, node, place) {
  const focused = node.isConnected && node.contains(document.activeElement) && document.activeElement;
  parent.insertBefore(node, place);
  if (focused) focused.focus({ preventScroll: true });
}

function fill(node, item) {
  if (!item.name) {
    const text = String(item);
    if (node.data !== text) node.data = text;
    return;
  }
  const { key, once, ...props } = item.props;
  const before = drawn.get(node) ?? { props: {} };
  if (!drawn.has(node)) attributes(node, once ?? {}, {});
  attributes(node, props, before.props);
  draw(node, ...item.children);
  for (const name of PROPERTIES) {
    if (name in props && props[name] !== before.props[name]) node[name] = props[name];
  }
  drawn.set(node, { key: key === undefined ? undefined : String(key), props });
}

function attributes(node, props, before) {
  for (const name of Object.keys(before)) if (!(name in props)) attribute(node, name, null);
  for (const [name, value] of Object.entries(props)) {
    if (value !== before[name]) attribute(node, name, value);
  }
}

function attribute(node, name, value) {
  if (PROPERTIES.includes(name)) return;
  if (name.startsWith("on")) node[name] = value;
  else if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : String(value));
}
