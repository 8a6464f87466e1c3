// Certificates of any age, made of DER and node:crypto: a merchant's, for a key that it has.

import { createPrivateKey, createPublicKey, randomBytes, sign } from "node:crypto";

const length = (bytes) => {
  if (bytes.length < 128) return Buffer.from([bytes.length]);
  const digits = Buffer.from(bytes.length.toString(16).padStart(bytes.length > 255 ? 4 : 2, "0"), "hex");
  return Buffer.concat([Buffer.from([0x80 | digits.length]), digits]);
};
const tagged = (tag, ...parts) => {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), length(content), content]);
};
const sequence = (...parts) => tagged(0x30, ...parts);
const integer = (bytes) => tagged(0x02, bytes);

/** sha256WithRSAEncryption, 1.2.840.113549.1.1.11, and commonName, 2.5.4.3 (RFC 8017, RFC 5280). */
const ALGORITHM = sequence(Buffer.from("06092a864886f70d01010b0500", "hex"));
const COMMON_NAME = Buffer.from("0603550403", "hex");

const utcTime = (date) => {
  const digits = date.toISOString().replace(/^..(..)-(..)-(..)T(..):(..):(..).*/, "$1$2$3$4$5$6Z");
  return tagged(0x17, Buffer.from(digits));
};

/** A certificate for `privateKeyPem`, good from and until these days from now, with its serial. */
export function certificate(privateKeyPem, { fromDays, untilDays }) {
  const key = createPrivateKey(privateKeyPem);
  const serial = Buffer.concat([Buffer.from([0x5a]), randomBytes(19)]);
  const inDays = (days) => new Date(Date.now() + days * 86_400_000);
  const name = sequence(tagged(0x31, sequence(COMMON_NAME, tagged(0x0c, Buffer.from("Merchant")))));
  const signedPart = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    ALGORITHM,
    name,
    sequence(utcTime(inDays(fromDays)), utcTime(inDays(untilDays))),
    name,
    createPublicKey(key).export({ type: "spki", format: "der" }),
  );
  const signature = tagged(0x03, Buffer.from([0]), sign("sha256", signedPart, key));
  const base64 = sequence(signedPart, ALGORITHM, signature).toString("base64");
  const pem = `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
  return { pem, serial: serial.toString("hex").toUpperCase() };
}
