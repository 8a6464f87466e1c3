// A real Firefox, driven by geckodriver in plain WebDriver (https://www.w3.org/TR/webdriver2/): a few
// calls over HTTP, so that the second engine needs no library of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";

import { freePorts } from "./port.mjs";
import { until } from "./wait.mjs";

/** The key under which WebDriver hands out an element, fixed by the specification. */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

async function call(url, method, body) {
  const headers = { "Content-Type": "application/json" };
  const reply = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const { value } = await reply.json();
  if (!reply.ok) throw new Error(`${method} ${url}: ${value.error}: ${value.message}`);
  return value;
}

export class Firefox {
  /** Starts driver and browser; `SAOMA_FIREFOX` and `GECKODRIVER` say where they are. */
  static async start({ width = 1_000, height = 900 } = {}) {
    const { SAOMA_FIREFOX: binary, GECKODRIVER: driver } = process.env;
    if (!binary || !driver) throw new Error("no Firefox or geckodriver; `npm run soak` sees to both");
    const [port] = await freePorts(1);
    const child = spawn(driver, ["--port", String(port), "--log", "error"], { stdio: "ignore" });
    const root = `http://127.0.0.1:${port}`;
    try {
      await until("geckodriver is ready", async () => (await call(`${root}/status`, "GET")).ready);
      const args = ["-headless", `--width=${width}`, `--height=${height}`];
      const prefs = { "intl.accept_languages": "en-GB, en" };
      const alwaysMatch = { "moz:firefoxOptions": { binary, args, prefs } };
      const { sessionId } = await call(`${root}/session`, "POST", { capabilities: { alwaysMatch } });
      return new Firefox(child, `${root}/session/${sessionId}`);
    } catch (error) {
      child.kill();
      throw error;
    }
  }

  constructor(child, session) {
    this.child = child;
    this.session = session;
  }

  #post(path, body = {}) {
    return call(this.session + path, "POST", body);
  }

  open(url) {
    return this.#post("/url", { url });
  }

  /** Runs the body of a function in the page; what it returns comes back as JSON. */
  run(script, ...args) {
    return this.#post("/execute/sync", { script, args });
  }

  /** The first element that fits, once there is one. */
  find(selector) {
    return until(`${selector} is in the page`, async () =>
      (await this.#post("/element", { using: "css selector", value: selector }))[ELEMENT]);
  }

  async click(selector) {
    await this.#post(`/element/${await this.find(selector)}/click`);
  }

  /** A PNG picture of the first element that fits. */
  async photograph(selector) {
    const id = await this.find(selector);
    return Buffer.from(await call(`${this.session}/element/${id}/screenshot`, "GET"), "base64");
  }

  async stop() {
    await call(this.session, "DELETE").catch(() => {});
    const ended = once(this.child, "exit");
    this.child.kill();
    await ended;
  }
}
