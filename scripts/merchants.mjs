/**
 * Who is who in development: the sandbox's merchants, as the Worker's profiles.
 *
 * Three of them, so that every way to speak to WeChat Pay has somebody: a merchant with all keys, a
 * service provider with all keys, and `classic`, a merchant that holds an API v2 key and nothing of
 * APIv3. The sandbox makes and keeps their keys; the numbers of the first two are its own.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { FILES, SANDBOX_PROGRAM } from "./paths.mjs";
import { run } from "./run.mjs";

/** Where WeChat Pay calls about a profile over V2; the default profile's name is "". */
const path = (profile, what) => ["/wechatpay", profile, "v2", what].filter(Boolean).join("/");

/** All of them, made on first use; the sandbox need not be running. `classic` is that one's number. */
export async function credentials(classic) {
  await mkdir(FILES.sandbox, { recursive: true, mode: 0o700 });
  const made = await printed("credentials");
  const known = (all = []) => all.find(({ mchid }) => mchid === classic);
  return { ...made, classic: known(made.more_merchants) ?? known(await withClassic(made, classic)) };
}

/** Asks for one merchant more; whoever is named with a number alone stays as the folder has it. */
async function withClassic({ mchid, partner, more_merchants = [] }, classic) {
  const data = [
    { mchid }, { mchid: partner.sp_mchid, kind: "partner" }, ...more_merchants.map(numbered), { mchid: classic },
  ];
  await writeFile(FILES.merchants, `${JSON.stringify({ data }, null, 2)}\n`, { mode: 0o600 });
  return (await printed("merchants", "--merchants", FILES.merchants)).data;
}

const numbered = ({ mchid, kind, other_appids }) => ({ mchid, kind, other_appids });

const printed = async (verb, ...more) =>
  JSON.parse(await run(SANDBOX_PROGRAM, [verb, "--state", FILES.sandbox, ...more], { quiet: true }));

/** What each profile needs to speak V2, its key left out. */
const v2 = (sign_type) => ({ V2_SIGN_TYPE: sign_type, SPBILL_CREATE_IP: "127.0.0.1" });

/** The variables, secrets left out, of the sandbox's first merchant. */
export const first = (merchant) => ({
  MCHID: merchant.mchid,
  APPID: merchant.appid,
  ...proof(merchant, merchant),
  ...v2("HMAC-SHA256"),
});

/** The variables, secrets left out, of the sandbox's service provider. */
export function partner({ partner, ...merchant }) {
  const subs = partner.sub_merchants.map(({ sub_mchid, sub_appid }) => [sub_mchid, { appid: sub_appid }]);
  return {
    MCHID: partner.sp_mchid,
    APPID: partner.sp_appid,
    SUB_MERCHANTS: JSON.stringify(Object.fromEntries(subs)),
    ...proof(partner, merchant),
  };
}

/** The variables, secrets left out, of a merchant that speaks V2 alone, and signs as V2 did first. */
export const classic = ({ classic: { mchid, appid } }, products) => ({
  MCHID: mchid, APPID: appid, API: "v2", ...v2("MD5"), PRODUCTS: products,
});

/** What APIv3 knows a merchant by, and what its answers are verified with. */
const proof = ({ serial_no, certificate_pem }, platform) => ({
  MERCHANT_SERIAL: serial_no,
  MERCHANT_CERTIFICATE: certificate_pem,
  PLATFORM_PUBLIC_KEY_ID: platform.platform_public_key_id,
  PLATFORM_PUBLIC_KEY: platform.platform_public_key_pem,
  PLATFORM_CERTIFICATES: platform.platform_certificate_pem,
});

/** The same variables as those of another profile. */
export const prefixed = (variables, profile = "partner") => Object.fromEntries(
  Object.entries(variables).map(([name, value]) => [`${profile.toUpperCase()}__${name}`, value]),
);

/** Everybody's variables, secrets left out. */
export const variables = (merchant, products) => ({
  ...first(merchant),
  PROFILES: "partner classic",
  ...prefixed({ ...partner(merchant), ...v2("HMAC-SHA256") }),
  ...prefixed(classic(merchant, products), "classic"),
});

/** Everybody's secrets. */
export const secrets = (merchant, keys) => ({
  MERCHANT_PRIVATE_KEY: merchant.private_key_pem,
  API_V3_KEY: merchant.api_v3_key,
  API_V2_KEY: merchant.api_v2_key,
  SECRET_KEYS: keys.secret_key,
  ...prefixed({
    MERCHANT_PRIVATE_KEY: merchant.partner.private_key_pem,
    API_V3_KEY: merchant.partner.api_v3_key,
    API_V2_KEY: merchant.partner.api_v2_key,
    SECRET_KEYS: keys.partner_key,
  }),
  ...prefixed({ API_V2_KEY: merchant.classic.api_v2_key, SECRET_KEYS: keys.classic_key }, "classic"),
});

/**
 * Sets in the sandbox what a merchant sets in the merchant platform: where a scan of a printed code is
 * asked, and where a refund is told that named no address.
 */
export async function setAddresses({ edge, sandbox }, merchant) {
  const numbers = { "": merchant.mchid, partner: merchant.partner.sp_mchid, classic: merchant.classic.mchid };
  for (const [profile, mchid] of Object.entries(numbers)) {
    const addresses = {
      native_url: edge + path(profile, "native"),
      refund_notify_url: edge + path(profile, "notify/refunds"),
    };
    const reply = await fetch(`${sandbox}/sandbox/addresses`, {
      method: "PUT", body: JSON.stringify({ mchid, ...addresses }),
    });
    if (!reply.ok) throw new Error(`the sandbox does not take its addresses: ${await reply.text()}`);
  }
}
