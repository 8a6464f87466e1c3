// The built Worker in the real runtime (workerd, through miniflare), with its objects on disk and
// its calls going out over HTTP to wherever `WECHATPAY_URL` says.

import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";

import { Log, LogLevel, Miniflare } from "miniflare";

import { workerdOf } from "../../bench/cpu.mjs";
import { partner, prefixed } from "../../scripts/development.mjs";
import { ASSETS, WORKERS, built, configuration, freshFolder } from "./project.mjs";

/** The secret that the tests' shop server holds. */
export const SECRET_KEY = "test-secret-key-0123456789abcdefghij";

/** The key that the tests' operator holds. */
export const OPERATOR_KEY = "test-operator-key-0123456789abcdefghij";

/** A page's origin that the Worker allows besides its own, unless a test says otherwise. */
export const SHOP_ORIGIN = "https://shop.example";

/** What is for sale in the tests. */
export const PRODUCTS = {
  "oolong-250": { description: "Oolong 250 g", price: 8_800, quantity_max: 20 },
  "puer-cake": { description: "Pu'er 357 g", price: 16_800, quantity_max: 5 },
};

const OBJECTS = {
  CHECKOUTS: "CheckoutObject", QUOTAS: "QuotaObject", BOOKS: "BooksObject",
  KEYRING: "KeyringObject", RECONCILIATIONS: "ReconciliationObject",
  COUNTERS: "CounterObject",
};
const CLOCK = { CLOCK: "ClockObject" };

/** The Worker's variables for a merchant as the sandbox describes it (public-key mode). */
export function variables(merchant, { url, platformUrl }) {
  return {
    PUBLIC_URL: url,
    WECHATPAY_URL: platformUrl,
    ALLOWED_ORIGINS: SHOP_ORIGIN,
    MCHID: merchant.mchid,
    APPID: merchant.appid,
    MERCHANT_SERIAL: merchant.serial_no,
    MERCHANT_CERTIFICATE: merchant.certificate_pem,
    MERCHANT_PRIVATE_KEY: merchant.private_key_pem,
    API_V3_KEY: merchant.api_v3_key,
    PLATFORM_PUBLIC_KEY_ID: merchant.platform_public_key_id,
    PLATFORM_PUBLIC_KEY: merchant.platform_public_key_pem,
    PLATFORM_CERTIFICATES: merchant.platform_certificate_pem,
    SECRET_KEYS: SECRET_KEY,
    OPERATOR_KEY,
    CLIENT_KEY: "test-client-key-0123456789abcdefghij",
    PRODUCTS: JSON.stringify(PRODUCTS),
  };
}

/** What the second merchant of a deployment shows: a service provider with its sub-merchants. */
export const PARTNER_KEY = "partner-secret-key-0123456789abcdefg";

/** The variables of the sandbox's service provider, as the profile `partner`. */
export function partnerVariables(merchant) {
  const [, { sub_mchid }] = merchant.partner.sub_merchants;
  const own = {
    ...partner(merchant),
    MERCHANT_PRIVATE_KEY: merchant.partner.private_key_pem,
    API_V3_KEY: merchant.partner.api_v3_key,
    SECRET_KEYS: PARTNER_KEY,
    PRODUCTS: JSON.stringify({
      "green-tea": { description: "Green tea", price: 2_000, sub_mchid },
    }),
  };
  return { PROFILES: "partner", ...prefixed(own) };
}

/** The database of the index, as miniflare names it; none is `{}`. */
export const INDEX = { INDEX: "saoma" };

/** So many requests of one caller within ten seconds that no test meets the bound by accident. */
const MANY = 1_000_000;

/** Rate limits as the deployable configuration names them; `rates` says how many, or nothing. */
function rateLimits(rates) {
  return Object.fromEntries(configuration().ratelimits.map(({ name, namespace_id, simple }) => [
    name, { namespace_id, simple: { ...simple, limit: rates[name] ?? MANY } },
  ]));
}

/**
 * How miniflare runs a build of the Worker, keeping its objects and its index in `state`; `index` is
 * its database. `rates` are those rate limits that differ from far too many; null for a deployment
 * without such bindings. `services` are servers that a binding leads to, as a client certificate does.
 */
export function runtime({ build = "development", bindings, state, index = INDEX, rates = {}, services }) {
  const folder = built(WORKERS[build]);
  const { compatibility_date, compatibility_flags } = configuration();
  const objects = build === "development" ? { ...OBJECTS, ...CLOCK } : OBJECTS;
  return {
    compatibilityDate: compatibility_date,
    compatibilityFlags: compatibility_flags,
    modules: true,
    modulesRoot: folder,
    scriptPath: `${folder}/index.js`,
    modulesRules: [
      { type: "ESModule", include: ["**/*.js"] },
      { type: "CompiledWasm", include: ["**/*.wasm"], fallthrough: true },
    ],
    durableObjects: Object.fromEntries(
      Object.entries(objects).map(([binding, className]) => [
        binding, { className, useSQLite: true },
      ]),
    ),
    durableObjectsPersist: state,
    d1Databases: index,
    d1Persist: state && join(state, "index"),
    ...(rates ? { ratelimits: rateLimits(rates) } : {}),
    ...(services ? { serviceBindings: services } : {}),
    bindings,
  };
}

export class Worker {
  /**
   * Starts `build` ("development" or "deployable") on `port` with these variables; `state` is where
   * an earlier one kept its objects. `alone`: with nothing else in the runtime, neither files nor
   * miniflare's own door, and with an inspector, so that what the process holds is what this Worker
   * holds. `index` is its database, see `INDEX`.
   */
  static async start({
    port, build, bindings, rates, state = freshFolder("worker"), alone = false, index, services,
  }) {
    const host = "127.0.0.1";
    const worker = new Worker(`http://${host}:${port}`, state);
    worker.miniflare = new Miniflare({
      host,
      ...(alone
        ? { port: 0, inspectorPort: 0, unsafeDirectSockets: [{ host, port }] }
        : { port, ...assets() }),
      cf: false,
      log: new Log(process.env.SAOMA_TEST_LOG ? LogLevel.DEBUG : LogLevel.NONE),
      handleRuntimeStdio: (stdout, stderr) => worker.#hear(stdout, stderr),
      ...runtime({ build, bindings, state, index, rates, services }),
    });
    try {
      await worker.miniflare.ready;
    } catch (error) {
      await worker.stop();
      throw error;
    }
    return worker;
  }

  constructor(url, state) {
    this.url = url;
    this.state = state;
    /** Everything the runtime printed. */
    this.words = "";
  }

  #hear(...streams) {
    for (const stream of streams) {
      stream.on("data", (chunk) => {
        this.words += chunk;
        if (process.env.SAOMA_TEST_LOG) process.stderr.write(chunk);
      });
    }
  }

  /** The database of the index, to look at and to spoil. */
  index() {
    return this.miniflare.getD1Database("INDEX");
  }

  /** `fetch` of a path of this Worker. */
  fetch(path, options) {
    return fetch(this.url + path, { redirect: "manual", ...options });
  }

  /** Ends the runtime and leaves what it stored. */
  async pause() {
    await this.miniflare?.dispose();
    this.miniflare = undefined;
  }

  /** Kills the runtime in the middle of whatever it does (SIGKILL), and leaves what it stored. */
  async kill() {
    process.kill(workerdOf(), "SIGKILL");
    await this.pause();
  }

  async stop() {
    await this.pause();
    await rm(this.state, { recursive: true, force: true });
  }
}

// Tests that need no page run without the files; with them, the rules of who answers first are the
// deployable ones.
function assets() {
  if (!existsSync(ASSETS)) return {};
  return {
    assets: {
      directory: ASSETS,
      binding: "ASSETS",
      routerConfig: {
        has_user_worker: true,
        static_routing: { user_worker: configuration().assets.run_worker_first },
      },
    },
  };
}
