/**
 * The Worker's configuration for development, and the throw-away keys in it.
 *
 * The configuration is the deployable one (edge/wrangler.toml) with the few lines changed that
 * must differ, so that a binding is declared once. Merchant credentials come from the sandbox; the
 * shop's own keys are drawn once and kept, for a browser's token must survive a restart.
 */
import { randomBytes, randomInt } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parse, stringify } from "smol-toml";
import { credentials, secrets, variables } from "./merchants.mjs";
import { FILES, inProject } from "./paths.mjs";

export { partner, prefixed } from "./merchants.mjs";

/** Requests of one caller within a rate's period. */
const RATE = 1_000_000;

/** The sandbox's merchants; they are made on first use. */
export const merchants = async () => credentials((await ownKeys()).classic_mchid);

/** Writes the Worker's configuration; returns what `.saoma/dev.json` shall hold. */
export async function writeConfiguration(where, merchant) {
  const keys = await ownKeys();
  const webhook = process.env.SAOMA_WEBHOOK_URL?.trim() || undefined;
  const config = parse(await readFile(inProject("edge", "wrangler.toml"), "utf8"));
  await writeSecretly(FILES.config, stringify(forDevelopment(config, { ...where, webhook }, merchant)));
  await writeSecretly(FILES.secrets, lines(merchant, keys, { webhook }));
  return {
    edge: where.edge,
    sandbox: where.sandbox,
    secret_key: keys.secret_key,
    operator_key: keys.operator_key,
    // Where SAOMA_WEBHOOK_URL names a shop's endpoint: what verifies the events that are sent there.
    ...(webhook && { webhook_url: webhook, webhook_secret: keys.webhook_secret }),
    // The service provider of the sandbox, as a second merchant of the same deployment.
    partner: { profile: "partner", secret_key: keys.partner_key },
    // A merchant that speaks V2 alone.
    classic: { profile: "classic", secret_key: keys.classic_key },
    products: Object.keys(JSON.parse(config.vars.PRODUCTS)),
  };
}

/** Tells other tools where everything is, in one step, so that they never read half of it. */
export async function announce(dev) {
  const unfinished = `${FILES.dev}.${process.pid}`;
  await writeSecretly(unfinished, `${JSON.stringify(dev, null, 2)}\n`);
  await rename(unfinished, FILES.dev);
}

/** The deployable configuration, turned to the sandbox and to the build with the movable clock. */
export function forDevelopment(config, where, merchant) {
  const bindings = config.durable_objects.bindings;
  return {
    ...config,
    main: inProject("build", "edge-dev", "index.js"),
    assets: { ...config.assets, directory: inProject("build", "www-dev") },
    durable_objects: { bindings: [...bindings, { name: "CLOCK", class_name: "ClockObject" }] },
    // One person's tools and tests are many shoppers at one address.
    ratelimits: config.ratelimits.map((rate) => ({ ...rate, simple: { ...rate.simple, limit: RATE } })),
    migrations: [...config.migrations, { tag: "dev-clock", new_sqlite_classes: ["ClockObject"] }],
    vars: {
      ...config.vars,
      PUBLIC_URL: where.edge,
      RAW_CALLS: "on",
      WECHATPAY_URL: where.sandbox,
      ALLOWED_ORIGINS: origins(where),
      ...variables(merchant, config.vars.PRODUCTS),
      ...(where.webhook && { WEBHOOK_URL: where.webhook }),
    },
  };
}

/** The shop's own pages under both names of this machine, and what SAOMA_ALLOWED_ORIGINS adds. */
function origins({ edge, edgePort }) {
  const more = (process.env.SAOMA_ALLOWED_ORIGINS ?? "").split(/\s+/).filter(Boolean);
  return [edge, `http://localhost:${edgePort}`, ...more].join(" ");
}

function lines(merchant, keys, { webhook }) {
  const values = {
    ...secrets(merchant, keys),
    CLIENT_KEY: keys.client_key,
    OPERATOR_KEY: keys.operator_key,
    ...(webhook && { WEBHOOK_SECRETS: keys.webhook_secret }),
  };
  // A value in double quotes may hold `\n` for a line's end, which a PEM has many of.
  const quoted = (value) => `"${value.replaceAll("\r", "").replaceAll("\n", "\\n")}"`;
  return Object.entries(values).map(([name, value]) => `${name}=${quoted(value)}\n`).join("");
}

async function ownKeys() {
  const kept = JSON.parse(await readFile(FILES.keys, "utf8").catch(() => "{}"));
  const draw = () => randomBytes(32).toString("base64url");
  const drawn = {
    secret_key: `sk_dev_${draw()}`,
    partner_key: `sk_dev_${draw()}`,
    classic_key: `sk_dev_${draw()}`,
    classic_mchid: `19${randomInt(1e7, 1e8)}`,
    operator_key: `op_dev_${draw()}`,
    client_key: draw(),
    webhook_secret: `whsec_${randomBytes(32).toString("base64")}`,
  };
  const keys = { ...drawn, ...kept };
  await writeSecretly(FILES.keys, JSON.stringify(keys));
  return keys;
}

async function writeSecretly(file, text) {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, text, { mode: 0o600 });
}
