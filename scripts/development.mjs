/**
 * The Worker's configuration for development, and the throw-away keys in it.
 *
 * The configuration is the deployable one (edge/wrangler.toml) with the few lines changed that
 * must differ, so that a binding is declared once. Merchant credentials come from the sandbox; the
 * shop's own keys are drawn once and kept, for a browser's token must survive a restart.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parse, stringify } from "smol-toml";
import { FILES, inProject, SANDBOX_PROGRAM } from "./paths.mjs";
import { run } from "./run.mjs";

/** Requests of one caller within a rate's period. */
const RATE = 1_000_000;

/** Writes the Worker's configuration; returns what `.saoma/dev.json` shall hold. */
export async function writeConfiguration(where) {
  const merchant = await credentials();
  const keys = await ownKeys();
  const webhook = process.env.SAOMA_WEBHOOK_URL?.trim() || undefined;
  const config = parse(await readFile(inProject("edge", "wrangler.toml"), "utf8"));
  await writeSecretly(FILES.config, stringify(forDevelopment(config, { ...where, webhook }, merchant)));
  await writeSecretly(FILES.secrets, secrets(merchant, keys, { webhook }));
  return {
    edge: where.edge,
    sandbox: where.sandbox,
    secret_key: keys.secret_key,
    operator_key: keys.operator_key,
    // Where SAOMA_WEBHOOK_URL names a shop's endpoint: what verifies the events that are sent there.
    ...(webhook && { webhook_url: webhook, webhook_secret: keys.webhook_secret }),
    // The service provider of the sandbox, as a second merchant of the same deployment.
    partner: { profile: "partner", secret_key: keys.partner_key },
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
      MCHID: merchant.mchid,
      APPID: merchant.appid,
      MERCHANT_SERIAL: merchant.serial_no,
      MERCHANT_CERTIFICATE: merchant.certificate_pem,
      PLATFORM_PUBLIC_KEY_ID: merchant.platform_public_key_id,
      PLATFORM_PUBLIC_KEY: merchant.platform_public_key_pem,
      PLATFORM_CERTIFICATES: merchant.platform_certificate_pem,
      ...(where.webhook && { WEBHOOK_URL: where.webhook }),
      PROFILES: "partner",
      ...prefixed(partner(merchant)),
    },
  };
}

/** The variables, secrets left out, of the sandbox's service provider. */
export function partner({ partner, ...merchant }) {
  const subs = partner.sub_merchants.map(({ sub_mchid, sub_appid }) => [sub_mchid, { appid: sub_appid }]);
  return {
    MCHID: partner.sp_mchid,
    APPID: partner.sp_appid,
    SUB_MERCHANTS: JSON.stringify(Object.fromEntries(subs)),
    MERCHANT_SERIAL: partner.serial_no,
    MERCHANT_CERTIFICATE: partner.certificate_pem,
    PLATFORM_PUBLIC_KEY_ID: merchant.platform_public_key_id,
    PLATFORM_PUBLIC_KEY: merchant.platform_public_key_pem,
    PLATFORM_CERTIFICATES: merchant.platform_certificate_pem,
  };
}

/** The same variables as those of the profile `partner`. */
export const prefixed = (variables) => Object.fromEntries(
  Object.entries(variables).map(([name, value]) => [`PARTNER__${name}`, value]),
);

/** The shop's own pages under both names of this machine, and what SAOMA_ALLOWED_ORIGINS adds. */
function origins({ edge, edgePort }) {
  const more = (process.env.SAOMA_ALLOWED_ORIGINS ?? "").split(/\s+/).filter(Boolean);
  return [edge, `http://localhost:${edgePort}`, ...more].join(" ");
}

function secrets(merchant, keys, { webhook }) {
  const values = {
    MERCHANT_PRIVATE_KEY: merchant.private_key_pem,
    API_V3_KEY: merchant.api_v3_key,
    SECRET_KEYS: keys.secret_key,
    CLIENT_KEY: keys.client_key,
    OPERATOR_KEY: keys.operator_key,
    ...(webhook && { WEBHOOK_SECRETS: keys.webhook_secret }),
    ...prefixed({
      MERCHANT_PRIVATE_KEY: merchant.partner.private_key_pem,
      API_V3_KEY: merchant.partner.api_v3_key,
      SECRET_KEYS: keys.partner_key,
    }),
  };
  // A value in double quotes may hold `\n` for a line's end, which a PEM has many of.
  const quoted = (value) => `"${value.replaceAll("\r", "").replaceAll("\n", "\\n")}"`;
  return Object.entries(values).map(([name, value]) => `${name}=${quoted(value)}\n`).join("");
}

/** A merchant at the sandbox, made on first use; the sandbox need not be running. */
async function credentials() {
  const args = ["credentials", "--state", FILES.sandbox];
  await mkdir(FILES.sandbox, { recursive: true, mode: 0o700 });
  return JSON.parse(await run(SANDBOX_PROGRAM, args, { quiet: true }));
}

async function ownKeys() {
  const kept = JSON.parse(await readFile(FILES.keys, "utf8").catch(() => "{}"));
  const draw = () => randomBytes(32).toString("base64url");
  const drawn = {
    secret_key: `sk_dev_${draw()}`,
    partner_key: `sk_dev_${draw()}`,
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
