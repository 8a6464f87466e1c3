// A merchant's calls by the names that faults know them by: how each comes about, what its right
// answer is, and how the platform stands after it.

import { gunzipSync } from "node:zlib";

import { CARD, application, number, order, paid, placed, refunded, stuck } from "./business.mjs";
import { assert } from "./count.mjs";

/** So many refunds are made to get stuck by one step of the clock. */
const AT_ONCE = 20;

/** Whether the platform has an order of this number. */
const exists = (sandbox, out_trade_no) => sandbox.order(out_trade_no).then(() => true, () => false);

const isOk = (check = () => {}) => ({ status, data }) => {
  assert.equal(status, 200, JSON.stringify(data));
  check(data);
};

/**
 * By route, what `prepare(client, business)` makes ready: `call`, the same request as often as it is
 * called; `right`, which asserts that an answer is the right one; `took`, whether the call has had its
 * effect, where it has one; and `out_trade_no`, where the call is about an order.
 */
export const ROUTES = {
  async native(client, { sandbox }) {
    const asked = order(number("t"));
    const { out_trade_no } = asked;
    return {
      out_trade_no,
      call: () => client.place(asked),
      right: isOk(({ code_url }) => assert.match(code_url, /^weixin:/)),
      took: () => exists(sandbox, out_trade_no),
    };
  },
  async query(client) {
    const { out_trade_no } = await placed(client);
    return {
      out_trade_no,
      call: () => client.byNumber(out_trade_no),
      right: isOk(({ trade_state }) => assert.equal(trade_state, "NOTPAY")),
    };
  },
  async close(client, { sandbox }) {
    const { out_trade_no } = await placed(client);
    return {
      out_trade_no,
      call: () => client.close(out_trade_no),
      right: ({ status, data }) => assert.deepEqual([status, data], [204, undefined]),
      took: async () => (await sandbox.order(out_trade_no)).trade_state === "CLOSED",
    };
  },
  async refund(client, { sandbox }) {
    const sold = await paid(client, sandbox);
    const applied = application(sold);
    return {
      out_trade_no: sold.out_trade_no,
      out_refund_no: applied.out_refund_no,
      call: () => client.refund(applied),
      right: isOk(({ status }) => assert.equal(status, "PROCESSING")),
      took: async () => (await sandbox.refundsOf(sold.out_trade_no)).length === 1,
    };
  },
  async "refund-query"(client, { sandbox }) {
    const { out_trade_no, out_refund_no } = await refunded(client, sandbox);
    return {
      out_trade_no,
      call: () => client.refundStatus(out_refund_no),
      right: isOk((data) => assert.equal(data.out_refund_no, out_refund_no)),
    };
  },
  async "abnormal-refund"(client, { sandbox }) {
    // Each step of the clock costs more than all the rest.
    if (!client.stuck?.length) client.stuck = await stuck(client, sandbox, AT_ONCE);
    const { out_trade_no, out_refund_no, refund_id } = client.stuck.pop();
    return {
      out_trade_no,
      call: () => client.refundToCard(refund_id, { out_refund_no, ...CARD }),
      right: isOk(({ channel }) => assert.equal(channel, "OTHER_BANKCARD")),
      took: async () => (await sandbox.refundsOf(out_trade_no))[0].status === "PROCESSING",
    };
  },
  async certificates(client) {
    return { call: () => client.certificateList(), right: isOk(({ data }) => assert.equal(data.length, 1)) };
  },
  async echo(client) {
    const echo_message = "Saoma 你好";
    return {
      call: () => client.echo({ echo_message }),
      right: isOk((data) => assert.equal(data.echo_message, echo_message)),
    };
  },
  async bill(client, { day }) {
    return {
      call: () => client.tradeBill(day, "ALL"),
      right: isOk(({ hash_value }) => assert.match(hash_value, /^[0-9a-f]{40}$/)),
      file: ({ data }) => client.download(data.download_url),
      digest: async ({ data }, file) => await client.sha1(gunzipSync(file.data)) === data.hash_value,
    };
  },
  async "bill-download"(client, { day }) {
    const { data: { download_url, hash_value } } = await client.tradeBill(day, "ALL", null);
    return {
      call: () => client.download(download_url),
      right: async ({ status, data }) => {
        assert.equal(status, 200);
        assert.equal(await client.sha1(data), hash_value);
      },
      file: async (answer) => answer,
      digest: async (_, { data }) => await client.sha1(data ?? "") === hash_value,
    };
  },
};

/** What became of a call: its answer, or what the library threw. */
export async function outcome(call) {
  try {
    return await call();
  } catch (error) {
    return { thrown: error };
  }
}

/** The code of an answer that says no, whatever the library made of its body. */
export function codeOf({ data }) {
  const read = Buffer.isBuffer(data) ? tryJson(data.toString("utf8")) : data;
  return read?.code;
}

function tryJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
