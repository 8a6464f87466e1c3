// Who a merchant is, direct or a service provider, in the words that each call wants (protocol
// reference B.0 to B.4).

/** The two ways to be a merchant. */
export const MODES = ["direct", "partner"];

export function identity(merchant, mode) {
  return mode === "partner" ? partner(merchant) : direct(merchant);
}

function direct(merchant) {
  const { mchid, appid } = merchant;
  return {
    mode: "direct",
    mchid,
    appid,
    ...keysOf(merchant),
    /** What an order says of its payee. */
    payee: { appid, mchid },
    /** What queries and closing say. */
    parties: { mchid },
    /** What a refund says. */
    refundParty: {},
    path: "v3/pay/transactions",
  };
}

function partner(merchant) {
  const { sp_mchid, sp_appid, sub_merchants: [{ sub_mchid, sub_appid }] } = merchant.partner;
  return {
    mode: "partner",
    mchid: sp_mchid,
    appid: sp_appid,
    sub_mchid,
    sub_appid,
    ...keysOf(merchant.partner),
    payee: { sp_appid, sp_mchid, sub_appid, sub_mchid },
    parties: { sp_mchid, sub_mchid },
    refundParty: { sub_mchid },
    path: "v3/pay/partner/transactions",
  };
}

const keysOf = ({ serial_no, private_key_pem, certificate_pem, api_v3_key }) =>
  ({ serial_no, private_key_pem, certificate_pem, api_v3_key });

/** The platform's two keys: how they are named, and both halves. */
export const platformKeys = (merchant) => ({
  "public key": {
    serial: merchant.platform_public_key_id,
    pem: merchant.platform_public_key_pem,
    private_key_pem: merchant.platform_private_key_pem,
  },
  certificate: {
    serial: merchant.platform_certificate_serial,
    pem: merchant.platform_certificate_pem,
    private_key_pem: merchant.platform_certificate_private_key_pem,
  },
});
