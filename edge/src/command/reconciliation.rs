//! What is said about a day's bill: by its reconciliation to the checkouts, and by the door to the
//! reconciliation.

use checkout::id::{CheckoutId, ProfileName};
use serde::{Deserialize, Serialize};
use wechatpay::bill::date::BillDate;

use crate::reconciliation::entry::Entry;
use crate::reconciliation::hearsay::Weight;
use crate::reconciliation::job::Job;
use crate::reconciliation::overview::{Count, Kept};
use crate::reconciliation::rebuild::Rebuild;

/// Rows of a bill that name one checkout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// In whose bill they stand. Two profiles may have one merchant number, and so one bill.
    pub profile: ProfileName,
    /// The bill's day.
    pub day: BillDate,
    /// What they are worth. Nothing is entered for a row that is hearsay.
    pub weight: Weight,
    /// Payments first.
    pub entries: Vec<Entry>,
}

/// What the index has of a day, and that day's bill did not show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// In whose bill.
    pub profile: ProfileName,
    /// The bill's day.
    pub day: BillDate,
    /// Whose bill it is, where the profile is a service provider's.
    pub account: Option<String>,
    /// WeChat Pay's numbers of payments.
    pub payments: Vec<String>,
    /// Numbers of refunds.
    pub refunds: Vec<String>,
}

/// One request to the reconciliation of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum ReconciliationCommand {
    /// The timer of the deployment rang: sweep, and begin what is due.
    Wake,
    /// Somebody wants a day looked at, again if need be.
    Ask {
        /// Which day; it has been checked that there can be a bill.
        day: BillDate,
    },
    /// How does a day stand?
    Read {
        /// Which day.
        day: BillDate,
        /// Where its differences are read on.
        cursor: Option<u64>,
    },
    /// The newest days.
    List,
    /// Every checkout writes its row of the index again.
    Rebuild {
        /// The days whose bills are read for numbers.
        days: Option<(BillDate, BillDate)>,
        /// Checkouts that the index may not know.
        ids: Vec<CheckoutId>,
    },
    /// How does the rebuild stand?
    ReadRebuild,
}

/// What a reconciliation answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum ReconciliationAnswer {
    /// To `Wake`: it is being seen to.
    Awake,
    /// To `Ask`, `Read` and `List`: jobs by day, the newest first; none of a day that was never
    /// looked at.
    Days {
        /// One for each account of a day.
        days: Vec<Vec<Job>>,
        /// Of their differences, by day.
        counts: Vec<Vec<Count>>,
        /// To `Read` alone.
        differences: Vec<Kept>,
        /// Where to read on.
        cursor: Option<u64>,
    },
    /// To `Rebuild` and `ReadRebuild`.
    Rebuild {
        /// None if nobody has ever asked for one.
        rebuild: Option<Rebuild>,
    },
}
