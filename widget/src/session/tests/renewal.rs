//! A new code: of the same order while it is open, of a new one when it is over.

use super::*;

fn fresh(version: u64) -> Seen {
    Seen { code: Some(OTHER_CODE), ..open(version) }
}

/// A page whose code has `left_ms` left.
fn ending(left_ms: u64) -> Page {
    let mut page = Page::linked();
    page.push(Seen { code_expires_in_ms: Some(left_ms), ..open(1) });
    page
}

fn refreshed(page: &Page) -> usize {
    page.told_by_any(News::Refreshed)
}

#[test]
fn a_new_code_is_offered_when_the_old_one_is_nearly_over() {
    let mut page = ending(301_000);
    assert_eq!((page.picture().way_on, page.picture().is_expiring()), (None, false));
    page.now_ms += 1_000;
    let picture = page.picture();
    assert_eq!((picture.way_on, picture.is_expiring()), (Some(WayOn::Renew), true));
    assert!(picture.code.is_some(), "beside the code");
}

#[test]
fn a_new_code_is_asked_for_and_told() {
    for mut page in [ending(200_000), ending(1_000)] {
        page.now_ms += 1_500;
        page.feed(Event::Woke);
        page.feed(Event::RenewPressed);
        assert_eq!(page.asked.map(|(_, ask)| ask), Some(Ask::Renew));
        assert_eq!(page.picture().way_on, None, "once is enough");
        page.answer(in_phase(Phase::Placing, 2));
        assert_eq!((page.picture().line, refreshed(&page)), (Line::Placing, 0));
        page.push(fresh(3));
        assert_eq!((page.picture().face, refreshed(&page)), (Face::Waiting, 1));
        assert_eq!(page.told(News::Refreshed(Via::Push)), 1);
        page.push(fresh(4));
        assert_eq!(refreshed(&page), 1);
    }
}

/// It works for an order of the shop's server as well: it is the same order.
#[test]
fn the_shops_own_order_is_renewed_too() {
    let mut page = Page::server();
    page.feed(Event::Shown);
    page.answer(Seen { code_expires_in_ms: Some(60_000), ..open(1) });
    page.feed(Event::RenewPressed);
    assert_eq!(page.asked.map(|(_, ask)| ask), Some(Ask::Renew));
    page.answer(fresh(2));
    assert_eq!(refreshed(&page), 1);
    assert_eq!(page.done(Command::Forget), 0);
}

#[test]
fn a_code_that_changes_by_itself_is_not_told() {
    let mut page = ending(200_000);
    page.push(fresh(2));
    assert_eq!(refreshed(&page), 0);
}

#[test]
fn a_new_code_is_asked_for_at_most_every_half_minute() {
    let mut page = ending(200_000);
    page.feed(Event::RenewPressed);
    page.answer(Seen { code_expires_in_ms: Some(200_000), ..open(2) });
    page.feed(Event::RenewPressed);
    assert_eq!((page.asked, page.picture().way_on), (None, None));
    page.now_ms += 30_000;
    assert_eq!(page.picture().way_on, Some(WayOn::Renew));
    page.feed(Event::RenewPressed);
    assert_eq!(page.asked.map(|(_, ask)| ask), Some(Ask::Renew));
}

/// It would throw the new code away.
#[test]
fn a_wish_that_waited_too_long_is_dropped_when_a_code_comes_by_itself() {
    let mut page = ending(200_000);
    page.feed(Event::Offline);
    page.feed(Event::CheckPressed);
    page.lose_if_asked();
    page.feed(Event::RenewPressed);
    assert_eq!(page.asked, None);
    page.push(fresh(2));
    page.feed(Event::Online);
    page.answer(fresh(2));
    page.run(60_000, |_| fresh(2));
    assert!(page.sent.iter().all(|(_, ask)| *ask != Ask::Renew), "{:?}", page.sent);
}

/// Making a code waits for the platform as making an order does.
#[test]
fn a_lost_renewal_may_be_pressed_again() {
    let mut page = ending(200_000);
    page.feed(Event::RenewPressed);
    page.now_ms += 14_999;
    page.feed(Event::Woke);
    assert_eq!(page.done(Command::Abandon), 0);
    page.now_ms += 1;
    page.feed(Event::Woke);
    assert_eq!(page.done(Command::Abandon), 1);
    assert_eq!(page.picture().way_on, Some(WayOn::Renew));
}

#[test]
fn a_press_does_not_wait_for_a_held_question() {
    for (press, ask) in [(Event::CheckPressed, Ask::Check), (Event::RenewPressed, Ask::Renew)] {
        let mut page = Page::waiting();
        page.run_until_asked(page.now_ms + 1_000);
        assert!(page.hold.is_some());
        page.feed(press);
        assert_eq!(page.done(Command::Abandon), 1);
        assert_eq!(page.asked.map(|(_, ask)| ask), Some(ask));
    }
}

#[test]
fn nobody_can_renew_what_is_being_placed_closed_or_looked_at() {
    for view in [
        in_phase(Phase::Placing, 2),
        in_phase(Phase::Closing, 2),
        in_trouble(Trouble::Conflict, 2),
        in_trouble(Trouble::Refused, 2),
        paid(2),
    ] {
        let mut page = Page::linked();
        page.push(view);
        page.feed(Event::RenewPressed);
        assert_eq!(page.asked, None);
        assert_ne!(page.picture().way_on, Some(WayOn::Renew));
    }
}

/// WCAG 2.2.1: said at ten minutes, five, one, and half of one.
#[test]
fn the_end_is_announced_in_four_steps() {
    let mut page = ending(601_000);
    let mut heard = vec![page.picture().notice];
    for _ in 0..600 {
        page.now_ms += 1_000;
        let notice = page.picture().notice;
        if heard.last() != Some(&notice) {
            heard.push(notice);
        }
    }
    let steps =
        [Notice::TenMinutes, Notice::FiveMinutes, Notice::OneMinute, Notice::HalfMinute].map(Some);
    assert_eq!(heard[0], None);
    assert_eq!(heard[1..], steps);
}
