//! What crosses the border between this module and the page's script: numbers, in an order that
//! widget/js/wire.js shares. The texts stay on its side.
//!
//! Objects with names would need most of a serializer's and a parser's code here, and a table of the
//! names besides; they were a fifth of what a shopper's page loads. Minus one stands for "none".

use checkout::view::{Phase, Status, Trouble};

use crate::answer::{Answer, Problem, Reply, sort};
use crate::picture::{Face, Line, Notice, Picture, WayOn};
use crate::seen::Seen;
use crate::session::{Adopted, Ask, Command, Event, News, Now, Session, Via};

const STATUSES: [Status; 4] = [Status::Open, Status::Paid, Status::Expired, Status::Cancelled];
const PHASES: [Phase; 4] = [Phase::Placing, Phase::Waiting, Phase::Checking, Phase::Closing];
const TROUBLES: [Trouble; 2] = [Trouble::Refused, Trouble::Conflict];
const PROBLEMS: [Problem; 2] = [Problem::Other, Problem::Refused];

/// What comes with an event, all of it always there.
struct Facts<'a>(&'a [f64; 14]);

impl Facts<'_> {
    fn adopted(&self) -> Adopted {
        let [.., has_token, age_ms, _, _, _, _, _, _, _, _] = *self.0;
        let age_ms = whole(age_ms).unwrap_or(0);
        Adopted { has_token: has_token > 0.0, view: self.view(), age_ms }
    }

    fn answered(&self) -> Option<Event> {
        let [ticket, status, retry_after_s, problem, _, _, number, ..] = *self.0;
        let answer = match self.view() {
            Some(view) => Answer::View(view),
            None => Answer::Failure(sort(Reply {
                status: small(status).and_then(|status| status.try_into().ok()).unwrap_or(0),
                problem: pick(&PROBLEMS, problem),
                retry_after_s: whole(retry_after_s),
                number: small(number)?,
            })),
        };
        Some(Event::Answered { ticket: small(ticket)?, answer })
    }

    /// None where there is no view. A phase or trouble that we do not know is left out and not
    /// refused: a newer Worker may have more of them.
    fn view(&self) -> Option<Seen> {
        let [
            ..,
            has_token,
            _,
            number,
            status,
            phase,
            trouble,
            code,
            code_expires_in_ms,
            expires_in_ms,
            version,
        ] = *self.0;
        Some(Seen {
            number: small(number)?,
            has_token: has_token > 0.0,
            status: pick(&STATUSES, status)?,
            phase: pick(&PHASES, phase),
            trouble: pick(&TROUBLES, trouble),
            code: small(code),
            code_expires_in_ms: whole(code_expires_in_ms),
            expires_in_ms: whole(expires_in_ms)?,
            version: whole(version)?,
        })
    }
}

/// Reads an event; none where it is not one, or lacks what it is about.
pub(crate) fn event(kind: u8, facts: &[f64]) -> Option<Event> {
    let facts = Facts(facts.first_chunk()?);
    Some(match kind {
        0 => Event::Shown,
        1 => Event::Woke,
        2 => return facts.answered(),
        3 => Event::Linked,
        4 => Event::Pushed(facts.view()?),
        5 => Event::Heard,
        6 => Event::Unlinked,
        7 => Event::Told(facts.view()?),
        8 => Event::Returned,
        9 => Event::Hidden,
        10 => Event::Online,
        11 => Event::Offline,
        12 => Event::Left,
        13 => Event::CheckPressed,
        14 => Event::RetryPressed,
        15 => Event::RenewPressed,
        16 => Event::Adopted(facts.adopted()),
        _ => return None,
    })
}

fn pick<T: Copy>(all: &[T], at: f64) -> Option<T> {
    all.get(usize::try_from(whole(at)?).ok()?).copied()
}

fn small(number: f64) -> Option<u32> {
    whole(number)?.try_into().ok()
}

/// A JavaScript number as a whole one, cut off, if it can be.
#[expect(clippy::as_conversions, reason = "in range, and there is no other way from f64")]
pub(crate) fn whole(number: f64) -> Option<u64> {
    (0.0..=9_007_199_254_740_991.0).contains(&number).then_some(number as u64)
}

/// What is to be seen, when to come back, and then five numbers for each thing to be done.
pub(crate) fn outcome(session: &Session, commands: &[Command], now: Now) -> Vec<f64> {
    let picture = session.picture(now);
    let mut numbers = Vec::with_capacity(64);
    numbers.extend_from_slice(&[
        count(session.wake_ms(now)),
        truth(session.has_token()),
        truth(picture.is_offline),
        count(picture.left_s),
        truth(picture.is_expiring()),
        count(picture.view.map(u64::from)),
        truth(picture.code.is_some()),
        count(picture.rejection.map(u64::from)),
    ]);
    numbers.extend_from_slice(&looks(&picture));
    for one in commands {
        numbers.extend_from_slice(&command(*one));
    }
    numbers
}

/// By the order of the variants; minus one is none.
#[expect(clippy::as_conversions, reason = "a variant's place has no other name")]
fn looks(picture: &Picture) -> [f64; 5] {
    let Picture { face, line, notice, check, way_on, .. } = *picture;
    let notice = notice.map_or(-1, |notice: Notice| notice as i8);
    let way_on = way_on.map_or(-1, |way_on: WayOn| way_on as i8);
    [face as i8, line as i8, notice, check as i8, way_on].map(f64::from)
}

fn command(command: Command) -> [f64; 5] {
    let alone = |what| [what, 0.0, 0.0, 0.0, 0.0];
    match command {
        Command::Send { ticket, ask, hold } => [
            0.0,
            f64::from(ticket),
            place_of_ask(ask),
            count(hold.map(|hold| hold.version)),
            hold.map_or(0.0, |hold| f64::from(hold.wait_s)),
        ],
        Command::Abandon => alone(1.0),
        Command::Dial => alone(2.0),
        Command::HangUp => alone(3.0),
        Command::Ping => alone(4.0),
        Command::Forget => alone(5.0),
        Command::Tell(news) => told(news),
    }
}

fn told(news: News) -> [f64; 5] {
    let by = |name, via| [6.0, name, place_of_via(via), 0.0, 0.0];
    match news {
        News::Ready(via) => by(0.0, via),
        News::Paid(via) => by(1.0, via),
        News::Expired(via) => by(2.0, via),
        News::Refreshed(via) => by(3.0, via),
        News::Status { now, before, via } => {
            [6.0, 4.0, place_of_via(via), place_of_face(now), place_of_face(before)]
        }
        News::Error(line) => [6.0, 5.0, place_of_line(line), 0.0, 0.0],
    }
}

#[expect(clippy::as_conversions, reason = "a variant's place has no other name")]
fn place_of_ask(ask: Ask) -> f64 {
    f64::from(ask as u8)
}

#[expect(clippy::as_conversions, reason = "a variant's place has no other name")]
fn place_of_via(via: Via) -> f64 {
    f64::from(via as u8)
}

#[expect(clippy::as_conversions, reason = "a variant's place has no other name")]
fn place_of_face(face: Face) -> f64 {
    f64::from(face as u8)
}

#[expect(clippy::as_conversions, reason = "a variant's place has no other name")]
fn place_of_line(line: Line) -> f64 {
    f64::from(line as u8)
}

fn truth(truth: bool) -> f64 {
    f64::from(u8::from(truth))
}

/// Amounts of time and versions stay far below 2^53.
#[expect(clippy::as_conversions, reason = "exact below 2^53, and there is no other way to f64")]
fn count(count: Option<u64>) -> f64 {
    count.map_or(-1.0, |whole| whole as f64)
}
