//! The two halves of a comparison, a slice at a time: the bill's rows go to their checkouts, and what
//! the index has besides is confirmed by its own. Of a row that is hearsay the platform is asked where
//! its checkout knows less.
//!
//! A slice's results and its job's next step are written without an await between them, so a crash
//! loses a slice and never half of one; a repeated slice finds that both sides agree.

use std::collections::BTreeMap;

use checkout::id::{CheckoutId, ProfileName};
use checkout::time::UnixSeconds;
use wechatpay::moment::rfc3339;

use super::super::{log, objects};
use super::index::{self, Candidate};
use super::store::Staged;
use super::telling::{other, settled, tell};
use super::{Slice, unstorable};
use crate::command::{Answer, BooksCommand, Command, Comparison, Confirmation, Orphan};
use crate::problem::Problem;
use crate::reconciliation::difference::Difference;
use crate::reconciliation::entry::Entry;
use crate::reconciliation::hearsay::Weight;
use crate::reconciliation::job::{Bill, Candidates, Event, Job, Tally};
use crate::reconciliation::judgement::Verdict;

/// Rows that are read for one slice, and checkouts that are told in it. With what surrounds them they
/// stay below the fifty calls that one event may make on the free plan.
const ROWS: i64 = 120;
const CHECKOUTS: usize = 36;
/// The same where rows are hearsay, and how many of them the platform is asked about in one slice: a
/// question, which a second key may repeat, and two letters for each.
const CHECKOUTS_OF_HEARSAY: usize = 24;
const ASKED_MAX: usize = 4;

/// What a slice found.
#[derive(Default)]
struct Found {
    rows: Vec<i64>,
    tally: Tally,
    differences: Vec<Difference>,
    orphans: Vec<Orphan>,
    /// Numbers whose checkouts have been purged.
    purged: Vec<String>,
    failed: Option<Problem>,
    /// Questions that this slice may still put to the platform.
    asks_left: usize,
}

impl Slice<'_> {
    /// Compares the next rows of the bill.
    pub(super) async fn compare(&self, id: i64, job: &Job) -> Result<(), Problem> {
        let staged = self.store.uncompared(id, ROWS).map_err(|error| unstorable(&error))?;
        let weight = job.bill.as_ref().map_or(Weight::Hearsay, Bill::weight);
        let by_checkout = grouped(staged, weight);
        let letters = by_checkout.iter().map(|(checkout, staged)| {
            let entries = staged.iter().map(|row| row.entry.clone()).collect();
            let (profile, day) = (self.profile.clone(), job.day);
            let comparison = Comparison { profile, day, weight, entries };
            (checkout.clone(), Command::Compare(Box::new(comparison)))
        });
        let answers = tell(self.env, letters.collect()).await;
        let mut found = Found { asks_left: ASKED_MAX, ..Found::default() };
        for (checkout, answer) in answers {
            let Some(staged) = by_checkout.get(&checkout) else { continue };
            match compared(settled(answer), staged.len()) {
                Ok(verdicts) => {
                    for (row, verdict) in staged.iter().zip(verdicts) {
                        self.weigh((job, weight), (&checkout, row), verdict, &mut found).await;
                    }
                }
                Err(problem) => found.failed = Some(problem),
            }
        }
        self.keep(core::mem::take(&mut found.orphans)).await?;
        self.enter(id, job, found)
    }

    /// Notes what a checkout says to a row. What it has not heard of, or is nobody's, is news where the
    /// bill is proven; where it is hearsay the platform is asked first, a few times in one slice.
    async fn weigh(
        &self,
        (job, weight): (&Job, Weight),
        (checkout, row): (&CheckoutId, &Staged),
        verdict: Verdict,
        found: &mut Found,
    ) {
        let is_open = matches!(verdict, Verdict::Unheard | Verdict::Unknown);
        if weight == Weight::Proven || !is_open {
            let kept = orphan(&row.entry, job, self.now);
            return found.note((checkout, row), verdict, kept);
        }
        // It stays uncompared, and the next slice begins with it.
        let Some(asks_left) = found.asks_left.checked_sub(1) else { return };
        found.asks_left = asks_left;
        match self.inquire(job, (checkout, &row.entry), verdict).await {
            Ok(heard) => {
                let kept = heard.confirmed.and_then(|entry| orphan(&entry, job, self.now));
                found.note((checkout, row), heard.verdict, kept);
            }
            Err(problem) => found.failed = Some(problem),
        }
    }

    /// All that a slice found, in one commit with the job's next step. A row counts as compared last:
    /// should the store fail in the middle, it is compared again, and no difference is lost.
    fn enter(&self, id: i64, job: &Job, found: Found) -> Result<(), Problem> {
        let store = self.store;
        let written = || {
            for difference in &found.differences {
                store.differs(job, difference, self.now)?;
            }
            store.unheard(job, &found.purged)?;
            store.compared(&found.rows)?;
            let more = !store.uncompared(id, 1)?.is_empty();
            // A checkout that cannot answer is asked again with each slice, and waited for when nobody
            // else is left.
            let event = match found.failed {
                Some(problem) if found.rows.is_empty() => Event::Stopped(problem),
                _ => Event::Compared { tally: found.tally, more },
            };
            self.settle(&self.step(job, event))
        };
        written().map_err(|error| unstorable(&error))
    }

    /// Looks up what the index has of that day and the bill did not show.
    pub(super) async fn look_up(
        &self,
        id: i64,
        job: &Job,
        (of, cursor): (Candidates, Option<&str>),
    ) -> Result<(), Problem> {
        let page = index::of_day(self.env, self.profile, job, (of, cursor)).await?;
        let numbers: Vec<&str> = page.data.iter().map(|one| one.number.as_str()).collect();
        let unseen = self.store.unseen(id, &numbers).map_err(|error| unstorable(&error))?;
        let candidates = page.data.into_iter().filter(|one| unseen.contains(&one.number));
        let mut asked = grouped_numbers(candidates);
        let letters = confirmations(self.profile, job, of, &asked);
        let (mut missed, mut purged) = (Vec::new(), Vec::new());
        for (checkout, answer) in tell(self.env, letters).await {
            match settled(answer)? {
                Answer::Confirmed { missed: more } => missed.extend(more),
                // What has been purged can tell nothing any more.
                Answer::Unknown => purged.extend(asked.remove(&checkout).unwrap_or_default()),
                _ => return Err(other()),
            }
        }
        let written = || {
            for difference in &missed {
                self.store.differs(job, difference, self.now)?;
            }
            self.store.unheard(job, &purged)?;
            let next = self.step(job, Event::LookedUp { cursor: page.cursor });
            if next.ended_at.is_some() {
                self.store.heal(&next, self.now)?;
                self.store.unstage(id)?;
                self.alert(&next)?;
            }
            self.store.keep(&next)
        };
        written().map_err(|error| unstorable(&error))
    }

    /// A person has to look where the books disagree.
    fn alert(&self, job: &Job) -> worker::Result<()> {
        let counts = self.store.counts(job.day)?;
        let its = counts.iter().filter(|count| count.account == job.account);
        let open: u64 = its.map(|count| count.open).sum();
        if open > 0 {
            let (day, open) = (job.day.to_string(), open.to_string());
            let about = [("profile", self.profile.as_str()), ("day", &day), ("open", &open)];
            log::alarm("books_disagree", &about);
        }
        Ok(())
    }

    /// Keeps money that nobody here knows where all of it is kept.
    async fn keep(&self, orphans: Vec<Orphan>) -> Result<(), Problem> {
        if orphans.is_empty() {
            return Ok(());
        }
        let command = BooksCommand::EnterAll { orphans };
        objects::books(self.env, self.profile, &command).await.map(drop)
    }
}

impl Found {
    fn note(
        &mut self,
        (checkout, row): (&CheckoutId, &Staged),
        verdict: Verdict,
        orphan: Option<Orphan>,
    ) {
        let one_more = |count: &mut u64| *count = count.saturating_add(1);
        self.rows.push(row.seq);
        one_more(&mut self.tally.compared);
        match verdict {
            Verdict::Agrees | Verdict::Entered => one_more(&mut self.tally.agree),
            Verdict::Foreign => one_more(&mut self.tally.foreign),
            Verdict::Purged => {
                one_more(&mut self.tally.purged);
                self.purged.push(row.entry.number().to_owned());
            }
            Verdict::Unknown => self.orphans.extend(orphan),
            Verdict::Unheard | Verdict::Differs { .. } => {}
        }
        self.differences.extend(Difference::of(checkout, &row.entry, verdict));
    }
}

/// Rows by their checkouts, as many checkouts as one slice tells.
fn grouped(staged: Vec<Staged>, weight: Weight) -> BTreeMap<CheckoutId, Vec<Staged>> {
    let checkouts_max = match weight {
        Weight::Proven => CHECKOUTS,
        Weight::Hearsay => CHECKOUTS_OF_HEARSAY,
    };
    let mut by_checkout: BTreeMap<CheckoutId, Vec<Staged>> = BTreeMap::new();
    for row in staged {
        if by_checkout.len() == checkouts_max && !by_checkout.contains_key(&row.checkout) {
            break;
        }
        by_checkout.entry(row.checkout.clone()).or_default().push(row);
    }
    by_checkout
}

/// One verdict for each of so many rows.
pub(super) fn compared(
    answer: Result<Answer, Problem>,
    rows: usize,
) -> Result<Vec<Verdict>, Problem> {
    match answer? {
        Answer::Compared { verdicts } if verdicts.len() == rows => Ok(verdicts),
        Answer::Unknown => Ok(vec![Verdict::Unknown; rows]),
        _ => Err(other()),
    }
}

/// Numbers by their checkouts.
fn grouped_numbers(
    candidates: impl Iterator<Item = Candidate>,
) -> BTreeMap<CheckoutId, Vec<String>> {
    let mut by_checkout: BTreeMap<CheckoutId, Vec<String>> = BTreeMap::new();
    for Candidate { checkout, number } in candidates {
        by_checkout.entry(checkout).or_default().push(number);
    }
    by_checkout
}

fn confirmations(
    profile: &ProfileName,
    job: &Job,
    of: Candidates,
    by_checkout: &BTreeMap<CheckoutId, Vec<String>>,
) -> Vec<(CheckoutId, Command)> {
    let letter = |(checkout, numbers): (&CheckoutId, &Vec<String>)| {
        let (payments, refunds) = match of {
            Candidates::Payments => (numbers.clone(), Vec::new()),
            Candidates::Refunds => (Vec::new(), numbers.clone()),
        };
        let (profile, day, account) = (profile.clone(), job.day, job.account.clone());
        let confirmation = Confirmation { profile, day, account, payments, refunds };
        (checkout.clone(), Command::Confirm(Box::new(confirmation)))
    };
    by_checkout.iter().map(letter).collect()
}

/// The name is the news's own, so that it is kept once however often the bill is read.
fn orphan(entry: &Entry, job: &Job, now: UnixSeconds) -> Option<Orphan> {
    let notification_id = entry.news_id(job.day);
    let (received_at, none) = (rfc3339(now), None::<String>);
    match entry {
        Entry::Payment(receipt) => Some(Orphan {
            notification_id,
            out_trade_no: receipt.out_trade_no.clone(),
            transaction_id: Some(receipt.transaction_id.clone()),
            trade_state: Some("SUCCESS".to_owned()),
            total: Some(receipt.total),
            currency: Some(receipt.currency.clone()),
            out_refund_no: none,
            refund_status: None,
            refund: None,
            received_at,
        }),
        Entry::Refund(refund) => Some(Orphan {
            notification_id,
            out_trade_no: refund.out_trade_no.clone(),
            transaction_id: Some(refund.transaction_id.clone()),
            trade_state: None,
            total: None,
            currency: None,
            out_refund_no: Some(refund.out_refund_no.clone()),
            refund_status: Some(refund.standing.as_str().to_owned()),
            refund: Some(refund.amount),
            received_at,
        }),
        Entry::Unreadable { .. } => None,
    }
}
