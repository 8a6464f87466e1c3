//! The socket's life as the session sees it: when it is opened, and whether it still lives.

use super::*;

#[test]
fn a_page_that_may_not_dial_never_does() {
    let mut page = Page::without_socket();
    page.feed(Event::Shown);
    page.answer(open(1));
    page.run(3_600_000, |_| open(1));
    page.feed(Event::Hidden);
    page.feed(Event::Returned);
    assert_eq!(page.done(Command::Dial), 0);
}

#[test]
fn a_socket_that_opens_soon_saves_the_first_question() {
    let mut page = Page::catalogue();
    page.feed(Event::Shown);
    page.answer(open(1));
    assert_eq!(page.asked, None);
    page.now_ms += 400;
    page.feed(Event::Linked);
    page.run_until_asked(page.now_ms + 299_999);
    assert_eq!(page.asked, None);
}

#[test]
fn a_socket_that_opens_late_is_not_waited_for() {
    let mut page = Page::catalogue();
    page.feed(Event::Shown);
    page.answer(open(1));
    page.run_until_asked(page.now_ms + 3_000);
    assert_eq!(page.hold, Some(Hold { version: 1, wait_s: 25 }));
}

#[test]
fn an_open_socket_is_pinged_every_half_minute() {
    let mut page = Page::linked();
    page.run(299_000, |_| open(1));
    assert_eq!(page.done(Command::Ping), 9);
    assert_eq!(page.done(Command::HangUp), 0);
}

#[test]
fn what_the_socket_brings_is_as_good_as_a_pong() {
    let mut page = Page::linked();
    page.is_deaf = true;
    page.now_ms += 30_000;
    page.feed(Event::Woke);
    assert_eq!(page.done(Command::Ping), 1);
    page.now_ms += 9_999;
    page.push(open(2));
    page.now_ms += 1;
    page.feed(Event::Woke);
    assert_eq!(page.done(Command::HangUp), 0);
}

/// A network that was left says nothing when a socket dies.
#[test]
fn a_socket_without_a_pong_is_dialled_anew_and_the_worker_asked() {
    let mut page = Page::linked();
    page.is_deaf = true;
    page.now_ms += 30_000;
    page.feed(Event::Woke);
    page.now_ms += 10_000;
    page.feed(Event::Woke);
    assert_eq!(page.done(Command::HangUp), 1);
    page.run_until_asked(page.now_ms + 1_000);
    assert_eq!(page.asked.map(|(_, ask)| ask), Some(Ask::Read));
    page.now_ms += 1_500;
    page.feed(Event::Woke);
    assert_eq!(page.done(Command::Dial), 2);
}

#[test]
fn two_held_questions_that_fail_lead_to_the_ladder() {
    let mut page = Page::waiting();
    let mut held = Vec::new();
    for _ in 0..2 {
        page.run_until_asked(page.now_ms + 10_000);
        held.push(page.hold.is_some());
        page.lose();
        page.run_until_asked(page.now_ms + 10_000);
        held.push(page.hold.is_some());
        page.answer(open(1));
        // What is asked in between is answered, so nothing is wrong that a shopper should know.
        assert_eq!(page.picture().notice, None);
    }
    assert_eq!(held, [true, false, true, false]);
    let before = page.sent.len();
    page.run(30_000, |_| open(1));
    assert_eq!(page.hold, None);
    assert_eq!(page.sent.len() - before, 10);
}

#[test]
fn a_held_question_is_tried_again_after_five_minutes_or_a_return() {
    let mut page = on_the_ladder();
    let before_ms = page.now_ms;
    while page.hold.is_none() {
        page.run_until_asked(page.now_ms + 60_000);
        if page.hold.is_none() {
            page.answer(open(1));
        }
    }
    let after_ms = page.now_ms - before_ms;
    assert!((300_000..345_000).contains(&after_ms), "{after_ms}");

    let mut page = on_the_ladder();
    page.feed(Event::Hidden);
    page.now_ms += 1_000;
    page.feed(Event::Returned);
    assert_eq!(page.hold, None, "a return wants an answer at once");
    page.answer(open(1));
    page.run_until_asked(page.now_ms + 500);
    assert!(page.hold.is_some());
}

/// A cache that does not know of waiting answers at once and for ever.
#[test]
fn a_question_that_is_not_held_is_no_storm() {
    let mut page = Page::waiting();
    let until_ms = page.now_ms + 60_000;
    loop {
        page.run_until_asked(until_ms);
        if page.asked.is_none() {
            break;
        }
        page.answer(open(1));
    }
    // Two tries, what follows each, and the ladder: ten in the first half minute, then three.
    assert!(page.sent.len() <= 19, "{:?}", page.sent);
}

fn on_the_ladder() -> Page {
    let mut page = Page::without_socket();
    page.feed(Event::Shown);
    page.answer(open(1));
    for _ in 0..2 {
        page.run_until_asked(page.now_ms + 10_000);
        assert!(page.hold.is_some());
        page.lose();
        page.run_until_asked(page.now_ms + 10_000);
        page.answer(open(1));
    }
    page
}
