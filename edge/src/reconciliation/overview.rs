//! What is served of a day: how its jobs stand, what they counted, where the books disagree.

use checkout::time::UnixSeconds;
use serde::{Deserialize, Serialize};
use wechatpay::bill::date::BillDate;
use wechatpay::moment::rfc3339;

use super::difference::{Difference, Kind};
use super::hearsay::Weight;
use super::job::{Bill, Job, Status, Step};
use crate::problem::Problem;
use crate::query::Query;

/// How a day is marked whose bill proves nothing.
const NO_DIGEST: &str = "none";

/// A difference, and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What disagrees.
    pub difference: Difference,
    /// In which account.
    pub account: Option<String>,
    /// When it was found first.
    pub found_at: UnixSeconds,
    /// When it was found to be gone.
    pub healed_at: Option<UnixSeconds>,
}

/// How many differences of one account are of a kind, and how many of them have not healed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// In which account.
    pub account: Option<String>,
    /// Which kind.
    pub kind: Kind,
    /// All that were ever found.
    pub found: u64,
    /// Those that stand.
    pub open: u64,
}

/// A day as it is served.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DayView {
    /// In Beijing.
    pub date: BillDate,
    /// The least settled of its accounts.
    pub status: Status,
    /// `none` where a bill of that day came without a digest, by V2; left out where all are proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<&'static str>,
    /// When it was last asked for, RFC 3339.
    pub asked_at: String,
    /// When the last account was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// Of all accounts together.
    pub counts: Counts,
    /// One for a merchant, one for each sub-merchant of a service provider.
    pub accounts: Vec<AccountView>,
}

/// One account of a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccountView {
    /// A service provider's sub-merchant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<String>,
    /// How it stands.
    pub status: Status,
    /// `none` where its bill came without a digest, by V2; left out where it is proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<&'static str>,
    /// The bill, once it is there; null where nothing happened on that day.
    pub bill: Option<Bill>,
    /// What was counted.
    pub counts: Counts,
    /// When it is tried again, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<String>,
    /// What stopped it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Problem>,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Rows of the bill.
    pub rows: u64,
    /// Those of them whose numbers are not ours.
    pub foreign: u64,
    /// Those that were compared.
    pub compared: u64,
    /// Those whose checkouts have been purged: nothing can be said about them.
    pub purged: u64,
    /// Those on which both sides agree by now, whatever was entered for it.
    pub agree: u64,
    /// What the bill had and we had not heard of: entered.
    pub entered: u64,
    /// Differences that stand.
    pub open: u64,
}

/// A difference as it is served.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DifferenceView {
    /// A service provider's sub-merchant.
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<String>,
    #[serde(flatten)]
    difference: Difference,
    /// For the person who reads it.
    detail: &'static str,
    found_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    healed_at: Option<String>,
}

/// Where a page of differences begins.
pub fn cursor(query: &str) -> Result<Option<u64>, Problem> {
    let query = Query::read(query, &["cursor", "profile"])?;
    query.parse("cursor", "it is what next_cursor said", |cursor| cursor.parse().ok())
}

impl DayView {
    /// A day with `jobs`, one for each account; `None` where there is none.
    pub fn of(jobs: &[Job], counts: &[Count], now: UnixSeconds) -> Option<Self> {
        let accounts: Vec<_> = jobs.iter().map(|job| AccountView::of(job, counts, now)).collect();
        let status = accounts.iter().map(|account| account.status).max()?;
        let ended_at = jobs.iter().map(|job| job.ended_at).max().flatten();
        let all_ended = jobs.iter().all(|job| job.ended_at.is_some());
        let sum = accounts.iter().fold(Counts::default(), |sum, one| sum.and(one.counts));
        Some(Self {
            date: jobs.first()?.day,
            status,
            digest: accounts.iter().find_map(|account| account.digest),
            asked_at: rfc3339(jobs.iter().map(|job| job.asked_at).max()?),
            ended_at: ended_at.filter(|_| all_ended).map(rfc3339),
            counts: sum,
            accounts,
        })
    }
}

impl AccountView {
    fn of(job: &Job, counts: &[Count], now: UnixSeconds) -> Self {
        let its = || counts.iter().filter(|count| count.account == job.account);
        let entered = its().filter(|count| count.kind == Kind::MissingHere);
        let bill = job.bill.as_ref();
        let status = job.status(now);
        Self {
            sub_mchid: job.account.clone(),
            status,
            digest: bill.filter(|bill| bill.weight() == Weight::Hearsay).map(|_| NO_DIGEST),
            bill: job.bill.clone(),
            counts: Counts {
                rows: bill.map_or(0, |bill| bill.rows),
                foreign: bill.map_or(0, |bill| bill.foreign).saturating_add(job.tally.foreign),
                compared: job.tally.compared,
                purged: job.tally.purged,
                agree: job.tally.agree,
                entered: entered.map(|count| count.found).sum(),
                open: its().map(|count| count.open).sum(),
            },
            next_attempt_at: job.next_at.filter(|_| status == Status::Waiting).map(rfc3339),
            // What stopped it is told as long as nothing has got on since.
            trouble: job.trouble.clone().filter(|_| job.step != Step::Done),
        }
    }
}

impl Counts {
    const fn and(self, more: Self) -> Self {
        Self {
            rows: self.rows.saturating_add(more.rows),
            foreign: self.foreign.saturating_add(more.foreign),
            compared: self.compared.saturating_add(more.compared),
            purged: self.purged.saturating_add(more.purged),
            agree: self.agree.saturating_add(more.agree),
            entered: self.entered.saturating_add(more.entered),
            open: self.open.saturating_add(more.open),
        }
    }
}

impl From<Kept> for DifferenceView {
    fn from(kept: Kept) -> Self {
        Self {
            sub_mchid: kept.account,
            detail: kept.difference.words(),
            difference: kept.difference,
            found_at: rfc3339(kept.found_at),
            healed_at: kept.healed_at.map(rfc3339),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Code;
    use crate::reconciliation::job::{Event, Tally, step};

    const NOW: UnixSeconds = UnixSeconds(1_735_700_000);

    fn job(account: Option<&str>) -> Job {
        let day = BillDate::parse("2024-12-31").unwrap();
        Job::new(day, account.map(str::to_owned), NOW)
    }

    #[test]
    fn a_cursor_is_what_was_given() {
        assert_eq!(cursor(""), Ok(None));
        assert_eq!(cursor("cursor=17"), Ok(Some(17)));
        assert_eq!(cursor("profile=acme&cursor=17"), Ok(Some(17)));
        for bad in ["cursor=", "cursor=-1", "cursor=1&cursor=2", "page=2"] {
            assert_eq!(cursor(bad).unwrap_err().code, Code::InvalidRequest, "{bad}");
        }
    }

    #[test]
    fn a_day_is_as_settled_as_its_least_settled_account() {
        let bill = Bill { sha1: Some("49".to_owned()), rows: 5, foreign: 3 };
        let tally = Tally { compared: 3, agree: 1, foreign: 1, purged: 1 };
        let mut done = job(Some("1600000001"));
        for event in [
            Event::Begun,
            Event::Staged(bill),
            Event::Compared { tally, more: false },
            Event::LookedUp { cursor: None },
            Event::LookedUp { cursor: None },
        ] {
            done = step(&done, event, NOW, 0);
        }
        let counts = [
            Count { account: done.account.clone(), kind: Kind::MissingHere, found: 1, open: 0 },
            Count { account: done.account.clone(), kind: Kind::Amount, found: 2, open: 1 },
        ];
        let view = DayView::of(&[done.clone(), job(Some("1600000002"))], &counts, NOW).unwrap();
        assert_eq!((view.status, view.ended_at), (Status::Pending, None));
        let expected =
            Counts { rows: 5, foreign: 4, compared: 3, purged: 1, agree: 1, entered: 1, open: 1 };
        assert_eq!(view.counts, expected);
        let view = DayView::of(&[done], &counts, NOW).unwrap();
        assert_eq!(view.status, Status::Done);
        assert_eq!(view.ended_at.as_deref(), Some("2025-01-01T10:53:20+08:00"));
        assert_eq!(DayView::of(&[], &counts, NOW), None);
    }

    #[test]
    fn a_day_with_a_bill_that_proves_nothing_says_so() {
        let read = |account, sha1: Option<&str>| {
            let bill = Bill { sha1: sha1.map(str::to_owned), rows: 5, foreign: 3 };
            step(&job(account), Event::Staged(bill), NOW, 0)
        };
        let view = |jobs: &[Job]| serde_json::to_value(DayView::of(jobs, &[], NOW)).unwrap();
        let proven = view(&[read(None, Some("49"))]);
        assert_eq!((proven.get("digest"), proven["accounts"][0].get("digest")), (None, None));
        assert_eq!(view(&[job(None)]).get("digest"), None, "no bill has come yet");
        let mixed = view(&[read(Some("1600000001"), Some("49")), read(Some("1600000002"), None)]);
        assert_eq!(mixed["digest"], "none");
        assert_eq!(mixed["accounts"][0].get("digest"), None);
        assert_eq!(mixed["accounts"][1]["digest"], "none");
        assert_eq!(mixed["accounts"][1]["bill"], serde_json::json!({ "rows": 5, "foreign": 3 }));
    }
}
