//! What the session looks like: every state of [`Session`] to its [`Picture`].

use checkout::view::{Phase, SessionView, Status, Trouble};

use super::{
    Ask, Check, Clock, Command, Network, News, Now, Origin, Presence, Session, Sight, Stage,
    patience,
};
use crate::answer::Rejection;
use crate::picture::{Face, Line, Notice, Picture, Press, Purchase, WayOn};

impl Clock {
    pub(super) fn is_over(self, now: Now) -> bool {
        matches!(self, Self::Running { ends_ms } if ends_ms <= now.ms)
    }

    /// Rounded up, so that the last second is a second and zero means over.
    fn left_s(self, now: Now) -> u64 {
        match self {
            Self::Running { ends_ms } => ends_ms.saturating_sub(now.ms).div_ceil(1_000),
            Self::RunOut => 0,
        }
    }
}

impl Sight {
    /// The spans of a view begin when it arrives.
    pub(super) fn new(view: SessionView, now: Now) -> Self {
        let left_ms = view
            .code_expires_in_ms
            .map_or(view.expires_in_ms, |code_ms| code_ms.min(view.expires_in_ms));
        let clock = match left_ms {
            0 => Clock::RunOut,
            _ => Clock::Running { ends_ms: now.ms.saturating_add(left_ms) },
        };
        Self { view, clock }
    }

    /// The text to scan, while it can be scanned.
    fn code(&self) -> Option<&str> {
        let shown = self.view.trouble.is_none() && self.view.phase != Some(Phase::Closing);
        self.view.code_url.as_deref().filter(|_| shown && self.clock != Clock::RunOut)
    }
}

impl Session {
    /// Tells the page of a changed face, and of an error once for each time that it shows.
    pub(super) fn tell(&mut self, commands: &mut Vec<Command>) {
        let (face, line) = self.expression();
        let before = core::mem::replace(&mut self.told, face);
        if face == before {
            return;
        }
        commands.push(Command::Tell(News::Status { now: face, before }));
        if line.trouble().is_some() {
            commands.push(Command::Tell(News::Error(line)));
        }
    }

    fn expression(&self) -> (Face, Line) {
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
            Stage::Stuck(why) if why.code == "wechatpay_refused" => (Face::Error, Line::Refused),
            Stage::Stuck(_) => (Face::Error, Line::Rejected),
        }
    }

    fn expression_of(&self, sight: &Sight) -> (Face, Line) {
        let asking = self.check == Check::Wanted
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
    pub(crate) const fn rejection(&self) -> Option<&Rejection> {
        match &self.stage {
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
            notice: self.notice(face, left_s),
            purchase: self.view().map(|view| Purchase {
                description: view.description.clone(),
                amount: view.amount,
            }),
            code: code.map(str::to_owned),
            left_s,
            check: self.check_button(face, now),
            way_on: self.way_on(line),
            rejection: self.rejection().cloned(),
        }
    }

    fn notice(&self, face: Face, left_s: Option<u64>) -> Option<Notice> {
        let settled = matches!(self.stage, Stage::Paid(_) | Stage::Over { .. } | Stage::Stuck(_));
        let following = matches!(self.stage, Stage::Following(_));
        match left_s {
            _ if settled => None,
            _ if self.network == Network::Down => Some(Notice::Offline),
            _ if following && self.failures >= patience::FAILURES_NOTED => Some(Notice::Trouble),
            Some(..=60) => Some(Notice::OneMinute),
            _ if face == Face::Waiting && matches!(self.check, Check::Asked { .. }) => {
                Some(Notice::NotSeenYet)
            }
            Some(..=300) => Some(Notice::FiveMinutes),
            _ => None,
        }
    }

    fn check_button(&self, face: Face, now: Now) -> Press {
        match (face, self.check) {
            (Face::Checking, _) => Press::Resting,
            (Face::Waiting, Check::Asked { again_at_ms }) if now.ms < again_at_ms => Press::Resting,
            (Face::Waiting, _) => Press::Ready,
            _ => Press::Absent,
        }
    }

    fn way_on(&self, line: Line) -> Option<WayOn> {
        match line {
            Line::Unreachable | Line::Refused | Line::Rejected => Some(WayOn::Retry),
            Line::Expired | Line::Cancelled if self.origin == Origin::Catalogue => {
                Some(WayOn::Renew)
            }
            _ => None,
        }
    }

    /// When the picture changes by itself: the next second, or the rested button.
    pub(super) fn face_wake_ms(&self, now: Now) -> Option<u64> {
        let Stage::Following(sight) = &self.stage else { return None };
        let Clock::Running { ends_ms } = sight.clock else { return None };
        if self.presence != Presence::Watching || sight.code().is_none() {
            return Some(ends_ms);
        }
        let second_ms = ends_ms.saturating_sub(sight.clock.left_s(now).saturating_sub(1) * 1_000);
        match self.check {
            Check::Asked { again_at_ms } if now.ms < again_at_ms => {
                Some(second_ms.min(again_at_ms))
            }
            _ => Some(second_ms),
        }
    }
}
