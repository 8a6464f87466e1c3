// The build that is deployed: no clock to turn, and a configuration that says what is wrong.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readFile, readdir, rm } from "node:fs/promises";
import { promisify } from "node:util";

import { freePorts } from "../harness/port.mjs";
import { WORKERS, built, configuration, freshFolder, inProject } from "../harness/project.mjs";
import { Shop, assertProblem } from "../harness/shop.mjs";
import { openStage } from "../harness/stage.mjs";
import { Worker } from "../harness/worker.mjs";

let stage;
before(async () => {
  stage = await openStage({ build: "deployable" });
});
after(() => stage?.close());

test("the deployable Worker has no clock to turn", async () => {
  const reply = await stage.shop.ask("POST", "/dev/clock", { body: { advance_s: 1 } });
  assertProblem(reply, 404, "not_found");
  const wasm = await readFile(built(`${WORKERS.deployable}/index_bg.wasm`));
  assert.ok(!wasm.includes("/dev/clock") && !wasm.includes("ClockObject"));
  assert.ok(!(await readFile(`${WORKERS.deployable}/index.js`, "utf8")).includes("ClockObject"));
});

test("wrangler would deploy it as it is, with every object and file", async () => {
  const home = freshFolder("wrangler");
  const quiet = {
    HOME: home, CI: "1", NO_COLOR: "1", WRANGLER_LOG_PATH: join(home, "log"), WRANGLER_CACHE_DIR: join(home, "cache"),
    WRANGLER_SEND_METRICS: "false", WRANGLER_SEND_ERROR_REPORTS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false",
  };
  const args = ["deploy", "--dry-run", "--outdir", join(home, "out"), "--config", inProject("edge/wrangler.toml")];
  try {
    const program = inProject("node_modules/wrangler/bin/wrangler.js");
    const env = { ...process.env, ...quiet };
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { env });
    assert.match(stdout, /--dry-run: exiting now/);
    const bound = [...stdout.matchAll(/env\.(\w+) \((\w+)\)/g)].map(([, name]) => name).sort();
    const { durable_objects, d1_databases } = configuration();
    const ours = [...durable_objects.bindings.map(({ name }) => name), ...d1_databases.map(({ binding }) => binding)];
    assert.deepEqual(bound, ours.sort());
    assert.match(stdout, /env\.ASSETS/);
    for (const { name } of configuration().ratelimits) assert.match(stdout, new RegExp(`env\\.${name}\\b`));
    const sent = await readdir(join(home, "out"));
    assert.ok(sent.includes("index.js") && sent.some((name) => name.endsWith("index_bg.wasm")), sent.join(" "));
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

test("the deployable Worker sells", async () => {
  const { sandbox, shop } = stage;
  const { body: session } = await shop.session();
  await sandbox.pay(session.code_url);
  const paid = await shop.look(session.client_token, `?version=${session.version}&wait=20`);
  assert.equal(paid.body.status, "paid");
});

/** What the Worker says when one variable is wrong. */
async function misconfigured(overrides) {
  const [port] = await freePorts(1);
  const bindings = { ...stage.bindings, PUBLIC_URL: `http://127.0.0.1:${port}`, ...overrides };
  for (const [name, value] of Object.entries(bindings)) if (value === undefined) delete bindings[name];
  const worker = await Worker.start({ port, build: "deployable", bindings });
  try {
    const reply = await new Shop(worker).open();
    assertProblem(reply, 500, "misconfigured");
    for (const secret of ["MERCHANT_PRIVATE_KEY", "MERCHANT_PRIVATE_KEY_NEXT", "API_V3_KEY", "SECRET_KEYS", "CLIENT_KEY"]) {
      const value = bindings[secret];
      if (value) assert.ok(!reply.body.detail.includes(value), `${secret} leaked`);
    }
    return reply.body.detail;
  } finally {
    await worker.stop();
  }
}

const MISTAKES = {
  "an APIv3 key of 31 characters": {
    variable: "API_V3_KEY", value: () => "x".repeat(31), says: /32/,
  },
  "a public key for a private one": {
    variable: "MERCHANT_PRIVATE_KEY", value: (m) => m.platform_public_key_pem, says: /public key/i,
  },
  "a certificate for a private key": {
    variable: "MERCHANT_PRIVATE_KEY", value: (m) => m.certificate_pem, says: /certificate/i,
  },
  "a private key of somebody else": {
    variable: "MERCHANT_CERTIFICATE", value: (m) => m.partner.certificate_pem, says: /match|belong/i,
  },
  "the platform's public key without its id": {
    variable: "PLATFORM_PUBLIC_KEY_ID", value: () => undefined, says: /PLATFORM_PUBLIC_KEY_ID: it is not set/,
  },
  "a next key that is the same": {
    variable: "MERCHANT_SERIAL_NEXT",
    value: (m) => m.serial_no,
    also: { get MERCHANT_PRIVATE_KEY_NEXT() { return stage.merchant.private_key_pem; } },
    says: /MERCHANT_SERIAL_NEXT: the next key/,
  },
  "a catalogue that is no JSON": { variable: "PRODUCTS", value: () => "{", says: /JSON/ },
  "no merchant number": { variable: "MCHID", value: () => undefined, says: /MCHID/ },
  "plain http to the outside": {
    variable: "WECHATPAY_URL", value: () => "http://api.example.com", says: /https|loopback/i,
  },
};

for (const [what, { variable, value, also = {}, says }] of Object.entries(MISTAKES)) {
  test(`a Worker with ${what} names the variable and the mistake`, async () => {
    const detail = await misconfigured({ [variable]: value(stage.merchant), ...also });
    assert.match(detail, new RegExp(variable.split("_")[0]));
    assert.match(detail, says);
  });
}

test("keys are taken in every form that people paste", async () => {
  const { private_key_pem: pem } = stage.merchant;
  const bare = pem.replace(/-----[^-]+-----|\s/g, "");
  const forms = [pem.replaceAll("\n", "\\n"), pem.replaceAll("\n", "\r\n"), pem.trimEnd(), bare];
  for (const form of forms) {
    const [port] = await freePorts(1);
    const url = `http://127.0.0.1:${port}`;
    const bindings = { ...stage.bindings, PUBLIC_URL: url, MERCHANT_PRIVATE_KEY: form };
    const worker = await Worker.start({ port, build: "deployable", bindings });
    try {
      const reply = await new Shop(worker).open();
      assert.equal(reply.status, 201, `${form.slice(0, 40)}: ${JSON.stringify(reply.body)}`);
    } finally {
      await worker.stop();
    }
  }
});
