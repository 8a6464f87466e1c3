// Who calls, and which keys the platform signs with: from the platform's own control surface, if it
// has one, or from a file. README.md documents the shape.

import { readFile } from "node:fs/promises";

import { Misuse, Unreachable } from "./verdict.mjs";
import { NoAnswer, parsed, send } from "./wire/request.mjs";

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

/** The platform's own words about its merchants; undefined if it has no such surface. */
export async function fromPlatform(base) {
  const answer = await send(base + CONTROL).catch((error) => {
    if (error instanceof NoAnswer)
      throw new Unreachable(`${base} does not answer: ${error.message}`);
    throw error;
  });
  const read = answer.status === 200 ? parsed(answer.body) : undefined;
  return read?.mchid ? shaped(read, base + CONTROL) : undefined;
}

/** `{ direct, partner, platform }` out of either shape. */
export function shaped(read, where) {
  const rows = Array.isArray(read.data) ? read.data : flatRows(read);
  const direct = rows.find(({ kind }) => kind === "direct");
  const partner = rows.find(({ kind }) => kind === "partner");
  if (!direct && !partner)
    throw new Misuse(`${where}: names neither a direct merchant nor a partner`);
  for (const row of [direct, partner]) if (row) complete(row, where);
  return { direct, partner, platform: platformKeys(read, where) };
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
    if (!row[name]) throw new Misuse(`${where}: the ${row.kind} merchant has no ${name}`);
  }
  if (row.kind === "partner" && !row.sub_merchants?.length)
    throw new Misuse(`${where}: the partner has no sub_merchants`);
}

/** Serial → public PEM in `trusted`, and the private halves where they are known. */
function platformKeys(read, where) {
  const certificates = (
    read.platform_certificates ?? [
      {
        serial_no: read.platform_certificate_serial,
        certificate_pem: read.platform_certificate_pem,
        private_key_pem: read.platform_certificate_private_key_pem,
      },
    ]
  ).filter(({ serial_no, certificate_pem }) => serial_no && certificate_pem);
  const publicId = read.platform_public_key_id;
  const trusted = Object.fromEntries(
    certificates.map(({ serial_no, certificate_pem }) => [serial_no, certificate_pem]),
  );
  if (publicId) trusted[publicId] = read.platform_public_key_pem;
  if (!Object.keys(trusted).length) throw new Misuse(`${where}: names no key of the platform`);
  return { publicId, publicPrivatePem: read.platform_private_key_pem, certificates, trusted };
}
