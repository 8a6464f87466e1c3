//! A payment: what the payer's phone brings, and what the order remembers of it.
//!
//! A coupon makes two totals out of one: the order's, which the merchant compares, and the
//! payer's. Who gave the coupon decides a third, what the merchant is settled; that one shows in
//! refunds and bills only (protocol reference B.3, B.5).

use serde::{Deserialize, Serialize};

use crate::payer::Payer;

/// Who gave the money for a coupon, which decides what the merchant is settled (B.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum CouponType {
    /// Pre-paid: the merchant receives the whole total.
    Cash,
    /// A discount: the merchant receives so much less.
    Nocash,
}

/// A coupon that the payer used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coupon {
    /// What the payer did not pay, in fen.
    pub amount: u64,
    /// Who gave it.
    pub kind: CouponType,
    /// The platform's number for it.
    pub coupon_id: String,
}

/// What a payment brings with it.
#[derive(Clone, Debug, Default)]
pub struct Paying {
    /// Ten digits, the end of the transaction's number.
    pub transaction_tail: String,
    /// The payer's coupon.
    pub coupon: Option<Coupon>,
    /// Whose phone it is.
    pub payer: Payer,
}

/// The platform's number after this one, or the end of it: the last ten digits count.
pub fn next_tail(number: &str) -> String {
    const DIGITS: u64 = 10_000_000_000;
    let (head, tail) = number.split_at_checked(number.len().saturating_sub(10)).unwrap_or_default();
    let next = tail.parse::<u64>().unwrap_or_default().wrapping_add(1) % DIGITS;
    format!("{head}{next:0width$}", width = tail.len())
}

/// A payment that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The platform's number for it.
    pub transaction_id: String,
    /// When.
    pub success_time: i64,
    /// The payer's coupon.
    #[serde(default)]
    pub coupon: Option<Coupon>,
    /// Whether a refund was ever asked for, in full or in part, whatever became of it (B.3).
    #[serde(default)]
    pub refund_requested: bool,
    /// How the caller's app knows the payer.
    #[serde(default = "first_openid")]
    pub openid: String,
    /// How the sub-merchant's app does, if there is one.
    #[serde(default = "first_sub_openid")]
    pub sub_openid: Option<String>,
}

/// What every payment said while the sandbox had one payer.
fn first_openid() -> String {
    "oSaomaSandboxPhone0000000001".to_owned()
}

#[expect(clippy::unnecessary_wraps, reason = "the type is the field's")]
fn first_sub_openid() -> Option<String> {
    Some("oSaomaSandboxPhone0000000002".to_owned())
}

impl Payment {
    /// The payer's coupon, in fen.
    pub fn discount(&self) -> u64 {
        self.coupon.as_ref().map_or(0, |coupon| coupon.amount)
    }

    /// What of the coupon is not settled to the merchant, in fen.
    pub fn unsettled(&self) -> u64 {
        match &self.coupon {
            Some(coupon) if coupon.kind == CouponType::Nocash => coupon.amount,
            _ => 0,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn paying(transaction_tail: &str) -> Paying {
        Paying { transaction_tail: transaction_tail.into(), ..Paying::default() }
    }

    /// Protocol reference G.3, partner: the coupon's number.
    pub(crate) fn coupon(amount: u64, kind: CouponType) -> Coupon {
        Coupon { amount, kind, coupon_id: "109519".into() }
    }

    #[test]
    fn the_number_after_the_last_is_the_first() {
        assert_eq!(next_tail("0000000009"), "0000000010");
        let last = "4200000000202501019999999999";
        assert_eq!(next_tail(last), "4200000000202501010000000000");
    }

    pub(crate) fn payment(coupon: Option<Coupon>) -> Payment {
        Payment {
            transaction_id: "4200000000202501010000000001".into(),
            success_time: 0,
            coupon,
            refund_requested: false,
            openid: first_openid(),
            sub_openid: None,
        }
    }

    #[test]
    fn a_payment_of_the_first_version_is_read_as_what_it_said() {
        let old = r#"{"transaction_id":"42","success_time":1}"#;
        let payment: Payment = serde_json::from_str(old).unwrap();
        assert_eq!(payment.openid, "oSaomaSandboxPhone0000000001");
        assert_eq!(payment.sub_openid.as_deref(), Some("oSaomaSandboxPhone0000000002"));
    }

    #[test]
    fn only_a_discount_is_missing_from_what_the_merchant_is_settled() {
        assert_eq!((payment(None).discount(), payment(None).unsettled()), (0, 0));
        let cash = payment(Some(coupon(500, CouponType::Cash)));
        assert_eq!((cash.discount(), cash.unsettled()), (500, 0));
        let nocash = payment(Some(coupon(500, CouponType::Nocash)));
        assert_eq!((nocash.discount(), nocash.unsettled()), (500, 500));
    }
}
