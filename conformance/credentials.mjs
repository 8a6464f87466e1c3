// Who calls, and which keys the platform signs with: from the platform's own control surface, if it
// has one, or from a file. README.md documents the shape.

import { createPrivateKey } from "node:crypto";
import { readFile } from "node:fs/promises";

import { Misuse, Unreachable } from "./verdict.mjs";
import { NoAnswer, parsed, send } from "./wire/request.mjs";
import { publicKey } from "./wire/signature.mjs";

/** An AES-256 key. */
const API_V3_KEY_BYTES = 32;

/** Where our sandbox tells them. */
const CONTROL = "/sandbox/merchant";

/** The credentials in a file, read into one shape. */
export async function fromFile(path) {
  const text = await readFile(path, "utf8").catch((error) => {
    throw new Misuse(`--merchant ${path}: ${error.code ?? error.message}`);
  });
  const read = parsed(Buffer.from(text));
  if (!read || typeof read !== "object") throw new Misuse(`--merchant ${path}: not JSON`);
  return shaped(read, `--merchant ${path}`);
}

/** The platform's own words about its merchants, unread; undefined if it has no such surface. */
export async function fromPlatform(base) {
  const answer = await send(base + CONTROL).catch((error) => {
    if (error instanceof NoAnswer)
      throw new Unreachable(`${base} does not answer: ${error.message}`);
    throw error;
  });
  const read = answer.status === 200 ? parsed(answer.body) : undefined;
  return read?.mchid ? { read: () => shaped(read, base + CONTROL) } : undefined;
}

/** `{ direct, partner, platform }` out of either shape. */
export function shaped(read, where) {
  const rows = Array.isArray(read.data) ? read.data : flatRows(read);
  const direct = rows.find((row) => row?.kind === "direct");
  const partner = rows.find((row) => row?.kind === "partner");
  if (!direct && !partner)
    throw new Misuse(`${where}: names neither a direct merchant nor a partner`);
  for (const row of [direct, partner]) if (row) complete(row, where);
  return { direct, partner, platform: platformKeys(flatKeys(read), where) };
}

/** `GET /sandbox/merchants` has the platform's keys by themselves, under shorter names. */
function flatKeys({ platform, ...read }) {
  if (!platform || typeof platform !== "object") return read;
  return {
    platform_public_key_id: platform.public_key_id,
    platform_public_key_pem: platform.public_key_pem,
    platform_private_key_pem: platform.private_key_pem,
    platform_certificates: platform.certificates,
    ...read,
  };
}

/** The shape of `GET /sandbox/merchant`: the direct merchant's fields on top, `partner` below. */
function flatRows({ partner, ...read }) {
  const direct = read.mchid ? [{ kind: "direct", ...read }] : [];
  if (!partner) return direct;
  const subs = partner.sub_merchants ?? [
    { sub_mchid: partner.sub_mchid, sub_appid: partner.sub_appid },
  ];
  return [
    ...direct,
    {
      ...partner,
      kind: "partner",
      mchid: partner.sp_mchid,
      appid: partner.sp_appid,
      sub_merchants: subs,
    },
  ];
}

function complete(row, where) {
  for (const name of ["mchid", "appid", "serial_no", "api_v3_key"]) {
    if (typeof row[name] !== "string" || !row[name])
      throw new Misuse(`${where}: the ${row.kind} merchant has no ${name}`);
  }
  if (Buffer.byteLength(row.api_v3_key) !== API_V3_KEY_BYTES)
    throw new Misuse(`${where}: the ${row.kind} merchant's api_v3_key is not of 32 bytes`);
  readable(createPrivateKey, row.private_key_pem, `${where}: ${row.kind} private_key_pem`);
  if (row.kind === "partner" && !row.sub_merchants?.length)
    throw new Misuse(`${where}: the partner has no sub_merchants`);
}

/** Whoever mistypes a key hears of it at once, and not as a broken rule of the platform's. */
function readable(read, pem, what) {
  if (pem === undefined || pem === null) return;
  try {
    read(pem);
  } catch {
    throw new Misuse(`${what} is no key in PEM`);
  }
}

/** Serial → public PEM in `trusted`, and the private halves where they are known. */
function platformKeys(read, where) {
  const single = {
    serial_no: read.platform_certificate_serial,
    certificate_pem: read.platform_certificate_pem,
    private_key_pem: read.platform_certificate_private_key_pem,
  };
  const named = read.platform_certificates ?? [single];
  if (!Array.isArray(named)) throw new Misuse(`${where}: platform_certificates is no list`);
  const certificates = named.filter((one) => one?.serial_no && one.certificate_pem);
  const publicId = read.platform_public_key_id;
  const trusted = Object.fromEntries(
    certificates.map(({ serial_no, certificate_pem }) => [serial_no, certificate_pem]),
  );
  if (publicId) trusted[publicId] = read.platform_public_key_pem;
  if (!Object.keys(trusted).length) throw new Misuse(`${where}: names no key of the platform`);
  for (const [serial, pem] of Object.entries(trusted))
    readable(publicKey, pem ?? "", `${where}: the platform's ${serial}`);
  const own = certificates.map(({ private_key_pem }) => private_key_pem);
  for (const pem of [read.platform_private_key_pem, ...own])
    readable(createPrivateKey, pem, `${where}: a private key of the platform's`);
  return { publicId, publicPrivatePem: read.platform_private_key_pem, certificates, trusted };
}
