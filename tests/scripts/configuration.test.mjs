/** The Worker of development is the deployable one but for what must differ. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { parse } from "smol-toml";
import { toolEnv } from "../../scripts/artifacts.mjs";
import { forDevelopment } from "../../scripts/development.mjs";
import { inProject, TARGET } from "../../scripts/paths.mjs";
import { addresses, ensureFree } from "../../scripts/ports.mjs";

const deployable = parse(await readFile(inProject("edge", "wrangler.toml"), "utf8"));
const where = { edge: "http://127.0.0.1:1", edgePort: 1, sandbox: "http://127.0.0.1:2" };
const partner = { sp_mchid: "1700000001", sub_merchants: [{ sub_mchid: "1600000001", sub_appid: "wx16" }] };
const classic = { mchid: "1900000002", appid: "wx19" };
const merchant = { mchid: "1900000001", appid: "wx18", partner, classic };
const development = forDevelopment(deployable, where, merchant);

test("prices, limits and compatibility are those that ship", () => {
  assert.equal(development.vars.PRODUCTS, deployable.vars.PRODUCTS);
  assert.equal(development.compatibility_date, deployable.compatibility_date);
  assert.deepEqual(development.compatibility_flags, deployable.compatibility_flags);
});

test("nothing ships that the smallest plan refuses to deploy", () => {
  assert.equal(deployable.limits, undefined);
});

test("every binding that ships is there, and the clock besides", () => {
  const names = ({ durable_objects }) => durable_objects.bindings.map(({ name }) => name);
  assert.deepEqual(names(development), [...names(deployable), "CLOCK"]);
  assert.ok(!names(deployable).includes("CLOCK"));
  assert.deepEqual(development.d1_databases.map(({ binding }) => binding), ["INDEX"]);
});

test("it speaks to the sandbox and to nobody else", () => {
  assert.equal(development.vars.WECHATPAY_URL, where.sandbox);
  assert.equal(development.vars.PUBLIC_URL, where.edge);
  assert.equal(development.vars.ALLOWED_ORIGINS, "http://127.0.0.1:1 http://localhost:1");
});

test("the sandbox's service provider is a second merchant", () => {
  assert.equal(development.vars.PROFILES, "partner classic");
  assert.equal(development.vars.PARTNER__MCHID, "1700000001");
  assert.deepEqual(JSON.parse(development.vars.PARTNER__SUB_MERCHANTS), { 1600000001: { appid: "wx16" } });
  const secret = ["PARTNER__MERCHANT_PRIVATE_KEY", "PARTNER__API_V3_KEY", "PARTNER__SECRET_KEYS"];
  assert.deepEqual(secret.filter((name) => name in development.vars), []);
});

test("a third merchant speaks V2 alone, and the others speak it besides", () => {
  const { vars } = development;
  assert.deepEqual([vars.CLASSIC__MCHID, vars.CLASSIC__API, vars.API, vars.PARTNER__API], ["1900000002", "v2", undefined, undefined]);
  const own = Object.keys(vars).filter((name) => name.startsWith("CLASSIC__"));
  assert.deepEqual(own.filter((name) => /PLATFORM|MERCHANT|V3/.test(name)), [], "nothing of APIv3");
  assert.equal(vars.CLASSIC__PRODUCTS, deployable.vars.PRODUCTS);
  for (const [prefix, sign_type] of [["", "HMAC-SHA256"], ["PARTNER__", "HMAC-SHA256"], ["CLASSIC__", "MD5"]]) {
    assert.equal(vars[`${prefix}V2_SIGN_TYPE`], sign_type);
    assert.equal(vars[`${prefix}SPBILL_CREATE_IP`], "127.0.0.1");
    assert.equal(`${prefix}API_V2_KEY` in vars, false);
  }
});

test("a shop is told where a developer names its endpoint, and nowhere by default", () => {
  assert.equal(development.vars.WEBHOOK_URL, undefined);
  const webhook = "http://127.0.0.1:3000/webhooks";
  const told = forDevelopment(deployable, { ...where, webhook }, merchant);
  assert.equal(told.vars.WEBHOOK_URL, webhook);
  assert.equal(told.vars.PARTNER__WEBHOOK_URL, undefined);
});

test("no secret stands in the configuration that ships", () => {
  const secrets = ["MERCHANT_PRIVATE_KEY", "API_V3_KEY", "API_V2_KEY", "SECRET_KEYS", "CLIENT_KEY", "OPERATOR_KEY", "WEBHOOK_SECRETS"];
  assert.deepEqual(secrets.filter((name) => name in deployable.vars), []);
});

test("a port that is no port is refused by the variable's name", () => {
  process.env.SAOMA_EDGE_PORT = "http";
  assert.throws(addresses, /SAOMA_EDGE_PORT is "http"/);
  delete process.env.SAOMA_EDGE_PORT;
});

test("a taken port is refused with the variable to set", async () => {
  const { createServer } = await import("node:net");
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await assert.rejects(ensureFree(port, "SAOMA_EDGE_PORT"), /taken[^]*SAOMA_EDGE_PORT=/);
  server.close();
  await ensureFree(port, "SAOMA_EDGE_PORT");
});

test("cargo builds into the folder that everybody looks in, whatever its own settings say", () => {
  assert.equal(toolEnv().CARGO_TARGET_DIR, TARGET);
});
