//! The proof that somebody paid: what, to whom, by whom and with which coupons.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

use crate::payee::Payee;
use crate::time::UnixSeconds;

/// Authentic proof that somebody paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The platform's own number of the payment.
    pub transaction_id: String,
    /// The attempt that was paid.
    pub out_trade_no: String,
    /// `amount.total`: the order's price in fen, before the platform's coupons.
    pub total: u64,
    /// `amount.currency`; `CNY` where the platform left it out.
    pub currency: String,
    /// Who received the money, under which app.
    pub payee: Payee,
    /// When, by the platform's clock; it may lie in our future.
    pub success_time: Option<UnixSeconds>,
    /// What the payer paid after coupons, in fen.
    pub payer_total: Option<u64>,
    /// `NATIVE` and its like.
    pub trade_type: Option<String>,
    /// The payer's bank, for example `CMB_DEBIT`.
    pub bank_type: Option<String>,
    /// The merchant's own words, given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attach: Option<String>,
    /// The payer under the merchant's app, or the service provider's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub openid: Option<String>,
    /// The payer under the sub-merchant's app, where the order named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_openid: Option<String>,
    /// Coupons that the payer used: why `payer_total` is less than `total`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promotions: Vec<Promotion>,
}

/// A coupon that the payer used, `promotion_detail` (protocol reference B.3). Amounts in fen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    /// The coupon.
    pub coupon_id: String,
    /// What the payer reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `GLOBAL` for the whole order, `SINGLE` for one item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// `CASH`, a coupon paid for in advance, or `NOCASH`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What it took off.
    pub amount: u64,
    /// The batch that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock_id: Option<String>,
    /// The platform's share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wechatpay_contribute: Option<u64>,
    /// The merchant's share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_contribute: Option<u64>,
    /// Anybody else's share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_contribute: Option<u64>,
    /// `CNY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The items that it took something off.
    #[serde(default, deserialize_with = "readable", skip_serializing_if = "Vec::is_empty")]
    pub goods_detail: Vec<PromotedGoods>,
}

/// The items that can be read. One that cannot, or none at all, is no reason to forget what the
/// coupon took off.
fn readable<'de, D: Deserializer<'de>>(reader: D) -> Result<Vec<PromotedGoods>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Item {
        Goods(PromotedGoods),
        Other(IgnoredAny),
    }
    let items = Option::<Vec<Item>>::deserialize(reader)?.unwrap_or_default();
    let goods = items.into_iter().filter_map(|item| match item {
        Item::Goods(goods) => Some(goods),
        Item::Other(_) => None,
    });
    Ok(goods.collect())
}

/// An item that a coupon took something off. Amounts in fen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotedGoods {
    /// The merchant's id of the goods.
    pub goods_id: String,
    /// How many.
    pub quantity: u64,
    /// Of one.
    pub unit_price: u64,
    /// Off all of them.
    pub discount_amount: u64,
    /// The merchant's note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_remark: Option<String>,
}
