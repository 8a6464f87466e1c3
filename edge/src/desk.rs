//! The desk: all that this service does with a checkout, one file a verb.
//!
//! Three habits make it safe, and every verb keeps them. A turn (read, decide, commit) awaits
//! nothing in its middle, so nobody can write in between. What is going to be done is stored before
//! it is done. Whatever comes back from outside is a report, and only
//! [`checkout::order::apply`] turns a report into a change.

mod cancel;
mod check;
mod compare;
mod errands;
mod heard;
mod history;
mod look;
mod open;
mod refund;
mod renew;
mod resolve;
mod scan;
mod wait;
mod wake;

mod ask;
mod call;
mod deliver;
mod follow_up;
mod rest;
mod turn;
mod view;
mod wording;

use crate::command::{Answer, Command, Letter};
use crate::ports::{Audience, Ledger, LedgerFailure, NoChance, Platform, World};
use crate::problem::{Code, Problem};

/// One checkout's desk, with all that it needs of the outside.
pub struct Desk<P, L, W, A> {
    /// WeChat Pay.
    pub platform: P,
    /// The store of this checkout.
    pub ledger: L,
    /// Clocks and dice.
    pub world: W,
    /// Who is told.
    pub audience: A,
}

/// Why a command ended before its answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stop {
    /// No such checkout here.
    Unknown,
    /// A reason that the caller is told.
    Problem(Problem),
    /// The store failed.
    Ledger(LedgerFailure),
    /// The dice failed.
    Chance,
}

impl From<LedgerFailure> for Stop {
    fn from(failure: LedgerFailure) -> Self {
        Self::Ledger(failure)
    }
}

impl From<NoChance> for Stop {
    fn from(_: NoChance) -> Self {
        Self::Chance
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Stop> for Answer {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Unknown => Self::Unknown,
            Stop::Problem(problem) => Self::Problem(problem),
            // Every command may be repeated, and a torn or refused commit has stored nothing.
            Stop::Ledger(LedgerFailure::Torn | LedgerFailure::Storage) | Stop::Chance => {
                let detail = "the checkout could not be stored just now";
                Self::Problem(Problem::new(Code::Unavailable, detail).retry_after(1))
            }
            Stop::Ledger(LedgerFailure::Unreadable) => {
                Self::Problem(Problem::new(Code::Internal, "the stored checkout cannot be read"))
            }
        }
    }
}

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// Does what the door asks, unless it asks in a name whose checkout this is not.
    pub async fn serve(&self, letter: Letter) -> Answer {
        match self.is_theirs(&letter) {
            Ok(true) => self.obey(letter.command).await,
            Ok(false) => Answer::Unknown,
            Err(stop) => stop.into(),
        }
    }

    fn is_theirs(&self, letter: &Letter) -> Result<bool, Stop> {
        let Some(profile) = &letter.profile else { return Ok(true) };
        let stored = self.ledger.read()?;
        Ok(stored.is_none_or(|stored| stored.opening.profile == *profile))
    }

    async fn obey(&self, command: Command) -> Answer {
        let answer = match command {
            Command::Open(opening) => self.open(*opening).await,
            Command::Read => self.read(),
            Command::Cancel => self.cancel().await,
            Command::Look => self.look().await,
            Command::Wait { version, wait_s } => self.wait(version, wait_s).await,
            Command::Check => self.check().await,
            Command::Hear { notification_id, out_trade_no, report } => {
                self.hear(notification_id, out_trade_no, report).await
            }
            Command::Refund(wish) => self.refund(*wish).await,
            Command::Refunds => self.refunds(),
            Command::ReadRefund { number } => self.read_refund(&number),
            Command::Redirect(redirection) => self.redirect(*redirection).await,
            Command::HearRefund(told) => self.hear_refund(*told).await,
            Command::Renew => self.renew().await,
            Command::Scan => self.scan().await,
            Command::Resolve { transaction_id, resolution } => {
                self.resolve(transaction_id, resolution).await
            }
            Command::Redrive => self.redrive().await,
            Command::History => self.history(),
            Command::Events => self.events(),
            Command::Resend { id } => self.resend(&id).await,
            Command::Project => self.project().await,
            Command::Sweep => self.sweep().await,
            Command::Compare(comparison) => self.compare(*comparison).await,
            Command::Confirm(confirmation) => self.confirm(&confirmation),
            Command::ResolveRefund(wish) => self.resolve_refund(wish).await,
        };
        answer.unwrap_or_else(Answer::from)
    }
}

#[cfg(test)]
mod tests;
