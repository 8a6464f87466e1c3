// Chance that can be repeated: everything a run draws comes from one seed.

/** A generator of mulberry32 (Tommy Ettinger, public domain): small, and even enough for tests. */
export class Dice {
  constructor(seed) {
    this.seed = seed >>> 0;
    this.state = this.seed;
  }

  /** A number from 0 up to but not including 1. */
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` to `most`. */
  between(least, most) {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** One of the things. */
  of(things) {
    return things[Math.floor(this.next() * things.length)];
  }

  /** One of the names, each as often as its weight says: `{ name: weight }`. */
  weighted(weights) {
    const entries = Object.entries(weights);
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    return entries.find(([, weight]) => (left -= weight) < 0)[0];
  }

  /** Other dice, which this one's later throws do not touch. */
  fork() {
    return new Dice(Math.floor(this.next() * 2 ** 32));
  }
}
