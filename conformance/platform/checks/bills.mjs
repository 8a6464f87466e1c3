// Asking for bills and downloading them (protocol reference B.8, B.9): when there is one, for whom, and
// that its digest is the file's.

import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";

import { brief, expect, untried } from "../../verdict.mjs";
import { decryptedBy, openedBytes } from "../../wire/seal.mjs";
import { pathOf } from "../../wire/request.mjs";
import { beijing } from "../bench.mjs";
import { refused, summary } from "../merchant.mjs";

const DAY_MS = 86_400_000;

/** A Beijing day, `days` after the one of `ms`. */
const day = (ms, days = 0) => beijing(ms + days * DAY_MS).slice(0, 10);

/** Milliseconds from `ms` to a moment of a Beijing day. */
const until = (ms, date, clock) => Date.parse(`${date}T${clock}+08:00`) - ms;

function ask(who, path, query) {
  const search = new URLSearchParams(query).toString();
  return who.call("GET", `/v3/bill/${path}${search && "?"}${search}`);
}

/** Downloads by the address as it was given, as a merchant must (B.9). */
const download = (who, url, options) => who.call("GET", pathOf(url), options);

export const sha1 = (bytes) => createHash("sha1").update(bytes).digest("hex");

/**
 * A day with a payment and a refund of both merchants, and the clock past ten on the day after. What
 * was said before the bill was ready is kept.
 */
export const past = (bench) =>
  bench.once("a day", async () => {
    const now = await bench.driver.now();
    const date = day(now);
    const { order, body } = await bench.refunded();
    const partners = bench.partner && (await bench.paid({}, { who: bench.partner }));
    await bench.driver.advance(Math.ceil(until(now, day(now, 1), "00:30:00") / 1_000));
    const early = await ask(bench.who, "tradebill", { bill_date: date });
    const night = await bench.driver.now();
    await bench.driver.advance(Math.ceil(until(night, day(night), "10:05:00") / 1_000));
    return { date, order, refundNumber: body.out_refund_no, early, partners };
  });

/** The bill of that day: what was answered, and the file. */
export const bill = (bench, query = {}, path = "tradebill") =>
  bench.once(`${path} ${JSON.stringify(query)}`, async () => {
    const { date } = await past(bench);
    const answer = bench.good(await ask(bench.who, path, { bill_date: date, ...query }));
    const file = await download(bench.who, answer.download_url ?? "");
    expect(file.status === 200, `the download answered ${summary(file)}`);
    return { answer, file, text: file.body.toString("utf8") };
  });

export const NEEDS = ["pay", "advance", "now"];
export const check = (name, rule, expects, run, needs = NEEDS) => ({
  id: `bill.${name}`,
  rule,
  expects,
  needs,
  run,
});

const asking = [
  check(
    "today",
    "B.8",
    "today's bill: 400",
    async (bench) =>
      refused(await ask(bench.who, "tradebill", { bill_date: day(await bench.driver.now()) }), 400),
    ["now"],
  ),
  check(
    "too-old",
    "B.8",
    "more than three months back: 400",
    async (bench) =>
      refused(
        await ask(bench.who, "tradebill", { bill_date: day(await bench.driver.now(), -100) }),
        400,
      ),
    ["now"],
  ),
  check(
    "bad-date",
    "B.8",
    "bill_date as 20260101: 400 PARAM_ERROR or INVALID_REQUEST",
    async (bench) =>
      refused(await ask(bench.who, "tradebill", { bill_date: "20260101" }), 400, [
        "PARAM_ERROR",
        "INVALID_REQUEST",
      ]),
    [],
  ),
  check(
    "without-date",
    "B.8",
    "no bill_date: 400 PARAM_ERROR or INVALID_REQUEST",
    async (bench) =>
      refused(await ask(bench.who, "tradebill", {}), 400, ["PARAM_ERROR", "INVALID_REQUEST"]),
    [],
  ),
  check(
    "bad-type",
    "B.8",
    "an unknown bill_type: 400",
    async (bench) =>
      refused(
        await ask(bench.who, "tradebill", {
          bill_date: day(await bench.driver.now(), -1),
          bill_type: "EVERYTHING",
        }),
        400,
      ),
    ["now"],
  ),
  check("creating", "B.8", "before nine on the next day: 400 STATEMENT_CREATING", async (bench) =>
    refused((await past(bench)).early, 400, "STATEMENT_CREATING"),
  ),
  check("nothing", "E.6", "a day without transactions: 400 NO_STATEMENT_EXIST", async (bench) => {
    const { date } = await past(bench);
    const quiet = day(Date.parse(`${date}T12:00:00+08:00`), -60);
    return refused(
      await ask(bench.who, "tradebill", { bill_date: quiet }),
      400,
      "NO_STATEMENT_EXIST",
    );
  }),
  check("answer", "B.8", "SHA1, 40 lower-case hex digits, a download_url", async (bench) => {
    const { answer } = await bill(bench);
    expect(answer.hash_type === "SHA1", `hash_type is ${answer.hash_type}`);
    expect(
      /^[0-9a-f]{40}$/.test(answer.hash_value ?? ""),
      `hash_value is ${brief(answer.hash_value)}`,
    );
    expect(
      answer.download_url.length <= 2048,
      `download_url has ${answer.download_url.length} characters`,
    );
    return answer.hash_value;
  }),
];

const loading = [
  check("hash", "B.9", "hash_value is the SHA-1 of the file", async (bench) => {
    const { answer, file } = await bill(bench);
    expect(sha1(file.body) === answer.hash_value, `the file's is ${sha1(file.body)}`);
    return answer.hash_value;
  }),
  check(
    "gzip",
    "B.9",
    "GZIP: a gzip file; hash_value is of the plain bytes inside",
    async (bench) => {
      const { answer, file } = await bill(bench, { tar_type: "GZIP" });
      expect(
        file.body[0] === 0x1f && file.body[1] === 0x8b,
        `it begins with ${file.body.subarray(0, 2).toString("hex")}`,
      );
      expect(
        sha1(gunzipSync(file.body)) === answer.hash_value,
        "hash_value is not that of the plain bytes",
      );
      return answer.hash_value;
    },
  ),
  check(
    "download-signed",
    "B.9",
    "a download that nobody signed: 401 SIGN_ERROR",
    async (bench) => {
      const { answer } = await bill(bench);
      return refused(
        await download(bench.who, answer.download_url, { authorization: null }),
        401,
        "SIGN_ERROR",
      );
    },
  ),
  check("download-unknown", "B.9", "an address with another token: 4xx", async (bench) => {
    const { answer } = await bill(bench);
    const other = answer.download_url.replace(/token=[^&]+/, "token=NOSUCHTOKEN");
    expect(other !== answer.download_url, "the address has no token");
    const reply = await download(bench.who, other);
    expect(reply.status >= 400 && reply.status < 500, `answered ${summary(reply)}`);
    return summary(reply);
  }),
  check(
    "download-others",
    "B.9",
    "another merchant's download: 403 NO_AUTH",
    async (bench) => {
      const { answer } = await bill(bench, { bill_type: "ALL" });
      return refused(await download(bench.partner, answer.download_url), 403, "NO_AUTH");
    },
    [...NEEDS, "direct", "partner"],
  ),
  check(
    "sub-merchant",
    "B.8",
    "a sub-merchant's, sealed: key by OAEP, file by GCM, hash of the plain bytes",
    async (bench) => {
      const { date } = await past(bench);
      const { sub_mchid } = bench.partner.sub;
      const query = {
        sub_mchid,
        bill_date: date,
        account_type: "BASIC",
        algorithm: "AEAD_AES_256_GCM",
      };
      const list = bench.good(await ask(bench.partner, "sub-merchant-fundflowbill", query));
      expect(
        list.download_bill_count === list.download_bill_list?.length,
        `count ${list.download_bill_count}`,
      );
      const [one] = list.download_bill_list ?? [];
      if (!one) untried("the sub-merchant has no bill that day");
      const file = await download(bench.partner, one.download_url);
      const key = decryptedBy(bench.partner.row.private_key_pem, one.encrypt_key);
      const plain = openedBytes(file.body, { key, nonce: one.nonce });
      expect(sha1(plain) === one.hash_value, `the plain file's SHA-1 is ${sha1(plain)}`);
      return one.hash_value;
    },
    [...NEEDS, "partner"],
  ),
];

export const checks = [...asking, ...loading];
