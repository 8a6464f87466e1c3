//! `trade_state` and company → what it means for an order (protocol reference B.3).
//!
//! Unknown fields are ignored and an unknown state is kept as text, because the platform may add
//! either at any time. A paid transaction must say what was paid and to whom; one that does not is
//! malformed, because nothing could be compared with the order.

use checkout::payee::{Payee, SubMerchant};
use checkout::report::{Promotion, Receipt, Report};
use serde::Deserialize;
use serde_json::Value;

use super::malformed::{Malformed, Part, read_json};
use crate::moment::parse_rfc3339;

/// The state of an order at the platform, authentic. It comes only out of verified messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    out_trade_no: String,
    state: TradeState,
    receipt: Option<Receipt>,
}

/// `trade_state`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TradeState {
    /// Paid.
    Success,
    /// Paid, and then a refund was asked for, whole or in part, whatever became of it.
    Refund,
    /// Not paid.
    NotPay,
    /// Closed.
    Closed,
    /// Reversed; payment-code orders only.
    Revoked,
    /// The payer is entering the password; payment-code orders only.
    UserPaying,
    /// The payment failed; payment-code orders only.
    PayError,
    /// One that did not exist when this was written.
    Unknown(String),
}

impl Transaction {
    /// The merchant's number of the order, which may not be one of ours.
    pub fn out_trade_no(&self) -> &str {
        &self.out_trade_no
    }

    /// The state as the platform puts it.
    pub const fn state(&self) -> &TradeState {
        &self.state
    }

    /// What this means for the order.
    pub fn report(&self) -> Report {
        match (&self.state, &self.receipt) {
            (TradeState::Success | TradeState::Refund, Some(receipt)) => {
                Report::Paid(Box::new(receipt.clone()))
            }
            (TradeState::NotPay | TradeState::UserPaying | TradeState::PayError, _) => {
                Report::NotPaid
            }
            (TradeState::Closed | TradeState::Revoked, _) => Report::ClosedThere,
            (TradeState::Unknown(word), _) => Report::UnknownState { trade_state: word.clone() },
            // A paid one without a receipt is malformed and never read.
            (TradeState::Success | TradeState::Refund, None) => Report::InDoubt,
        }
    }

    /// Only for bytes that were verified, or opened from a verified message.
    pub(super) fn read(json: &[u8]) -> Result<Self, Malformed> {
        let wire: Wire = read_json(Part::Transaction, json)?;
        let state = TradeState::from(wire.trade_state.as_str());
        let receipt = match state {
            TradeState::Success | TradeState::Refund => Some(wire.receipt()?),
            _ => None,
        };
        Ok(Self { out_trade_no: wire.out_trade_no, state, receipt })
    }
}

impl TradeState {
    /// The state in the platform's own word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Success => "SUCCESS",
            Self::Refund => "REFUND",
            Self::NotPay => "NOTPAY",
            Self::Closed => "CLOSED",
            Self::Revoked => "REVOKED",
            Self::UserPaying => "USERPAYING",
            Self::PayError => "PAYERROR",
            Self::Unknown(other) => other,
        }
    }
}

impl From<&str> for TradeState {
    fn from(text: &str) -> Self {
        match text {
            "SUCCESS" => Self::Success,
            "REFUND" => Self::Refund,
            "NOTPAY" => Self::NotPay,
            "CLOSED" => Self::Closed,
            "REVOKED" => Self::Revoked,
            "USERPAYING" => Self::UserPaying,
            "PAYERROR" => Self::PayError,
            // Kept for a person to read, who needs no more than the longest word has (B.3: 32).
            other => Self::Unknown(other.chars().take(UNKNOWN_CHARS_MAX).collect()),
        }
    }
}

/// Characters that are kept of a state that nobody here knows.
const UNKNOWN_CHARS_MAX: usize = 64;
/// Coupons that are kept of one payment; real ones have a handful.
const PROMOTIONS_MAX: usize = 50;

/// The fields that we use, of a direct merchant's transaction or a partner's.
#[derive(Deserialize)]
struct Wire {
    out_trade_no: String,
    trade_state: String,
    appid: Option<String>,
    mchid: Option<String>,
    sp_appid: Option<String>,
    sp_mchid: Option<String>,
    sub_appid: Option<String>,
    sub_mchid: Option<String>,
    // Read by themselves: what decides nothing must not cost anybody a payment by its shape.
    #[serde(default)]
    attach: Value,
    #[serde(default)]
    payer: Value,
    #[serde(default)]
    promotion_detail: Value,
    transaction_id: Option<String>,
    trade_type: Option<String>,
    bank_type: Option<String>,
    success_time: Option<String>,
    #[serde(default)]
    amount: Option<WireAmount>,
}

#[derive(Deserialize)]
struct WireAmount {
    total: Option<u64>,
    payer_total: Option<u64>,
    currency: Option<String>,
}

impl Wire {
    fn receipt(&self) -> Result<Receipt, Malformed> {
        let amount = self.amount.as_ref().ok_or(Malformed::Incomplete("amount"))?;
        Ok(Receipt {
            transaction_id: self
                .transaction_id
                .clone()
                .ok_or(Malformed::Incomplete("transaction_id"))?,
            out_trade_no: self.out_trade_no.clone(),
            total: amount.total.ok_or(Malformed::Incomplete("amount.total"))?,
            // Optional on the wire, and a Native order has no other (protocol reference B.1).
            currency: amount.currency.clone().unwrap_or_else(|| "CNY".to_owned()),
            payee: self.payee()?,
            // A time we cannot read must not cost anybody a payment.
            success_time: self.success_time.as_deref().and_then(parse_rfc3339),
            payer_total: amount.payer_total,
            trade_type: self.trade_type.clone(),
            bank_type: self.bank_type.clone(),
            attach: text(&self.attach).filter(|text| !text.is_empty()),
            openid: self.payer("openid").or_else(|| self.payer("sp_openid")),
            sub_openid: self.payer("sub_openid"),
            promotions: self.promotions(),
        })
    }

    fn payee(&self) -> Result<Payee, Malformed> {
        let appid = self.sub_appid.clone();
        let sub = self.sub_mchid.clone().map(|mchid| SubMerchant { mchid, appid });
        Ok(Payee {
            mchid: either(&self.mchid, &self.sp_mchid).ok_or(Malformed::Incomplete("mchid"))?,
            appid: either(&self.appid, &self.sp_appid).ok_or(Malformed::Incomplete("appid"))?,
            sub,
        })
    }

    fn payer(&self, name: &str) -> Option<String> {
        self.payer.get(name).and_then(text)
    }

    fn promotions(&self) -> Vec<Promotion> {
        let list = self.promotion_detail.as_array().map(Vec::as_slice).unwrap_or_default();
        let read = list.iter().filter_map(|coupon| Promotion::deserialize(coupon).ok());
        read.take(PROMOTIONS_MAX).collect()
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// A partner's transaction names the partner as the one who called, in fields of other names.
fn either(direct: &Option<String>, partner: &Option<String>) -> Option<String> {
    direct.as_ref().or(partner.as_ref()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(state: &str) -> Report {
        let json = format!(
            r#"{{"out_trade_no":"T1","trade_state":"{state}","transaction_id":"42","appid":"a",
                "mchid":"m","amount":{{"total":5}},"success_time":"at noon","new_field":[{{}}]}}"#
        );
        Transaction::read(json.as_bytes()).unwrap().report()
    }

    #[test]
    fn each_state_means_something_for_the_order() {
        let receipt = Receipt {
            transaction_id: "42".to_owned(),
            out_trade_no: "T1".to_owned(),
            total: 5,
            currency: "CNY".to_owned(),
            payee: Payee::direct("m", "a"),
            success_time: None,
            payer_total: None,
            trade_type: None,
            bank_type: None,
            attach: None,
            openid: None,
            sub_openid: None,
            promotions: Vec::new(),
        };
        for paid in ["SUCCESS", "REFUND"] {
            assert_eq!(report(paid), Report::Paid(Box::new(receipt.clone())), "{paid}");
        }
        for unpaid in ["NOTPAY", "USERPAYING", "PAYERROR"] {
            assert_eq!(report(unpaid), Report::NotPaid, "{unpaid}");
        }
        for closed in ["CLOSED", "REVOKED"] {
            assert_eq!(report(closed), Report::ClosedThere, "{closed}");
        }
        for unknown in ["", "success", "ACCEPT", "SUCCESS "] {
            let kept = Report::UnknownState { trade_state: unknown.to_owned() };
            assert_eq!(report(unknown), kept, "{unknown:?}");
        }
    }

    #[test]
    fn a_state_that_is_not_known_keeps_its_name() {
        let json = br#"{"out_trade_no":"T1","trade_state":"FROZEN"}"#;
        let transaction = Transaction::read(json).unwrap();
        assert_eq!(transaction.state(), &TradeState::Unknown("FROZEN".to_owned()));
        assert_eq!(transaction.out_trade_no(), "T1");
    }

    #[test]
    fn an_unpaid_order_may_lack_everything_but_its_number_and_state() {
        let json = br#"{"out_trade_no":"T1","trade_state":"NOTPAY","amount":null}"#;
        assert_eq!(Transaction::read(json).unwrap().report(), Report::NotPaid);
        for less in [&br#"{"trade_state":"NOTPAY"}"#[..], br#"{"out_trade_no":"T1"}"#, b"null"] {
            let found = Transaction::read(less);
            let part = Part::Transaction;
            assert!(matches!(found, Err(Malformed::Json { part: found, .. }) if found == part));
        }
    }

    #[test]
    fn a_partners_payment_names_both_merchants_and_its_coupons() {
        // Protocol reference G.3.
        let json = r#"{"sp_mchid":"1900000002","sub_mchid":"1900000003",
            "sp_appid":"wxaaaaaaaaaaaaaaaa","sub_appid":"wxbbbbbbbbbbbbbbbb",
            "out_trade_no":"T20250101000002","transaction_id":"4200000000202501010000000002",
            "trade_type":"NATIVE","trade_state":"SUCCESS","bank_type":"CMB_DEBIT","attach":"",
            "success_time":"2025-01-01T11:20:30+08:00",
            "payer":{"sp_openid":"oSPopenid000000000000000001","sub_openid":"oSUBopenid0"},
            "amount":{"total":2000,"payer_total":1500,"currency":"CNY","payer_currency":"CNY"},
            "promotion_detail":[{"coupon_id":"109519","name":"满20减5","scope":"GLOBAL",
            "type":"CASH","amount":500,"stock_id":"931386","wechatpay_contribute":0,
            "merchant_contribute":500,"other_contribute":0,"currency":"CNY"},{"no":"coupon"}]}"#;
        let Report::Paid(receipt) = Transaction::read(json.as_bytes()).unwrap().report() else {
            panic!("not paid");
        };
        let (mchid, appid) = ("1900000003".to_owned(), Some("wxbbbbbbbbbbbbbbbb".to_owned()));
        let payee = Payee {
            sub: Some(SubMerchant { mchid, appid }),
            ..Payee::direct("1900000002", "wxaaaaaaaaaaaaaaaa")
        };
        assert_eq!(receipt.payee, payee);
        assert_eq!((receipt.total, receipt.payer_total), (2_000, Some(1_500)));
        assert_eq!(receipt.openid.as_deref(), Some("oSPopenid000000000000000001"));
        assert_eq!(receipt.sub_openid.as_deref(), Some("oSUBopenid0"));
        assert_eq!(receipt.attach, None);
        let [coupon] = receipt.promotions.as_slice() else { panic!("{:?}", receipt.promotions) };
        assert_eq!((coupon.coupon_id.as_str(), coupon.amount), ("109519", 500));
        assert_eq!(coupon.merchant_contribute, Some(500));
    }

    #[test]
    fn what_decides_nothing_costs_no_payment_by_its_shape() {
        let paid = |more: &str| {
            let json = format!(
                r#"{{"out_trade_no":"T1","trade_state":"SUCCESS","transaction_id":"42","appid":"a",
                "mchid":"m","amount":{{"total":5,"payer_total":4}},{more}}}"#
            );
            match Transaction::read(json.as_bytes()).unwrap().report() {
                Report::Paid(receipt) => receipt,
                other => panic!("{other:?}"),
            }
        };
        let odd = paid(r#""payer":{"openid":7},"attach":{},"promotion_detail":"none""#);
        assert_eq!((odd.openid, odd.attach, odd.promotions.len()), (None, None, 0));
        let goods = r#"{"goods_id":"A","quantity":1,"unit_price":5,"discount_amount":1}"#;
        for (list, kept) in [("null".to_owned(), 0), (format!("[{goods},{{}},7]"), 1)] {
            let coupon = format!(r#"{{"coupon_id":"c","amount":1,"goods_detail":{list}}}"#);
            let receipt = paid(&format!(r#""promotion_detail":[{coupon}]"#));
            let [coupon] = receipt.promotions.as_slice() else { panic!("{list}") };
            assert_eq!((coupon.amount, coupon.goods_detail.len()), (1, kept), "{list}");
        }
        let many = vec![r#"{"coupon_id":"c","amount":1}"#; 60].join(",");
        let receipt = paid(&format!(r#""promotion_detail":[{many}]"#));
        assert_eq!(receipt.promotions.len(), PROMOTIONS_MAX);
    }

    #[test]
    fn a_state_without_end_is_cut() {
        let json = format!(r#"{{"out_trade_no":"T1","trade_state":"{}"}}"#, "X".repeat(1_000));
        let kept = Transaction::read(json.as_bytes()).unwrap();
        assert_eq!(kept.state().as_str(), "X".repeat(UNKNOWN_CHARS_MAX));
    }

    #[test]
    fn another_currency_is_told_and_not_assumed_away() {
        let json = br#"{"out_trade_no":"T1","trade_state":"SUCCESS","transaction_id":"42",
            "appid":"a","mchid":"m","amount":{"total":5,"currency":"USD"}}"#;
        let report = Transaction::read(json).unwrap().report();
        assert!(matches!(report, Report::Paid(receipt) if receipt.currency == "USD"));
    }

    #[test]
    fn a_field_that_comes_twice_is_believed_neither_time() {
        let json = br#"{"out_trade_no":"T1","trade_state":"NOTPAY","trade_state":"SUCCESS"}"#;
        assert!(matches!(Transaction::read(json), Err(Malformed::Json { .. })));
    }
}
