// One HTTP request, byte for byte as the caller wants it: no header is added but Host and the
// length, no redirect is followed, nothing is unpacked, and what comes back is capped.

import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";

/** The time for one exchange, if nothing else is said. */
const PATIENCE_MS = 15_000;

/** More than any answer but a large bill has. */
const BODY_BYTES_MAX = 64 * 1_024 * 1_024;

/** No answer came: the connection was refused, broke, or the time was up. */
export class NoAnswer extends Error {
  constructor(why, { isConnection = false } = {}) {
    super(why);
    /** Whether there was not even a connection. */
    this.isConnection = isConnection;
  }
}

/** Errors that mean that nobody listens there. */
const NOBODY = [
  "ECONNREFUSED",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "ECONNABORTED",
];

/**
 * Sends it and reads the whole answer: `{ status, headers, body, took_ms }`, names of headers in lower
 * case. `headers` is a list of pairs; `play` is given the raw request, and ends it in its own way.
 */
export function send(
  url,
  { method = "GET", headers = [], body, patience_ms = PATIENCE_MS, play } = {},
) {
  const target = new URL(url);
  const open = target.protocol === "https:" ? secureRequest : plainRequest;
  const sent = headers.flat();
  if (body !== undefined && body.length && !names(headers).includes("content-length")) {
    sent.push("Content-Length", String(Buffer.byteLength(body)));
  }
  if (!names(headers).includes("host")) sent.push("Host", target.host);
  const began = performance.now();
  return new Promise((resolve, reject) => {
    // The path is taken from the text, since URL would tidy up what was signed.
    const path = pathOf(url);
    const call = open({
      host: bare(target.hostname),
      port: target.port,
      path,
      method,
      headers: sent,
      agent: false,
    });
    const timer = setTimeout(
      () => call.destroy(new NoAnswer(`no answer within ${patience_ms} ms`)),
      patience_ms,
    );
    const fail = (error) => {
      clearTimeout(timer);
      reject(
        error instanceof NoAnswer
          ? error
          : new NoAnswer(error.code ?? error.message, {
              isConnection: NOBODY.includes(error.code),
            }),
      );
    };
    call.on("error", fail);
    call.on("response", (answer) => {
      whole(answer).then((bytes) => {
        clearTimeout(timer);
        const took_ms = Math.round(performance.now() - began);
        resolve({ status: answer.statusCode, headers: answer.headers, body: bytes, took_ms });
      }, fail);
    });
    if (play) play(call, body);
    else call.end(body);
  });
}

const names = (headers) => headers.map(([name]) => name.toLowerCase());

const bare = (hostname) => hostname.replace(/^\[|\]$/g, "");

/** Everything behind the host, untouched. */
export const pathOf = (url) => url.replace(/^[a-z]+:\/\/[^/]*/i, "") || "/";

/** All that a stream brings, up to the cap. */
export async function whole(stream, bytes_max = BODY_BYTES_MAX) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > bytes_max) throw new NoAnswer(`more than ${bytes_max} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Parsed, or undefined for what is no JSON. */
export function parsed(bytes) {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
