//! `trade_state` and company → what it means for an order (protocol reference B.3).
//!
//! Unknown fields are ignored and an unknown state is kept as text, because the platform may add
//! either at any time. A paid transaction must say what was paid and to whom; one that does not is
//! malformed, because nothing could be compared with the order.

use checkout::report::{Receipt, Report};
use serde::Deserialize;

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
                Report::Paid(receipt.clone())
            }
            (TradeState::NotPay | TradeState::UserPaying | TradeState::PayError, _) => {
                Report::NotPaid
            }
            (TradeState::Closed | TradeState::Revoked, _) => Report::ClosedThere,
            (TradeState::Unknown(_) | TradeState::Success | TradeState::Refund, _) => {
                Report::InDoubt
            }
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
            other => Self::Unknown(other.to_owned()),
        }
    }
}

/// The fields that we use, of a direct merchant's transaction or a partner's.
#[derive(Deserialize)]
struct Wire {
    out_trade_no: String,
    trade_state: String,
    appid: Option<String>,
    mchid: Option<String>,
    sp_appid: Option<String>,
    sp_mchid: Option<String>,
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
            mchid: caller(&self.mchid, &self.sp_mchid).ok_or(Malformed::Incomplete("mchid"))?,
            appid: caller(&self.appid, &self.sp_appid).ok_or(Malformed::Incomplete("appid"))?,
            // A time we cannot read must not cost anybody a payment.
            success_time: self.success_time.as_deref().and_then(parse_rfc3339),
            payer_total: amount.payer_total,
            trade_type: self.trade_type.clone(),
            bank_type: self.bank_type.clone(),
        })
    }
}

/// A partner's transaction names the partner as the one who called.
fn caller(direct: &Option<String>, partner: &Option<String>) -> Option<String> {
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
            mchid: "m".to_owned(),
            appid: "a".to_owned(),
            success_time: None,
            payer_total: None,
            trade_type: None,
            bank_type: None,
        };
        for paid in ["SUCCESS", "REFUND"] {
            assert_eq!(report(paid), Report::Paid(receipt.clone()), "{paid}");
        }
        for unpaid in ["NOTPAY", "USERPAYING", "PAYERROR"] {
            assert_eq!(report(unpaid), Report::NotPaid, "{unpaid}");
        }
        for closed in ["CLOSED", "REVOKED"] {
            assert_eq!(report(closed), Report::ClosedThere, "{closed}");
        }
        for unknown in ["", "success", "ACCEPT", "SUCCESS "] {
            assert_eq!(report(unknown), Report::InDoubt, "{unknown:?}");
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
