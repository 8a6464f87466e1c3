//! Whose keys the sandbox knows, as the diagnosis wants them.

use crate::diagnosis::{Holder, Known, Owner};
use crate::merchant::Credentials;

/// Everybody whose key is known here.
pub fn known(credentials: &Credentials) -> Known<'_> {
    let merchants = credentials.merchant_certificates.iter().map(|each| Holder {
        owner: Owner::Merchant(&each.mchid),
        serial_no: &each.serial_no,
        retired: each.retired,
        pem: &each.certificate_pem,
    });
    let platform = credentials.platform_certificates.iter().map(|each| Holder {
        owner: Owner::Platform,
        serial_no: &each.serial_no,
        retired: false,
        pem: &each.certificate_pem,
    });
    let public_key = Holder {
        owner: Owner::Platform,
        serial_no: &credentials.platform_public_key_id,
        retired: false,
        pem: &credentials.platform_public_key_pem,
    };
    let partner = &credentials.partner;
    let own = partner.sub_merchants.iter().map(|sub| (sub, partner.sp_mchid.as_str()));
    let more = credentials.more_merchants.iter();
    let others =
        more.flat_map(|each| each.sub_merchants.iter().map(|sub| (sub, each.mchid.as_str())));
    Known {
        holders: merchants.chain(platform).chain([public_key]).collect(),
        subs: own.chain(others).map(|(sub, sp_mchid)| (sub.sub_mchid.as_str(), sp_mchid)).collect(),
    }
}
