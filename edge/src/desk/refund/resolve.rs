//! The operator accepts what WeChat Pay tells of a refund. Whoever does it has seen what disagrees and
//! names it, so that a command that comes twice, or after the news has changed, accepts nothing else.

use checkout::refund::{
    RefundConflict, RefundDisagreement, RefundNews, RefundReport, Refunds, apply,
};
use checkout::report::Report;

use super::view;
use crate::command::{Answer, RefundResolution};
use crate::desk::turn::{Beside, Turn};
use crate::desk::{Desk, Stop};
use crate::ports::{Audience, Event, Finding, Ledger, Platform, Stored, World};
use crate::problem::{Code, Problem};

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// Resolves the conflict of the refund's ledger, and goes on with what has waited for it.
    pub(in crate::desk) async fn resolve_refund(
        &self,
        wish: RefundResolution,
    ) -> Result<Answer, Stop> {
        let RefundResolution { number, disagreement } = wish;
        let Turn { mut after, effects, mut alarms } = self.decide(&self.stored()?, &Report::Tick);
        let unknown = || Problem::new(Code::RefundNotFound, "no such refund");
        let ledger = after.frozen_at(&number).ok_or_else(unknown)?;
        let Some(conflict) = &ledger.conflict else {
            // Said again, after it took effect.
            return view::answer(&after, &number, false);
        };
        judge(ledger, conflict, (&number, disagreement))?;
        let fact = Box::new(conflict.fact.clone());
        let report = RefundReport {
            number: number.clone(),
            news: RefundNews::Resolved { disagreement, fact },
        };
        let (thawed, more) = apply(ledger, &report, self.world.now());
        *ledger = thawed;
        alarms.extend(more);
        let (at, finding) = (self.world.now(), Finding::Refund(report));
        let event = Some(Event { at, notification_id: None, finding });
        let budget = self.inline();
        let question = self.take(&mut after);
        self.commit(after, Beside { event, effects, alarms, ..Beside::default() }).await?;
        self.ask(question, budget).await?;
        view::answer(&self.stored()?, &number, false)
    }
}

fn judge(
    ledger: &Refunds,
    conflict: &RefundConflict,
    (number, disagreement): (&str, RefundDisagreement),
) -> Result<(), Problem> {
    let detail = if conflict.number != number {
        "what disagrees is about another refund of this payment, which its conflict names"
    } else if conflict.disagreement != disagreement {
        "something else disagrees; look at the refund again"
    } else if !conflict.suspects.is_empty() {
        "WeChat Pay is still being asked whether more goes back than was paid; wait for its answer"
    } else if ledger.resolvable().is_none() {
        "WeChat Pay tells of an amount that cannot be"
    } else {
        return Ok(());
    };
    Err(Problem::new(Code::InConflict, detail))
}

impl Stored {
    /// The ledger that is in conflict about this refund, or else has it, whoever made it.
    fn frozen_at(&mut self, number: &str) -> Option<&mut Refunds> {
        let disputes = |ledger: &Refunds| {
            ledger.conflict.as_ref().is_some_and(|conflict| conflict.number == number)
        };
        let has = |ledger: &Refunds| {
            ledger.refunds.iter().any(|refund| refund.number.as_str() == number)
                || ledger.externals.iter().any(|external| external.number == number)
        };
        let disputed = self.refunds.iter().position(disputes);
        let at = disputed.or_else(|| self.refunds.iter().position(has))?;
        self.refunds.get_mut(at)
    }
}
