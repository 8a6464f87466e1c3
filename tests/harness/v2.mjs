// Merchants who speak V2, and V2 refund notifications built here, from the protocol reference (D.2,
// D.8) and node:crypto alone.

import { createCipheriv, createHash } from "node:crypto";

/** The address that the Worker gives to the platform for V2 refunds. */
export const V2_REFUND_PATH = "/wechatpay/v2/notify/refunds";

/** The variables of a merchant who holds a V2 key besides; its orders go by `api`. */
export function v2Variables(merchant, api = "v2") {
  return { API: api, API_V2_KEY: merchant.api_v2_key, SPBILL_CREATE_IP: "127.0.0.1" };
}

/** The variables that only APIv3 needs, unset. */
export const WITHOUT_V3 = {
  MERCHANT_SERIAL: undefined, MERCHANT_CERTIFICATE: undefined, MERCHANT_PRIVATE_KEY: undefined,
  API_V3_KEY: undefined, PLATFORM_PUBLIC_KEY_ID: undefined, PLATFORM_PUBLIC_KEY: undefined,
  PLATFORM_CERTIFICATES: undefined,
};

/**
 * A binding that leads to the sandbox's door with TLS and shows this certificate there, as
 * Cloudflare's `mtls_certificates` do.
 */
export async function certified(sandbox, tlsPort, { certificate_pem, private_key_pem }) {
  const authority = await fetch(`${sandbox.url}/sandbox/files/tls_ca.pem`);
  return {
    external: {
      address: `127.0.0.1:${tlsPort}`,
      https: {
        tlsOptions: {
          keypair: { privateKey: private_key_pem, certificateChain: certificate_pem },
          trustedCertificates: [await authority.text()],
        },
        certificateHost: "127.0.0.1",
      },
    },
  };
}

const cdata = (text) => `<![CDATA[${text}]]>`;
const elements = (fields) =>
  Object.entries(fields).map(([name, text]) => `<${name}>${cdata(text)}</${name}>`).join("");

/** A notification about a refund, sealed under `key`; `more` stands outside of the seal. */
export function v2RefundLetter(merchant, told, { key = merchant.api_v2_key, more = {} } = {}) {
  const secret = createHash("md5").update(key).digest("hex");
  const cipher = createCipheriv("aes-256-ecb", secret, null);
  const plaintext = `<root>${elements(told)}</root>`;
  const sealed = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final()]);
  const outer = {
    return_code: "SUCCESS", appid: merchant.appid, mch_id: merchant.mchid,
    nonce_str: "6K8264ILTKCH16CQ2502SI8ZNMTM67V9", ...more, req_info: sealed.toString("base64"),
  };
  return { headers: { "Content-Type": "text/xml" }, body: `<xml>${elements(outer)}</xml>` };
}
