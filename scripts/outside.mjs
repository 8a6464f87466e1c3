/**
 * What only the outside sees of a notify URL: whether WeChat Pay would get through to the Worker.
 *
 * WeChat Pay follows no redirect, solves no challenge, waits five seconds, and repeats only what is
 * refused. So a forged notification is posted the way it posts genuine ones, and must come back
 * with the Worker's own refusal, byte for byte: anything else stands in the way.
 */
import { randomBytes, randomUUID } from "node:crypto";

/** How long WeChat Pay waits for an answer (protocol reference C.3). */
const PATIENCE_MS = 5_000;

/** Characters of a notify URL at most (protocol reference E.1). */
const CHARS_MAX = 255;

/** Bytes of an answer that are looked at. */
const BODY_BYTES_MAX = 64 * 1024;

/** What the Worker answers to a forged notification, and to one that lost its headers. */
const REFUSED = "the signature is not accepted";
const HEADERLESS = "a notification carries Wechatpay-* headers";
/** The same over V2, of what is signed and of what is sealed. */
const REFUSED_V2 = ["the sign is not accepted", "not opened"];

/** Where WeChat Pay calls in XML. */
const isV2 = (url) => /\/v2\/(?:notify\/\w+|native)$/.test(url);

const ok = (words) => ({ check: "outside", state: "ok", words });
const wrong = (words, mend) => ({ check: "outside", state: "wrong", words, mend });
const warning = (words, mend) => ({ check: "outside", state: "warning", words, mend });

/** Findings about one notify URL; `base` is the address that the operator gave. */
export async function lookFromOutside(notifyUrl, base) {
  const misshapen = shape(notifyUrl);
  if (misshapen) return [misshapen];
  const findings = [];
  const { origin } = new URL(notifyUrl);
  if (origin !== new URL(base).origin) {
    const mend = `set PUBLIC_URL to ${base} if that is the address to use`;
    findings.push(warning(`you asked ${base}, and payments are reported to ${origin}`, mend));
  }
  findings.push(judge(notifyUrl, await forge(notifyUrl)));
  return findings;
}

function shape(notifyUrl) {
  const url = URL.canParse(notifyUrl) ? new URL(notifyUrl) : null;
  const mend = "set PUBLIC_URL to scheme and host alone, such as https://pay.example.com";
  if (!url) return wrong(`${notifyUrl} is no address`, mend);
  if (url.search || url.hash) return wrong(`${notifyUrl} has a query or a fragment, which WeChat Pay refuses`, mend);
  if (notifyUrl.length > CHARS_MAX) return wrong(`${notifyUrl} has more than ${CHARS_MAX} characters`, mend);
  const isLocal = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !isLocal) return wrong(`${notifyUrl} is not https`, mend);
  return null;
}

/** Posts what looks like a notification and is none: headers, shape and speed are the real ones. */
async function forge(url) {
  const { headers, body } = isV2(url) ? forgedXml() : forgedJson();
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const reply = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
    return { reply, text: await head(reply) };
  } catch (error) {
    return { error: error.name === "TimeoutError" ? error : (error.cause ?? error) };
  }
}

/** Neither signed nor sealed by anybody who has the key. */
function forgedXml() {
  const [appid, mch_id] = ["wx0000000000000000", "1900000000"];
  const fields = {
    return_code: "SUCCESS", result_code: "SUCCESS", appid, mch_id,
    nonce_str: randomBytes(16).toString("hex"), product_id: "doctor", openid: "doctor",
    req_info: randomBytes(512).toString("base64"), sign: randomBytes(16).toString("hex").toUpperCase(),
  };
  const elements = Object.entries(fields).map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`);
  const headers = { "Content-Type": "text/xml", "User-Agent": "Mozilla/4.0", Accept: "*/*" };
  return { headers, body: `<xml>${elements.join("")}</xml>` };
}

function forgedJson() {
  const body = JSON.stringify({
    id: randomUUID(),
    create_time: new Date().toISOString(),
    resource_type: "encrypt-resource",
    event_type: "TRANSACTION.SUCCESS",
    summary: "doctor",
    resource: {
      original_type: "transaction",
      algorithm: "AEAD_AES_256_GCM",
      ciphertext: randomBytes(48).toString("base64"),
      associated_data: "transaction",
      nonce: randomBytes(6).toString("hex"),
    },
  });
  const headers = {
    "Content-Type": "application/json",
    "User-Agent": "Mozilla/4.0",
    Accept: "*/*",
    "Wechatpay-Timestamp": String(Math.trunc(Date.now() / 1_000)),
    "Wechatpay-Nonce": randomBytes(16).toString("hex"),
    "Wechatpay-Signature": randomBytes(256).toString("base64"),
    "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    "Wechatpay-Serial": "PUB_KEY_ID_0000000000000000000000000000",
  };
  return { headers, body };
}

async function head(reply) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of reply.body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Codes of Node's TLS for a certificate that no client believes. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME/;

function judge(url, { error, reply, text }) {
  if (error) return unreached(url, error);
  const { status, headers } = reply;
  if (status >= 300 && status < 400) {
    const where = headers.get("location") ?? "elsewhere";
    const mend = "WeChat Pay follows no redirect: set PUBLIC_URL to the final address, and switch redirects off for /wechatpay/*";
    return wrong(`${url} redirects to ${where}`, mend);
  }
  const isXml = isV2(url) && /^\s*<xml>/.test(text);
  if (headers.has("cf-mitigated") || (/^\s*</.test(text) && !isXml)) {
    const mend = "let /wechatpay/* past bot checks, challenges and firewalls (docs/go-live.md, step 9)";
    return wrong(`${url} is answered by a page, ${status}, not by the Worker: a challenge or a firewall`, mend);
  }
  if (/^hit$/i.test(headers.get("cf-cache-status") ?? "") || headers.has("age")) {
    return wrong(`${url} is answered from a cache`, "switch caching off for /wechatpay/*");
  }
  if (status >= 200 && status < 300) {
    const mend = "whatever answers there is not this Worker: look at DNS, routes and proxies";
    return wrong(`${url} acknowledges a forged notification with ${status}: payments would get lost`, mend);
  }
  return isV2(url) ? refusalV2(url, status, text) : refusal(url, status, headers, text);
}

function refusalV2(url, status, text) {
  const said = (name) => new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([^<\\]]*)`).exec(text)?.[1];
  const isOurs = said("return_code") === "FAIL";
  if (status === 401 && isOurs && REFUSED_V2.includes(said("return_msg"))) {
    return ok(`${url} is reached, and a forged message is refused`);
  }
  if (status === 500 && isOurs) {
    return wrong(`${url} is reached, and the Worker is misconfigured`, "mend what else is wrong here");
  }
  const mend = "the Worker's own answer is 401 with return_code FAIL: look at what rewrites it, or at which Worker the route leads to";
  return wrong(`${url} answers ${status} ${JSON.stringify(text.slice(0, 80))}`, mend);
}

function refusal(url, status, headers, text) {
  const said = ((body) => { try { return JSON.parse(body); } catch { return null; } })(text);
  const isOurs = said?.code === "FAIL" && /^application\/json\b/.test(headers.get("content-type") ?? "");
  if (status === 401 && isOurs && said.message === HEADERLESS) {
    const mend = "something on the way drops the Wechatpay-* headers: let it pass them on unchanged";
    return wrong(`${url} is reached without the Wechatpay-* headers`, mend);
  }
  if (status === 401 && isOurs && said.message === REFUSED) {
    return ok(`${url} is reached, and a forged notification is refused`);
  }
  if (said?.code === "misconfigured") {
    return wrong(`${url} is reached, and the Worker is misconfigured`, "mend what else is wrong here");
  }
  const mend = "the Worker's own answer is 401 {\"code\":\"FAIL\"}: look at what rewrites it, or at which Worker the route leads to";
  return wrong(`${url} answers ${status} ${JSON.stringify(text.slice(0, 80))}`, mend);
}

function unreached(url, error) {
  const code = String(error.code ?? "");
  if (error.name === "TimeoutError") {
    return wrong(`${url} does not answer within five seconds, which is all that WeChat Pay waits`, "look at what is slow, or drops the request");
  }
  if (CERTIFICATE.test(code)) {
    return wrong(`${url} has no certificate that clients believe: ${error.message}`, "mend the certificate of the domain (Cloudflare: SSL/TLS, Edge certificates)");
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return wrong(`${url}: there is no such name (${code})`, "add the custom domain to the Worker, and wait for DNS");
  }
  return wrong(`${url} is not reached: ${error.message || code}`, "look at DNS, the Worker's route, and the firewall");
}
