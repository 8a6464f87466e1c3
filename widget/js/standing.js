// What the element says of itself to style sheets and forms: `data-status`, `:state()`, a value.

/** Faces that are states too. */
const FACES = ["loading", "paid", "expired", "error"];

export class Standing {
  /** Null where the browser has none, or on a server. */
  internals;

  #host;

  constructor(host) {
    this.#host = host;
    this.internals = host.attachInternals?.() ?? null;
  }

  /** Shows where `picture` stands, and which follower, "script" or "wasm", found out. */
  show(picture, by) {
    this.#say("data-status", picture.face);
    if (by) this.#say("data-follower", by);
    // Several may hold at once.
    this.#state("ready", picture.code !== null);
    this.#state("offline", picture.is_offline);
    this.#state("expiring", picture.is_expiring);
    for (const face of FACES) this.#state(face, picture.face === face);
  }

  /**
   * A named element is a field of its form, missing until `checkout` is there: the id of the order
   * once it is paid. `anchor` is where a browser points when it says `message`.
   */
  submit(checkout, message, anchor) {
    const { internals } = this;
    if (!internals?.setFormValue) return;
    const isMissing = this.#host.hasAttribute("name") && !checkout;
    internals.setFormValue(checkout);
    if (isMissing) internals.setValidity({ valueMissing: true }, message, anchor);
    else internals.setValidity({});
  }

  /** Whoever observes the element wants to hear of changes, and not of every second. */
  #say(name, value) {
    if (this.#host.getAttribute(name) !== value) this.#host.setAttribute(name, value);
  }

  #state(name, holds) {
    try {
      this.internals?.states?.[holds ? "add" : "delete"](name);
    } catch {
      // The first browsers to have states took names with two dashes only.
    }
  }
}
