// A merchant's notification address that does everything right, written from the protocol reference, and
// the mistakes that such addresses are seen to make: each takes one step's place, or comes before all.

import { constants, createDecipheriv, createPublicKey, verify, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

const WINDOW_S = 300;
const BODY_BYTES_MAX = 1_200_000;
const SCHEME = "WECHATPAY2-SHA256-RSA2048";
const BASE64 = /^[A-Za-z0-9+/]+=*$/;

class Refused extends Error {}

function insist(held, why) {
  if (!held) throw new Refused(why);
}

/** The careful way, step by step. */
export const CAREFUL = {
  read: async (request) => {
    const chunks = [];
    let bytes = 0;
    for await (const chunk of request) {
      chunks.push(chunk);
      bytes += chunk.length;
      insist(bytes <= BODY_BYTES_MAX, "too large");
    }
    return Buffer.concat(chunks);
  },
  header: (request, name) => request.headers[`wechatpay-${name}`],
  window_s: WINDOW_S,
  key: (keys, serial) => keys[serial],
  signedBytes: (body) => body,
  takesScheme: (scheme) => scheme === undefined || scheme === SCHEME,
  takesNonce: () => true,
  open: ({ algorithm, nonce, associated_data = "", ciphertext }, apiV3Key) => {
    insist(algorithm === "AEAD_AES_256_GCM" && nonce?.length === 12, "not sealed by the rule");
    return gcm({ nonce, associated_data, ciphertext }, apiV3Key);
  },
  settle: () => 204,
};

/** AES-256-GCM, the tag at the end. */
export function gcm({ nonce, associated_data, ciphertext }, apiV3Key) {
  const bytes = Buffer.from(ciphertext, "base64");
  insist(bytes.length >= 16, "too short");
  const decipher = createDecipheriv("aes-256-gcm", apiV3Key, Buffer.from(nonce));
  decipher.setAAD(Buffer.from(associated_data)).setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString(
    "utf8",
  );
}

/** The same without looking at the tag, as if it were a mere stream. */
export function stream({ nonce, ciphertext }, apiV3Key) {
  const counter = Buffer.concat([Buffer.from(nonce), Buffer.from([0, 0, 0, 2])]);
  return createDecipheriv("aes-256-ctr", apiV3Key, counter)
    .update(Buffer.from(ciphertext, "base64").subarray(0, -16))
    .toString("utf8");
}

function believed(way, request, body, keys) {
  const [timestamp, nonce, signature, serial, scheme] = [
    "timestamp",
    "nonce",
    "signature",
    "serial",
    "signature-type",
  ].map((name) => way.header(request, name));
  insist(
    timestamp && nonce && signature && serial && way.takesScheme(scheme) && way.takesNonce(nonce),
    "headers",
  );
  insist(Math.abs(Date.now() / 1_000 - Number(timestamp)) < way.window_s, "window");
  const pem = way.key(keys, serial);
  insist(pem && BASE64.test(signature), "key or signature");
  const key = pem.includes("CERTIFICATE")
    ? new X509Certificate(pem).publicKey
    : createPublicKey(pem);
  const text = Buffer.concat([
    Buffer.from(`${timestamp}\n${nonce}\n`),
    Buffer.from(way.signedBytes(body)),
    Buffer.from("\n"),
  ]);
  const isRight = verify(
    "sha256",
    text,
    { key, padding: constants.RSA_PKCS1_PADDING },
    Buffer.from(signature, "base64"),
  );
  insist(isRight, "signature");
}

async function answer(way, request, { keys, apiV3Key }) {
  insist(request.method === "POST", "method");
  const body = await way.read(request);
  believed(way, request, body, keys);
  const told = JSON.parse(body.toString("utf8"));
  insist(told?.resource && typeof told.resource === "object", "resource");
  const inside = JSON.parse(way.open(told.resource, apiV3Key));
  return way.settle(inside, told, body);
}

/** Listens with this mistake: `{ url, close }`. `merchant` holds the credentials as the sandbox tells them. */
export async function openEndpoint(merchant, mistake = {}) {
  const way = { ...CAREFUL, ...mistake };
  const known = {
    apiV3Key: merchant.api_v3_key,
    keys: {
      [merchant.platform_public_key_id]: merchant.platform_public_key_pem,
      [merchant.platform_certificate_serial]: merchant.platform_certificate_pem,
    },
  };
  const server = createServer((request, reply) => {
    const close = (status) =>
      reply.writeHead(status, { Connection: "close" }).end(status < 300 ? "" : '{"code":"FAIL"}');
    if (mistake.instead?.(request, reply, close)) return;
    answer(way, request, known).then(close, (error) => {
      if (mistake.onError?.(error, request, reply)) return;
      close(way.refuses ?? (error instanceof Refused ? 401 : 500));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}/notify`,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(done);
      }),
  };
}
