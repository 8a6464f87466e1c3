//! The vectors of V2.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;
use wechatpay::v2::fields::Fields;
use wechatpay::v2::key::{ApiV2Key, ApiV2Keys, SignType};
use wechatpay::v2::xml::read;

/// Fields, what is signed of them, and the sign.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sign {
    pub(super) api_key: String,
    pub(super) sign_type: String,
    pub(super) fields: Vec<(String, String)>,
    pub(super) string_a: String,
    pub(super) string_sign_temp: String,
    pub(super) sign: String,
    /// The printed code, where they are one's.
    pub(super) link: Option<String>,
}

/// A sample of the reference, to the letter.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Message {
    pub(super) api_key: String,
    pub(super) sign_type: String,
    /// What it is among our messages.
    pub(super) role: String,
    pub(super) xml: String,
    pub(super) sign: String,
    /// As `checkout::report::Report` is written, where it says something of an order.
    pub(super) report: Option<Value>,
}

/// A sample without a sign.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unsigned {
    pub(super) role: String,
    pub(super) xml: String,
}

/// A sign that was printed without its key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unverifiable {
    pub(super) fields: Vec<(String, String)>,
    pub(super) sign: String,
    pub(super) link: Option<String>,
}

/// A key, and what it seals with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SealingKey {
    pub(super) api_key: String,
    pub(super) sealing_key: String,
}

impl Sign {
    pub(super) fn key(&self) -> ApiV2Key {
        ApiV2Key::parse(&self.api_key).unwrap()
    }

    pub(super) fn sign_type(&self) -> SignType {
        SignType::parse(&self.sign_type).unwrap()
    }

    /// The message, signed.
    pub(super) fn message(&self) -> Fields {
        let mut fields: Fields = self.fields.iter().cloned().collect();
        fields.push("sign", self.sign.as_str());
        fields
    }
}

impl Message {
    pub(super) fn keys(&self) -> ApiV2Keys {
        ApiV2Keys::parse(&self.api_key).unwrap()
    }

    pub(super) fn sign_type(&self) -> SignType {
        SignType::parse(&self.sign_type).unwrap()
    }

    pub(super) fn fields(&self) -> Fields {
        read(self.xml.as_bytes()).unwrap()
    }
}

/// What two messages have in common whatever their order: V2 knows none.
pub(super) fn unordered(fields: &Fields) -> BTreeSet<(String, String)> {
    fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
