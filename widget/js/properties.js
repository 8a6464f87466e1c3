// Attributes as properties, for frameworks that set those, and for scripts that read well.

const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());

/** Gives `prototype` a property for each attribute: texts as texts, truths as truths. */
export function reflect(prototype, texts, truths) {
  for (const name of [...texts, ...truths]) {
    const accessors = truths.includes(name) ? truth(name) : text(name);
    Object.defineProperty(prototype, camel(name), { configurable: true, enumerable: true, ...accessors });
  }
}

/**
 * Sets once more what was set before the element was defined: it stands there as a property of the
 * object's own, and hides ours.
 */
export function setEarly(element, names) {
  for (const name of names.map(camel)) {
    if (!Object.hasOwn(element, name)) continue;
    const value = element[name];
    delete element[name];
    element[name] = value;
  }
}

const text = (name) => ({
  get() {
    return this.getAttribute(name);
  },
  set(value) {
    if (value === null || value === undefined) return this.removeAttribute(name);
    // `buyer` is JSON in the tag, and an object in a script.
    this.setAttribute(name, typeof value === "object" ? JSON.stringify(value) : value);
  },
});

const truth = (name) => ({
  get() {
    return this.hasAttribute(name);
  },
  set(value) {
    this.toggleAttribute(name, Boolean(value));
  },
});
