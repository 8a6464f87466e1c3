//! What becomes of a request: an answer, a refusal, or nothing.

use super::poll::Poll;
use super::{Ask, Command, Now, Origin, Request, Session, Stage, Via};
use crate::answer::{Answer, Failure, Rejection};

impl Session {
    pub(super) fn answered(
        &mut self,
        ticket: u32,
        answer: Answer,
        now: Now,
        commands: &mut Vec<Command>,
    ) {
        let Some(request) = self.request.filter(|request| request.ticket == ticket) else {
            return;
        };
        self.request = None;
        self.press_answered(request.ask, matches!(answer, Answer::View(_)), now);
        match answer {
            Answer::View(view) => {
                self.failures = 0;
                self.judge_hold(request, view.version, now);
                self.see(view, Via::Poll, now, commands);
            }
            Answer::Failure(failure) => self.failed(request, failure, now, commands),
        }
    }

    /// Whether what lies in between holds questions at all: one that comes back unchanged and at
    /// once, again and again, would be a storm.
    fn judge_hold(&mut self, request: Request, version: u64, now: Now) {
        let Some(hold) = request.hold else { return };
        let held_ms = now.ms.saturating_sub(request.sent_ms);
        if version <= hold.version && held_ms < u64::from(hold.wait_s) * 1_000 / 5 {
            self.hold_failed(now);
        } else {
            self.poll = Poll::Held { has_failed: false };
        }
    }

    fn hold_failed(&mut self, now: Now) {
        let was_held = matches!(self.poll, Poll::Held { .. });
        self.poll = self.poll.failed(now.ms);
        self.at_once = true;
        if was_held && matches!(self.poll, Poll::Ladder { .. }) {
            self.eager_since_ms = now.ms;
        }
    }

    pub(super) fn failed(
        &mut self,
        request: Request,
        failure: Failure,
        now: Now,
        commands: &mut Vec<Command>,
    ) {
        self.failures = self.failures.saturating_add(1);
        if request.hold.is_some() {
            self.hold_failed(now);
        }
        match failure {
            Failure::Unreachable => self.schedule_after_failure(None, now),
            Failure::Busy { retry_after_ms } => self.schedule_after_failure(retry_after_ms, now),
            Failure::Rejected(rejection) => self.rejected(request.ask, rejection, now, commands),
        }
    }

    fn rejected(&mut self, ask: Ask, why: Rejection, now: Now, commands: &mut Vec<Command>) {
        match (self.origin, why.status) {
            // The token has run out; the page's key finds the same order and a fresh token.
            (Origin::Catalogue, 401) if ask != Ask::Open => {
                self.has_token = false;
                self.schedule_after_failure(None, now);
            }
            // The key belongs to an order of long ago, or to another price. The next order is another
            // one, whose versions begin anew.
            (Origin::Catalogue, 409) if ask == Ask::Open => {
                commands.push(Command::Forget);
                self.stage = Stage::Opening;
                self.schedule_after_failure(None, now);
            }
            // Whoever has a code on the screen may be paying: an odd answer does not end that.
            _ if matches!(ask, Ask::Check | Ask::Renew) => self.schedule(now),
            _ if self.view().is_some() => self.schedule_slowly(now),
            _ => {
                self.stage = Stage::Stuck(why);
                self.due_ms = None;
            }
        }
    }
}
