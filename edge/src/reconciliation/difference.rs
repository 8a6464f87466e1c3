//! Where the platform's books and ours disagree about a day.
//!
//! A difference has a name: day, account, what it is about, kind and number. So a second look at the
//! same day finds the same differences and not new ones. One that is not found again has healed; it
//! stays, marked, because somebody may have acted on it.

use checkout::id::CheckoutId;
use serde::{Deserialize, Serialize};

use super::entry::Entry;
use super::judgement::Verdict;

/// What a difference is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A payment; its number is the platform's.
    Payment,
    /// A refund; its number is the merchant's.
    Refund,
    /// A row that is neither.
    Row,
}

/// How the books disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The bill had it and we had not heard. It was entered, so this has healed as soon as it is told.
    MissingHere,
    /// We have it and the bill does not.
    MissingThere,
    /// Both have it, with other amounts.
    Amount,
    /// Both have it, and it ended in different ways.
    Status,
    /// The number has our shape, and no checkout has it. It is among the orphans too.
    Unknown,
    /// The bill's row cannot be understood.
    Unreadable,
    /// A bill without a digest had it, and the platform, asked about it, did not confirm it.
    Unconfirmed,
}

/// What one of the two sides says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// In fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// In a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// One disagreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What it is about.
    pub what: What,
    /// How the books disagree.
    pub kind: Kind,
    /// Of the payment or the refund.
    pub number: String,
    /// The order's number, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_trade_no: Option<String>,
    /// Where to look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkout: Option<CheckoutId>,
    /// What we say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub here: Option<Side>,
    /// What the bill says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub there: Option<Side>,
}

impl Side {
    /// An amount.
    pub const fn of(total: u64) -> Self {
        Self { total: Some(total), status: None }
    }

    /// An amount and a word.
    pub fn with(total: u64, status: &str) -> Self {
        Self { total: Some(total), status: Some(status.to_owned()) }
    }
}

impl Difference {
    /// What a checkout's `verdict` about a row leaves; nothing where all is well.
    pub fn of(checkout: &CheckoutId, entry: &Entry, verdict: Verdict) -> Option<Self> {
        let (kind, here) = match verdict {
            // What is unheard is asked about first; the answer becomes another verdict.
            Verdict::Agrees | Verdict::Foreign | Verdict::Purged | Verdict::Unheard => return None,
            Verdict::Entered => (Kind::MissingHere, None),
            Verdict::Differs { kind, here } => (kind, Some(here)),
            Verdict::Unknown => (Kind::Unknown, None),
        };
        let (out_trade_no, there) = match entry {
            Entry::Payment(receipt) => {
                (Some(receipt.out_trade_no.clone()), Side::of(receipt.total))
            }
            Entry::Refund(refund) => {
                let there = Side::with(refund.amount, refund.standing.as_str());
                (Some(refund.out_trade_no.clone()), there)
            }
            Entry::Unreadable { state, .. } => {
                (None, Side { total: None, status: Some(state.clone()) })
            }
        };
        Some(Self {
            what: entry.what(),
            kind,
            number: entry.number().to_owned(),
            out_trade_no,
            checkout: Some(checkout.clone()),
            here,
            there: Some(there),
        })
    }

    /// Whether it was healed by finding it.
    pub const fn heals_itself(&self) -> bool {
        matches!(self.kind, Kind::MissingHere)
    }

    /// For the person who reads it.
    pub const fn words(&self) -> &'static str {
        match (self.kind, self.what) {
            (Kind::MissingHere, What::Refund) => {
                "WeChat Pay has this refund and we had not heard of it, or not of its end; it has \
                 been entered"
            }
            (Kind::MissingHere, _) => {
                "WeChat Pay has this payment and we had not heard of it; it has been entered"
            }
            (Kind::MissingThere, What::Refund) => {
                "we have this refund of that day, and WeChat Pay's bill does not"
            }
            (Kind::MissingThere, _) => {
                "we have this payment of that day, and WeChat Pay's bill does not"
            }
            (Kind::Amount, What::Refund) => "another amount went back than we know",
            (Kind::Amount, _) => "another amount was paid than we know",
            (Kind::Status, _) => "it ended otherwise than we know",
            (Kind::Unknown, What::Row) => {
                "the number has the shape of ours and no checkout here has it; the bill's row cannot \
                 be understood"
            }
            (Kind::Unknown, _) => {
                "the number has the shape of ours and no checkout here has it; see the orphans"
            }
            (Kind::Unconfirmed, What::Refund) => {
                "the bill came without a digest and has this refund; WeChat Pay, when asked, did not \
                 confirm it, and nothing was entered"
            }
            (Kind::Unconfirmed, _) => {
                "the bill came without a digest and has this payment; WeChat Pay, when asked, did not \
                 confirm it, and nothing was entered"
            }
            (Kind::Unreadable, _) => {
                "the bill's row names one of our numbers and cannot be understood"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkout() -> CheckoutId {
        CheckoutId::parse("chk_abcdefghijklmnopqrst").unwrap()
    }

    fn unreadable() -> Entry {
        Entry::Unreadable { number: "n".to_owned(), state: "REVOKED".to_owned() }
    }

    #[test]
    fn what_agrees_and_what_is_somebody_elses_leaves_nothing() {
        for verdict in [Verdict::Agrees, Verdict::Foreign, Verdict::Purged, Verdict::Unheard] {
            assert_eq!(Difference::of(&checkout(), &unreadable(), verdict), None);
        }
    }

    #[test]
    fn a_difference_says_what_either_side_says() {
        let verdict = Verdict::Differs { kind: Kind::Unreadable, here: Side::of(8_800) };
        let difference = Difference::of(&checkout(), &unreadable(), verdict).unwrap();
        assert_eq!(
            serde_json::to_string(&difference).unwrap(),
            r#"{"what":"row","kind":"unreadable","number":"n","checkout":"chk_abcdefghijklmnopqrst","here":{"total":8800},"there":{"status":"REVOKED"}}"#
        );
        assert!(!difference.heals_itself());
        let entered = Difference::of(&checkout(), &unreadable(), Verdict::Entered).unwrap();
        assert!(entered.heals_itself());
        assert_ne!(entered.words(), difference.words());
    }
}
