//! What an order may say besides what it must: the optional fields of the order call (protocol
//! reference B.1, B.2), checked before anything is stored.
//!
//! The platform refuses an order with a field too long or of the wrong kind, and does so after the
//! shop has been promised a checkout. So every rule that is published is a rule here; where the
//! pages disagree, the stricter number counts (I.3).

use core::net::IpAddr;

use checkout::id::BadName;
use serde::{Deserialize, Deserializer, Serialize};

use super::spelling::quoted;

/// Every optional field of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrderFields {
    /// The merchant's own words, given back with the payment and in bills.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attach: Option<Attach>,
    /// Which promotions count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goods_tag: Option<Text<32>>,
    /// Opens the e-invoice entry on the payer's record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support_fapiao: Option<bool>,
    /// What was bought, for discounts on single items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
    /// Where it was bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<SceneInfo>,
    /// What becomes of the money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settle_info: Option<SettleInfo>,
}

impl OrderFields {
    /// The fields as members of a JSON object, each followed by a comma.
    pub(super) fn members(&self) -> String {
        let json = |name: &str, value: String| format!("\"{name}\":{value},");
        let mut members = String::new();
        if let Some(attach) = &self.attach {
            members += &json("attach", quoted(&attach.0));
        }
        if let Some(goods_tag) = &self.goods_tag {
            members += &json("goods_tag", quoted(&goods_tag.0));
        }
        if let Some(support_fapiao) = self.support_fapiao {
            members += &json("support_fapiao", support_fapiao.to_string());
        }
        // A struct of texts and numbers always has a JSON form.
        let object = |value: serde_json::Result<String>| value.unwrap_or_else(|_| "{}".to_owned());
        if let Some(detail) = &self.detail {
            members += &json("detail", object(serde_json::to_string(detail)));
        }
        if let Some(scene_info) = &self.scene_info {
            members += &json("scene_info", object(serde_json::to_string(scene_info)));
        }
        if let Some(settle_info) = &self.settle_info {
            members += &json("settle_info", object(serde_json::to_string(settle_info)));
        }
        members
    }
}

/// A text of 1 to `MAX` characters, all of them such as the platform takes: no control characters,
/// none of four bytes (A.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize>(pub(crate) String);

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let text = String::deserialize(reader)?;
        if (1..=MAX).contains(&text.chars().count()) && is_plain(&text) {
            Ok(Self(text))
        } else {
            let words = format!("1 to {MAX} characters, without control characters and emoji");
            Err(serde::de::Error::custom(words))
        }
    }
}

fn is_plain(text: &str) -> bool {
    text.chars().all(|letter| !letter.is_control() && letter.len_utf8() < 4)
}

/// The merchant's own words: 1 to 127 bytes. V3 pages count 128, V2 pages 127, and some count
/// characters; bytes are safe under all of them (E.1, I.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Attach(pub(crate) String);

impl TryFrom<String> for Attach {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        if (1..=127).contains(&text.len()) && is_plain(&text) {
            Ok(Self(text))
        } else {
            let expected =
                "attach is 1 to 127 bytes of UTF-8, without control characters and emoji";
            Err(BadName { expected })
        }
    }
}

/// `detail`: at most 6144 bytes of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AnyDetail")]
pub struct Detail {
    /// The whole receipt's price in fen, where it is paid in several parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cost_price: Option<u32>,
    /// The receipt's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) invoice_id: Option<Text<32>>,
    /// The goods; at least one where the list is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) goods_detail: Option<Vec<Goods>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnyDetail {
    cost_price: Option<u32>,
    invoice_id: Option<Text<32>>,
    goods_detail: Option<Vec<Goods>>,
}

/// Bytes of `detail` as JSON without spaces (E.1).
const DETAIL_BYTES_MAX: usize = 6_144;

impl TryFrom<AnyDetail> for Detail {
    type Error = BadName;

    fn try_from(any: AnyDetail) -> Result<Self, BadName> {
        let AnyDetail { cost_price, invoice_id, goods_detail } = any;
        if goods_detail.as_ref().is_some_and(Vec::is_empty) {
            return Err(BadName { expected: "goods_detail has at least one item, or is left out" });
        }
        let detail = Self { cost_price, invoice_id, goods_detail };
        match serde_json::to_vec(&detail) {
            Ok(json) if json.len() <= DETAIL_BYTES_MAX => Ok(detail),
            _ => Err(BadName { expected: "detail is at most 6144 bytes as JSON" }),
        }
    }
}

/// One kind of goods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goods {
    /// The merchant's id: letters, digits, `_` and `-`.
    pub(crate) merchant_goods_id: GoodsId,
    /// The platform's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) wechatpay_goods_id: Option<Text<32>>,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) goods_name: Option<Text<256>>,
    /// How many.
    pub(crate) quantity: core::num::NonZeroU32,
    /// Of one, in fen, after the merchant's own discount.
    pub(crate) unit_price: u32,
}

/// 1 to 32 of `[0-9A-Za-z_-]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct GoodsId(pub(crate) String);

impl TryFrom<String> for GoodsId {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if (1..=32).contains(&text.len()) && text.bytes().all(plain) {
            Ok(Self(text))
        } else {
            Err(BadName { expected: "merchant_goods_id is 1 to 32 of 0-9 A-Z a-z _ -" })
        }
    }
}

/// `scene_info`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SceneInfo {
    /// The payer's address, IPv4 or IPv6.
    payer_client_ip: IpAddr,
    /// The till; pages say 16 characters or 32 (I.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) device_id: Option<Text<16>>,
    /// The shop that it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) store_info: Option<StoreInfo>,
}

/// `store_info`: all of it, or only the id, because one description requires what another leaves
/// open (I.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AnyStore")]
pub struct StoreInfo {
    pub(crate) id: Text<32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<Text<256>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) area_code: Option<Text<32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<Text<512>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnyStore {
    id: Text<32>,
    name: Option<Text<256>>,
    area_code: Option<Text<32>>,
    address: Option<Text<512>>,
}

impl TryFrom<AnyStore> for StoreInfo {
    type Error = BadName;

    fn try_from(any: AnyStore) -> Result<Self, BadName> {
        let AnyStore { id, name, area_code, address } = any;
        let told = [name.is_some(), area_code.is_some(), address.is_some()];
        if told == [true; 3] || told == [false; 3] {
            Ok(Self { id, name, area_code, address })
        } else {
            Err(BadName { expected: "store_info has name, area_code and address, or none of them" })
        }
    }
}

/// `settle_info`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettleInfo {
    /// Freezes the money for sharing (分账). It cannot be changed after the payment.
    pub(crate) profit_sharing: bool,
}

#[cfg(test)]
mod tests;
