// What a platform costs at the very least: a bare node:http server that verifies each order's
// signature and signs its answer with node:crypto, one process for each processor, and does nothing
// else. Its keys are those of the sandbox whose `/sandbox/merchant` is in the file that is named.

import cluster from "node:cluster";
import { createPublicKey, createSign, createVerify, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { availableParallelism } from "node:os";

const [file] = process.argv.slice(2);

if (cluster.isPrimary) {
  const workers = Array.from({ length: availableParallelism() }, () => cluster.fork());
  let listening = 0;
  cluster.on("listening", (_, { port }) => {
    listening += 1;
    if (listening === workers.length) process.stdout.write(`http://127.0.0.1:${port}/\n`);
  });
  cluster.on("exit", () => process.exit(1));
} else {
  serve(JSON.parse(readFileSync(file, "utf8")));
}

function serve(merchant) {
  const merchantKey = new X509Certificate(merchant.certificate_pem).publicKey;
  const platformKey = merchant.platform_private_key_pem;
  createPublicKey(merchant.platform_public_key_pem); // a file of another kind ends here
  const server = createServer((request, reply) => {
    if (request.method === "GET") return reply.end(JSON.stringify(merchant));
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const said = (name) => new RegExp(`${name}="([^"]*)"`).exec(request.headers.authorization)?.[1] ?? "";
      const verify = createVerify("sha256");
      verify.update(`POST\n${request.url}\n${said("timestamp")}\n${said("nonce_str")}\n`).update(body).update("\n");
      if (!verify.verify(merchantKey, said("signature"), "base64")) return reply.writeHead(401).end();
      const { out_trade_no: number } = JSON.parse(body);
      const answer = JSON.stringify({ code_url: `weixin://wxpay/bizpayurl?pr=${number.slice(-9)}` });
      const timestamp = String(Math.floor(Date.now() / 1_000));
      const signature = createSign("sha256").update(`${timestamp}\n${number}\n${answer}\n`).sign(platformKey, "base64");
      reply.writeHead(200, {
        "content-type": "application/json",
        "wechatpay-nonce": number,
        "wechatpay-timestamp": timestamp,
        "wechatpay-serial": merchant.platform_public_key_id,
        "wechatpay-signature": signature,
      }).end(answer);
    });
  });
  server.listen(0, "127.0.0.1");
}
