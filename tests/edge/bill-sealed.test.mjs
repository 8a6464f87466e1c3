// A sub-merchant's bill comes sealed for its partner, perhaps in parts: it is opened, joined and
// proven on its way, and nothing of it is handed over before.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import {
  BillPlatform, profile, ready, refused, sealedBill, sha1, startWith, taken, tradeBill,
} from "../harness/bill-platform.mjs";
import { PARTNER_KEY } from "../harness/worker.mjs";

const ROWS = 2_000;
const BILL = Buffer.concat([...tradeBill(ROWS)]);

let platform;
let worker;

before(async () => {
  platform = await BillPlatform.start();
  worker = await startWith(platform, {
    PROFILES: "partner",
    ...profile(platform, { prefix: "PARTNER__", mchid: "1900000003", key: PARTNER_KEY }),
    PARTNER__SUB_MERCHANTS: '{"1600000001":{},"1600000002":{}}',
  });
});
after(async () => {
  await worker?.stop();
  await platform?.close();
});

const ask = (path, accept = "*/*") =>
  worker.fetch(path, { headers: { Accept: accept, Authorization: `Bearer ${PARTNER_KEY}` } });

const SUB = "/v1/bills/fund-flow?date=2025-01-01&account=BASIC&sub_mchid=1600000001";

/**
 * Offers the bill in two sealed parts, the first compressed; `change` spoils one of them. While a part
 * is read, all addresses that were named so far die, as they do after 30 seconds (B.9). `hash(part,
 * question)` is what an answer says of a part, questions counted from 1.
 */
function offerSealed(change = (parts) => parts, hash = (part) => part.hash) {
  const halves = [BILL.subarray(0, 300_000), BILL.subarray(300_000)];
  const parts = change([
    { ...sealedBill(platform, gzipSync(halves[0])), hash: sha1(halves[0]) },
    { ...sealedBill(platform, halves[1], "abcdefghijkl"), hash: sha1(halves[1]) },
  ]);
  const list = (origin, token) => parts.map((part, at) => ({
    bill_sequence: at + 1,
    nonce: part.nonce,
    encrypt_key: part.encrypt_key,
    ...ready(origin, `${token}-${at}`, hash(part, platform.tokens)).body,
  }));
  let dead = 0;
  platform.offer({
    answer: (origin, token) => ({
      status: 200,
      body: { download_bill_count: 2, download_bill_list: list(origin, token).reverse() },
    }),
    file: (reply) => {
      const [, token, at] = /token=TOKEN(\d+)-(\d)/.exec(platform.asked.at(-1)).map(Number);
      if (token <= dead) return void reply.writeHead(403).end('{"code":"NO_AUTH","message":"链接已失效"}');
      dead = platform.tokens;
      reply.writeHead(200).end(parts[at].sealed);
    },
  });
}

test("a sub-merchant's bill is opened, joined and handed over to its partner", async () => {
  offerSealed();
  const { bytes, whole } = await taken(await ask(SUB));
  assert.ok(whole && bytes.equals(BILL));
  assert.equal(platform.asked[0], "/v3/bill/sub-merchant-fundflowbill?sub_mchid=1600000001"
    + "&bill_date=2025-01-01&account_type=BASIC&algorithm=AEAD_AES_256_GCM&tar_type=GZIP");
  assert.deepEqual(new Set(platform.callers), new Set(["1900000003"]));
  const lines = await taken(await ask(SUB, "application/x-ndjson"));
  assert.equal(lines.bytes.toString().split("\n").length, ROWS + 2);
});

test("each part is read from an address that was asked for just before", async () => {
  offerSealed();
  assert.ok((await taken(await ask(SUB))).whole);
  const said = platform.asked.map((path) => /token=(.*)&/.exec(path)?.[1] ?? "question");
  assert.deepEqual(said, [
    "question", "TOKEN1-0", "question", "TOKEN2-1", "question", "TOKEN3-0", "question", "TOKEN4-1",
  ]);
});

test("a bill that is made anew between two of its parts is not joined", async () => {
  const anewAt = (last) => (part, question) => (question < last ? part.hash : sha1("another"));
  for (const last of [2, 3]) {
    offerSealed(undefined, anewAt(last));
    await refused(await ask(SUB), 503, "unavailable");
  }
  offerSealed(undefined, anewAt(4));
  const { bytes, whole } = await taken(await ask(SUB));
  assert.ok(!whole && bytes.length < 300_000, `${bytes.length} bytes of the first part`);
});

test("a sealed bill that was changed, or is not sealed for us, is never begun", async () => {
  const spoil = (change) => offerSealed(([first, second]) => [first, { ...second, ...change(second) }]);
  const flipped = (bytes, at) => {
    const changed = Buffer.from(bytes);
    changed[at] ^= 1;
    return changed;
  };
  for (const change of [
    ({ sealed }) => ({ sealed: flipped(sealed, sealed.length - 1) }),
    ({ sealed }) => ({ sealed: flipped(sealed, 1_000) }),
    ({ sealed }) => ({ sealed: sealed.subarray(0, 10) }),
    () => ({ nonce: "short" }),
    () => ({ encrypt_key: Buffer.alloc(256, 7).toString("base64") }),
    () => ({ encrypt_key: "" }),
    () => ({ hash: sha1("another") }),
  ]) {
    spoil(change);
    await refused(await ask(SUB), 502, "bill_corrupt");
  }
});

test("a partner's question is about its own sub-merchants", async () => {
  platform.offerBytes(BILL);
  const trade = (sub) => ask(`/v1/bills/trade?date=2025-01-01&sub_mchid=${sub}`);
  await taken(await trade("1600000002"));
  assert.equal(platform.asked[0],
    "/v3/bill/tradebill?bill_date=2025-01-01&sub_mchid=1600000002&bill_type=ALL&tar_type=GZIP");
  platform.offerBytes(BILL);
  await refused(await trade("1600000009"), 400, "invalid_request");
  // Without a name, WeChat Pay would tell of sub-merchants that nobody has configured here too.
  const unnamed = await refused(await ask("/v1/bills/trade?date=2025-01-01"), 400, "invalid_request");
  assert.match(unnamed.detail, /^sub_mchid: /);
  await refused(await ask(SUB.replace("0001", "0009")), 400, "invalid_request");
  assert.deepEqual(platform.asked, []);
});
