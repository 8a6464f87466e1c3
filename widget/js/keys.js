/**
 * The page's own name for a purchase: 128 random bits, kept so that a reload finds the same order
 * and not a second one.
 *
 * Kept in the tab's session storage, or in memory where that is blocked. The key of a paid order is
 * spent: the next visit begins a new purchase, but a *reload* still finds the paid order, so that a
 * shopper whose phone threw the tab away sees "paid" and not a fresh code. A reload lasts until the
 * shopper does something: who presses "buy" again wants another one.
 */

/** In front of a key whose order was paid. */
const SPENT = "spent:";

/** Where storage is blocked: slot → what would be stored. */
const memory = new Map();
/** Keys spent while this document was open; here nobody needs to be reminded. */
const spentHere = new Set();

/** One product and quantity at one Worker; elements that ask for the same share what is kept. */
export class Slot {
  /** The key that was given out, which is this purchase's whatever others do to what is kept. */
  #given;

  constructor(endpoint, product, quantity) {
    this.name = `saoma:${endpoint}:${quantity}:${product}`;
  }

  /** The purchase's key, drawn now if there is none. */
  key() {
    if (this.#given) return this.#given;
    const stored = this.load();
    if (stored && isUsable(stored)) return (this.#given = bare(stored));
    this.#given = draw();
    this.save(this.#given);
    return this.#given;
  }

  /** The order was paid. */
  spend() {
    const stored = this.load();
    if (!stored || !this.#isOurs(stored)) return;
    this.save(SPENT + bare(stored));
    spentHere.add(bare(stored));
  }

  /** The next purchase is another one: that of another element for the same, if it has begun one. */
  forget() {
    const isOurs = this.#isOurs(this.load());
    this.#given = undefined;
    if (!isOurs) return;
    memory.delete(this.name);
    try {
      sessionStorage.removeItem(this.name);
    } catch {
      // Blocked, so nothing was stored there.
    }
  }

  #isOurs(stored) {
    return !stored || !this.#given || bare(stored) === this.#given;
  }

  load() {
    try {
      // Reading the property itself throws where storage is blocked.
      return sessionStorage.getItem(this.name) ?? memory.get(this.name);
    } catch {
      return memory.get(this.name);
    }
  }

  save(value) {
    try {
      sessionStorage.setItem(this.name, value);
    } catch {
      memory.set(this.name, value);
    }
  }
}

const bare = (stored) => (stored.startsWith(SPENT) ? stored.slice(SPENT.length) : stored);

const isUsable = (stored) =>
  !stored.startsWith(SPENT) || (!spentHere.has(bare(stored)) && isReload() && !hasActed());

/** Whether this document shows again what the tab showed before. */
function isReload() {
  const [entry] = performance.getEntriesByType?.("navigation") ?? [];
  return entry?.type === "reload" || entry?.type === "back_forward";
}

/** Whether the shopper has pressed anything in this document. A browser that cannot tell says no. */
const hasActed = () => !!navigator.userActivation?.hasBeenActive;

/** 128 bits of chance as 32 hexadecimal digits. */
function draw() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
