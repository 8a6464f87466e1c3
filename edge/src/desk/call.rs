//! One call to the platform: a question out, a finding back. It cannot fail: whatever goes wrong,
//! here or there, is the finding that nothing is known.

use checkout::id::OutRefundNo;
use checkout::order::Call;
use checkout::refund::{RefundCall, RefundNews, RefundReport};
use checkout::report::Report;
use checkout::time::{Seconds, UnixSeconds};
use wechatpay::crypto::Rsa;
use wechatpay::http::{Request, Signed};
use wechatpay::v3::answer::{Judged, hold_off, judge};
use wechatpay::v3::sign::{Caller, sign};
use wechatpay::v3::{native, refund};

use super::Desk;
use super::ask::{Question, Subject};
use crate::ports::{
    Audience, CALL_MAX, CALL_MS_MAX, Delivery, Finding, Ledger, Merchant, Platform, Stored, World,
};

/// No answer that means anything.
struct NoAnswer;

/// A call that is ready to be signed.
struct Draft {
    request: Request,
    /// The platform key that it is written for, where that matters.
    serial: Option<String>,
}

/// What came of a call.
pub(super) struct Heard {
    /// What it means.
    pub(super) finding: Finding,
    /// How long the platform wants to be left alone.
    pub(super) hold_off: Option<Seconds>,
}

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// What the platform says to `question`.
    pub(super) async fn call(&self, question: &Question) -> Heard {
        let nothing = |NoAnswer| Heard { finding: question.subject.in_doubt(), hold_off: None };
        self.try_call(question).await.unwrap_or_else(nothing)
    }

    async fn try_call(&self, question: &Question) -> Result<Heard, NoAnswer> {
        let stored = self.ledger.read().ok().flatten().ok_or(NoAnswer)?;
        let profile = &stored.opening.profile;
        let merchant = self.platform.merchant(profile).await.map_err(|_| NoAnswer)?;
        let draft = self.draft(&question.subject, &stored)?;
        let signed = self.sign(&merchant, draft, question.until).await?;
        let sent = self.platform.send(profile, signed, CALL_MS_MAX).await;
        let Delivery { reply, astray } = sent.map_err(|_| NoAnswer)?;
        // The platform's key may have come with the answer.
        let merchant = self.platform.merchant(profile).await.map_err(|_| NoAnswer)?;
        let judged = judge(&merchant.rsa, &merchant.platform_keys, &reply, self.world.wall()).await;
        let finding = question.subject.read(&judged);
        let finding = if astray { beside_one_astray(finding) } else { finding };
        Ok(Heard { finding, hold_off: hold_off(&reply) })
    }

    fn draft(&self, subject: &Subject, stored: &Stored) -> Result<Draft, NoAnswer> {
        let payee = &stored.order.terms.payee;
        let request = match subject {
            Subject::Order { call: Call::Place, no, .. } => {
                let body = self.ledger.body(*no).ok().flatten();
                native::place(body.ok_or(NoAnswer)?, payee)
            }
            Subject::Order { call: Call::Query, number, .. } => {
                native::query_by_out_trade_no(number.as_str(), payee)
            }
            Subject::Order { call: Call::Close, number, .. } => {
                native::close(number.as_str(), payee)
            }
            Subject::Refund { call, number } => return self.refund_draft(*call, number, stored),
        };
        Ok(Draft { request, serial: None })
    }

    fn refund_draft(
        &self,
        call: RefundCall,
        number: &OutRefundNo,
        stored: &Stored,
    ) -> Result<Draft, NoAnswer> {
        let ledger = stored.ledger_of(number.as_str()).ok_or(NoAnswer)?;
        if call == RefundCall::Query {
            let request = refund::query(number.as_str(), ledger.payee.sub_mchid());
            return Ok(Draft { request, serial: None });
        }
        let letter = self.ledger.letter(number, call).ok().flatten().ok_or(NoAnswer)?;
        let request = if call == RefundCall::Apply {
            refund::apply(letter.body)
        } else {
            let entry = ledger.refunds.iter().find(|entry| entry.number == *number);
            let known = entry.and_then(|entry| entry.known.as_ref()).ok_or(NoAnswer)?;
            refund::abnormal(&known.refund_id, letter.body)
        };
        Ok(Draft { request, serial: letter.serial })
    }

    /// Signs, if there is time left for the call.
    async fn sign<R: Rsa>(
        &self,
        merchant: &Merchant<R>,
        draft: Draft,
        until: UnixSeconds,
    ) -> Result<Signed, NoAnswer> {
        let caller = Caller {
            mchid: &merchant.mchid,
            serial_no: &merchant.serial_no,
            key: &merchant.private_key,
            platform_serial: draft.serial.as_deref().or(merchant.platform_serial.as_deref()),
        };
        let nonce = self.world.chance().map_err(|_| NoAnswer)?;
        let signed = sign(&merchant.rsa, &caller, draft.request, nonce, self.world.wall())
            .await
            .map_err(|_| NoAnswer)?;
        // Held up until here, by whatever: our turn may end before the call does, and who comes next
        // may decide meanwhile; an order that arrives then could be one that we have called closed.
        // The clock cuts fractions off: what it calls now may be almost a second ago.
        if self.world.wall() + CALL_MAX >= until {
            return Err(NoAnswer);
        }
        Ok(signed)
    }
}

/// What `finding` means where the same call may have been heard once before, a moment ago: a no is
/// none to that one. The platform is asked, and a refund's sum stays reserved as after no answer.
fn beside_one_astray(finding: Finding) -> Finding {
    match finding {
        Finding::Order { number, report: Report::Refused(said) } => {
            Finding::Order { number, report: Report::Disputed(said) }
        }
        Finding::Refund(RefundReport {
            number,
            news: RefundNews::Short(said) | RefundNews::Refused(said) | RefundNews::Disputed(said),
        }) => {
            let news = RefundNews::InDoubt { said: Some(said) };
            Finding::Refund(RefundReport { number, news })
        }
        other => other,
    }
}

impl Subject {
    /// What an answer means for it.
    fn read(&self, judged: &Judged<'_>) -> Finding {
        match self {
            Self::Order { call, number, .. } => {
                let report = match call {
                    Call::Place => native::read_place(judged),
                    Call::Query => native::read_query(judged, number.as_str()),
                    Call::Close => native::read_close(judged),
                };
                Finding::Order { number: number.clone(), report }
            }
            Self::Refund { call, number } => {
                let number = number.as_str();
                let news = match call {
                    RefundCall::Apply => refund::read_apply(judged, number),
                    RefundCall::Query => refund::read_query(judged, number),
                    RefundCall::Redirect => refund::read_abnormal(judged, number),
                };
                Finding::Refund(RefundReport { number: number.to_owned(), news })
            }
        }
    }

    fn in_doubt(&self) -> Finding {
        match self {
            Self::Order { number, .. } => {
                Finding::Order { number: number.clone(), report: Report::InDoubt }
            }
            Self::Refund { number, .. } => {
                let number = number.as_str().to_owned();
                Finding::Refund(RefundReport { number, news: RefundNews::InDoubt { said: None } })
            }
        }
    }
}
