//! The session on a clock of its own: no browser, no sleeping.
//!
//! `Dn` names the defect of another widget that a test keeps out (browser-checkout reference 3).

mod bill;
mod budgets;
mod company;
mod money;
mod pauses;
mod renewal;
mod schedules;
mod socket;
mod storms;
mod worker;
mod world;

use checkout::view::{Phase, Status, Trouble};

use super::*;
use crate::answer::{Answer, Failure, Problem, Reply};
use crate::picture::{Line, Notice, Picture, Press, WayOn};

/// Stands for a code, and for another one.
const CODE: u32 = 7;
const OTHER_CODE: u32 = 8;
/// Stands for a problem document.
const DOCUMENT: u32 = 99;

/// A checkout in an imagined page: its clock jumps to the next wake-up, and requests wait until
/// the test answers them.
struct Page {
    session: Session,
    now_ms: u64,
    chance: u8,
    /// The request under way.
    asked: Option<(u32, Ask)>,
    /// What it waits for, if it is held.
    hold: Option<Hold>,
    /// Every request with the moment it was sent.
    sent: Vec<(u64, Ask)>,
    /// Every other command, in order.
    done: Vec<Command>,
    /// Nothing comes back by the socket.
    is_deaf: bool,
}

impl Page {
    fn catalogue() -> Self {
        Self::of(Session::new(Origin::Catalogue, Dialling::Allowed))
    }

    fn server() -> Self {
        Self::of(Session::new(Origin::Server, Dialling::Allowed))
    }

    /// Where no socket may be tried.
    fn without_socket() -> Self {
        Self::of(Session::new(Origin::Catalogue, Dialling::Forbidden))
    }

    fn of(session: Session) -> Self {
        let (sent, done) = (Vec::new(), Vec::new());
        // Half-way chance: the pauses are the published ones.
        Self {
            session,
            now_ms: 1_000,
            chance: 128,
            asked: None,
            hold: None,
            sent,
            done,
            is_deaf: false,
        }
    }

    /// A catalogue page with a code on the screen, without a socket.
    fn waiting() -> Self {
        let mut page = Self::catalogue();
        page.feed(Event::Shown);
        page.answer(open(1));
        page.feed(Event::Unlinked);
        assert_eq!(page.picture().face, Face::Waiting);
        page
    }

    /// The same with a socket.
    fn linked() -> Self {
        let mut page = Self::catalogue();
        page.feed(Event::Shown);
        page.answer(open(1));
        page.feed(Event::Linked);
        assert_eq!(page.asked, None);
        page
    }

    fn now(&self) -> Now {
        Now { ms: self.now_ms, chance: self.chance }
    }

    #[track_caller]
    fn feed(&mut self, event: Event) {
        let mut pinged = false;
        for command in self.session.step(event, self.now()) {
            match command {
                Command::Send { ticket, ask, hold } => {
                    assert_eq!(self.asked, None, "two requests at once");
                    self.asked = Some((ticket, ask));
                    self.hold = hold;
                    self.sent.push((self.now_ms, ask));
                }
                Command::Abandon => {
                    assert!(self.asked.take().is_some(), "nothing to abandon");
                    self.done.push(command);
                }
                Command::Ping => {
                    self.done.push(command);
                    pinged = true;
                }
                other => self.done.push(other),
            }
        }
        if pinged && !self.is_deaf {
            self.feed(Event::Heard);
        }
    }

    #[track_caller]
    fn answer(&mut self, view: Seen) {
        self.reply(Answer::View(view));
    }

    #[track_caller]
    fn refuse(&mut self, status: u16, code: &str) {
        let problem = if code == "wechatpay_refused" { Problem::Refused } else { Problem::Other };
        let reply = Reply { status, problem: Some(problem), retry_after_s: None, number: DOCUMENT };
        self.reply(Answer::Failure(crate::answer::sort(reply)));
    }

    #[track_caller]
    fn lose(&mut self) {
        self.reply(Answer::Failure(Failure::Unreachable));
    }

    fn lose_if_asked(&mut self) {
        if self.asked.is_some() {
            self.lose();
        }
    }

    #[track_caller]
    fn reply(&mut self, answer: Answer) {
        let (ticket, _) = self.asked.take().expect("a request is under way");
        self.feed(Event::Answered { ticket, answer });
    }

    fn push(&mut self, view: Seen) {
        self.feed(Event::Pushed(view));
    }

    /// Jumps to the next wake-up that sends something, or to `until_ms`.
    #[track_caller]
    fn run_until_asked(&mut self, until_ms: u64) {
        while self.asked.is_none() {
            let wake_ms = self.session.wake_ms(self.now()).filter(|wake_ms| *wake_ms <= until_ms);
            let Some(wake_ms) = wake_ms else {
                self.now_ms = until_ms;
                return;
            };
            assert!(wake_ms > self.now_ms, "a timer that has rung already would ring for ever");
            self.now_ms = wake_ms;
            self.feed(Event::Woke);
        }
    }

    /// Lets the time pass; every request is answered by `view`, at once or when it was held for as
    /// long as it wished. A `ping` is answered as well.
    #[track_caller]
    fn run(&mut self, for_ms: u64, view: impl Fn(u64) -> Seen) {
        let until_ms = self.now_ms + for_ms;
        loop {
            self.run_until_asked(until_ms);
            if self.asked.is_none() {
                return;
            }
            if !self.is_held_until(until_ms) {
                self.answer(view(self.now_ms));
            } else if self.now_ms >= until_ms {
                return;
            }
        }
    }

    /// Lets the Worker hold the request under way, while the page's own time goes on. True while
    /// it does, or when the page has dropped that request.
    #[track_caller]
    fn is_held_until(&mut self, until_ms: u64) -> bool {
        let Some(hold) = self.hold else { return false };
        let (asked, sent_ms) = (self.asked, self.sent.last().unwrap().0);
        let end_ms = sent_ms + u64::from(hold.wait_s) * 1_000;
        while self.asked == asked {
            let stop_ms = end_ms.min(until_ms);
            let wake_ms = self.session.wake_ms(self.now()).filter(|wake_ms| *wake_ms < stop_ms);
            let Some(wake_ms) = wake_ms else {
                self.now_ms = stop_ms;
                return stop_ms < end_ms;
            };
            self.now_ms = wake_ms;
            self.feed(Event::Woke);
        }
        true
    }

    fn picture(&self) -> Picture {
        self.session.picture(self.now())
    }

    fn told(&self, news: News) -> usize {
        self.done(Command::Tell(news))
    }

    /// How often the page was told, by whichever way.
    fn told_by_any(&self, news: impl Fn(Via) -> News) -> usize {
        [Via::Push, Via::Poll, Via::Resume, Via::Tab].map(|via| self.told(news(via))).iter().sum()
    }

    fn told_paid(&self) -> usize {
        self.told_by_any(News::Paid)
    }

    fn told_expired(&self) -> usize {
        self.told_by_any(News::Expired)
    }

    fn done(&self, command: Command) -> usize {
        self.done.iter().filter(|one| **one == command).count()
    }
}

fn view(status: Status, version: u64) -> Seen {
    Seen {
        number: u32::try_from(version).unwrap(),
        has_token: true,
        status,
        phase: None,
        trouble: None,
        code: None,
        code_expires_in_ms: None,
        expires_in_ms: 86_400_000,
        version,
    }
}

fn open(version: u64) -> Seen {
    Seen {
        phase: Some(Phase::Waiting),
        code: Some(CODE),
        code_expires_in_ms: Some(7_200_000),
        ..view(Status::Open, version)
    }
}

fn in_phase(phase: Phase, version: u64) -> Seen {
    Seen { phase: Some(phase), code: None, ..open(version) }
}

fn in_trouble(trouble: Trouble, version: u64) -> Seen {
    Seen { trouble: Some(trouble), ..in_phase(Phase::Placing, version) }
}

fn paid(version: u64) -> Seen {
    view(Status::Paid, version)
}
