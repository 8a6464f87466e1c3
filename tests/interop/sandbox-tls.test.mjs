// Node's own https, which is OpenSSL, goes in by the sandbox's TLS door with a merchant's API
// certificate, without one, and with somebody else's.

import { execFile } from "node:child_process";
import { once } from "node:events";
import https from "node:https";
import { rm, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { freePorts } from "../harness/port.mjs";
import { freshFolder, SANDBOX } from "../harness/project.mjs";
import { Sandbox } from "../harness/sandbox.mjs";
import { assert } from "./count.mjs";

let sandbox, port, ca;

before(async () => {
  const [plain, tls] = await freePorts(2);
  port = tls;
  sandbox = await Sandbox.start({ port: plain, options: ["--tls-listen", `127.0.0.1:${tls}`] });
  ca = await (await fetch(`${sandbox.url}/sandbox/files/tls_ca.pem`)).text();
});
after(() => sandbox?.stop());

/** One request over a connection of its own: the status, the text, and how it was protected. */
async function ask(options = {}) {
  const request = https.get({
    host: "127.0.0.1", port, path: "/sandbox/clock", ca, agent: false, ...options,
  });
  const [answer] = await once(request, "response");
  const { authorized } = answer.socket;
  const protocol = answer.socket.getProtocol();
  let text = "";
  for await (const chunk of answer.setEncoding("utf8")) text += chunk;
  return { status: answer.statusCode, text, authorized, protocol };
}

for (const version of ["TLSv1.2", "TLSv1.3"]) {
  const bound = { minVersion: version, maxVersion: version };

  test(`${version}: whoever trusts the sandbox's authority comes in, with and without a certificate`, async () => {
    const { private_key_pem: key, certificate_pem: cert } = sandbox.merchant;
    for (const shown of [{}, { key, cert }]) {
      const answer = await ask({ ...bound, ...shown });
      assert.deepEqual([answer.status, answer.authorized, answer.protocol], [200, true, version]);
      assert.equal(JSON.parse(answer.text).advanced_s, 0);
    }
  });

  test(`${version}: a certificate of another sandbox's merchant is refused`, async () => {
    const folder = freshFolder("stranger");
    await promisify(execFile)(SANDBOX, ["credentials", "--state", folder]);
    const stranger = JSON.parse(await readFile(join(folder, "credentials.json"), "utf8"));
    await rm(folder, { recursive: true, force: true });
    const shown = { key: stranger.private_key_pem, cert: stranger.certificate_pem };
    await assert.rejects(ask({ ...bound, ...shown }), /alert unknown ca/);
  });
}

test("whoever does not trust the authority does not go in", async () => {
  await assert.rejects(ask({ ca: undefined }), { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
});

test("the platform's own name is in the certificate, and no other of its names", async () => {
  const named = (servername) => ask({ servername, headers: { host: "localhost" } });
  assert.equal((await named("api.mch.weixin.qq.com")).status, 200);
  await assert.rejects(named("pay.weixin.qq.com"), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
});
