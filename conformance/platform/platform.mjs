// The platform's side of the kit: every check of a platform, and what they need to begin.

import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

import { fromFile, fromPlatform } from "../credentials.mjs";
import { Misuse } from "../verdict.mjs";
import { Bench } from "./bench.mjs";
import { checks as abnormal } from "./checks/abnormal.mjs";
import { checks as authorization } from "./checks/authorization.mjs";
import { checks as billFile } from "./checks/bill-file.mjs";
import { checks as bills } from "./checks/bills.mjs";
import { checks as close } from "./checks/close.mjs";
import { checks as keys } from "./checks/keys.mjs";
import { checks as native } from "./checks/native.mjs";
import { checks as notifications } from "./checks/notifications.mjs";
import { checks as partner } from "./checks/partner.mjs";
import { checks as query } from "./checks/query.mjs";
import { checks as refunds } from "./checks/refunds.mjs";
import { checks as reorder } from "./checks/reorder.mjs";
import { checks as retries } from "./checks/retries.mjs";
import { checks as transport } from "./checks/transport.mjs";

/** The headings of the table. */
export const TITLES = {
  transport: "Transport and headers",
  error: "Error bodies",
  auth: "Authorization",
  native: "Native orders",
  reorder: "Ordering again",
  query: "Queries",
  close: "Closing",
  refund: "Refunds",
  abnormal: "Abnormal refunds",
  notify: "Notifications and their retries",
  certs: "Platform certificates",
  keys: "Which key signs answers",
  echo: "The self-test",
  partner: "Partners",
  bill: "Bills",
};

/** Every check, bills last: they move the clock to another day. */
export const CHECKS = [
  ...transport,
  ...authorization,
  ...native,
  ...reorder,
  ...query,
  ...close,
  ...refunds,
  ...abnormal,
  ...notifications,
  ...retries,
  ...keys,
  ...partner,
  ...bills,
  ...billFile,
];

const DRIVERS = { sandbox: "../drivers/sandbox.mjs", none: "../drivers/none.mjs" };

/**
 * Gets ready to check the platform at `base`. `merchant` is a file of credentials, `driver` a name or
 * a file, `listen` and `announce` where notifications arrive.
 */
export async function openPlatform({ base, merchant, driver, listen, announce, order }) {
  if (order !== undefined) throw new Misuse("--order is for checking an endpoint");
  const origin = originOf(base);
  const own = await fromPlatform(origin);
  if (!own && !merchant) {
    throw new Misuse(
      `${origin}/sandbox/merchant tells no credentials; name a file with --merchant`,
    );
  }
  const credentials = withKeys(merchant ? await fromFile(merchant) : own.read());
  const opened = await openDriver(driver ?? (own ? "sandbox" : "none"), origin);
  return Bench.open({
    base: origin,
    credentials,
    driver: opened,
    box: { listen, announced: announce },
  });
}

/** Signatures cover the path, so that a path before the path would be nobody's. */
function originOf(base) {
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw new Misuse(`${base} is no http(s) address`);
  if (url.pathname !== "/" || url.search)
    throw new Misuse(`${base}: an address without a path, please`);
  return url.origin;
}

/** Merchants whose private key is known; only they can sign. */
function withKeys({ direct, partner, platform }) {
  const signing = [direct, partner].map((row) => (row?.private_key_pem ? row : undefined));
  if (!signing.some(Boolean))
    throw new Misuse("the credentials hold no merchant's private_key_pem");
  return { direct: signing[0], partner: signing[1], platform };
}

async function openDriver(name, base) {
  const file = DRIVERS[name] ?? pathToFileURL(resolve(name)).href;
  const { open } = await import(file).catch((error) => {
    throw new Misuse(`--driver ${name}: ${error.message}`);
  });
  if (typeof open !== "function") throw new Misuse(`--driver ${name}: it exports no open()`);
  try {
    return { close: async () => {}, name, ...(await open({ base })) };
  } catch (error) {
    throw new Misuse(`--driver ${name}: ${error.message}`);
  }
}
