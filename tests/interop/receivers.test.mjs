// The receivers of examples/receivers, each verifying with the official package of its language,
// beside a real Worker: they take what is genuine, once, and only after they have stored it.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";

import { Webhook } from "standardwebhooks";

import { python } from "../../scripts/python.mjs";
import { built, freshFolder, inProject } from "../harness/project.mjs";
import { NEXT_SECRET, SECRET } from "../harness/receiver.mjs";
import { openStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";
import { OPERATOR_KEY, SECRET_KEY } from "../harness/worker.mjs";
import { assert } from "./count.mjs";

/** How each is started. */
const RECEIVERS = {
  node: () => [process.execPath, "examples/receivers/node/receiver.mjs"],
  python: () => [built(python()), "examples/receivers/python/receiver.py"],
};

/** A receiver in a process of its own, with its store in a folder of its own. */
class Example {
  static async start(language) {
    const example = new Example();
    const [program, file] = RECEIVERS[language]();
    const env = {
      PATH: process.env.PATH, PORT: "0", SAOMA_WEBHOOK_SECRET: SECRET, EVENTS_FILE: example.file,
      PYTHONUTF8: "1", NO_PROXY: "*",
    };
    example.child = spawn(program, [inProject(file)], { env });
    example.child.stdout.on("data", (chunk) => { example.printed += chunk; });
    example.child.stderr.on("data", (chunk) => { example.words += chunk; });
    const port = await until("it listens", () => /listening on (\d+)/.exec(example.words)?.[1]);
    example.url = `http://127.0.0.1:${port}/`;
    return example;
  }

  folder = freshFolder("receiver");
  file = join(this.folder, "events.db");
  printed = "";
  words = "";

  #query(sql, ...values) {
    const store = new DatabaseSync(this.file, { timeout: 2_000 });
    try {
      return store.prepare(sql).all(...values);
    } finally {
      store.close();
    }
  }

  /** What it has stored about the shop's reference. */
  stored(reference) {
    return this.#query("SELECT * FROM events WHERE data ->> '$.reference' = ?", reference);
  }

  /** How often its work was called for it. */
  handled(reference) {
    return this.printed.split("\n").filter((line) => line && JSON.parse(line).reference === reference);
  }

  /** Lets nobody write, until the result is called. */
  block() {
    const store = new DatabaseSync(this.file, { timeout: 2_000 });
    store.exec("BEGIN EXCLUSIVE");
    return () => store.close();
  }

  async stop() {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A letter as the official package signs it; `changes` are made behind its back. */
function letter({ secret = SECRET, at = Date.now(), reference = randomUUID(), data = { reference }, ...changes } = {}) {
  const id = `msg_${reference}`;
  const body = JSON.stringify({ type: "checkout.paid", timestamp: "2026-11-21T11:30:00+08:00", data });
  const signature = new Webhook(secret).sign(id, new Date(at), body);
  const headers = {
    "Content-Type": "application/json", "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at / 1_000)), "webhook-signature": signature, ...changes.headers,
  };
  return { reference, request: { method: "POST", headers, body: changes.body?.(body) ?? body } };
}

for (const language of Object.keys(RECEIVERS)) {
  describe(`the receiver in ${language}`, () => {
    let example;
    let stage;
    before(async () => {
      example = await Example.start(language);
      stage = await openStage({ overrides: { WEBHOOK_URL: example.url, WEBHOOK_SECRETS: `${NEXT_SECRET} ${SECRET}` } });
    });
    after(async () => {
      await stage?.close();
      await example?.stop();
    });

    const paid = async () => {
      const opened = await stage.shop.opened();
      await stage.sandbox.pay(opened.attempt.code_url);
      return stage.shop.untilPaid(opened.id);
    };

    const event = async (id) => {
      const { body } = await stage.shop.ask("GET", `/v1/checkouts/${id}/events`, { bearer: SECRET_KEY });
      return body.data[0];
    };

    test("stores what a Worker tells, signed by two secrets of which it has one, and does its work", async () => {
      const { id, reference } = await paid();
      const told = await until("it is delivered", async () => {
        const seen = await event(id);
        return seen?.state === "delivered" && seen;
      });
      const [row, ...more] = example.stored(reference);
      assert.deepEqual(more, []);
      assert.equal(row.id, told.id);
      assert.equal(row.type, "checkout.paid");
      assert.equal(JSON.parse(row.data).payment.total, 8_800);
      const [line] = await until("its work is done", () => {
        const lines = example.handled(reference);
        return lines.length && lines;
      });
      assert.equal(JSON.parse(line).late, false);
    });

    test("takes an event that comes twice for one", async () => {
      const { id, reference } = await paid();
      const told = await until("it is delivered", async () => {
        const seen = await event(id);
        return seen?.state === "delivered" && seen;
      });
      await stage.shop.ask("POST", `/v1/checkouts/${id}/events/${told.id}/resend`, { bearer: OPERATOR_KEY });
      const again = await until("it is delivered again", async () => {
        const seen = await event(id);
        return seen.attempts === 2 && seen;
      });
      assert.deepEqual(again.deliveries.map(({ status }) => Math.floor(status / 100)), [2, 2]);
      assert.equal(example.stored(reference).length, 1);
      // A third event's work comes after any work of the second delivery.
      const next = await paid();
      await until("the next one's work is done", () => example.handled(next.reference).length);
      assert.equal(example.handled(reference).length, 1);
    });

    test("acknowledges nothing that it could not store, and gets it again", async () => {
      const release = example.block();
      let view;
      try {
        view = await paid();
        await until("it refused", async () => (await event(view.id))?.attempts === 1);
      } finally {
        release();
      }
      const [{ status }] = (await event(view.id)).deliveries;
      assert.equal(status, 500);
      assert.deepEqual(example.stored(view.reference), []);
      await stage.sandbox.advance(7);
      await until("it is delivered", async () => (await event(view.id)).state === "delivered");
      assert.equal(example.stored(view.reference).length, 1);
    });

    test("work that fails keeps no other waiting, and takes back nothing that was done", async () => {
      const [first, broken, last] = [letter(), letter({ data: null }), letter()];
      for (const { request } of [first, broken, last]) {
        assert.equal((await fetch(example.url, request)).status, 204);
      }
      await until("the last one's work is done", () => example.handled(last.reference).length);
      const after = letter();
      await fetch(example.url, after.request);
      await until("and that of one more", () => example.handled(after.reference).length);
      const done = [first, last, after].map(({ reference }) => example.handled(reference).length);
      assert.deepEqual(done, [1, 1, 1]);
    });

    test("believes the official signature, and nothing else", async () => {
      const genuine = letter();
      assert.equal((await fetch(example.url, genuine.request)).status, 204);
      assert.equal(example.stored(genuine.reference).length, 1);
      for (const [what, forged] of Object.entries({
        "another secret": letter({ secret: NEXT_SECRET }),
        "a changed body": letter({ body: (body) => body.replace("paid", "lost") }),
        "another id": letter({ headers: { "webhook-id": "msg_another" } }),
        "too old": letter({ at: Date.now() - 301_000 }),
        "from the future": letter({ at: Date.now() + 330_000 }),
        "no signature": letter({ headers: { "webhook-signature": "" } }),
        "no signature at all": letter({ headers: { "webhook-signature": "nonsense" } }),
        "no moment": letter({ headers: { "webhook-timestamp": "soon" } }),
      })) {
        assert.equal((await fetch(example.url, forged.request)).status, 401, what);
        assert.deepEqual(example.stored(forged.reference), [], what);
      }
    });

    test("reads no body without end", async () => {
      const { request } = letter({ body: () => "x".repeat(256 * 1024 + 1) });
      const { status } = await fetch(example.url, request).catch(() => ({ status: "cut off" }));
      assert.ok([413, "cut off"].includes(status), `${status}`);
    });
  });
}

// examples/receivers/php is for readers: neither PHP nor Packagist, where its package comes from, can be
// had by this project's set-up, so nothing here runs it, and nothing claims to.
test("the receiver in PHP", { skip: "PHP and Packagist are not part of the set-up" }, () => {});
