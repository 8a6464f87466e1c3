// Which words an element speaks: a locale's, once they are here, with those of the shop above them.

import { EN, PATIENCE_MS, choose, load, wishesOf } from "./words.js";

export class Speech {
  /** BCP 47 of the locale that is spoken, or on its way. */
  tag = null;

  #host;
  #files;
  #changed;
  #locale = null;
  #messages = {};

  /**
   * @param {HTMLElement} host
   * @param {Record<string, { url: string, integrity: string }>} files the locales besides English
   * @param {() => void} changed called whenever there are other words
   */
  constructor(host, files, changed) {
    this.#host = host;
    this.#files = files;
    this.#changed = changed;
  }

  /** The sentences by name; null while they are on their way. */
  get words() {
    return this.#locale && { ...this.#locale, ...this.#messages };
  }

  /** Sentences that take the place of the locale's. */
  get messages() {
    return this.#messages;
  }

  set messages(messages) {
    // A framework may well hand over what is undefined.
    const isSentence = ([, text]) => typeof text === "string";
    this.#messages = Object.fromEntries(Object.entries(messages ?? {}).filter(isSentence));
    this.#changed();
  }

  /** Chooses anew. The words come beside the first request; English stands in for those that are late. */
  async choose() {
    const tag = choose(wishesOf(this.#host), Object.keys(this.#files));
    if (tag === this.tag) return;
    this.tag = tag;
    if (tag === EN.tag) return this.#say(EN);
    const late = setTimeout(() => this.#locale ?? this.#say(EN), PATIENCE_MS);
    const words = await load(tag, this.#files);
    clearTimeout(late);
    if (tag !== this.tag) return;
    // What could not be had is tried again when the element is looked at next.
    if (!words) this.tag = null;
    this.#say(words ?? this.#locale ?? EN);
  }

  #say(locale) {
    this.#locale = locale;
    this.#changed();
  }
}
