// What the platform really sends must be taken: every form that it has been seen in (protocol
// reference A.6, A.7, C.1 to C.3).

import { expect, untried } from "../../verdict.mjs";
import { nonce, unixNow } from "../../wire/signature.mjs";
import { accepts, said, taken } from "../bench.mjs";
import { withHeaders } from "../letters.mjs";

const CROWD = 20;

/** The two halves of a body come so far apart. */
const PIECES_MS = 1_500;

/** Beside the edge of the window a letter must be on its way within this part of its second. */
const EARLY_MS = 150;

/** How many seconds our clock and the endpoint's may differ beside that edge. */
const SKEW_S_MAX = 1;

const check = (name, rule, expects, run) => ({ id: `genuine.${name}`, rule, expects, run });

/** A letter written by `how` is taken. */
const form = (name, rule, expects, how) =>
  check(name, rule, expects, (bench) => bench.expectAccepted(bench.genuine(how(bench))));

/** Waits for the beginning of a second, so that an age in seconds stays what it is. */
export async function early(bench) {
  const { skew_s } = await bench.usual();
  if (Math.abs(skew_s) > SKEW_S_MAX) untried(`its clock and ours are ${skew_s} s apart`);
  while (Date.now() % 1_000 > EARLY_MS) await new Promise((resume) => setTimeout(resume, 5));
}

async function first(bench) {
  const usual = await bench.usual();
  if (!bench.isKnown && !accepts(usual))
    untried(`without --order: an unknown order is answered ${said(usual)}`);
  expect(accepts(usual), `answered ${said(usual)}`);
  return said(usual);
}

async function inTime(bench) {
  const usual = await bench.usual();
  if (usual.status) await bench.expectUsualAccepted();
  return taken(usual);
}

async function again(bench) {
  const one = bench.genuine();
  await bench.expectAccepted(one);
  return bench.expectAccepted(one);
}

async function crowd(bench) {
  const one = bench.genuine();
  await bench.expectAccepted(one);
  const answers = await Promise.all(Array.from({ length: CROWD }, () => bench.post(one)));
  answers.forEach(taken);
  return `${CROWD} times accepted`;
}

function inPieces(bench) {
  return bench.expectAccepted(bench.genuine(), (call, body) => {
    call.write(body.subarray(0, body.length >> 1));
    setTimeout(() => call.end(body.subarray(body.length >> 1)), PIECES_MS);
  });
}

async function signedBy(bench, kind) {
  const sender = bench.sender(kind) ?? untried(`the credentials hold no private key of a ${kind}`);
  return bench.expectAccepted(bench.genuine({ sender }));
}

async function atEdge(bench, offset_s) {
  await early(bench);
  return bench.expectAccepted(bench.genuine({ at: unixNow() + offset_s }));
}

const unknownFields = {
  inside: { installment_info: { use_subsidy: false }, something_new: [1, { deep: null }] },
  envelope: { something_new: "x" },
  resource: { something_new: {} },
};

const shouted = (one) => ({
  ...one,
  headers: Object.fromEntries(
    Object.entries(one.headers).map(([name, value]) => [name.toUpperCase(), value]),
  ),
});

export const checks = [
  check("accepted", "C.3", "a genuine notification: exactly 200 or 204", first),
  check("in-time", "C.3", "the answer comes within five seconds", inTime),
  check("again", "C.3", "the same bytes once more: accepted again", again),
  check("twenty", "C.3", "twenty at once: all accepted, each in time", crowd),
  form("sent-anew", "C.3", "a retry: fresh time, nonce, signature and ciphertext", () => ({
    inside: {},
  })),
  form("other-id", "C.1", "the same payment under another notification id", () => ({
    envelope: { id: "EV-2018022511223320873" },
  })),
  check("public-key", "A.6", "signed by the WeChat Pay public key", (bench) =>
    signedBy(bench, "public-key"),
  ),
  check("certificate", "A.6", "signed by a platform certificate", (bench) =>
    signedBy(bench, "certificate"),
  ),
  form("whitespace", "A.4", "a body with spaces and line feeds, signed as it is", () => ({
    text: (told) => `${JSON.stringify(told, null, 2)}\n`,
  })),
  form("escaped", "A.4", "a body with \\u escapes for Chinese, signed as it is", () => ({
    text: (told) =>
      JSON.stringify(told).replace(
        /[^\0-~]/g,
        (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
      ),
  })),
  form("new-fields", "A.1", "fields that no page names, at every depth", () => unknownFields),
  form("empty-aad", "A.7", "associated_data is empty", () => ({ seal: { aad: "" } })),
  form("missing-aad", "A.7", "associated_data is missing", () => ({
    seal: { aad: "" },
    resource: { associated_data: undefined },
  })),
  form("short-nonce", "C.1", "a Wechatpay-Nonce of 12 characters", () => ({
    nonce_str: nonce().slice(0, 12),
  })),
  check("no-signature-type", "A.4", "no Wechatpay-Signature-Type, as in old samples", (bench) =>
    bench.expectAccepted(withHeaders(bench.genuine(), { "Wechatpay-Signature-Type": undefined })),
  ),
  check("header-case", "A.4", "names of headers in upper case", (bench) =>
    bench.expectAccepted(shouted(bench.genuine())),
  ),
  check("in-pieces", "C.1", "the body arrives in two pieces, 1.5 s apart", inPieces),
  check("299-s-old", "A.4", "299 seconds old: inside the window", (bench) => atEdge(bench, -299)),
  check("299-s-ahead", "A.4", "299 seconds ahead: inside the window", (bench) =>
    atEdge(bench, 299),
  ),
];
