//! The platform is asked about a row that nobody vouches for, and what it signs for is told to the
//! checkout as a notification would be. What an answer makes of a row is decided in
//! [`crate::reconciliation::hearsay`].

use checkout::id::CheckoutId;
use checkout::payee::Payee;
use wechatpay::http::Reply;
use wechatpay::v2::answer::{Judged, judge};
use wechatpay::v2::draft::{Caller, Draft, sign_call};
use wechatpay::v2::{order, refund};

use super::super::platform::deliver;
use super::super::world::chance;
use super::Slice;
use super::comparing::compared;
use super::telling::{other, settled, tell};
use crate::api::Api;
use crate::command::{Answer, Command, Comparison};
use crate::ports::CALL_MS_MAX;
use crate::problem::{Code, Problem};
use crate::reconciliation::difference::{Kind, Side};
use crate::reconciliation::entry::Entry;
use crate::reconciliation::hearsay::{self, Weight, Word};
use crate::reconciliation::job::Job;
use crate::reconciliation::judgement::Verdict;

/// What became of a row, and how the platform's signed answer has it: for what is kept of money that
/// nobody here knows.
pub(super) struct Heard {
    pub(super) verdict: Verdict,
    pub(super) confirmed: Option<Entry>,
}

impl Slice<'_> {
    /// Asks about a row of which its checkout has not heard, or which no checkout has.
    ///
    /// # Errors
    ///
    /// The platform could not be asked, or the checkout not told: the row is looked at again later.
    pub(super) async fn inquire(
        &self,
        job: &Job,
        (checkout, entry): (&CheckoutId, &Entry),
        verdict: Verdict,
    ) -> Result<Heard, Problem> {
        let word = self.word(job, entry).await?;
        if word == Word::Silent {
            let detail = "WeChat Pay says nothing of a payment or refund in its bill";
            return Err(Problem::new(Code::Unavailable, detail).retry_after(RETRY_S));
        }
        let confirmed = hearsay::confirmed(entry, &word);
        let told = hearsay::told(entry.news_id(job.day), entry, &word);
        let verdict = match (verdict, told) {
            _ if confirmed.is_none() => {
                Verdict::Differs { kind: Kind::Unconfirmed, here: Side::default() }
            }
            (Verdict::Unheard, Some(command)) => {
                self.tell_and_compare(job, (checkout, entry), command).await?
            }
            (verdict, _) => verdict,
        };
        Ok(Heard { verdict, confirmed })
    }

    /// Tells the checkout what the platform has signed for, and how the row stands then.
    async fn tell_and_compare(
        &self,
        job: &Job,
        (checkout, entry): (&CheckoutId, &Entry),
        command: Command,
    ) -> Result<Verdict, Problem> {
        let (profile, day) = (self.profile.clone(), job.day);
        let entries = vec![entry.clone()];
        let comparison = Comparison { profile, day, weight: Weight::Hearsay, entries };
        for command in [command, Command::Compare(Box::new(comparison))] {
            let mut answers = tell(self.env, vec![(checkout.clone(), command)]).await;
            let answer = answers.pop().ok_or_else(other)?.1;
            match settled(answer)? {
                // What is heard and belongs to nobody is seen by comparing.
                Answer::Heard | Answer::Unknown => {}
                answer => {
                    let verdict = compared(Ok(answer), 1)?.pop().ok_or_else(other)?;
                    // Told, and still unheard of: it belongs to nobody here.
                    let is_nobodys = verdict == Verdict::Unheard;
                    return Ok(if is_nobodys { Verdict::Unknown } else { verdict });
                }
            }
        }
        Ok(Verdict::Unknown)
    }

    async fn word(&self, job: &Job, entry: &Entry) -> Result<Word, Problem> {
        match entry {
            Entry::Payment(there) => {
                let number = there.out_trade_no.as_str();
                let judged = self.ask(job, |payee| order::query(number, payee)).await?;
                Ok(hearsay::of_payment(there, order::read_query(&judged, number)))
            }
            Entry::Refund(there) => {
                let number = there.out_refund_no.as_str();
                let judged = self.ask(job, |payee| refund::query(number, payee)).await?;
                Ok(hearsay::of_refund(there, refund::read_query(&judged, number)))
            }
            Entry::Unreadable { .. } => Ok(Word::Denied),
        }
    }

    /// One question to the platform, in the name of whose bill it is.
    async fn ask(&self, job: &Job, draft: impl FnOnce(&Payee) -> Draft) -> Result<Judged, Problem> {
        let gone = || Problem::new(Code::Misconfigured, "PROFILES: there is no such merchant");
        let profile = self.deployment.config.profile(self.profile).ok_or_else(gone)?;
        let standing = self.deployment.standing(self.profile).ok_or_else(gone)?;
        let payee = profile.payees.choose(job.account.as_deref());
        let payee = payee.map_err(|reason| Problem::new(Code::Misconfigured, reason.words()))?;
        let merchant = standing.merchant(self.env, Api::V2).await?;
        let means = merchant.v2()?;
        let caller = Caller { key: means.keys.first(), sign_type: means.sign_type };
        let nonce = chance().map_err(|_| Problem::new(Code::Internal, "no random bytes"))?;
        let signed = sign_call(&draft(&payee), &caller, nonce);
        let delivered = deliver(&self.deployment, &standing, &signed, CALL_MS_MAX).await;
        let reply: Reply = match delivered {
            Ok(delivery) => delivery.reply,
            Err(_) => {
                let detail = "WeChat Pay cannot be reached";
                return Err(Problem::new(Code::Unavailable, detail).retry_after(RETRY_S));
            }
        };
        Ok(judge(&reply, &means.keys, means.sign_type, &payee))
    }
}

/// Seconds until a row is asked about again of which the platform said nothing.
const RETRY_S: u32 = 30;
