//! When the page asks: the ladder, the socket, the hidden tab, the return.

use super::*;
use crate::answer::Answer;

#[track_caller]
fn gaps(page: &Page) -> Vec<u64> {
    page.sent.windows(2).map(|pair| pair[1].0 - pair[0].0).collect()
}

#[test]
fn without_a_socket_the_worker_holds_the_question() {
    let mut page = Page::without_socket();
    page.feed(Event::Shown);
    page.answer(open(7));
    page.run_until_asked(page.now_ms + 1_000);
    assert_eq!(page.hold, Some(Hold { version: 7, wait_s: 25 }));
    page.run(1_800_000, |_| open(7));
    // The first question leaves half a second after the order was opened.
    assert!(gaps(&page)[1..].iter().all(|gap| *gap == 25_000), "{:?}", gaps(&page));
}

#[test]
fn with_a_socket_a_question_every_five_minutes_is_enough() {
    let mut page = Page::linked();
    page.run(1_800_000, |_| open(1));
    assert_eq!(gaps(&page), [300_000; 6]);
    assert!(page.hold.is_none());
}

/// D7: BTCPay polls for ever once its socket has closed.
#[test]
fn a_lost_socket_is_asked_about_and_opened_again() {
    let mut page = Page::linked();
    page.run(11_000, |_| open(1));
    let sent = page.sent.len();
    page.feed(Event::Unlinked);
    page.run_until_asked(page.now_ms + 1_001);
    assert_eq!(page.sent.len(), sent + 1, "what was said before it closed");
    page.run(1_500, |_| open(1));
    assert_eq!(page.done(Command::Dial), 2);
}

#[test]
fn a_socket_that_does_not_open_is_closed_after_ten_seconds() {
    let mut page = Page::catalogue();
    page.feed(Event::Shown);
    page.answer(open(1));
    assert_eq!(page.done(Command::Dial), 1);
    page.run(10_500, |_| open(1));
    assert_eq!(page.done(Command::HangUp), 1);
}

#[test]
fn the_socket_closes_when_there_is_nothing_to_follow() {
    for last in [paid(2), view(Status::Expired, 2), view(Status::Cancelled, 2)] {
        let mut page = Page::catalogue();
        page.feed(Event::Shown);
        page.answer(open(1));
        page.feed(Event::Linked);
        page.push(last);
        assert_eq!(page.done(Command::HangUp), 1);
    }
}

#[test]
fn a_hidden_page_asks_every_half_minute_for_five_minutes() {
    let mut page = Page::waiting();
    page.feed(Event::Hidden);
    let before = page.sent.len();
    page.run(3_600_000, |_| open(1));
    assert_eq!(page.sent.len() - before, 10);
    assert!(gaps(&page)[before..].iter().all(|gap| *gap == 30_000));
}

#[test]
fn a_hidden_page_with_a_socket_asks_nothing() {
    let mut page = Page::catalogue();
    page.feed(Event::Shown);
    page.answer(open(1));
    page.feed(Event::Linked);
    page.feed(Event::Hidden);
    let before = page.sent.len();
    page.run(3_600_000, |_| open(1));
    assert_eq!(page.sent.len(), before);
    page.push(paid(2));
    assert_eq!(page.told_paid(), 1);
}

#[test]
fn a_return_asks_at_once_and_once() {
    let mut page = Page::waiting();
    page.feed(Event::Hidden);
    page.now_ms += 600_000;
    let before = page.sent.len();
    for event in [Event::Returned, Event::Online, Event::Returned] {
        page.feed(event);
        page.now_ms += 50;
    }
    assert_eq!(page.sent.len(), before + 1);
    assert_eq!(page.done(Command::Abandon), 0);
}

/// A request that left before the page slept may never be answered.
#[test]
fn a_return_does_not_wait_for_a_question_of_yesterday() {
    let mut page = Page::waiting();
    page.run_until_asked(page.now_ms + 10_000);
    page.feed(Event::Hidden);
    page.now_ms += 3_000;
    page.feed(Event::Returned);
    assert_eq!(page.done(Command::Abandon), 1);
    assert!(page.asked.is_some());
}

/// adyen-android#1452: after a return the delay had become a minute.
#[test]
fn a_return_begins_the_ladder_anew() {
    let mut page = Page::waiting();
    page.run(1_200_000, |_| open(1));
    page.feed(Event::Hidden);
    page.now_ms += 1_000;
    page.feed(Event::Returned);
    page.answer(open(1));
    for _ in 0..2 {
        page.run_until_asked(page.now_ms + 10_000);
        page.lose();
        page.run_until_asked(page.now_ms + 10_000);
        page.answer(open(1));
    }
    let (before, until_ms) = (page.sent.len(), page.now_ms + 15_100);
    page.run(until_ms - page.now_ms, |_| open(1));
    assert_eq!(page.sent.len() - before, 5, "every three seconds");
}

#[test]
fn a_return_leaves_an_order_that_is_being_made_alone() {
    let mut page = Page::catalogue();
    page.feed(Event::Shown);
    page.now_ms += 5_000;
    page.feed(Event::Returned);
    assert_eq!(page.sent, [(1_000, Ask::Open)]);
}

/// D11, samotari/crypto-terminal#54: polling went on after the page was left.
#[test]
fn nothing_goes_on_once_the_element_has_left() {
    let mut page = Page::waiting();
    page.run_until_asked(page.now_ms + 10_000);
    page.feed(Event::Left);
    assert_eq!(page.done(Command::Abandon), 1);
    assert_eq!(page.session.wake_ms(page.now()), None);
    page.now_ms += 60_000;
    page.feed(Event::Returned);
    assert_eq!(page.asked.map(|(_, ask)| ask), Some(Ask::Read));
}

#[test]
fn an_answer_to_an_abandoned_question_is_not_heard() {
    let mut page = Page::waiting();
    page.run_until_asked(page.now_ms + 10_000);
    let (ticket, _) = page.asked.unwrap();
    page.feed(Event::Left);
    page.feed(Event::Answered { ticket, answer: Answer::View(paid(2)) });
    assert_eq!(page.told_paid(), 0);
}

#[test]
fn offline_is_said_and_asked_about_rarely() {
    let mut page = Page::waiting();
    page.run_until_asked(page.now_ms + 10_000);
    page.feed(Event::Offline);
    page.answer(open(1));
    assert_eq!(page.picture().notice, Some(Notice::Offline));
    let before = page.sent.len();
    page.run(120_000, |_| open(1));
    assert_eq!(page.sent.len() - before, 4);
    page.feed(Event::Online);
    assert!(page.asked.is_some());
    assert_eq!(page.picture().notice, None);
}

#[test]
fn a_code_that_is_being_placed_is_awaited_closely() {
    let mut page = Page::catalogue();
    page.feed(Event::Shown);
    page.answer(in_phase(Phase::Placing, 1));
    assert_eq!(page.picture().line, Line::Placing);
    page.feed(Event::Unlinked);
    page.run_until_asked(page.now_ms + 500);
    assert_eq!(page.hold.map(|hold| hold.version), Some(1));
    page.answer(open(2));
    assert_eq!(page.picture().face, Face::Waiting);
}
