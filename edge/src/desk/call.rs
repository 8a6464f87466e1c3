//! One call to the platform: a question out, a finding back. It cannot fail: whatever goes wrong,
//! here or there, is the finding that nothing is known.
//!
//! What is asked and what an answer means stands in `wording`, for orders and for refunds; here it is
//! signed, sent and judged, in the API that it is worded in.

use checkout::id::OutRefundNo;
use checkout::order::Call;
use checkout::payee::Payee;
use checkout::refund::{RefundCall, RefundNews, RefundReport};
use checkout::report::Report;
use checkout::time::{Seconds, UnixSeconds};
use wechatpay::crypto::Rsa;
use wechatpay::http::{Reply, Request, Signed};
use wechatpay::v3::answer::hold_off;
use wechatpay::{v2, v3};

use super::ask::{Question, Subject};
use super::refund::wording as refund;
use super::{Desk, wording};
use crate::api::Api;
use crate::ports::{
    Audience, CALL_MAX, CALL_MS_MAX, Delivery, Finding, Ledger, Merchant, Platform, Stored, World,
};
use crate::problem::Problem;

/// No answer that means anything.
pub(super) struct NoAnswer;

impl From<Problem> for NoAnswer {
    /// There are no keys to ask with; whoever looked for them has raised the alarm.
    fn from(_: Problem) -> Self {
        Self
    }
}

/// A call that is ready to be signed.
pub(super) enum Draft {
    /// By APIv3.
    V3 {
        /// What is asked.
        request: Request,
        /// The platform key that it is written for, where that matters.
        serial: Option<String>,
    },
    /// By V2.
    V2 {
        /// What is asked.
        draft: v2::draft::Draft,
        /// Whom an answer has to be about.
        payee: Payee,
    },
}

impl From<Request> for Draft {
    fn from(request: Request) -> Self {
        Self::V3 { request, serial: None }
    }
}

impl Draft {
    const fn api(&self) -> Api {
        match self {
            Self::V3 { .. } => Api::V3,
            Self::V2 { .. } => Api::V2,
        }
    }
}

/// An answer, judged by the rules of the API that it came by.
pub(super) enum Judged<'a> {
    /// By APIv3.
    V3(v3::answer::Judged<'a>),
    /// By V2.
    V2(v2::answer::Judged),
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
        let draft = self.draft(&question.subject, &stored)?;
        let api = draft.api();
        let merchant = self.platform.merchant(profile, api).await?;
        let signed = self.sign(&merchant, &draft).await?;
        // Held up until here, by whatever: our turn may end before the call does, and who comes next
        // may decide meanwhile; an order that arrives then could be one that we have called closed.
        // The clock cuts fractions off: what it calls now may be almost a second ago.
        if self.world.wall() + CALL_MAX >= question.until {
            return Err(NoAnswer);
        }
        let sent = self.platform.send(profile, signed, CALL_MS_MAX).await;
        let Delivery { reply, astray } = sent.map_err(|_| NoAnswer)?;
        // The platform's key may have come with the answer.
        let merchant = self.platform.merchant(profile, api).await?;
        let judged = judge(&merchant, &draft, &reply, self.world.wall()).await?;
        let finding = question.subject.read(&judged);
        let finding = if astray { beside_one_astray(finding) } else { finding };
        Ok(Heard { finding, hold_off: hold_off(&reply) })
    }

    fn draft(&self, subject: &Subject, stored: &Stored) -> Result<Draft, NoAnswer> {
        let about = wording::About::of(stored);
        match subject {
            Subject::Order { call: Call::Place, no, .. } => {
                let body = self.ledger.body(*no).ok().flatten();
                about.place(body.ok_or(NoAnswer)?).ok_or(NoAnswer)
            }
            Subject::Order { call: Call::Query, number, .. } => Ok(about.query(number)),
            Subject::Order { call: Call::Close, number, .. } => Ok(about.close(number)),
            Subject::Refund { call, number } => self.refund_draft(*call, number, stored),
        }
    }

    fn refund_draft(
        &self,
        call: RefundCall,
        number: &OutRefundNo,
        stored: &Stored,
    ) -> Result<Draft, NoAnswer> {
        let ledger = stored.ledger_of(number.as_str()).ok_or(NoAnswer)?;
        let letter = |call| self.ledger.letter(number, call).ok().flatten().ok_or(NoAnswer);
        if call == RefundCall::Query {
            return Ok(refund::query(letter(RefundCall::Apply)?.api(), number, ledger));
        }
        let letter = letter(call)?;
        let entry = ledger.refunds.iter().find(|entry| entry.number == *number);
        let known = entry.and_then(|entry| entry.known.as_ref());
        let refund_id = known.map(|known| &*known.refund_id);
        refund::send(call, letter, (ledger, refund_id)).ok_or(NoAnswer)
    }

    async fn sign<R: Rsa>(
        &self,
        merchant: &Merchant<R>,
        draft: &Draft,
    ) -> Result<Signed, NoAnswer> {
        let nonce = self.world.chance().map_err(|_| NoAnswer)?;
        let (request, serial) = match draft {
            Draft::V3 { request, serial } => (request.clone(), serial),
            Draft::V2 { draft, .. } => {
                let means = merchant.v2()?;
                let (key, sign_type) = (means.keys.first(), means.sign_type);
                return Ok(v2::draft::sign_call(
                    draft,
                    &v2::draft::Caller { key, sign_type },
                    nonce,
                ));
            }
        };
        let means = merchant.v3()?;
        let caller = v3::sign::Caller {
            mchid: &merchant.mchid,
            serial_no: &means.serial_no,
            key: &means.private_key,
            platform_serial: serial.as_deref().or(means.platform_serial.as_deref()),
        };
        let signed = v3::sign::sign(&means.rsa, &caller, request, nonce, self.world.wall()).await;
        signed.map_err(|_| NoAnswer)
    }
}

/// What can be believed of the answer to `draft`.
async fn judge<'a>(
    merchant: &Merchant<impl Rsa>,
    draft: &Draft,
    reply: &'a Reply,
    wall: UnixSeconds,
) -> Result<Judged<'a>, NoAnswer> {
    match draft {
        Draft::V3 { .. } => {
            let means = merchant.v3()?;
            let judged = v3::answer::judge(&means.rsa, &means.platform_keys, reply, wall).await;
            Ok(Judged::V3(judged))
        }
        Draft::V2 { draft, payee } => {
            let means = merchant.v2()?;
            let sign_type = draft.sign_type.unwrap_or(means.sign_type);
            Ok(Judged::V2(v2::answer::judge(reply, &means.keys, sign_type, payee)))
        }
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
                let report = wording::read(*call, number, judged);
                Finding::Order { number: number.clone(), report }
            }
            Self::Refund { call, number } => {
                let news = refund::read(*call, number.as_str(), judged);
                Finding::Refund(RefundReport { number: number.as_str().to_owned(), news })
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
