// A platform with one flaw: a proxy before the real sandbox that plants whatever it is told to, in
// requests, answers and notifications, and signs again where the flaw is not the signature.

import { constants, createCipheriv, createDecipheriv, randomBytes, sign } from "node:crypto";
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";

/** Headers of one connection, and the length, which may change. */
const NOT_PASSED_ON = ["connection", "keep-alive", "transfer-encoding", "host", "content-length"];

const LETTERS = "/letters/";

/** A connection that breaks is nobody's mistake. */
const NETWORK = /^(ECONN|EPIPE|ERR_STREAM)/;

/** JSON of a message, or undefined. */
export function json({ body }) {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** Puts a value in place of a message's body. */
export function write(message, value) {
  message.body = Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
}

export class FlawedPlatform {
  static async open(sandbox) {
    const platform = new FlawedPlatform(sandbox);
    platform.server.listen(0, "127.0.0.1");
    await once(platform.server, "listening");
    platform.url = `http://127.0.0.1:${platform.server.address().port}`;
    return platform;
  }

  constructor(sandbox) {
    this.target = sandbox.url;
    this.merchant = sandbox.merchant;
    /** What is wrong: `{ request?, answer?, letter?, receipt?, patience_ms? }`; see flaws/. */
    this.flaw = {};
    /** What a flaw itself threw: it would look like a platform that hangs up, and prove nothing. */
    this.mistakes = [];
    this.agent = new Agent({ keepAlive: true });
    this.server = createServer((incoming, reply) => {
      const way = incoming.url.startsWith(LETTERS)
        ? this.#letter(incoming, reply)
        : this.#call(incoming, reply);
      way.catch((error) => {
        if (!NETWORK.test(error.code)) this.mistakes.push(error);
        reply.destroy();
      });
    });
  }

  async #call(incoming, reply) {
    const call = {
      method: incoming.method,
      target: incoming.url,
      headers: passedOn(incoming.headers),
      body: await whole(incoming),
    };
    const { flaw } = this;
    const instead = await flaw.request?.(call, this);
    if (flaw.letter || flaw.receipt || flaw.patience_ms) this.#redirect(call);
    const answer = instead ?? (await this.forward(call));
    await flaw.answer?.(answer, call, this);
    reply.writeHead(answer.status, answer.headers).end(answer.body);
  }

  /** What the sandbox answers to a call. */
  async forward({ method, target, headers, body }) {
    const sent = body.length ? { ...headers, "content-length": body.length } : headers;
    // The path as it is: parsed as an address it would be tidied up, and its signature be wrong.
    const outgoing = request(this.target, {
      path: target,
      method,
      headers: sent,
      agent: this.agent,
    });
    outgoing.end(body);
    const [answer] = await once(outgoing, "response");
    return {
      status: answer.statusCode,
      headers: passedOn(answer.headers),
      body: await whole(answer),
    };
  }

  /** Has the letters of this call come here first; the merchant's signature is made anew. */
  #redirect(call) {
    const body = json(call);
    if (!call.target.startsWith("/v3/") || !body?.notify_url?.startsWith("http://")) return;
    const away = Buffer.from(body.notify_url).toString("base64url");
    write(call, { ...body, notify_url: this.url + LETTERS + away });
    this.signRequest(call);
  }

  async #letter(incoming, reply) {
    const url = Buffer.from(incoming.url.slice(LETTERS.length), "base64url").toString("utf8");
    const letter = { headers: passedOn(incoming.headers), body: await whole(incoming) };
    const { flaw } = this;
    const times = (await flaw.letter?.(letter, this)) ?? 1;
    let status = 204;
    for (let sent = 0; sent < times; sent += 1) status = await this.post(url, letter);
    reply.writeHead(flaw.receipt?.(status) ?? status).end();
  }

  /** Delivers a letter: the status of the answer, 504 if the flaw has no patience for it. */
  async post(url, { headers, body }) {
    const { patience_ms } = this.flaw;
    const signal = patience_ms ? AbortSignal.timeout(patience_ms) : undefined;
    const sent = { ...headers, "content-length": body.length };
    const outgoing = request(url, { method: "POST", headers: sent, agent: false, signal });
    outgoing.end(body);
    const [answer] = await once(outgoing, "response").catch(() => [undefined]);
    if (!answer) return 504;
    await whole(answer);
    return answer.statusCode;
  }

  /** Who this call is from: the partner where anything says so. */
  caller(call) {
    const { partner } = this.merchant;
    const isPartners =
      call.target.includes("/partner/") ||
      (call.headers.authorization ?? "").includes(partner.sp_mchid);
    return isPartners ? { ...partner, mchid: partner.sp_mchid } : this.merchant;
  }

  /** Signs a request as its merchant should have, whoever made it. */
  signRequest(call) {
    const { mchid, serial_no, private_key_pem } = this.caller(call);
    const [timestamp, nonce] = stamp();
    const signature = signed(
      [call.method, call.target, timestamp, nonce, call.body],
      private_key_pem,
    );
    call.headers.authorization =
      `WECHATPAY2-SHA256-RSA2048 mchid="${mchid}",nonce_str="${nonce}",` +
      `signature="${signature}",timestamp="${timestamp}",serial_no="${serial_no}"`;
  }

  /** Signs an answer or a letter as the platform does, under the key that it names, or `serial`. */
  sign(message, { serial = message.headers["wechatpay-serial"], timestamp, nonce } = {}) {
    const { merchant } = this;
    const certificate = (merchant.platform_certificates ?? []).find(
      ({ serial_no }) => serial_no === serial,
    );
    const [now, fresh] = stamp();
    const at = timestamp ?? now;
    const by = certificate?.serial_no ?? merchant.platform_public_key_id;
    const key = certificate?.private_key_pem ?? merchant.platform_private_key_pem;
    Object.assign(message.headers, {
      "wechatpay-timestamp": at,
      "wechatpay-nonce": nonce ?? fresh,
      "wechatpay-serial": by,
      "wechatpay-signature": signed([at, nonce ?? fresh, message.body], key),
    });
  }

  /** Changes what is sealed in a letter, and signs it again. */
  reseal(letter, change, { key, aad, nonce } = {}) {
    const told = json(letter);
    const { resource } = told;
    const owner = [this.merchant.api_v3_key, this.merchant.partner.api_v3_key].find((one) =>
      opens(resource, one),
    );
    const inside = JSON.parse(opens(resource, owner));
    const changed = change?.(inside) ?? inside;
    told.resource = {
      ...resource,
      ...seal(JSON.stringify(changed), {
        key: key ?? owner,
        aad: aad ?? resource.associated_data,
        nonce,
      }),
    };
    write(letter, told);
    this.sign(letter);
  }

  close() {
    this.agent.destroy();
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}

const stamp = () => [String(Math.trunc(Date.now() / 1_000)), randomBytes(16).toString("hex")];

function signed(lines, key) {
  const text = Buffer.concat(
    lines.map((line) => Buffer.concat([Buffer.from(line), Buffer.from("\n")])),
  );
  return sign("sha256", text, { key, padding: constants.RSA_PKCS1_PADDING }).toString("base64");
}

function opens({ ciphertext, nonce, associated_data }, key) {
  const bytes = Buffer.from(ciphertext, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, nonce);
  decipher.setAAD(Buffer.from(associated_data ?? "")).setAuthTag(bytes.subarray(-16));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString(
      "utf8",
    );
  } catch {
    return undefined;
  }
}

/** A text sealed as a resource. */
export function seal(text, { key, aad, nonce = randomBytes(6).toString("hex") }) {
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(aad ?? ""));
  const bytes = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return { ciphertext: bytes.toString("base64"), nonce };
}

async function whole(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const passedOn = (headers) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_PASSED_ON.includes(name)));
