//! One call to the platform: a question out, a report back. It cannot fail: whatever goes wrong,
//! here or there, is the report that nothing is known.

use checkout::order::Call;
use checkout::payee::Payee;
use checkout::report::Report;
use checkout::time::{Seconds, UnixSeconds};
use wechatpay::crypto::Rsa;
use wechatpay::http::{Request, Signed};
use wechatpay::v3::answer::{hold_off, judge};
use wechatpay::v3::native;
use wechatpay::v3::sign::{Caller, sign};

use super::Desk;
use super::ask::Question;
use crate::ports::{Audience, CALL_MAX, CALL_MS_MAX, Ledger, Merchant, Platform, World};

/// No answer that means anything.
struct NoAnswer;

/// What came of a call.
pub(super) struct Heard {
    /// What it means for the order.
    pub(super) report: Report,
    /// How long the platform wants to be left alone.
    pub(super) hold_off: Option<Seconds>,
}

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// What the platform says to `question`.
    pub(super) async fn call(&self, question: &Question) -> Heard {
        let nothing = |NoAnswer| Heard { report: Report::InDoubt, hold_off: None };
        self.try_call(question).await.unwrap_or_else(nothing)
    }

    async fn try_call(&self, question: &Question) -> Result<Heard, NoAnswer> {
        let stored = self.ledger.read().ok().flatten().ok_or(NoAnswer)?;
        let profile = &stored.opening.profile;
        let merchant = self.platform.merchant(profile).await.map_err(|_| NoAnswer)?;
        let request = self.request(question, &stored.order.terms.payee)?;
        let signed = self.sign(&merchant, request, question.until).await?;
        let reply = self.platform.send(profile, signed, CALL_MS_MAX).await.map_err(|_| NoAnswer)?;
        // The platform's key may have come with the answer.
        let merchant = self.platform.merchant(profile).await.map_err(|_| NoAnswer)?;
        let judged = judge(&merchant.rsa, &merchant.platform_keys, &reply, self.world.wall()).await;
        let report = match question.call {
            Call::Place => native::read_place(&judged),
            Call::Query => native::read_query(&judged, question.attempted.number.as_str()),
            Call::Close => native::read_close(&judged),
        };
        Ok(Heard { report, hold_off: hold_off(&reply) })
    }

    fn request(&self, question: &Question, payee: &Payee) -> Result<Request, NoAnswer> {
        let number = &question.attempted.number;
        Ok(match question.call {
            Call::Place => {
                let body = self.ledger.body(question.attempted.no).ok().flatten();
                native::place(body.ok_or(NoAnswer)?, payee)
            }
            Call::Query => native::query_by_out_trade_no(number.as_str(), payee),
            Call::Close => native::close(number.as_str(), payee),
        })
    }

    /// Signs, if there is time left for the call.
    async fn sign<R: Rsa>(
        &self,
        merchant: &Merchant<R>,
        request: Request,
        until: UnixSeconds,
    ) -> Result<Signed, NoAnswer> {
        let caller = Caller {
            mchid: &merchant.mchid,
            serial_no: &merchant.serial_no,
            key: &merchant.private_key,
            platform_serial: merchant.platform_serial.as_deref(),
        };
        let nonce = self.world.chance().map_err(|_| NoAnswer)?;
        let signed = sign(&merchant.rsa, &caller, request, nonce, self.world.wall())
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
