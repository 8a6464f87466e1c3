// An engine that does nothing by itself: a test says what it shows and tells, and reads what it was
// asked. It stands in for widget/js/engine.js in the bundle of element-page.mjs.

import { draw } from "../../widget/js/code.js";

export class Engine {
  token = null;
  picture = null;
  by = "script";
  asked = [];

  constructor(given) {
    this.given = given;
    globalThis.engines ??= [];
    globalThis.engines.push(this);
  }

  follows(order, endpoint) {
    const { given } = this;
    return JSON.stringify([order, endpoint]) === JSON.stringify([given.order, given.endpoint]);
  }

  resume() {
    this.asked.push("resume");
  }

  pause() {
    this.asked.push("pause");
  }

  shown() {
    this.asked.push("shown");
  }

  press(name) {
    this.asked.push(name);
  }

  show(picture, token = "chk_a.1.s") {
    Object.assign(this, { picture, token });
    this.given.paint(picture, draw);
  }

  tell(news) {
    this.given.tell({ do: "tell", ...news }, { token: this.token, picture: this.picture });
  }
}
