// Elements, built by DOM calls only and never from markup in a string, so that the pages can forbid
// markup from strings altogether (their Trusted Types policy is `'none'`).

/** An element with properties and children; a child that is nothing is left out. */
export function make(tag, properties = {}, children = []) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
}
