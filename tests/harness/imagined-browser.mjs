// Pieces of an imagined browser: time that goes where the test says, and things that count what is
// left in them.

/** A clock that jumps from timer to timer. The page's timers are told apart from the world's. */
export class Clock {
  now = 1_000;
  #timers = new Map();
  #last = 0;

  /** A timer of the page. */
  set(ring, delay_ms = 0) {
    return this.#add({ ring, at: this.now + Math.max(0, delay_ms), isOfPage: true });
  }

  /** Something that happens outside of the page, whatever becomes of that. */
  later(delay_ms, ring) {
    return this.#add({ ring, at: this.now + delay_ms, isOfPage: false });
  }

  clear(id) {
    this.#timers.delete(id);
  }

  /** How many timers the page has. */
  get pending() {
    return this.#of(true).length;
  }

  /** Rings the next timer, if it is due by `until`; says whether there was one. */
  ringNext(until) {
    const [next] = [...this.#timers.values()].sort((a, b) => a.at - b.at || a.id - b.id);
    if (!next || next.at > until) return false;
    this.now = Math.max(this.now, next.at);
    this.clear(next.id);
    next.ring();
    return true;
  }

  /**
   * The machine sleeps: the world goes on, the page's timers ring afterwards. Some browsers' monotonic
   * clocks count the sleep and some do not.
   */
  sleep(for_ms, isCounted) {
    const until = this.now + for_ms;
    if (isCounted) this.now = until;
    for (const timer of this.#of(false)) {
      if (timer.at > until) timer.at -= isCounted ? 0 : for_ms;
      else timer.at = this.now;
    }
  }

  #add(timer) {
    this.#timers.set(++this.#last, { ...timer, id: this.#last });
    return this.#last;
  }

  #of(isOfPage) {
    return [...this.#timers.values()].filter((timer) => timer.isOfPage === isOfPage);
  }
}

/** Listeners of one target, as a page has them. */
export class Ears {
  #heard = new Map();

  addEventListener = (name, heard) => {
    if (!this.#heard.has(name)) this.#heard.set(name, new Set());
    this.#heard.get(name).add(heard);
  };

  removeEventListener = (name, heard) => {
    this.#heard.get(name)?.delete(heard);
  };

  tell(name, event = {}) {
    for (const heard of [...(this.#heard.get(name) ?? [])]) heard({ type: name, ...event });
  }

  get size() {
    return [...this.#heard.values()].reduce((sum, { size }) => sum + size, 0);
  }
}

/** Session storage. */
export class Storage {
  kept = new Map();

  getItem(name) {
    return this.kept.get(name) ?? null;
  }

  setItem(name, value) {
    this.kept.set(name, String(value));
  }

  removeItem(name) {
    this.kept.delete(name);
  }
}

/** The channels of one browser: what a page posts, every other channel of the name hears. */
export class Air {
  #channels = new Set();

  get open() {
    return this.#channels.size;
  }

  /** The class as a page has it. */
  get BroadcastChannel() {
    const channels = this.#channels;
    return class {
      onmessage = null;

      constructor(name) {
        this.name = name;
        channels.add(this);
      }

      postMessage(data) {
        const copy = structuredClone(data);
        for (const other of channels) {
          if (other !== this && other.name === this.name) other.onmessage?.({ data: copy });
        }
      }

      close() {
        channels.delete(this);
      }
    };
  }
}

/** The class `WebSocket` of a page; `wire` is shown each as it is dialled, and what is sent on it. */
export function webSocketOf(sockets, wire) {
  return class {
    readyState = 0;
    onopen = null;
    onmessage = null;
    onclose = null;
    sent = [];

    constructor(url, protocols) {
      Object.assign(this, { url, protocols: [...protocols] });
      sockets.add(this);
      wire(this);
    }

    /** The other side took it. */
    open() {
      if (this.readyState !== 0) return;
      this.readyState = 1;
      this.onopen?.({});
    }

    /** The other side said something. */
    bring(data) {
      if (this.readyState === 1) this.onmessage?.({ data });
    }

    /** Closed by the other side, or by the network. */
    break() {
      if (this.readyState === 3) return;
      this.close();
      this.onclose?.({});
    }

    send(data) {
      if (this.readyState !== 1) throw new Error("sent on a socket that is not open");
      this.sent.push(data);
      wire(this, data);
    }

    close() {
      this.readyState = 3;
      sockets.delete(this);
    }
  };
}
