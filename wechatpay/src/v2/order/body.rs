//! An order's fields, in one order, so that equal orders have equal bytes.

use core::net::IpAddr;

use checkout::id::Description;
use checkout::money::Amount;
use checkout::payee::Payee;
use checkout::time::UnixSeconds;

use super::extras;
use crate::v2::draft::parties;
use crate::v2::moment::digits;
use crate::v2::xml::write;
use crate::v3::order_fields::OrderFields;

/// An order as it is stored and sent.
#[derive(Clone, Copy, Debug)]
pub struct OrderBody<'a> {
    /// Who is paid; the caller is the same merchant, or its service provider.
    pub payee: &'a Payee,
    /// What the payer reads, `body` on the wire.
    pub description: &'a Description,
    /// The merchant's number of the order: 6 to 32 letters, digits, `_` and `-`.
    pub out_trade_no: &'a str,
    /// When it is made.
    pub time_start: UnixSeconds,
    /// The last moment it can be paid: at least five minutes after `time_start`.
    pub time_expire: UnixSeconds,
    /// Where the payment is told: https, at most 255 characters, no query.
    pub notify_url: &'a str,
    /// How much.
    pub amount: Amount,
    /// What an order may say besides. It is the same question in both APIs.
    pub fields: &'a OrderFields,
    /// The merchant's id of the goods, which NATIVE requires: 1 to 32 characters.
    pub product_id: &'a str,
    /// The address of the machine that calls, which is also required.
    pub spbill_create_ip: IpAddr,
}

impl OrderBody<'_> {
    /// The bytes to store with the intent: every parameter that the platform compares, as XML.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut fields = parties(self.payee);
        fields.push("body", self.description.as_str());
        fields.push("out_trade_no", self.out_trade_no);
        fields.push("fee_type", self.amount.currency.code());
        fields.push("total_fee", self.amount.total.count().to_string());
        fields.push("spbill_create_ip", self.spbill_create_ip.to_string());
        fields.push("time_start", digits(self.time_start));
        fields.push("time_expire", digits(self.time_expire));
        fields.push("notify_url", self.notify_url);
        fields.push("trade_type", "NATIVE");
        fields.push("product_id", self.product_id);
        extras::push(&mut fields, self.fields);
        write(&fields)
    }
}

/// A `product_id` for an order that is of no product: the shop's reference as far as its letters and
/// length go, or the order's own number.
pub fn product_id(reference: &str, out_trade_no: &str) -> String {
    let is_plain = |letter: &char| letter.is_ascii_alphanumeric() || "_-".contains(*letter);
    let plain: String = reference.chars().filter(is_plain).take(PRODUCT_ID_BYTES_MAX).collect();
    if plain.is_empty() { out_trade_no.to_owned() } else { plain }
}

/// Protocol reference D.3.
const PRODUCT_ID_BYTES_MAX: usize = 32;
