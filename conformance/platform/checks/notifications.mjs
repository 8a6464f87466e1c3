// What the platform tells (protocol reference C.1, C.2), sealed and signed.

import { brief, expect } from "../../verdict.mjs";
import { distrust } from "../../wire/signature.mjs";
import { MOMENT, PRICE, fresh } from "../bench.mjs";
import { lettersLater } from "./retries.mjs";

const first = (bench) =>
  bench.once("letter", async () => {
    const order = await bench.paid();
    const letter = await bench.box.nth(order.number);
    return { order, letter, state: await bench.state(order.number) };
  });

const check = (name, rule, expects, run, needs = []) => ({
  id: `notify.${name}`,
  rule,
  expects,
  needs: ["pay", ...needs],
  run,
});

const contents = [
  check("arrives", "C.1", "a payment is told by POST to notify_url", async (bench) => {
    const { letter } = await first(bench);
    expect(letter.method === "POST", `it came by ${letter.method}`);
    return letter.url;
  }),
  check("json", "C.1", "application/json", async (bench) => {
    const type = (await first(bench)).letter.headers["content-type"];
    expect(/^application\/json\b/i.test(type ?? ""), `Content-Type is ${type}`);
    return type;
  }),
  check(
    "signed",
    "A.4",
    "signed over the bytes that came, by a known key, just now",
    async (bench) => {
      const { letter } = await first(bench);
      const why = distrust(letter, bench.platform.trusted);
      expect(!why, why);
      return letter.headers["wechatpay-serial"];
    },
  ),
  check(
    "envelope",
    "C.1",
    "id, create_time, event_type, resource_type and summary",
    async (bench) => {
      const { json: told = {} } = (await first(bench)).letter;
      expect(
        typeof told.id === "string" && told.id && told.id.length <= 36,
        `id is ${brief(told.id)}`,
      );
      expect(MOMENT.test(told.create_time ?? ""), `create_time is ${told.create_time}`);
      expect(told.event_type === "TRANSACTION.SUCCESS", `event_type is ${told.event_type}`);
      expect(told.resource_type === "encrypt-resource", `resource_type is ${told.resource_type}`);
      expect(
        typeof told.summary === "string" && told.summary.length <= 64,
        `summary is ${brief(told.summary)}`,
      );
      return told.event_type;
    },
  ),
  check(
    "resource",
    "C.1",
    "AEAD_AES_256_GCM, original_type transaction, a nonce of 12",
    async (bench) => {
      const { resource = {} } = (await first(bench)).letter.json ?? {};
      expect(resource.algorithm === "AEAD_AES_256_GCM", `algorithm is ${resource.algorithm}`);
      expect(
        resource.original_type === "transaction",
        `original_type is ${resource.original_type}`,
      );
      expect(String(resource.nonce).length === 12, `nonce is ${resource.nonce}`);
      expect(
        (resource.associated_data ?? "").length <= 16,
        `associated_data is ${resource.associated_data}`,
      );
      return `${resource.algorithm}, ${resource.associated_data}`;
    },
  ),
  check("opens", "A.7", "the resource opens with the merchant's APIv3 key", async (bench) => {
    const { order } = await first(bench);
    const { inside } = await bench.notified(order.number);
    return brief(inside.trade_state_desc ?? "it opens");
  }),
  check(
    "content",
    "C.2",
    "inside is the order as a query describes it, letter for letter",
    async (bench) => {
      const { order, state } = await first(bench);
      const { inside } = await bench.notified(order.number);
      for (const name of [
        "out_trade_no",
        "transaction_id",
        "trade_state",
        "trade_type",
        "success_time",
        "amount",
        "payer",
        ...Object.keys(bench.who.payee),
      ]) {
        const [one, two] = [inside[name], state[name]].map((value) => JSON.stringify(value));
        expect(
          one === two,
          `${name} is ${brief(one ?? "missing", 30)}, asked for ${brief(two ?? "missing", 30)}`,
        );
      }
      expect(inside.amount.total === PRICE, `amount.total is ${inside.amount.total}`);
      return `${inside.trade_state}, ${inside.amount.total}`;
    },
  ),
  check(
    "refund",
    "C.2",
    "a refund's end is told at its own notify_url: REFUND.SUCCESS",
    async (bench) => {
      const { body, order, refund } = await bench.refunded();
      await bench.driver.advance(3_600);
      const { letter, inside } = await bench.notified(body.out_refund_no);
      expect(
        letter.json.event_type === "REFUND.SUCCESS",
        `event_type is ${letter.json.event_type}`,
      );
      expect(
        letter.json.resource.original_type === "refund",
        `original_type is ${letter.json.resource.original_type}`,
      );
      const expected = {
        out_trade_no: order.number,
        out_refund_no: body.out_refund_no,
        transaction_id: order.transaction_id,
        refund_id: refund.refund_id,
        refund_status: "SUCCESS",
      };
      for (const [name, value] of Object.entries(expected))
        expect(inside[name] === value, `${name} is ${brief(inside[name])}`);
      expect(
        inside.amount?.refund === 100 && inside.amount.total === PRICE,
        `amount is ${brief(inside.amount)}`,
      );
      expect(MOMENT.test(inside.success_time ?? ""), `success_time is ${inside.success_time}`);
      return inside.refund_status;
    },
    ["advance"],
  ),
  ...["ABNORMAL", "CLOSED"].map((fate) =>
    check(
      `refund-${fate.toLowerCase()}`,
      "C.2",
      `a refund that ends so is told: REFUND.${fate}, without success_time`,
      async (bench) => {
        const { body } = await bench.refunded({}, { fate });
        await bench.driver.advance(3_600);
        const { letter, inside } = await bench.notified(body.out_refund_no);
        expect(
          letter.json.event_type === `REFUND.${fate}`,
          `event_type is ${letter.json.event_type}`,
        );
        expect(inside.refund_status === fate, `refund_status is ${inside.refund_status}`);
        expect(!("success_time" in inside), "success_time is there");
        return inside.refund_status;
      },
      ["advance", "refundBecomes"],
    ),
  ),
  {
    id: "notify.only-payments",
    rule: "C.1",
    expects: "closing is told to nobody",
    needs: ["advance"],
    run: async (bench) => {
      const { number } = await bench.placed();
      bench.good(await bench.who.close(number), 204);
      const count = await lettersLater(bench, number);
      expect(count === 0, `${count} notification(s) came`);
      return "none";
    },
  },
];

const keys = ["public key", "certificate"].map((kind) => ({
  id: `notify.by-${kind.replace(" ", "-")}`,
  rule: "A.6",
  expects: `a notification that the ${kind} signs names it, and verifies`,
  needs: ["pay", "notificationsBy"],
  run: async (bench) => {
    const { publicId, trusted } = bench.platform;
    const serial =
      kind === "public key" ? publicId : Object.keys(trusted).find((name) => name !== publicId);
    expect(serial, `the credentials name no ${kind}`);
    await bench.driver.notificationsBy(serial);
    try {
      const { number } = await bench.paid({ out_trade_no: fresh() });
      const { letter } = await bench.notified(number);
      expect(
        letter.headers["wechatpay-serial"] === serial,
        `signed by ${letter.headers["wechatpay-serial"]}`,
      );
    } finally {
      await bench.driver.notificationsBy(undefined);
    }
    return serial;
  },
}));

export const checks = [...contents, ...keys];
