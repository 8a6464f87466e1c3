//! The client certificate that calls want which move money or tell of an account (protocol
//! reference D.6, D.11).
//!
//! No page says with which words a call without one is refused, and a front-end box that answers
//! with an HTML page instead has been seen. Here it is told on the level of the message, unsigned.

use super::Visit;
use super::refusal::{Code, Refusal};
use crate::readings::V2Certificate;
use crate::tls::Guest;

/// A deduction: see above.
const WORDS: &str = "证书校验失败";

/// Whether the caller has shown its own, or need not.
pub(super) fn check(visit: &Visit<'_>) -> Result<(), Refusal> {
    if visit.world.shards.readings().v2_certificate == V2Certificate::NotRequired {
        return Ok(());
    }
    let why = match visit.extensions.get::<Guest>() {
        None => {
            "This call needs the merchant's API certificate in a TLS handshake, and came over plain \
             http. saoma-sandbox --tls-listen opens a door with TLS; PUT /sandbox/settings \
             {\"v2_certificate\":\"not_required\"} does without."
        }
        Some(Guest { shown: None }) => {
            "This call needs the merchant's API certificate, and none was shown in the handshake."
        }
        Some(guest)
            if guest.is(&visit.caller.merchant.mchid, &visit.world.keyring().credentials) =>
        {
            return Ok(());
        }
        Some(_) => {
            "The certificate that was shown in the handshake is not this mch_id's, or was replaced \
             since. GET /sandbox/merchants shows whose is which."
        }
    };
    Err(Refusal::message(Code::Noauth, WORDS, why))
}
