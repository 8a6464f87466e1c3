//! The session on a clock of its own: no browser, no sleeping.
//!
//! `Dn` names the defect of another widget that a test keeps out (browser-checkout reference 3).

mod money;
mod pauses;
mod storms;

use checkout::money::{Amount, Fen};
use checkout::view::{Phase, SessionView, Status, Trouble};

use super::*;
use crate::answer::Document;
use crate::picture::{Line, Notice, Picture, Press, WayOn};

const TOKEN: &str = "chk_abc.1700000000.sig";

/// A checkout in an imagined page: its clock jumps to the next wake-up, and requests wait until
/// the test answers them.
struct Page {
    session: Session,
    now_ms: u64,
    chance: u8,
    /// The request under way.
    asked: Option<(u32, Ask)>,
    /// Every request with the moment it was sent.
    sent: Vec<(u64, Ask)>,
    /// Every other command, in order.
    done: Vec<Command>,
}

impl Page {
    fn catalogue() -> Self {
        Self::of(Session::catalogue())
    }

    fn server() -> Self {
        Self::of(Session::server(TOKEN.to_owned()))
    }

    fn of(session: Session) -> Self {
        let (sent, done) = (Vec::new(), Vec::new());
        // Half-way chance: the pauses are the published ones.
        Self { session, now_ms: 1_000, chance: 128, asked: None, sent, done }
    }

    /// A catalogue page with a code on the screen, without a socket.
    fn waiting() -> Self {
        let mut page = Self::catalogue();
        page.feed(Event::Shown);
        page.answer(open(1));
        page.feed(Event::LinkClosed);
        assert_eq!(page.picture().face, Face::Waiting);
        page
    }

    fn now(&self) -> Now {
        Now { ms: self.now_ms, chance: self.chance }
    }

    #[track_caller]
    fn feed(&mut self, event: Event) {
        for command in self.session.step(event, self.now()) {
            match command {
                Command::Send { ticket, ask } => {
                    assert_eq!(self.asked, None, "two requests at once");
                    self.asked = Some((ticket, ask));
                    self.sent.push((self.now_ms, ask));
                }
                Command::Abandon => {
                    assert!(self.asked.take().is_some(), "nothing to abandon");
                    self.done.push(command);
                }
                other => self.done.push(other),
            }
        }
    }

    #[track_caller]
    fn answer(&mut self, view: SessionView) {
        self.reply(Answer::View(Box::new(view)));
    }

    #[track_caller]
    fn refuse(&mut self, status: u16, code: &str) {
        let document = Document { code: Some(code.to_owned()), ..Document::default() };
        self.reply(Answer::Failure(crate::answer::sort(status, document)));
    }

    #[track_caller]
    fn lose(&mut self) {
        self.reply(Answer::Failure(Failure::Unreachable));
    }

    #[track_caller]
    fn reply(&mut self, answer: Answer) {
        let (ticket, _) = self.asked.take().expect("a request is under way");
        self.feed(Event::Answered { ticket, answer });
    }

    fn push(&mut self, view: SessionView) {
        self.feed(Event::Pushed(Box::new(view)));
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

    /// Lets the time pass; every request is answered at once by `view`.
    #[track_caller]
    fn run(&mut self, for_ms: u64, view: impl Fn(u64) -> SessionView) {
        let until_ms = self.now_ms + for_ms;
        loop {
            self.run_until_asked(until_ms);
            if self.asked.is_none() {
                return;
            }
            self.answer(view(self.now_ms));
        }
    }

    fn picture(&self) -> Picture {
        self.session.picture(self.now())
    }

    fn told(&self, news: News) -> usize {
        self.done.iter().filter(|command| **command == Command::Tell(news)).count()
    }

    fn done(&self, command: Command) -> usize {
        self.done.iter().filter(|one| **one == command).count()
    }
}

fn view(status: Status, version: u64) -> SessionView {
    SessionView {
        client_token: Some(TOKEN.to_owned()),
        status,
        phase: None,
        trouble: None,
        code_url: None,
        qr: None,
        description: "Oolong 250 g".to_owned(),
        amount: Amount::cny(Fen::new(8_800).unwrap()),
        code_expires_in_ms: None,
        expires_in_ms: 86_400_000,
        version,
    }
}

fn open(version: u64) -> SessionView {
    SessionView {
        phase: Some(Phase::Waiting),
        code_url: Some("weixin://wxpay/bizpayurl?pr=abc".to_owned()),
        code_expires_in_ms: Some(7_200_000),
        ..view(Status::Open, version)
    }
}

fn in_phase(phase: Phase, version: u64) -> SessionView {
    SessionView { phase: Some(phase), code_url: None, ..open(version) }
}

fn in_trouble(trouble: Trouble, version: u64) -> SessionView {
    SessionView { trouble: Some(trouble), ..in_phase(Phase::Placing, version) }
}

fn paid(version: u64) -> SessionView {
    view(Status::Paid, version)
}
