//! What the session looks like: every state of [`Session`] to its [`Picture`].

use checkout::view::{Phase, Status, Trouble};

use super::presses::Pressed;
use super::sight::{Clock, Sight};
use super::{Ask, Command, Network, News, Now, Origin, Presence, Session, Stage, patience};
use crate::answer::{Problem, Rejection};
use crate::picture::{EXPIRING_S, Face, Line, Notice, Picture, Press, WayOn};

impl Session {
    /// Tells the page of a changed face, and of an error once for each time that it shows.
    pub(super) fn tell(&mut self, commands: &mut Vec<Command>) {
        let (face, line) = self.expression();
        let before = core::mem::replace(&mut self.told, face);
        if face == before {
            return;
        }
        commands.push(Command::Tell(News::Status { now: face, before, via: self.via }));
        if line.is_error() {
            commands.push(Command::Tell(News::Error(line)));
        }
    }

    pub(super) fn expression(&self) -> (Face, Line) {
        match &self.stage {
            Stage::Opening if self.failures >= patience::FAILURES_SHOWN => {
                (Face::Error, Line::Unreachable)
            }
            Stage::Asleep | Stage::Opening => (Face::Loading, Line::Opening),
            Stage::Following(sight) => self.expression_of(sight),
            Stage::Paid(_) => (Face::Paid, Line::Paid),
            Stage::Over { view, .. } if view.status == Status::Cancelled => {
                (Face::Cancelled, Line::Cancelled)
            }
            Stage::Over { .. } => (Face::Expired, Line::Expired),
            Stage::Stuck(why) if why.problem == Problem::Refused => (Face::Error, Line::Refused),
            Stage::Stuck(_) => (Face::Error, Line::Rejected),
        }
    }

    fn expression_of(&self, sight: &Sight) -> (Face, Line) {
        let asking = self.check == Pressed::Wanted
            || self.request.is_some_and(|request| request.ask == Ask::Check);
        match (sight.view.trouble, sight.view.phase) {
            (Some(Trouble::Refused), _) => (Face::Error, Line::Refused),
            (Some(Trouble::Conflict), _) => (Face::Error, Line::Conflict),
            (None, Some(Phase::Closing)) => (Face::Closing, Line::Closing),
            (None, Some(Phase::Placing)) => (Face::Loading, Line::Placing),
            (None, _) if sight.code().is_none() => (Face::Loading, Line::Renewing),
            (None, Some(Phase::Checking)) => (Face::Checking, Line::Checking),
            (None, _) if asking => (Face::Checking, Line::Checking),
            (None, _) => (Face::Waiting, Line::Waiting),
        }
    }

    /// What the Worker would not do, if that is where it stands.
    pub(crate) const fn rejection(&self) -> Option<Rejection> {
        match self.stage {
            Stage::Stuck(why) => Some(why),
            _ => None,
        }
    }

    /// What to show now.
    pub(crate) fn picture(&self, now: Now) -> Picture {
        let (face, line) = self.expression();
        let sight = match &self.stage {
            Stage::Following(sight) => Some(sight),
            _ => None,
        };
        let code = sight.and_then(Sight::code);
        let left_s = sight.filter(|_| code.is_some()).map(|sight| sight.clock.left_s(now));
        Picture {
            face,
            line,
            notice: self.notice(face, left_s, now),
            view: self.view().map(|view| view.number),
            code,
            left_s,
            check: self.check_button(face, now),
            way_on: self.way_on(line, left_s, now),
            rejection: self.rejection().map(|why| why.number),
            is_offline: self.network == Network::Down,
        }
    }

    fn notice(&self, face: Face, left_s: Option<u64>, now: Now) -> Option<Notice> {
        let settled = matches!(self.stage, Stage::Paid(_) | Stage::Over { .. } | Stage::Stuck(_));
        let following = matches!(self.stage, Stage::Following(_));
        match left_s {
            _ if settled => None,
            _ if self.network == Network::Down => Some(Notice::Offline),
            _ if following && self.failures >= patience::FAILURES_NOTED => Some(Notice::Trouble),
            Some(..=30) => Some(Notice::HalfMinute),
            Some(..=60) => Some(Notice::OneMinute),
            _ if face == Face::Waiting && now.ms < self.not_seen_until_ms => {
                Some(Notice::NotSeenYet)
            }
            Some(..=EXPIRING_S) => Some(Notice::FiveMinutes),
            Some(..=600) => Some(Notice::TenMinutes),
            _ => None,
        }
    }

    fn check_button(&self, face: Face, now: Now) -> Press {
        match face {
            Face::Checking => Press::Resting,
            Face::Waiting if self.check.is_rested(now) => Press::Ready,
            Face::Waiting => Press::Resting,
            _ => Press::Absent,
        }
    }

    fn way_on(&self, line: Line, left_s: Option<u64>, now: Now) -> Option<WayOn> {
        let is_ending = line == Line::Renewing || matches!(left_s, Some(..=EXPIRING_S));
        match line {
            Line::Unreachable | Line::Refused | Line::Rejected => Some(WayOn::Retry),
            Line::Expired | Line::Cancelled if self.origin == Origin::Catalogue => {
                Some(WayOn::Again)
            }
            _ if is_ending && self.may_renew(now) => Some(WayOn::Renew),
            _ => None,
        }
    }

    /// When the picture changes by itself: the next second, or a rested button.
    pub(super) fn face_wake_ms(&self, now: Now) -> Option<u64> {
        let Stage::Following(sight) = &self.stage else { return None };
        let ends_ms = match sight.clock {
            Clock::Running { ends_ms } => Some(ends_ms),
            Clock::RunOut => None,
        };
        if self.presence != Presence::Watching {
            return ends_ms;
        }
        // The first second that shows less than now.
        let second_ms = ends_ms.filter(|_| sight.code().is_some()).map(|ends_ms| {
            ends_ms.saturating_sub(sight.clock.left_s(now).saturating_sub(1) * 1_000)
        });
        let rested_ms = patience::earlier(self.check.rested_ms(now), self.renewal.rested_ms(now));
        patience::earlier(patience::earlier(ends_ms, second_ms), rested_ms)
    }
}
