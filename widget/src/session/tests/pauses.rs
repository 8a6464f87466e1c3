//! When the page asks: the ladder, the socket, the hidden tab, the return.

use super::*;

#[track_caller]
fn gaps(page: &Page) -> Vec<u64> {
    page.sent.windows(2).map(|pair| pair[1].0 - pair[0].0).collect()
}

#[test]
fn without_a_socket_the_page_polls_ever_more_rarely() {
    let mut page = Page::waiting();
    page.run(1_800_000, |_| open(1));
    let gaps = gaps(&page);
    assert_eq!(gaps[1], 1_500);
    assert!(gaps[25..40].iter().all(|gap| *gap >= 3_000), "{gaps:?}");
    assert_eq!(gaps.last(), Some(&10_000));
    // Adyen's published schedule makes 203 in the same half hour (browser-checkout 4.1); a page
    // that has only polling is allowed as many as the ladder of design has: 20 + 50 + 84 + 120.
    assert!(page.sent.len() <= 280, "{}", page.sent.len());
}

#[test]
fn with_a_socket_a_question_every_half_minute_is_enough() {
    let mut page = Page::waiting();
    page.run_until_asked(page.now_ms + 10_000);
    page.feed(Event::LinkOpened);
    page.answer(open(1));
    let before = page.sent.len();
    page.run(1_800_000, |_| open(1));
    assert_eq!(page.sent.len() - before, 60);
}

/// D7: BTCPay polls for ever once its socket has closed.
#[test]
fn a_lost_socket_is_asked_about_and_opened_again() {
    let mut page = Page::waiting();
    page.run(11_000, |_| open(1));
    assert_eq!(page.done(Command::OpenLink), 2);
    page.feed(Event::LinkOpened);
    let sent = page.sent.len();
    page.feed(Event::LinkClosed);
    page.run(1_001, |_| open(1));
    assert!(page.sent.len() > sent, "what was said before it closed");
    page.run(1_000, |_| open(1));
    assert_eq!(page.done(Command::OpenLink), 3);
}

#[test]
fn a_socket_that_does_not_open_is_closed_after_ten_seconds() {
    let mut page = Page::catalogue();
    page.feed(Event::Shown);
    page.answer(open(1));
    assert_eq!(page.done(Command::OpenLink), 1);
    page.run(10_500, |_| open(1));
    assert_eq!(page.done(Command::CloseLink), 1);
}

#[test]
fn the_socket_closes_when_there_is_nothing_to_follow() {
    for last in [paid(2), view(Status::Expired, 2), view(Status::Cancelled, 2)] {
        let mut page = Page::catalogue();
        page.feed(Event::Shown);
        page.answer(open(1));
        page.feed(Event::LinkOpened);
        page.push(last);
        assert_eq!(page.done(Command::CloseLink), 1);
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
    page.feed(Event::LinkOpened);
    page.feed(Event::Hidden);
    let before = page.sent.len();
    page.run(3_600_000, |_| open(1));
    assert_eq!(page.sent.len(), before);
    page.push(paid(2));
    assert_eq!(page.told(News::Paid), 1);
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

#[test]
fn a_return_leaves_an_order_that_is_being_made_alone() {
    let mut page = Page::catalogue();
    page.feed(Event::Shown);
    page.now_ms += 5_000;
    page.feed(Event::Returned);
    assert_eq!(page.sent, [(1_000, Ask::Open)]);
}

/// samotari/crypto-terminal#54: polling went on after the page was left.
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
    page.feed(Event::Answered { ticket, answer: Answer::View(Box::new(paid(2))) });
    assert_eq!(page.told(News::Paid), 0);
}

#[test]
fn offline_is_said_and_asked_about_rarely() {
    let mut page = Page::waiting();
    page.run(10_000, |_| open(1));
    page.feed(Event::Offline);
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
    page.run_until_asked(page.now_ms + 1_600);
    page.answer(open(2));
    assert_eq!(page.picture().face, Face::Waiting);
}
