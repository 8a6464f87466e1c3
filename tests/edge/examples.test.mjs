// Every example of docs/api.md, in every language, does what the page says.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { delivered, genuine } from "../harness/notification.mjs";
import { inProject } from "../harness/project.mjs";
import { useStage } from "../harness/stage.mjs";
import { v2Variables } from "../harness/v2.mjs";
import { until } from "../harness/wait.mjs";
import { OPERATOR_KEY, SECRET_KEY } from "../harness/worker.mjs";

const stage = useStage({ overrides: (merchant) => ({ ...v2Variables(merchant, "v3"), RAW_CALLS: "on" }) });

/** How each language of the page is run. */
const RUN = {
  sh: (code) => ["sh", ["-c", code]],
  js: (code) => [process.execPath, ["--input-type=module", "--eval", code]],
  python: (code) => ["python3", ["-c", code]],
};

/** Whether an example needs a checkout, one that is paid, one that is listed so, one whose bill is made, one that somebody paid oddly; what a shopper does meanwhile, and what is printed. */
const EXAMPLES = {
  "Create a checkout": { prints: /chk_[a-z2-7]{20}.*weixin:\/\//s },
  "Send the shopper to the hosted page": {
    needs: true,
    prints: /^Location: http:\/\/127\.0\.0\.1:\d+\/pay\/chk_[a-z2-7]{20}\.\d+\.[\w-]+\?lang=en\s*$/,
  },
  "Wait until it is paid": {
    needs: true,
    meanwhile: ({ attempt }) => stage.sandbox.pay(attempt.code_url),
    prints: /"status":"paid".*"transaction_id":"\d+"/s,
  },
  "List checkouts": {
    needs: true,
    paid: true,
    listed: true,
    prints: /"id":"chk_[a-z2-7]{20}".*"payments":\[\{"transaction_id":"\d+"/s,
  },
  "Cancel a checkout": { needs: true, prints: /"status":"cancelled"/ },
  "Sell by a printed code": { prints: /weixin:\/\/wxpay\/bizpayurl\?.*product_id=oolong-250.*<svg /s },
  "Give money back": {
    needs: true,
    paid: true,
    prints: /[a-z2-7]{20}r01[a-z2-7]{8}.*(processing|queued)/s,
  },
  "Be told what happens": { needs: true, paid: true, prints: /msg_[0-9a-f]{24}.*checkout\.paid/s },
  "Read a day's bill": {
    needs: true,
    paid: true,
    billed: true,
    prints: /[a-z2-7]{20}\d\d[a-z2-7]{8}.*"summary":\{.*"row_count":[1-9]/s,
  },
  "Reconcile a day": {
    needs: true,
    paid: true,
    billed: true,
    prints: /"status":"done".*"rows":[1-9]/s,
  },
  "Read what went wrong": { prints: /"status":409.*"code":"reference_taken"/s },
  "Sell from the catalogue": { prints: /weixin:\/\// },
  "Decide about money that was set aside": { needs: true, odd: true, prints: /"fate":"dismissed"/ },
  "Ask the doctor": { prints: /"healthy":true/ },
  "Call WeChat Pay by hand": { prints: /"status": ?200,.*"verified": ?true/s },
};

/** The page's sections: title → language → code. */
const SECTIONS = Object.fromEntries(
  readFileSync(inProject("docs/api.md"), "utf8").split(/^## /m).slice(1).map((section) => {
    const blocks = [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
    return [section.split("\n")[0], Object.fromEntries(blocks.map(([, language, code]) => [language, code]))];
  }),
);

test("every section has its example in every language, and its test", () => {
  assert.deepEqual(Object.keys(SECTIONS), Object.keys(EXAMPLES));
  for (const [title, blocks] of Object.entries(SECTIONS)) {
    assert.deepEqual(Object.keys(blocks), Object.keys(RUN), title);
  }
});

function run(language, code, env) {
  const [program, args] = RUN[language](code);
  return new Promise((resolve, reject) => {
    execFile(program, args, { env: { ...process.env, ...env }, timeout: 60_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
      else resolve(stdout);
    });
  });
}

for (const [title, { needs, paid, listed, billed, odd, meanwhile, prints }] of Object.entries(EXAMPLES)) {
  for (const language of Object.keys(RUN)) {
    test(`${title}: ${language}`, async () => {
      const checkout = needs && (await stage.shop.opened());
      const env = { SAOMA_URL: stage.worker.url, SAOMA_KEY: SECRET_KEY, SAOMA_OPERATOR_KEY: OPERATOR_KEY };
      if (paid) {
        await stage.sandbox.pay(checkout.attempt.code_url);
        await stage.shop.untilPaid(checkout.id);
      }
      if (listed) {
        const query = `?reference=${checkout.reference}&status=paid`;
        await until("the list says paid", async () =>
          (await stage.shop.ask("GET", `/v1/checkouts${query}`, { bearer: SECRET_KEY })).body.data.length);
      }
      if (billed) {
        const order = await stage.sandbox.order(checkout.attempt.out_trade_no);
        env.SAOMA_DATE = order.success_time.slice(0, 10);
        // The day after, in the afternoon at the latest.
        await stage.sandbox.advance(2 * 86_400);
      }
      if (odd) {
        env.SAOMA_TRANSACTION = "4200000001202611210000000055";
        const changes = { transaction_id: env.SAOMA_TRANSACTION, amount: { total: 1, currency: "CNY" } };
        await delivered(stage.worker, genuine(stage.merchant, checkout.attempt.out_trade_no, changes));
      }
      if (checkout) env.SAOMA_CHECKOUT = checkout.id;
      const [printed] = await Promise.all([run(language, SECTIONS[title][language], env), meanwhile?.(checkout)]);
      assert.match(printed, prints);
    });
  }
}
