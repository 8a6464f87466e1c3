// The platform's keys (protocol reference A.5, A.6), and the self-test that tries them (B.12).

import { X509Certificate } from "node:crypto";

import { brief, expect, untried } from "../../verdict.mjs";
import { decryptedBy, encryptedFor, opened } from "../../wire/seal.mjs";
import { distrust } from "../../wire/signature.mjs";
import { MOMENT, fresh } from "../bench.mjs";
import { refused, summary } from "../merchant.mjs";

const someCertificate = ({ platform: { publicId, trusted } }) =>
  Object.keys(trusted).find((serial) => serial !== publicId) ??
  untried("the credentials name no platform certificate");

const thePublicKey = ({ platform }) =>
  platform.publicId ?? untried("the credentials name no WeChat Pay public key");

/** Which key signs an answer when the request names `serial`. */
async function signerFor(bench, serial) {
  const answer = await bench.who.place(bench.order(), { serial });
  bench.good(answer);
  return answer.headers["wechatpay-serial"];
}

/** The list of certificates; a merchant in pure public-key mode has none (A.5). */
const list = (bench, who = bench.who) =>
  bench.once(`certificates of ${who.row.mchid}`, async () => {
    const answer = await who.call("GET", "/v3/certificates");
    if (answer.status === 404) untried("the merchant is in pure public-key mode (404)");
    expect(answer.status === 200, `answered ${summary(answer)}`);
    expect(Array.isArray(answer.json?.data) && answer.json.data.length, "there is no list data");
    return answer;
  });

const texts = ({ json }, who) =>
  Object.fromEntries(
    json.data.map(({ serial_no, encrypt_certificate }) => [
      serial_no,
      opened(encrypt_certificate ?? {}, who.row.api_v3_key),
    ]),
  );

const certificates = [
  {
    id: "certs.list",
    rule: "A.5",
    expects: "serial_no, effective_time and expire_time of each",
    run: async (bench) => {
      const { json } = await list(bench);
      for (const { serial_no, effective_time, expire_time } of json.data) {
        expect(/^[0-9A-F]{1,40}$/.test(serial_no ?? ""), `serial_no is ${serial_no}`);
        expect(MOMENT.test(effective_time ?? ""), `effective_time is ${effective_time}`);
        expect(MOMENT.test(expire_time ?? ""), `expire_time is ${expire_time}`);
        expect(Date.parse(effective_time) < Date.parse(expire_time), "it ends before it begins");
      }
      return `${json.data.length} certificate(s)`;
    },
  },
  {
    id: "certs.sealed",
    rule: "A.5",
    expects: "each is sealed with the APIv3 key, associated data certificate",
    run: async (bench) => {
      const answer = await list(bench);
      for (const { encrypt_certificate: seal } of answer.json.data) {
        expect(
          seal?.associated_data === "certificate",
          `associated_data is ${seal?.associated_data}`,
        );
      }
      return brief(Object.values(texts(answer, bench.who))[0].split("\n")[0]);
    },
  },
  {
    id: "certs.serials",
    rule: "A.5",
    expects: "each serial_no is the X.509 certificate's own",
    run: async (bench) => {
      const all = texts(await list(bench), bench.who);
      for (const [serial, pem] of Object.entries(all)) {
        const inside = new X509Certificate(pem).serialNumber;
        expect(inside === serial, `${serial} holds ${inside}`);
      }
      return Object.keys(all)[0];
    },
  },
  {
    id: "certs.bootstrap",
    rule: "A.5",
    expects: "the answer is signed by a key inside it",
    run: async (bench) => {
      const answer = await list(bench);
      const why = distrust(answer, texts(answer, bench.who));
      expect(!why, why);
      return answer.headers["wechatpay-serial"];
    },
  },
  {
    id: "certs.known",
    rule: "A.5",
    expects: "the certificates are those of the credentials",
    run: async (bench) => {
      const all = texts(await list(bench), bench.who);
      const known = someCertificate(bench);
      expect(all[known], `${known} is not among them`);
      const [one, two] = [all[known], bench.platform.trusted[known]].map(
        (pem) => new X509Certificate(pem).fingerprint256,
      );
      expect(one === two, `${known} is another certificate`);
      return known;
    },
  },
  {
    id: "certs.each-their-own",
    rule: "A.5",
    expects: "the partner's are sealed with the partner's APIv3 key",
    needs: ["direct", "partner"],
    run: async (bench) => Object.keys(texts(await list(bench, bench.partner), bench.partner))[0],
  },
  {
    id: "certs.several",
    rule: "A.5",
    expects: "while they rotate both are listed, and each signs when it is asked to",
    needs: ["certificates"],
    run: async (bench) => {
      Object.assign(bench.platform.trusted, await bench.driver.certificates(2));
      const answer = await bench.who.call("GET", "/v3/certificates");
      const all = texts(answer, bench.who);
      expect(Object.keys(all).length >= 2, `${Object.keys(all).length} listed`);
      for (const serial of Object.keys(all)) {
        const signer = await signerFor(bench, serial);
        expect(signer === serial, `asked for ${serial}, ${signer} signed`);
      }
      return `${Object.keys(all).length} certificates`;
    },
  },
];

const choice = [
  {
    id: "keys.public-key",
    rule: "A.6",
    expects: "a request that names the public key is answered under it",
    run: async (bench) => {
      const signer = await signerFor(bench, thePublicKey(bench));
      expect(signer === bench.platform.publicId, `signed by ${signer}`);
      return signer;
    },
  },
  {
    id: "keys.certificate",
    rule: "A.6",
    expects: "a request that names a certificate is answered under it",
    run: async (bench) => {
      const [asked, signer] = [
        someCertificate(bench),
        await signerFor(bench, someCertificate(bench)),
      ];
      expect(signer === asked, `signed by ${signer}`);
      return signer;
    },
  },
  {
    id: "keys.unnamed",
    rule: "A.6",
    expects: "a request that names none is answered under a certificate",
    run: async (bench) => {
      someCertificate(bench);
      const signer = await signerFor(bench, undefined);
      expect(signer !== bench.platform.publicId, `signed by ${signer}`);
      return signer;
    },
  },
];

const TEXT = "扫码 scan 0123";

const echo = (bench, body, serial = Object.keys(bench.platform.trusted)[0]) =>
  bench.who.call("POST", "/v3/security/echo", { body, serial });

/** The self-test under one of the platform's keys; the answer must be whole and signed by it. */
async function echoed(bench, serial) {
  const body = {
    echo_message: TEXT,
    encrypted_echo_message: encryptedFor(bench.platform.trusted[serial], TEXT),
  };
  const answer = await echo(bench, body, serial);
  const said = bench.good(answer);
  expect(said.echo_message === TEXT, `echo_message is ${brief(said.echo_message)}`);
  const signer = answer.headers["wechatpay-serial"];
  expect(signer === serial, `signed by ${signer}`);
  return said;
}

const selfTest = [
  {
    id: "echo.public-key",
    rule: "B.12",
    expects: "under the public key: the text, read and signed with it",
    run: async (bench) => (await echoed(bench, thePublicKey(bench))).echo_message,
  },
  {
    id: "echo.certificate",
    rule: "B.12",
    expects: "under a certificate: the text, read and signed with it",
    run: async (bench) => (await echoed(bench, someCertificate(bench))).echo_message,
  },
  {
    id: "echo.back",
    rule: "B.12",
    expects: "encrypted_echo_message comes back encrypted for the merchant",
    run: async (bench) => {
      const { encrypted_echo_message: back } = await echoed(
        bench,
        Object.keys(bench.platform.trusted)[0],
      );
      const text = decryptedBy(bench.who.row.private_key_pem, back ?? "").toString("utf8");
      expect(text === TEXT, `it says ${brief(text)}`);
      return text;
    },
  },
  {
    id: "echo.without-serial",
    rule: "B.12",
    expects: "no Wechatpay-Serial: 400",
    run: async (bench) =>
      refused(
        await bench.who.call("POST", "/v3/security/echo", { body: { echo_message: TEXT } }),
        400,
      ),
  },
  {
    id: "echo.unknown-serial",
    rule: "A.8",
    expects: "a Wechatpay-Serial of no key: 400 PARAM_ERROR",
    run: async (bench) =>
      refused(await echo(bench, { echo_message: TEXT }, "0".repeat(40)), 400, "PARAM_ERROR"),
  },
  {
    id: "echo.not-encrypted",
    rule: "A.8",
    expects: "a ciphertext that does not open: 400 PARAM_ERROR",
    run: async (bench) => {
      const body = {
        echo_message: TEXT,
        encrypted_echo_message: Buffer.alloc(256, 7).toString("base64"),
      };
      return refused(await echo(bench, body), 400, "PARAM_ERROR");
    },
  },
  {
    id: "echo.notified",
    rule: "B.12",
    expects: "with notify_url SECURITY_ECHO.SUCCESS is told, sealed",
    run: async (bench) => {
      const name = fresh("E");
      bench.good(await echo(bench, { echo_message: TEXT, notify_url: bench.box.url(name) }));
      const { letter, inside } = await bench.notified(name);
      expect(
        letter.json.event_type === "SECURITY_ECHO.SUCCESS",
        `event_type is ${letter.json.event_type}`,
      );
      expect(inside.echo_message === TEXT, `echo_message is ${brief(inside.echo_message)}`);
      return letter.json.event_type;
    },
  },
];

export const checks = [...certificates, ...choice, ...selfTest];
