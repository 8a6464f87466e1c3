//! A page, a network and a [`Worker`] on one virtual clock, and what must hold at every step.

use super::bill::Bill;
use super::worker::{ORDERS_APART, Worker};
use super::*;
use crate::dice::Dice;

/// What is on its way to the page.
#[derive(Clone, Debug)]
enum Parcel {
    Reply { ticket: u32, fate: Fate },
    Linked,
    Unlinked,
    Pushed(Seen),
    Heard,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Answered,
    Lost,
    Cut,
    Busy {
        retry_after_s: Option<u64>,
    },
    /// A success that is none of ours: HTML, 204.
    Foreign,
    /// A view of the past.
    Old,
    NotFound,
}

pub(super) struct World {
    pub(super) session: Session,
    pub(super) worker: Worker,
    pub(super) dice: Dice,
    pub(super) now_ms: u64,
    pub(super) bill: Bill,
    /// Whether anything may go wrong.
    pub(super) is_bad: bool,
    /// What the network makes of a held question when nothing else goes wrong.
    pub(super) held: Fate,
    pub(super) dialling: Dialling,
    /// As a browser would draw it; none: by the dice.
    pub(super) chance: Option<u8>,
    pub(super) is_away: bool,
    pub(super) is_hidden: bool,
    /// Whether a socket opens at all when nothing else goes wrong.
    pub(super) sockets_open: bool,
    asked: Option<(u32, Ask, Option<Hold>)>,
    parcels: Vec<(u64, Parcel)>,
    is_linked: bool,
    /// The newest view that reached the page, and when.
    seen: Option<(Seen, u64)>,
    paid_told: Vec<u32>,
    steps: (u64, u32),
}

impl World {
    pub(super) fn new(seed: u64, dialling: Dialling) -> Self {
        Self {
            session: Session::new(Origin::Catalogue, dialling),
            worker: Worker::new(1_000),
            dice: Dice(seed),
            now_ms: 1_000,
            bill: Bill::default(),
            is_bad: false,
            held: Fate::Answered,
            dialling,
            chance: None,
            is_away: false,
            is_hidden: false,
            sockets_open: true,
            asked: None,
            parcels: Vec::new(),
            is_linked: false,
            seen: None,
            paid_told: Vec::new(),
            steps: (0, 0),
        }
    }

    fn now(&mut self) -> Now {
        let drawn = u8::try_from(self.dice.roll(256)).unwrap();
        Now { ms: self.now_ms, chance: self.chance.unwrap_or(drawn) }
    }

    pub(super) fn picture(&self) -> Picture {
        self.session.picture(Now { ms: self.now_ms, chance: 0 })
    }

    pub(super) fn times_paid_was_told(&self) -> usize {
        self.paid_told.iter().filter(|order| **order == self.worker.order).count()
    }

    /// Whether the page knows what is true.
    pub(super) fn is_informed(&self) -> bool {
        self.session.has_token()
            && self.session.view().is_some_and(|view| view.number == self.worker.number())
    }

    #[track_caller]
    pub(super) fn feed(&mut self, event: Event) {
        self.watch_pace();
        let was_paid = self.picture().face == Face::Paid;
        let before = self.known();
        let is_adoption = matches!(event, Event::Adopted(_));
        let now = self.now();
        for command in self.session.step(event, now) {
            assert!(!is_adoption, "a change of followers is silent: {command:?}");
            self.carry_out(command);
        }
        let wake_ms = self.session.wake_ms(now);
        assert!(is_adoption || wake_ms.is_none_or(|wake_ms| wake_ms > now.ms), "rings for ever");
        assert!(!self.is_away || (wake_ms.is_none() && self.asked.is_none()), "nothing goes on");
        assert!(!was_paid || self.picture().face == Face::Paid, "paid was unsaid");
        if let (Some((order, version)), Some((same_order, newer))) = (before, self.known()) {
            assert!(order != same_order || version <= newer, "old news over newer");
        }
        self.watch_picture();
    }

    /// The order that the page follows, and the version that it knows.
    fn known(&self) -> Option<(u32, u64)> {
        let view = self.session.view()?;
        Some((view.number / ORDERS_APART, view.version))
    }

    /// No busy loop: a few steps in any second, whatever happens.
    fn watch_pace(&mut self) {
        let second = self.now_ms / 1_000;
        self.steps = if self.steps.0 == second { (second, self.steps.1 + 1) } else { (second, 1) };
        assert!(self.steps.1 <= 40, "forty steps in one second");
    }

    fn watch_picture(&self) {
        let picture = self.picture();
        if picture.face == Face::Expired {
            assert_ne!(self.worker.status, Status::Open, "expired without the server's word");
        }
        if let (Some(left_s), true) = (picture.left_s, self.is_informed()) {
            let true_s = self.worker.code_ends_ms.saturating_sub(self.now_ms).div_ceil(1_000);
            assert!(left_s.abs_diff(true_s) <= 1, "{left_s} s shown, {true_s} s left");
            assert_eq!(picture.code, Some(self.worker.code()));
        }
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Send { ticket, ask, hold } => self.send(ticket, ask, hold),
            Command::Abandon => assert!(self.asked.take().is_some(), "nothing to abandon"),
            Command::Dial => self.dial(),
            Command::HangUp => self.is_linked = false,
            Command::Ping => self.ping(),
            Command::Forget => self.worker.begin(self.now_ms),
            Command::Tell(News::Paid(_)) => {
                assert!(!self.paid_told.contains(&self.worker.order), "paid was told twice");
                self.paid_told.push(self.worker.order);
            }
            Command::Tell(_) => {}
        }
    }

    fn send(&mut self, ticket: u32, ask: Ask, hold: Option<Hold>) {
        assert!(!self.is_away, "a request from a page that was put away");
        assert_eq!(self.asked, None, "two requests at once");
        self.asked = Some((ticket, ask, hold));
        self.bill.add(ask, hold);
        let fate = self.fate(hold);
        // What is asked is done, whether the answer arrives or not.
        if ask == Ask::Renew && fate != Fate::Cut {
            self.worker.renew(self.now_ms);
        }
        let is_held = fate == Fate::Answered && hold.is_some();
        let wait_ms = hold.filter(|_| is_held).map_or(0, |hold| u64::from(hold.wait_s) * 1_000);
        let way_ms = if self.is_bad { self.dice.roll(3_000) } else { 50 };
        if fate != Fate::Lost {
            self.post(wait_ms + way_ms, Parcel::Reply { ticket, fate });
        }
    }

    fn fate(&mut self, hold: Option<Hold>) -> Fate {
        if !self.is_bad {
            return if hold.is_some() { self.held } else { Fate::Answered };
        }
        match self.dice.roll(16) {
            0 | 1 => Fate::Lost,
            2 | 3 => Fate::Cut,
            4 => Fate::Busy { retry_after_s: None },
            5 => Fate::Busy { retry_after_s: Some(self.dice.roll(400)) },
            6 | 7 => Fate::Foreign,
            8 => Fate::Old,
            9 => Fate::NotFound,
            _ => Fate::Answered,
        }
    }

    fn dial(&mut self) {
        assert_eq!(self.dialling, Dialling::Allowed);
        self.bill.sockets += 1;
        self.is_linked = false;
        let roll = if self.is_bad { self.dice.roll(4) } else { 1 + u64::from(self.sockets_open) };
        match roll {
            0 => {}
            1 => self.post(300, Parcel::Unlinked),
            _ => self.post(100, Parcel::Linked),
        }
    }

    fn ping(&mut self) {
        if self.is_linked {
            self.post(60, Parcel::Heard);
        }
    }

    fn post(&mut self, in_ms: u64, parcel: Parcel) {
        self.parcels.push((self.now_ms + in_ms, parcel));
    }

    /// The Worker pushes what changed and lets go what it holds.
    fn spread(&mut self) {
        if self.is_linked {
            let view = Seen { has_token: false, ..self.worker.view(self.now_ms) };
            let again = self.is_bad && self.dice.roll(3) == 0;
            for _ in 0..=u8::from(again) {
                self.post(80, Parcel::Pushed(view));
            }
        }
        let now_ms = self.now_ms;
        for (at_ms, parcel) in &mut self.parcels {
            if matches!(parcel, Parcel::Reply { .. }) {
                *at_ms = (*at_ms).min(now_ms + 300);
            }
        }
    }

    /// Changes what is true.
    pub(super) fn change(&mut self, what: impl FnOnce(&mut Worker, u64)) {
        let version = (self.worker.order, self.worker.version);
        what(&mut self.worker, self.now_ms);
        if (self.worker.order, self.worker.version) != version {
            self.spread();
        }
    }

    /// Lets the time pass: parcels arrive, timers ring, the Worker's alarms too.
    pub(super) fn run(&mut self, for_ms: u64) {
        let until_ms = self.now_ms + for_ms;
        loop {
            let arrives_ms = self.parcels.iter().map(|(at_ms, _)| *at_ms).min();
            let now = Now { ms: self.now_ms, chance: 0 };
            let rings_ms = self.session.wake_ms(now).map(|wake_ms| wake_ms.max(self.now_ms + 1));
            // Twice a second the Worker looks after its own.
            let next_ms = [arrives_ms, rings_ms, Some(self.now_ms + 500)];
            let next_ms = next_ms.into_iter().flatten().min().unwrap().max(self.now_ms);
            if next_ms > until_ms {
                self.now_ms = until_ms;
                return;
            }
            self.now_ms = next_ms;
            self.change(Worker::tick);
            match self.parcels.iter().position(|(at_ms, _)| *at_ms <= next_ms) {
                Some(at) => self.deliver(at),
                None if rings_ms.is_some_and(|rings_ms| rings_ms <= next_ms) => {
                    self.feed(Event::Woke);
                }
                None => {}
            }
        }
    }

    fn deliver(&mut self, at: usize) {
        let event = match self.parcels.swap_remove(at).1 {
            Parcel::Reply { ticket, fate } => {
                if self.asked.is_none_or(|(asked, ..)| asked != ticket) {
                    return;
                }
                self.asked = None;
                Event::Answered { ticket, answer: self.answer(fate) }
            }
            Parcel::Linked => {
                self.is_linked = true;
                self.spread();
                Event::Linked
            }
            Parcel::Pushed(_) | Parcel::Heard | Parcel::Unlinked if self.is_away => return,
            Parcel::Pushed(view) => {
                self.note(&view);
                Event::Pushed(view)
            }
            Parcel::Heard => Event::Heard,
            Parcel::Unlinked => Event::Unlinked,
        };
        self.feed(event);
    }

    fn answer(&mut self, fate: Fate) -> Answer {
        let coded = |status, problem, retry_after_s| {
            let reply = Reply { status, problem, retry_after_s, number: DOCUMENT };
            Answer::Failure(crate::answer::sort(reply))
        };
        match fate {
            Fate::Answered => {
                let view = self.worker.view(self.now_ms);
                self.note(&view);
                Answer::View(view)
            }
            Fate::Old => {
                let which = self.dice.roll(100);
                match self.worker.past_view(which) {
                    Some(view) => Answer::View(view),
                    None => coded(200, None, None),
                }
            }
            Fate::Busy { retry_after_s } => coded(429, Some(Problem::Other), retry_after_s),
            Fate::Foreign => coded(204, None, None),
            Fate::NotFound => coded(404, Some(Problem::Other), None),
            Fate::Cut | Fate::Lost => Answer::Failure(Failure::Unreachable),
        }
    }

    fn note(&mut self, view: &Seen) {
        if self.seen.as_ref().is_none_or(|(seen, _)| seen.version <= view.version) {
            self.seen = Some((*view, self.now_ms));
        }
    }

    /// The machine sleeps: nothing is delivered, and the connections are gone without a word.
    pub(super) fn sleep(&mut self, for_ms: u64) {
        self.parcels.clear();
        self.is_linked = false;
        self.now_ms += for_ms;
    }

    pub(super) fn cut_socket(&mut self) {
        if core::mem::take(&mut self.is_linked) && self.dice.roll(2) == 0 {
            self.post(10, Parcel::Unlinked);
        }
    }

    /// Another follower takes over, as the engine does it: between two requests, from one that
    /// knows something.
    pub(super) fn swap(&mut self) {
        let Some((view, seen_ms)) = self.seen else { return };
        let is_current = self.session.view().is_some_and(|known| known.version == view.version);
        if self.asked.is_some() || self.is_away || !is_current {
            return;
        }
        let has_token = self.session.has_token();
        self.session = Session::new(Origin::Catalogue, self.dialling);
        (self.is_linked, self.parcels) = (false, Vec::new());
        let adopted = Adopted { has_token, view: Some(view), age_ms: self.now_ms - seen_ms };
        self.feed(Event::Adopted(adopted));
    }

    pub(super) fn tell_of_other_tab(&mut self) {
        let old = self.worker.past_view(self.dice.roll(7)).filter(|_| self.dice.roll(2) == 0);
        let view = old.unwrap_or_else(|| self.worker.view(self.now_ms));
        let order = self.session.view().map(|known| known.number / ORDERS_APART);
        if order == Some(self.worker.order) && !self.is_away {
            self.note(&view);
            self.feed(Event::Told(view));
        }
    }
}
