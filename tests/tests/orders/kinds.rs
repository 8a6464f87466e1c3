//! Reports of every kind, with names. A report that is added without one does not compile.

use checkout::payee::Payee;
use checkout::report::{Proof, Receipt, Report, Resolution};

use crate::scene::{code, earlier_receipt, receipt, refusal, terms};

/// The payment that some states have set aside.
pub(crate) const HELD: &str = "4200009";

/// What is reported, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Placed,
    Refused,
    Disputed,
    InDoubt,
    UnknownState,
    NotPaid,
    NotFound,
    NotFoundUnverified,
    ClosedThere,
    CloseTaken,
    CloseRefused,
    CancelAsked,
    CheckAsked,
    Looked,
    RenewAsked,
    Redriven,
    Tick,
    /// A person decides about the payment that was set aside.
    Settled,
    Returned,
    Dismissed,
    /// Eight payments, each of its own.
    Paid,
    PaidAgain,
    PaidShort,
    PaidInDollars,
    PaidToAnother,
    PaidInAnotherApp,
    PaidEarlier,
    PaidEarlierShort,
    /// The payment that some states have set aside, as if it agreed.
    PaidHeld,
}

impl Kind {
    /// All that tells of no money.
    pub(crate) const WORDS: [Self; 20] = [
        Self::Placed,
        Self::Refused,
        Self::Disputed,
        Self::InDoubt,
        Self::UnknownState,
        Self::NotPaid,
        Self::NotFound,
        Self::NotFoundUnverified,
        Self::ClosedThere,
        Self::CloseTaken,
        Self::CloseRefused,
        Self::CancelAsked,
        Self::CheckAsked,
        Self::Looked,
        Self::RenewAsked,
        Self::Redriven,
        Self::Tick,
        Self::Settled,
        Self::Returned,
        Self::Dismissed,
    ];

    /// All that does.
    pub(crate) const MONEY: [Self; 9] = [
        Self::Paid,
        Self::PaidAgain,
        Self::PaidShort,
        Self::PaidInDollars,
        Self::PaidToAnother,
        Self::PaidInAnotherApp,
        Self::PaidEarlier,
        Self::PaidEarlierShort,
        Self::PaidHeld,
    ];

    /// The kind of `report`. (A variant of `Report` without a name does not compile.)
    pub(crate) fn of(report: &Report) -> Self {
        match report {
            Report::Placed { .. } => Self::Placed,
            Report::Refused(_) => Self::Refused,
            Report::Disputed(_) => Self::Disputed,
            Report::InDoubt => Self::InDoubt,
            Report::UnknownState { .. } => Self::UnknownState,
            Report::NotPaid => Self::NotPaid,
            Report::NotFound { proof: Proof::Verified } => Self::NotFound,
            Report::NotFound { proof: Proof::Unverified } => Self::NotFoundUnverified,
            Report::ClosedThere => Self::ClosedThere,
            Report::CloseTaken => Self::CloseTaken,
            Report::CloseRefused(_) => Self::CloseRefused,
            Report::CancelAsked => Self::CancelAsked,
            Report::CheckAsked => Self::CheckAsked,
            Report::Looked => Self::Looked,
            Report::RenewAsked => Self::RenewAsked,
            Report::Redriven => Self::Redriven,
            Report::Tick => Self::Tick,
            Report::Resolved { resolution: Resolution::Settle, .. } => Self::Settled,
            Report::Resolved { resolution: Resolution::Return, .. } => Self::Returned,
            Report::Resolved { resolution: Resolution::Dismiss, .. } => Self::Dismissed,
            Report::Paid(receipt) => {
                let is_it = |kind: &Self| kind.transaction() == Some(&*receipt.transaction_id);
                Self::MONEY.into_iter().find(is_it).expect("a payment of these tests")
            }
        }
    }

    /// Which payment is told of.
    pub(crate) fn transaction(self) -> Option<&'static str> {
        Some(match self {
            Self::Paid => "4200001",
            Self::PaidAgain => "4200002",
            Self::PaidShort => "4200003",
            Self::PaidInDollars => "4200004",
            Self::PaidToAnother => "4200005",
            Self::PaidInAnotherApp => "4200006",
            Self::PaidEarlier => "4200007",
            Self::PaidEarlierShort => "4200008",
            Self::PaidHeld => HELD,
            _ => return None,
        })
    }

    /// A report of this kind.
    pub(crate) fn report(self) -> Report {
        match self {
            Self::Placed => Report::Placed { code_url: code("second"), prepay_id: None },
            Self::Refused => Report::Refused(refusal("PARAM_ERROR")),
            Self::Disputed => Report::Disputed(refusal("OUT_TRADE_NO_USED")),
            Self::InDoubt => Report::InDoubt,
            Self::UnknownState => Report::UnknownState { trade_state: "FROZEN".to_owned() },
            Self::NotPaid => Report::NotPaid,
            Self::NotFound => Report::NotFound { proof: Proof::Verified },
            Self::NotFoundUnverified => Report::NotFound { proof: Proof::Unverified },
            Self::ClosedThere => Report::ClosedThere,
            Self::CloseTaken => Report::CloseTaken,
            Self::CloseRefused => Report::CloseRefused(refusal("ORDER_PAID")),
            Self::CancelAsked => Report::CancelAsked,
            Self::CheckAsked => Report::CheckAsked,
            Self::Looked => Report::Looked,
            Self::RenewAsked => Report::RenewAsked,
            Self::Redriven => Report::Redriven,
            Self::Tick => Report::Tick,
            Self::Settled => resolved(Resolution::Settle),
            Self::Returned => resolved(Resolution::Return),
            Self::Dismissed => resolved(Resolution::Dismiss),
            _ => Report::Paid(Box::new(self.receipt())),
        }
    }

    /// The proof of a payment.
    fn receipt(self) -> Receipt {
        let transaction_id = self.transaction().expect("a payment");
        let agreed = receipt(transaction_id, 8_800);
        let ours = terms().payee;
        match self {
            Self::PaidShort => receipt(transaction_id, 8_799),
            Self::PaidInDollars => Receipt { currency: "USD".to_owned(), ..agreed },
            Self::PaidToAnother => {
                Receipt { payee: Payee { mchid: "1900000009".to_owned(), ..ours }, ..agreed }
            }
            Self::PaidInAnotherApp => {
                let payee = Payee { appid: "wxfedcba9876543210".to_owned(), ..ours };
                Receipt { payee, ..agreed }
            }
            Self::PaidEarlier => earlier_receipt(transaction_id, 8_800),
            Self::PaidEarlierShort => earlier_receipt(transaction_id, 8_799),
            _ => agreed,
        }
    }
}

fn resolved(resolution: Resolution) -> Report {
    Report::Resolved { transaction_id: HELD.to_owned(), resolution }
}

#[test]
fn every_kind_has_its_own_report() {
    for kind in Kind::WORDS.into_iter().chain(Kind::MONEY) {
        assert_eq!(Kind::of(&kind.report()), kind);
    }
}
