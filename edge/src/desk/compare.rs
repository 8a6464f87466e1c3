//! A bill tells of this checkout. What a proven one knows and we do not is heard, as if it had been
//! notified; of one without a digest it is only said that we have not heard of it. What we know and
//! a bill does not is confirmed, or not.

use checkout::id::OutTradeNo;
use checkout::report::{Receipt, Report};
use checkout::time::{Seconds, UnixSeconds};

use super::turn::Beside;
use super::{Desk, Stop};
use crate::command::{Answer, Comparison, Confirmation, RefundTold};
use crate::ports::{Audience, Ledger, Platform, Stored, World};
use crate::reconciliation::difference::{Kind, Side};
use crate::reconciliation::entry::{BilledRefund, Entry};
use crate::reconciliation::hearsay::Weight;
use crate::reconciliation::judgement::{self, Judgement, Verdict};

/// How long a checkout is kept at least after money of it that it knew has moved: a day less than the
/// shortest `RETENTION_DAYS`, for clocks that differ. What moved later than that before a purge was
/// never known here.
const KEPT: Seconds = Seconds::days(29);

/// An alarm that is this late rings no more: the runtime gives one up some minutes after its time.
const LATE: Seconds = Seconds::hours(1);

/// A row that may be news here.
struct News {
    /// Names it for ever: it is heard once, however often the bill is read.
    id: String,
    weight: Weight,
}

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// One verdict for each row. What has been heard is committed row by row, and under a name that a
    /// repeat knows: whose first answer was lost hears again which rows were news.
    pub(super) async fn compare(&self, comparison: Comparison) -> Result<Answer, Stop> {
        if let Some(purged_at) = self.ledger.retired_at()? {
            let is_news = purged_at < comparison.day.begins() + KEPT;
            let verdict = if is_news { Verdict::Unknown } else { Verdict::Purged };
            let verdicts = vec![verdict; comparison.entries.len()];
            return Ok(Answer::Compared { verdicts });
        }
        let of_others = self.stored()?.opening.profile != comparison.profile;
        let (day, weight) = (comparison.day, comparison.weight);
        let mut verdicts = Vec::with_capacity(comparison.entries.len());
        for entry in comparison.entries {
            let news = News { id: entry.news_id(day), weight };
            verdicts.push(match entry {
                _ if of_others => Verdict::Foreign,
                Entry::Payment(there) => self.compare_payment(news, &there).await?,
                Entry::Refund(there) => self.compare_refund(news, there).await?,
                Entry::Unreadable { .. } => {
                    Verdict::Differs { kind: Kind::Unreadable, here: Side::default() }
                }
            });
        }
        self.set_lost_timer().await?;
        Ok(Answer::Compared { verdicts })
    }

    /// The sweep looks for open checkouts only. What a paid one has still to do, a shop to tell or a
    /// refund to ask about, would wait for ever if the runtime had dropped its alarm.
    async fn set_lost_timer(&self) -> Result<(), Stop> {
        let stored = self.stored()?;
        let late = |at: UnixSeconds| at + LATE < self.world.wall();
        if self.wake_at(&stored).is_some_and(late) {
            self.commit(stored, Beside::default()).await?;
        }
        Ok(())
    }

    async fn compare_payment(&self, news: News, there: &Receipt) -> Result<Verdict, Stop> {
        let number = OutTradeNo::parse(&there.out_trade_no).map_err(|_| Stop::Unknown)?;
        if !self.ledger.owns(&number)? {
            return Ok(Verdict::Unknown);
        }
        let receipt = match judgement::payment(&self.stored()?, there) {
            Judgement::Agrees => return self.agrees(&news.id),
            Judgement::Differs { kind, here } => return Ok(Verdict::Differs { kind, here }),
            Judgement::Unknown => return Ok(Verdict::Unknown),
            Judgement::News(_) if news.weight == Weight::Hearsay => return Ok(Verdict::Unheard),
            Judgement::News(receipt) => receipt,
        };
        self.hear(news.id, number, Report::Paid(Box::new(receipt))).await?;
        // Money that is nowhere after it was heard belongs to nobody here.
        Ok(match judgement::payment(&self.stored()?, there) {
            Judgement::Agrees => Verdict::Entered,
            _ => Verdict::Unknown,
        })
    }

    /// Both sides agree: because of this very row, if it is in the history.
    fn agrees(&self, news_id: &str) -> Result<Verdict, Stop> {
        Ok(if self.ledger.heard(news_id)? { Verdict::Entered } else { Verdict::Agrees })
    }

    async fn compare_refund(&self, news: News, there: BilledRefund) -> Result<Verdict, Stop> {
        let out_refund_no = there.out_refund_no.clone();
        let fact = match judgement::refund(&self.stored()?, &there) {
            Judgement::Agrees => return self.agrees(&news.id),
            Judgement::Differs { kind, here } => return Ok(Verdict::Differs { kind, here }),
            Judgement::Unknown => return Ok(Verdict::Unknown),
            Judgement::News(_) if news.weight == Weight::Hearsay => return Ok(Verdict::Unheard),
            Judgement::News(fact) => fact,
        };
        let told = RefundTold { notification_id: news.id, out_refund_no, fact };
        match self.hear_refund(told).await {
            Ok(_) => {}
            Err(Stop::Unknown) => return Ok(Verdict::Unknown),
            Err(stop) => return Err(stop),
        }
        Ok(match judgement::refund(&self.stored()?, &there) {
            Judgement::Agrees => Verdict::Entered,
            Judgement::Differs { kind, here } => Verdict::Differs { kind, here },
            // Heard, and not believed: its ledger is frozen.
            _ => Verdict::Differs { kind: Kind::Status, here: Side::default() },
        })
    }

    /// Those of the candidates that the bill should have had.
    pub(super) fn confirm(&self, candidates: &Confirmation) -> Result<Answer, Stop> {
        let stored: Stored = self.stored()?;
        if stored.opening.profile != candidates.profile {
            return Ok(Answer::Confirmed { missed: Vec::new() });
        }
        let bill = (candidates.day, candidates.account.as_deref());
        let payments = candidates.payments.iter();
        let payments = payments.filter_map(|id| judgement::missed_payment(&stored, bill, id));
        let refunds = candidates.refunds.iter();
        let refunds = refunds.filter_map(|no| judgement::missed_refund(&stored, bill, no));
        Ok(Answer::Confirmed { missed: payments.chain(refunds).collect() })
    }
}
