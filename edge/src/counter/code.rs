//! What stands on the shelf: the link inside the printed code, and what it sells.
//!
//! A link does not expire, and everything in it but the sign may be chosen freely (protocol reference
//! D.9). It is made the same each time, so that a code can be printed anew, or compared with the one
//! on the shelf, and nobody need remember which was handed out. The merchant's V2 key signs it: with
//! another key every printed code is another one.

use checkout::id::ProfileName;
use checkout::money::Amount;
use checkout::payee::Payee;
use checkout::time::UnixSeconds;
use serde::Serialize;
use sha2::{Digest, Sha256};
use wechatpay::v2::key::ApiV2Keys;
use wechatpay::v2::mode1::{self, LinkBody, ProductId};

use crate::catalogue::Product;

/// `time_stamp` of every link: the platform compares it with nothing, and a link of today is the link
/// of tomorrow. (A moment in 2023.)
const LINK_TIME: UnixSeconds = UnixSeconds(1_700_000_000);

/// The link of `product_id`, which a code says; `own` is the merchant that is paid, or the service
/// provider. WeChat checks the sign with the key that is valid at the time, and nobody is asked which
/// of two that is: it is made with the first.
pub fn link(
    profile: &ProfileName,
    own: &Payee,
    product_id: &ProductId,
    keys: &ApiV2Keys,
) -> String {
    let body = LinkBody {
        appid: &own.appid,
        mchid: &own.mchid,
        product_id,
        time_stamp: LINK_TIME,
        nonce_str: &nonce(profile, product_id.as_str()),
    };
    mode1::link(&body, keys.first())
}

/// `nonce_str` of the link of `id`. Sixteen characters of the thirty-two that it may have: each one
/// less makes the printed code a little coarser, and so easier to scan.
fn nonce(profile: &ProfileName, id: &str) -> String {
    let digest = Sha256::new()
        .chain_update("code")
        .chain_update([0])
        .chain_update(profile.as_str())
        .chain_update([0])
        .chain_update(id)
        .finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02X}")).collect()
}

/// What a code sells, for whoever prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Label {
    /// The product's id, or the checkout's.
    pub id: String,
    /// What the payer reads.
    pub description: String,
    /// What one piece costs.
    pub price: Amount,
    /// Whoever scans it is told that there is none.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub sold_out: bool,
}

impl From<&Product> for Label {
    fn from(product: &Product) -> Self {
        Self {
            id: product.id.clone(),
            description: product.description.as_str().to_owned(),
            price: Amount::cny(product.price),
            sold_out: product.sold_out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "Abcdefghijklmnopqrstuvwxyz012345";

    fn linked(profile: &str, id: &str) -> String {
        let profile = ProfileName::parse(profile).unwrap();
        let own = Payee::direct("1900000001", "wx0123456789abcdef");
        let keys = ApiV2Keys::parse(&format!("{KEY} {}", "2".repeat(32))).unwrap();
        link(&profile, &own, &ProductId::parse(id).unwrap(), &keys)
    }

    #[test]
    fn a_link_is_the_same_each_time_and_each_product_has_its_own() {
        // md5sum of the five parameters in the order of their names and &key= behind them; the nonce
        // is of: printf 'code\0default\0oolong-250' | sha256sum
        assert_eq!(
            linked("default", "oolong-250"),
            "weixin://wxpay/bizpayurl?appid=wx0123456789abcdef&mch_id=1900000001&nonce_str=6CBBDEEF42DF513B&product_id=oolong-250&time_stamp=1700000000&sign=AC0CDA80D2B48A5833F14730BF1AE132"
        );
        let nonces = [("default", "oolong-250"), ("default", "puer-cake"), ("acme", "oolong-250")]
            .map(|(profile, id)| {
                let link = linked(profile, id);
                link.split("nonce_str=").nth(1).unwrap().get(..16).unwrap().to_owned()
            });
        assert_ne!(nonces[0], nonces[1]);
        assert_ne!(nonces[0], nonces[2]);
    }

    #[test]
    fn a_label_says_what_the_shelf_says() {
        let product = |sold_out| Product {
            id: "oolong-250".to_owned(),
            description: checkout::id::Description::parse("Oolong 250 g").unwrap(),
            price: checkout::money::Fen::new(8_800).unwrap(),
            quantity_max: 20,
            payee: Payee::direct("1900000001", "wx0123456789abcdef"),
            sold_out,
        };
        let written = |sold_out| serde_json::to_string(&Label::from(&product(sold_out))).unwrap();
        let label = r#"{"id":"oolong-250","description":"Oolong 250 g","price":{"total":8800,"currency":"CNY"}"#;
        assert_eq!(written(false), format!("{label}}}"));
        assert_eq!(written(true), format!(r#"{label},"sold_out":true}}"#));
    }
}
