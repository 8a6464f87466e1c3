//! Errors: none ends the following, none is told as "failed", two requests never meet.

use super::*;
use crate::answer::{Answer, Failure};
use crate::dice::Dice;

/// D6: one rejected fetch ended BTCPay's polling for good.
#[test]
fn a_lost_request_does_not_end_the_asking() {
    let mut page = Page::waiting();
    for _ in 0..300 {
        page.run_until_asked(page.now_ms + 40_000);
        page.lose();
    }
    assert_eq!(page.picture().face, Face::Waiting);
    assert_eq!(page.picture().notice, Some(Notice::Trouble));
    page.run_until_asked(page.now_ms + 40_000);
    page.answer(paid(2));
    assert_eq!(page.told_paid(), 1);
}

#[test]
fn a_request_without_an_answer_is_given_up_and_repeated() {
    let mut page = Page::waiting();
    page.run_until_asked(page.now_ms + 10_000);
    let asked_ms = page.now_ms;
    // Twenty-five seconds are what it was to be held for.
    page.now_ms += 32_999;
    page.feed(Event::Woke);
    assert_eq!(page.done(Command::Abandon), 0);
    page.now_ms = asked_ms + 33_000;
    page.feed(Event::Woke);
    assert_eq!(page.done(Command::Abandon), 1);
    page.run_until_asked(page.now_ms + 1_001);
    assert!(page.asked.is_some());
}

#[test]
fn a_page_without_a_code_says_so_after_three_failures_and_goes_on() {
    let mut page = Page::catalogue();
    page.feed(Event::Shown);
    for failures in 1..=5 {
        assert_eq!(page.picture().face == Face::Error, failures > 3, "{failures}");
        page.lose();
        page.run_until_asked(page.now_ms + 40_000);
    }
    assert_eq!(page.picture().way_on, Some(WayOn::Retry));
    assert_eq!(page.told(News::Error(Line::Unreachable)), 1);
    page.answer(open(1));
    assert_eq!(page.picture().face, Face::Waiting);
}

#[test]
fn a_busy_server_is_not_asked_before_it_said() {
    let mut page = Page::catalogue();
    page.chance = 0;
    page.feed(Event::Shown);
    page.reply(Answer::Failure(Failure::Busy { retry_after_ms: Some(7_000) }));
    page.run_until_asked(page.now_ms + 60_000);
    assert_eq!(page.sent, [(1_000, Ask::Open), (8_000, Ask::Open)]);
}

/// Whoever presses or comes back does not make the server less busy.
#[test]
fn a_busy_server_is_spared_by_everybody() {
    let mut page = Page::waiting();
    page.run_until_asked(page.now_ms + 10_000);
    page.reply(Answer::Failure(Failure::Busy { retry_after_ms: Some(20_000) }));
    for event in [Event::CheckPressed, Event::RenewPressed, Event::Hidden, Event::Returned] {
        page.feed(event);
    }
    page.feed(Event::Online);
    let quiet_ms = page.now_ms + 19_999;
    page.run_until_asked(quiet_ms);
    assert_eq!(page.asked, None);
    page.run_until_asked(quiet_ms + 1);
    assert_eq!(page.asked.map(|(_, ask)| ask), Some(Ask::Check));
}

/// A request a half minute, whatever happens: the flag lies on machines with odd networks.
#[test]
fn offline_nothing_is_asked_more_than_twice_a_minute() {
    let mut page = Page::waiting();
    page.feed(Event::Offline);
    let begin_ms = page.now_ms;
    let before = page.sent.len();
    while page.now_ms < begin_ms + 300_000 {
        page.run_until_asked(page.now_ms + 7_000);
        page.feed(Event::CheckPressed);
        if page.asked.is_some() {
            page.lose();
        }
    }
    let sent = &page.sent[before..];
    assert!(sent.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 30_000), "{sent:?}");
    assert!(sent.len() >= 9, "{sent:?}");
}

#[test]
fn a_mistake_of_the_page_is_told_to_its_developer() {
    let mut page = Page::catalogue();
    page.feed(Event::Shown);
    page.refuse(400, "unknown_product");
    assert_eq!(page.picture().line, Line::Rejected);
    assert_eq!(page.picture().rejection, Some(DOCUMENT));
    page.run_until_asked(page.now_ms + 3_600_000);
    assert_eq!(page.sent.len(), 1);
    page.feed(Event::RetryPressed);
    assert_eq!(page.sent.len(), 2);
}

#[test]
fn an_expired_token_is_replaced_by_the_pages_key() {
    let mut page = Page::waiting();
    page.run_until_asked(page.now_ms + 10_000);
    page.refuse(401, "expired_token");
    page.run_until_asked(page.now_ms + 1_001);
    assert_eq!(page.asked.map(|(_, ask)| ask), Some(Ask::Open));
    assert_eq!(page.done(Command::Forget), 0);
    assert_eq!(page.picture().face, Face::Waiting);
}

#[test]
fn a_key_of_long_ago_is_replaced() {
    let mut page = Page::catalogue();
    page.feed(Event::Shown);
    page.refuse(409, "reference_retired");
    assert_eq!(page.done(Command::Forget), 1);
    page.run_until_asked(page.now_ms + 1_001);
    page.answer(open(1));
    assert_eq!(page.picture().face, Face::Waiting);
}

#[test]
fn a_conflict_of_another_kind_is_no_reason_for_another_key() {
    let mut page = Page::waiting();
    page.run_until_asked(page.now_ms + 40_000);
    page.refuse(409, "not_now");
    page.feed(Event::CheckPressed);
    page.refuse(409, "already_paid");
    assert_eq!(page.done(Command::Forget), 0);
    assert_eq!(page.picture().face, Face::Waiting);
}

/// Its successor's versions begin anew, so the old order must not outshine it.
#[test]
fn a_key_that_is_refused_takes_its_order_along() {
    let mut page = Page::catalogue();
    page.feed(Event::Shown);
    page.answer(open(7));
    page.run_until_asked(page.now_ms + 40_000);
    page.refuse(401, "expired_token");
    page.run_until_asked(page.now_ms + 1_001);
    page.refuse(409, "reference_taken");
    assert_eq!(page.picture().face, Face::Loading);
    page.run_until_asked(page.now_ms + 2_001);
    page.answer(open(3));
    assert_eq!(page.picture().face, Face::Waiting);
    assert_eq!(page.session.view().map(|view| view.version), Some(3));
}

/// Whoever has a code on the screen may be paying with it.
#[test]
fn an_odd_answer_does_not_take_the_code_away() {
    let mut page = Page::waiting();
    for status in [403, 404, 410] {
        page.run_until_asked(page.now_ms + 60_000);
        page.refuse(status, "not_found");
        assert_eq!(page.picture().face, Face::Waiting);
    }
    page.run_until_asked(page.now_ms + 30_000);
    page.answer(paid(2));
    assert_eq!(page.told_paid(), 1);
}

/// One thing that may befall a page.
fn befall(page: &mut Page, dice: &mut Dice) {
    page.chance = u8::try_from(dice.roll(256)).unwrap();
    page.now_ms += dice.roll(20_000);
    let version = dice.roll(4);
    match dice.roll(18) {
        0 => page.feed(Event::Hidden),
        1 => page.feed(Event::Returned),
        2 => page.feed(Event::Offline),
        3 => page.feed(Event::Online),
        4 => page.feed(Event::Linked),
        5 => page.feed(Event::Unlinked),
        6 => page.feed(Event::CheckPressed),
        7 => page.feed(Event::RetryPressed),
        8 => page.feed(Event::Left),
        9 => page.push(open(version)),
        10 if page.asked.is_some() => page.lose(),
        11 if page.asked.is_some() => page.refuse(503, "unavailable"),
        12 if page.asked.is_some() => page.refuse(401, "expired_token"),
        13 if page.asked.is_some() => page.refuse(404, "checkout_not_found"),
        14 if page.asked.is_some() => page.answer(open(version)),
        15 if page.asked.is_some() => page.answer(in_phase(Phase::Closing, version)),
        _ => page.feed(Event::Woke),
    }
}

/// Five hundred bad minutes. `Page::feed` holds on every step that no two requests meet.
#[test]
fn after_any_storm_the_page_learns_of_the_payment_once() {
    for seed in 1..=500 {
        let (mut page, mut dice) = (Page::waiting(), Dice(seed));
        for _ in 0..60 {
            befall(&mut page, &mut dice);
        }
        assert_eq!(page.told_expired(), 0, "seed {seed}");
        assert_eq!(page.told_paid(), 0, "seed {seed}");
        // The storm is over, and somebody looks at the page.
        for event in [Event::Online, Event::Returned, Event::RetryPressed] {
            page.feed(event);
        }
        page.run(300_000, |_| paid(9));
        assert_eq!(page.told_paid(), 1, "seed {seed}");
        assert_eq!(page.picture().face, Face::Paid, "seed {seed}");
    }
}
