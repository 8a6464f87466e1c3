// A purchase in the other engine: Firefox, by plain WebDriver, against the real Worker and sandbox.

import assert from "node:assert/strict";
import { test } from "node:test";

import { readings } from "../harness/decoders.mjs";
import { Firefox } from "../harness/firefox.mjs";
import { useStage } from "../harness/stage.mjs";
import { until } from "../harness/wait.mjs";

const skip = process.env.SAOMA_SOAK === "1" ? false : "Firefox is installed and driven by `npm run soak` only";
const stage = skip ? {} : useStage();

/** Collects what the checkout tells from now on; in the document, since each script has globals of its own. */
const LISTEN = `const { dataset } = document.documentElement;
  dataset.heard = "";
  for (const name of ["ready", "paid", "error"])
    document.addEventListener("saoma-" + name, () => { dataset.heard += name + " "; });`;

const STATE = 'return document.querySelector("saoma-checkout")?.dataset.status ?? null;';

/** What both decoders read on the screen, once they read anything. */
const scanned = (firefox) => until("both decoders read the code", async () => {
  const read = await readings(await firefox.photograph("saoma-checkout"));
  return read.jsqr && read.zxing && read;
});

test("a shopper buys in Firefox: the code is read from the screen, paid, and said to be", { skip }, async () => {
  const firefox = await Firefox.start();
  try {
    await firefox.open(stage.worker.url);
    await firefox.run(LISTEN);
    await firefox.click('[data-product="oolong-250"] .buy');
    await until("the code can be scanned", async () => (await firefox.run(STATE)) === "waiting");
    const read = await scanned(firefox);
    assert.match(read.jsqr, /^weixin:\/\//);
    assert.equal(read.zxing, read.jsqr);

    const { out_trade_no } = await stage.sandbox.pay(read.jsqr);
    await until("the receipt is shown", () => firefox.run('return document.querySelector("#receipt").checkVisibility();'));
    assert.equal(await firefox.run('return document.querySelector("#till-title").textContent;'), "Paid. Thank you!");
    assert.equal(await firefox.run("return document.documentElement.dataset.heard;"), "ready paid ");
    assert.equal((await stage.sandbox.order(out_trade_no)).trade_state, "SUCCESS");
  } finally {
    await firefox.stop();
  }
});
