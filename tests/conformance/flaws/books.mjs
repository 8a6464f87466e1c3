// Flaws of keys, of the self-test and of bills.

import { gunzipSync, gzipSync } from "node:zlib";
import { createHash } from "node:crypto";

import { json, seal, write } from "../flawed.mjs";
import { asking, at, flaw, refusal, says } from "./planting.mjs";

const listing = at("GET", "/v3/certificates");
const echoing = at("POST", "/v3/security/echo");
const askingBill = (call) => at("GET", "/v3/bill/")(call);
const downloading = at("GET", "/v3/billdownload/");

const each = (change) =>
  says(listing, (said, call, platform) => ({
    data: said.data.map((one) => change(one, platform, call)),
  }));

const sealedAnew = (one, change) => ({
  ...one,
  encrypt_certificate: { ...one.encrypt_certificate, ...change },
});

const certificates = [
  flaw(
    "writes serials in lower case",
    "certs.list certs.known",
    each((one) => ({ ...one, serial_no: one.serial_no.toLowerCase() })),
  ),
  flaw(
    "dates certificates in seconds",
    "certs.list",
    each((one) => ({ ...one, expire_time: 1_735_700_000 })),
  ),
  flaw(
    "numbers certificates otherwise",
    "certs.serials certs.known certs.bootstrap",
    each((one) => ({ ...one, serial_no: "A".repeat(40) })),
  ),
  flaw(
    "seals certificates with one key for all",
    "certs.sealed certs.serials certs.each-their-own certs.several",
    each((one) =>
      sealedAnew(one, seal("PEM", { key: "0123456789abcdefghijklmnopqrstuv", aad: "certificate" })),
    ),
  ),
  flaw(
    "seals the direct merchant's for all",
    "certs.each-their-own",
    each((one, platform) =>
      sealedAnew(one, seal("PEM", { key: platform.merchant.api_v3_key, aad: "certificate" })),
    ),
  ),
  flaw(
    "gives certificates no associated data",
    "certs.sealed",
    each((one) => sealedAnew(one, { associated_data: "" })),
  ),
  flaw(
    "lists one certificate only",
    "certs.several",
    says(listing, ({ data }) => ({ data: data.slice(-1) })),
  ),
  flaw(
    "lists no certificate",
    "certs.list certs.sealed certs.bootstrap certs.known",
    says(listing, () => ({ data: [] })),
  ),
  flaw("signs the list with the public key", "certs.bootstrap", {
    answer: (answer, call, platform) => {
      if (listing(call))
        platform.sign(answer, { serial: platform.merchant.platform_public_key_id });
    },
  }),
  flaw(
    "signs everything with the public key",
    "keys.certificate keys.unnamed certs.several echo.certificate",
    {
      answer(answer, call, platform) {
        if (call.target.startsWith("/v3/") && answer.status === 200)
          platform.sign(answer, { serial: platform.merchant.platform_public_key_id });
      },
    },
  ),
  flaw("signs everything with the certificate", "keys.public-key echo.public-key", {
    answer(answer, call, platform) {
      if (call.target.startsWith("/v3/") && answer.status === 200)
        platform.sign(answer, { serial: platform.merchant.platform_certificate_serial });
    },
  }),
];

const selfTest = [
  flaw(
    "echoes in capitals",
    "echo.public-key echo.certificate",
    says(echoing, (said) => ({ ...said, echo_message: said.echo_message.toUpperCase() })),
  ),
  flaw(
    "gives the ciphertext back as it came",
    "echo.back",
    says(echoing, (said, call) => ({
      ...said,
      encrypted_echo_message: json(call).encrypted_echo_message,
    })),
  ),
];

/** Changes the file, and the digest with it, as if the platform had written it so. */
function file(change) {
  const digests = new Map();
  return {
    async answer(answer, call, platform) {
      if (askingBill(call) && answer.status === 200 && json(answer).download_url) {
        const said = json(answer);
        const plain = await fetched(said, call, platform);
        said.hash_value = createHash("sha1").update(change(plain)).digest("hex");
        digests.set(said.download_url, true);
        write(answer, said);
        platform.sign(answer);
      }
      if (downloading(call) && answer.status === 200) {
        answer.body =
          answer.body[0] === 0x1f ? gzipSync(change(gunzipSync(answer.body))) : change(answer.body);
      }
    },
  };
}

async function fetched({ download_url }, call, platform) {
  const get = {
    method: "GET",
    target: download_url.replace(/^https?:\/\/[^/]+/, ""),
    headers: { ...call.headers },
    body: Buffer.alloc(0),
  };
  platform.signRequest(get);
  const { body } = await platform.forward(get);
  return body[0] === 0x1f ? gunzipSync(body) : body;
}

const text = (change) => file((bytes) => Buffer.from(change(bytes.toString("utf8"))));

/** The same change in every line of data. */
const rows = (change) =>
  text((whole) =>
    whole
      .split("\r\n")
      .map((line) => (line.startsWith("`20") ? change(line) : line))
      .join("\r\n"),
  );

const COLUMNS = "bill.columns-all bill.columns-success bill.columns-refund";

const bills = [
  flaw("has every bill at once", "bill.creating", {
    answer(answer, call) {
      if (askingBill(call) && json(answer)?.code === "STATEMENT_CREATING")
        refusal(answer, 400, "NO_STATEMENT_EXIST");
    },
  }),
  flaw("says 404 of a day without trade", "bill.nothing", {
    answer(answer, call) {
      if (askingBill(call) && json(answer)?.code === "NO_STATEMENT_EXIST") answer.status = 404;
    },
  }),
  flaw(
    "writes digests in capitals",
    "bill.answer bill.hash",
    says(askingBill, (said) => ({ ...said, hash_value: said.hash_value?.toUpperCase() })),
  ),
  flaw(
    "names a digest that is not the file's",
    "bill.hash bill.gzip bill.fund-flow",
    says(askingBill, (said) => ({ ...said, hash_value: "0".repeat(40) })),
  ),
  flaw(
    "hashes the gzip file",
    "bill.gzip",
    (() => ({
      async answer(answer, call, platform) {
        if (!askingBill(call) || answer.status !== 200 || !call.target.includes("GZIP")) return;
        const said = json(answer);
        const plain = await fetched(said, call, platform);
        write(answer, {
          ...said,
          hash_value: createHash("sha1").update(gzipSync(plain)).digest("hex"),
        });
        platform.sign(answer);
      },
    }))(),
  ),
  flaw("sends a plain file for GZIP", "bill.gzip", {
    answer: (answer, call) => {
      if (downloading(call) && answer.body[0] === 0x1f) answer.body = gunzipSync(answer.body);
    },
  }),
  flaw(
    "writes no BOM",
    "bill.bytes",
    text((whole) => whole.replace(/^\uFEFF/, "")),
  ),
  flaw(
    "ends lines in LF",
    "bill.bytes",
    text((whole) => whole.replaceAll("\r\n", "\n")),
  ),
  flaw(
    "has another column",
    COLUMNS,
    text((whole) => whole.replace("交易时间,", "交易时间,新列,")),
  ),
  flaw(
    "names the fund-flow columns otherwise",
    "bill.fund-flow",
    text((whole) => whole.replace("记账时间", "时间")),
  ),
  flaw(
    "writes no back-ticks",
    "bill.ticks",
    text((whole) => whole.replaceAll("`", "")),
  ),
  flaw(
    "writes fen",
    "bill.payment-row bill.refund-row",
    rows((line) => line.replace(/`(\d+)\.(\d\d)(?=,|$)/g, "`$1$2")),
  ),
  flaw(
    "loses refunds",
    "bill.refund-row",
    text((whole) =>
      whole
        .split("\r\n")
        .filter((line) => !line.includes("`REFUND`") && !line.includes(",`REFUND,"))
        .join("\r\n"),
    ),
  ),
  flaw(
    "adds up wrongly",
    "bill.sums bill.fund-flow-sums",
    text((whole) =>
      whole.replace(/\r\n`(\d+),/g, (line, count) =>
        count.length < 6 ? line.replace(count, String(Number(count) + 1)) : line,
      ),
    ),
  ),
  flaw(
    "seals a sub-merchant's bill for itself",
    "bill.sub-merchant",
    says(askingBill, (said) => ({
      ...said,
      download_bill_list: said.download_bill_list?.map((one) => ({
        ...one,
        nonce: "0".repeat(16),
      })),
    })),
  ),
];

const partner = [
  flaw(
    "describes partners' orders as direct ones",
    "partner.query partner.payer",
    says(asking, ({ sp_mchid, payer, ...said }) => ({
      ...said,
      mchid: sp_mchid,
      payer: payer && { openid: payer.sp_openid },
    })),
  ),
  flaw(
    "finds another order by its payment",
    "partner.by-id",
    says(
      (call) => asking(call) && call.target.includes("/id/"),
      (said) => ({ ...said, out_trade_no: "OTHER1" }),
    ),
  ),
];

export const FLAWS = [...certificates, ...selfTest, ...bills, ...partner];
