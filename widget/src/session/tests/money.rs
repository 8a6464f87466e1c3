//! Paid, expired, refused: what the shopper and the shop are told of money.

use super::*;

#[test]
fn an_order_is_made_only_when_somebody_can_see_it() {
    let mut page = Page::catalogue();
    page.feed(Event::Returned);
    page.run_until_asked(600_000);
    assert_eq!(page.sent, []);
    page.feed(Event::Shown);
    assert_eq!(page.sent, [(600_000, Ask::Open)]);
}

#[test]
fn the_shops_own_order_is_read_with_its_token() {
    let mut page = Page::server();
    page.feed(Event::Shown);
    assert_eq!(page.sent, [(1_000, Ask::Read)]);
    page.answer(Seen { has_token: false, ..open(1) });
    assert_eq!(page.picture().face, Face::Waiting);
    assert!(page.session.has_token());
}

/// Adyen #2499: push and poll answering together told the shop twice.
#[test]
fn paid_is_told_once_whatever_says_it() {
    let mut page = Page::waiting();
    page.feed(Event::Linked);
    page.feed(Event::Returned);
    page.push(paid(2));
    page.push(paid(2));
    page.feed(Event::Unlinked);
    if page.asked.is_some() {
        page.answer(paid(3));
    }
    page.feed(Event::Left);
    page.feed(Event::Returned);
    page.run(3_600_000, |_| paid(4));
    assert_eq!(page.told_paid(), 1);
    assert_eq!(page.picture().face, Face::Paid);
}

#[test]
fn nothing_is_asked_after_paid() {
    let mut page = Page::waiting();
    page.push(paid(2));
    let sent = page.sent.len();
    page.run(86_400_000, |_| paid(2));
    for event in [Event::Returned, Event::Online, Event::CheckPressed, Event::RetryPressed] {
        page.feed(event);
    }
    assert_eq!(page.sent.len(), sent);
}

#[test]
fn what_is_paid_stays_paid() {
    let mut page = Page::waiting();
    page.push(paid(2));
    page.push(open(3));
    page.push(view(Status::Expired, 4));
    assert_eq!(page.picture().face, Face::Paid);
    assert_eq!(page.told_expired(), 0);
}

#[test]
fn old_news_changes_nothing_and_the_asking_goes_on() {
    let mut page = Page::waiting();
    page.push(in_phase(Phase::Closing, 5));
    page.run_until_asked(u64::MAX);
    page.answer(open(4));
    assert_eq!(page.picture().face, Face::Closing);
    page.run_until_asked(page.now_ms + 60_000);
    assert!(page.asked.is_some());
}

/// D3, D4: others flip to "expired" by their own clock, without asking.
#[test]
fn a_countdown_that_ends_takes_the_code_away_and_asks() {
    let mut page = Page::waiting();
    page.run(7_198_000, |now_ms| Seen {
        code_expires_in_ms: Some(7_201_000_u64.saturating_sub(now_ms)),
        ..open(1)
    });
    assert_eq!(page.picture().face, Face::Waiting);
    page.now_ms = 7_201_500;
    page.feed(Event::Woke);
    let picture = page.picture();
    assert_eq!((picture.face, picture.line, picture.code), (Face::Loading, Line::Renewing, None));
    assert_eq!(page.told_expired(), 0);
    assert!(page.asked.is_some());
}

#[test]
fn expired_is_only_ever_the_servers_word() {
    let mut page = Page::waiting();
    page.run(86_400_000, |_| Seen { code_expires_in_ms: Some(0), expires_in_ms: 0, ..open(1) });
    assert_eq!(page.told_expired(), 0);
    assert_ne!(page.picture().face, Face::Expired);
    page.run_until_asked(u64::MAX);
    page.answer(view(Status::Expired, 2));
    assert_eq!(page.told_expired(), 1);
    assert_eq!(page.picture().way_on, Some(WayOn::Again));
}

#[test]
fn a_fresh_code_begins_a_fresh_countdown() {
    let mut page = Page::waiting();
    page.now_ms += 7_200_001;
    page.feed(Event::Woke);
    page.answer(Seen { code: Some(OTHER_CODE), ..open(2) });
    assert_eq!(page.picture().code, Some(OTHER_CODE));
    assert_eq!(page.picture().left_s, Some(7_200));
}

/// Money beats clocks: an authentic success settles an order even after it was closed.
#[test]
fn late_money_turns_expired_into_paid() {
    let mut page = Page::waiting();
    page.push(view(Status::Expired, 2));
    page.run_until_asked(page.now_ms + 10_000);
    page.answer(paid(3));
    assert_eq!(page.picture().face, Face::Paid);
    assert_eq!(page.told_paid(), 1);
}

#[test]
fn what_is_over_is_watched_for_a_minute_and_no_longer() {
    let mut page = Page::waiting();
    page.push(view(Status::Expired, 2));
    let sent = page.sent.len();
    page.run(3_600_000, |_| view(Status::Expired, 2));
    assert_eq!(page.sent.len() - sent, 6);
    assert_eq!(page.told_expired(), 1);
}

/// Not only answers: errors after the end do not keep a page asking for ever.
#[test]
fn what_is_over_is_not_asked_for_ever_when_requests_fail() {
    let mut page = Page::waiting();
    page.push(view(Status::Expired, 2));
    loop {
        page.run_until_asked(page.now_ms + 3_600_000);
        if page.asked.is_none() {
            break;
        }
        page.lose();
    }
}

#[test]
fn a_new_code_is_a_new_order_with_a_new_key() {
    let mut page = Page::waiting();
    page.push(view(Status::Expired, 9));
    page.feed(Event::RenewPressed);
    assert_eq!(page.done(Command::Forget), 1);
    assert_eq!(page.asked.map(|(_, ask)| ask), Some(Ask::Open));
    // The new order counts its versions from one.
    page.answer(open(1));
    assert_eq!(page.picture().face, Face::Waiting);
}

#[test]
fn the_page_cannot_repeat_an_order_of_the_shops_server() {
    let mut page = Page::server();
    page.feed(Event::Shown);
    page.answer(view(Status::Expired, 2));
    assert_eq!(page.picture().way_on, None);
    page.feed(Event::RenewPressed);
    assert_eq!(page.picture().face, Face::Expired);
}

#[test]
fn a_refused_order_is_repeated_with_the_same_key() {
    let mut page = Page::catalogue();
    page.feed(Event::Shown);
    page.answer(in_trouble(Trouble::Refused, 1));
    let picture = page.picture();
    assert_eq!((picture.face, picture.way_on), (Face::Error, Some(WayOn::Retry)));
    assert_eq!(page.told(News::Error(Line::Refused)), 1);
    page.feed(Event::RetryPressed);
    assert_eq!(page.asked.map(|(_, ask)| ask), Some(Ask::Open));
    assert_eq!(page.done(Command::Forget), 0);
    page.answer(open(2));
    assert_eq!(page.picture().face, Face::Waiting);
}

#[test]
fn a_conflict_offers_nothing_to_press() {
    let mut page = Page::waiting();
    page.push(in_trouble(Trouble::Conflict, 2));
    let picture = page.picture();
    assert_eq!((picture.line, picture.way_on), (Line::Conflict, None));
    assert_eq!((picture.code, picture.check), (None, Press::Absent));
}

#[test]
fn i_have_paid_asks_once_and_rests() {
    let mut page = Page::waiting();
    page.feed(Event::CheckPressed);
    page.feed(Event::CheckPressed);
    assert_eq!(page.asked.map(|(_, ask)| ask), Some(Ask::Check));
    assert_eq!(page.picture().face, Face::Checking);
    page.answer(open(1));
    let picture = page.picture();
    assert_eq!((picture.face, picture.check), (Face::Waiting, Press::Resting));
    assert_eq!(picture.notice, Some(Notice::NotSeenYet));
    page.feed(Event::CheckPressed);
    assert_eq!(page.asked, None);
    page.now_ms += 5_000;
    assert_eq!(page.picture().check, Press::Ready);
    page.feed(Event::CheckPressed);
    assert_eq!(page.asked.map(|(_, ask)| ask), Some(Ask::Check));
}

#[test]
fn a_refused_check_is_no_error() {
    let mut page = Page::waiting();
    page.feed(Event::CheckPressed);
    page.refuse(409, "already_paid");
    page.run_until_asked(page.now_ms + 2_000);
    page.answer(paid(2));
    assert_eq!(page.told_paid(), 1);
}

/// D4: a payment of the last seconds, which others show as failed.
#[test]
fn a_payment_in_the_last_second_is_a_payment() {
    let mut page = Page::waiting();
    page.push(Seen { code_expires_in_ms: Some(1_000), expires_in_ms: 1_000, ..open(2) });
    page.now_ms += 1_000;
    page.feed(Event::Woke);
    assert_eq!((page.picture().face, page.picture().code), (Face::Loading, None));
    page.answer(paid(3));
    assert_eq!((page.picture().face, page.told_paid()), (Face::Paid, 1));
    assert_eq!(page.told_expired(), 0);
}

/// D3, pd-phuc/CoLearn#32: a reload began the full time anew.
#[test]
fn a_reload_goes_on_with_the_time_that_is_left() {
    for left_ms in [7_200_000, 61_000, 1] {
        let mut page = Page::catalogue();
        page.now_ms = 5;
        page.feed(Event::Shown);
        page.answer(Seen { code_expires_in_ms: Some(left_ms), ..open(9) });
        assert_eq!(page.picture().left_s, Some(left_ms.div_ceil(1_000)));
    }
}

/// MirrorChyan/user-frontend#84: a code that cannot be paid is not shown. ai-shifu PR #1598: and
/// that is no dead end.
#[test]
fn what_is_over_shows_no_code_and_a_way_on() {
    for status in [Status::Expired, Status::Cancelled] {
        let mut page = Page::waiting();
        page.push(view(status, 2));
        let picture = page.picture();
        assert_eq!((picture.code, picture.left_s), (None, None));
        assert_eq!(picture.way_on, Some(WayOn::Again));
    }
}

/// D2: the minutes of 61 minutes and of two hours.
#[test]
fn the_countdown_is_right_beyond_an_hour() {
    let mut page = Page::waiting();
    assert_eq!(page.picture().left_s, Some(7_200));
    page.now_ms += 1;
    assert_eq!(page.picture().left_s, Some(7_200));
    page.now_ms += 999;
    assert_eq!(page.picture().left_s, Some(7_199));
    page.now_ms += 3_539_000;
    assert_eq!(page.picture().left_s, Some(3_660));
}

/// D10: a countdown that subtracts a second per tick is late when ticks are.
#[test]
fn a_countdown_does_not_count_its_ticks() {
    let mut page = Page::waiting();
    page.now_ms += 1_800_000;
    page.feed(Event::Woke);
    assert_eq!(page.picture().left_s, Some(5_400));
}

#[test]
fn the_nearer_of_two_ends_counts() {
    let mut page = Page::catalogue();
    page.feed(Event::Shown);
    page.answer(Seen { expires_in_ms: 90_000, ..open(1) });
    assert_eq!(page.picture().left_s, Some(90));
    assert_eq!(page.picture().notice, Some(Notice::FiveMinutes));
    page.now_ms += 30_000;
    assert_eq!(page.picture().notice, Some(Notice::OneMinute));
}

/// The capability came from the shop's server, and nobody would give the page another.
#[test]
fn a_shops_order_that_is_tried_again_keeps_its_token() {
    let mut page = Page::server();
    page.feed(Event::Shown);
    page.answer(in_trouble(Trouble::Refused, 1));
    page.feed(Event::RetryPressed);
    assert_eq!(page.asked.map(|(_, ask)| ask), Some(Ask::Read));
    assert!(page.session.has_token());
}
