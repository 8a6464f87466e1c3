//! Others who know of the order: another tab, and the follower that was here before.

use super::*;

#[test]
fn news_say_by_which_way_they_came() {
    let mut page = Page::linked();
    assert_eq!(page.told(News::Ready(Via::Poll)), 1);
    page.push(paid(2));
    assert_eq!(page.told(News::Paid(Via::Push)), 1);

    let mut page = Page::linked();
    page.feed(Event::Told(paid(2)));
    assert_eq!(page.told(News::Paid(Via::Tab)), 1);
    let shown = News::Status { now: Face::Paid, before: Face::Waiting, via: Via::Tab };
    assert_eq!(page.told(shown), 1);

    let mut page = Page::linked();
    page.feed(Event::Hidden);
    page.now_ms += 60_000;
    page.feed(Event::Returned);
    page.answer(paid(2));
    assert_eq!(page.told(News::Paid(Via::Resume)), 1);
}

#[test]
fn a_return_marks_what_it_finds_and_nothing_later() {
    let mut page = Page::linked();
    page.feed(Event::Hidden);
    page.feed(Event::Returned);
    page.answer(open(1));
    page.push(paid(2));
    assert_eq!(page.told(News::Paid(Via::Push)), 1);
}

#[test]
fn another_tabs_view_is_as_old_as_its_version() {
    let mut page = Page::linked();
    page.push(in_phase(Phase::Closing, 5));
    page.feed(Event::Told(open(4)));
    assert_eq!(page.picture().face, Face::Closing);
}

/// Whoever may write to the channel must not be able to change whose order this is.
#[test]
fn another_tab_brings_no_capability() {
    let mut page = Page::catalogue();
    page.feed(Event::Shown);
    let other = Seen { has_token: true, ..open(2) };
    page.feed(Event::Told(other));
    page.feed(Event::Pushed(other));
    assert!(!page.session.has_token());
}

#[test]
fn a_page_that_was_put_away_hears_nothing_and_asks_when_it_is_back() {
    let mut page = Page::linked();
    page.feed(Event::Left);
    page.feed(Event::Told(paid(2)));
    assert_eq!(page.told_paid(), 0);
    page.feed(Event::Returned);
    page.answer(paid(2));
    assert_eq!(page.told(News::Paid(Via::Resume)), 1);
}

fn adopting(view: Option<Seen>, age_ms: u64) -> Page {
    let mut page = Page::catalogue();
    page.now_ms = 100_000;
    page.feed(Event::Adopted(Adopted { has_token: view.is_some(), view, age_ms }));
    page
}

#[test]
fn a_change_of_followers_is_not_told() {
    let mut page = adopting(Some(open(3)), 5_000);
    assert_eq!((&page.sent[..], &page.done[..]), (&[][..], &[][..]));
    let picture = page.picture();
    assert_eq!((picture.face, picture.left_s), (Face::Waiting, Some(7_195)));
    page.feed(Event::Returned);
    assert_eq!(page.done, [Command::Dial]);
    page.push(paid(4));
    assert_eq!(page.told(News::Paid(Via::Push)), 1, "it has not come back: it was here");
}

#[test]
fn a_change_of_followers_comes_round_without_a_word_of_the_page() {
    let mut page = adopting(Some(open(3)), 5_000);
    assert_eq!(page.session.wake_ms(page.now()), Some(page.now_ms), "soon");
    page.feed(Event::Woke);
    page.run_until_asked(page.now_ms + 5_000);
    assert_eq!(page.hold, Some(Hold { version: 3, wait_s: 25 }));
    assert_eq!(page.done, [Command::Dial]);
}

#[test]
fn a_hidden_page_changes_followers_without_asking() {
    let mut page = adopting(Some(open(3)), 5_000);
    page.feed(Event::Hidden);
    page.run_until_asked(page.now_ms + 29_000);
    assert_eq!((&page.sent[..], &page.done[..]), (&[][..], &[][..]));
}

#[test]
fn a_follower_that_adopts_nothing_finds_the_order_by_its_key() {
    let mut page = adopting(None, 0);
    page.feed(Event::Shown);
    assert_eq!(page.sent, [(100_000, Ask::Open)]);
    assert_eq!(page.done(Command::Forget), 0);
}

#[test]
fn a_payment_that_was_told_before_is_not_told_again() {
    let mut page = adopting(Some(paid(3)), 5_000);
    page.feed(Event::Returned);
    page.feed(Event::Pushed(paid(3)));
    page.run_until_asked(page.now_ms + 3_600_000);
    assert_eq!((page.picture().face, &page.done[..], page.sent.len()), (Face::Paid, &[][..], 0));
}

/// A code that ran out while the followers changed is not shown again.
#[test]
fn an_adopted_countdown_goes_on_where_it_was() {
    let mut page = adopting(Some(Seen { code_expires_in_ms: Some(4_000), ..open(3) }), 5_000);
    page.feed(Event::Woke);
    assert_eq!(page.picture().line, Line::Renewing);
    assert_eq!(page.asked.map(|(_, ask)| ask), Some(Ask::Read));
}
