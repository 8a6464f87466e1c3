// The endpoint's side of the kit: every check of a merchant's notification address, and what they need.

import { readFile } from "node:fs/promises";

import { fromFile } from "../credentials.mjs";
import { Misuse } from "../verdict.mjs";
import { EndpointBench } from "./bench.mjs";
import { checks as forged } from "./checks/forged.mjs";
import { checks as genuine } from "./checks/genuine.mjs";
import { checks as odd } from "./checks/odd.mjs";

/** The headings of the table. */
export const TITLES = {
  genuine: "Genuine notifications, which must be accepted",
  forged: "Forged and broken ones, which must be refused and do no harm",
  odd: "Authentic but odd ones: what it answers, and that it stands",
};

/** Every check; the genuine letter comes first, since all is judged by its answer. */
export const CHECKS = [...genuine, ...forged, ...odd];

/**
 * Gets ready to write to the address `endpoint`. `merchant` is a file of credentials that holds the
 * platform's private keys; `order` one that describes an order which the endpoint knows.
 */
export async function openEndpoint({ endpoint, merchant, order, driver, listen, announce }) {
  for (const [name, value] of Object.entries({ driver, listen, announce })) {
    if (value !== undefined) throw new Misuse(`--${name} is for checking a platform`);
  }
  if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint))
    throw new Misuse(`--endpoint ${endpoint} is no http(s) address`);
  if (!merchant)
    throw new Misuse(
      "--endpoint needs --merchant FILE: the platform's private keys and the APIv3 key",
    );
  const credentials = await fromFile(merchant);
  const known = order && (await orderIn(order));
  const merchants = [credentials.direct, credentials.partner].filter(Boolean);
  const wanted = known?.sp_mchid ?? known?.mchid;
  const whose = wanted ? merchants.find(({ mchid }) => mchid === wanted) : merchants[0];
  if (!whose)
    throw new Misuse(`--order ${order}: merchant ${wanted} is not in --merchant ${merchant}`);
  return new EndpointBench({
    url: endpoint,
    merchant: whose,
    senders: senders(credentials.platform, merchant),
    order: known,
  });
}

/** The platform's keys that can sign, the public key first: most merchants have that scheme. */
function senders({ publicId, publicPrivatePem, certificates }, where) {
  const found = [
    { kind: "public-key", serial: publicId, key: publicPrivatePem },
    ...certificates.map(({ serial_no, private_key_pem }) => ({
      kind: "certificate",
      serial: serial_no,
      key: private_key_pem,
    })),
  ].filter(({ serial, key }) => serial && key);
  if (!found.length)
    throw new Misuse(
      `--merchant ${where}: holds no private key of the platform, so nothing genuine can be written`,
    );
  return found;
}

async function orderIn(path) {
  const text = await readFile(path, "utf8").catch((error) => {
    throw new Misuse(`--order ${path}: ${error.code ?? error.message}`);
  });
  let read;
  try {
    read = JSON.parse(text);
  } catch {
    throw new Misuse(`--order ${path}: not JSON`);
  }
  for (const name of ["out_trade_no", "total"])
    if (!read?.[name]) throw new Misuse(`--order ${path}: has no ${name}`);
  if (!read.mchid && !read.sp_mchid)
    throw new Misuse(`--order ${path}: has neither mchid nor sp_mchid`);
  return read;
}
