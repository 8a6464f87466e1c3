//! The operator accepts what WeChat Pay tells of a refund, and what waited goes on.

use std::rc::Rc;

use checkout::refund::{RefundDisagreement, RefundStatus, Standing};

use super::house::House;
use super::refunding::{read, refund, refused, settled, told, want};
use super::serve;
use crate::command::{Answer, Command, RefundResolution};
use crate::problem::Code;

fn accept(number: &str, disagreement: RefundDisagreement) -> Command {
    Command::ResolveRefund(RefundResolution { number: number.to_owned(), disagreement })
}

/// A settled house whose first refund is done by 41 yuan in place of 40, and whose second waits.
fn frozen() -> (Rc<House>, String, String) {
    let house = settled();
    let first = refund(serve(&house, want("R-1", 4_000))).1.out_refund_no;
    let second = refund(serve(&house, want("R-2", 1_000))).1.out_refund_no;
    house.wechat.borrow_mut().stand(&first, Standing::Success);
    let mut fact = house.wechat.borrow().fact(&first);
    fact.amount = 4_100;
    assert_eq!(serve(&house, told("n1", &first, fact)), Answer::Heard);
    house.pass_s(120);
    (house, first, second)
}

#[test]
fn what_was_accepted_is_shown_and_the_next_refund_goes_out() {
    let (house, first, second) = frozen();
    assert_eq!(read(&house, &second).disagreement, Some(RefundDisagreement::Amount));
    house.wechat.borrow_mut().sent.clear();
    let (_, view) = refund(serve(&house, accept(&first, RefundDisagreement::Amount)));
    assert_eq!((view.status, view.amount.total), (RefundStatus::Success, 4_100));
    assert_eq!((view.disagreement, view.conflict), (None, None));
    assert_eq!(house.wechat.borrow().verbs(), ["refund"], "what waited is sent");
    assert_eq!(read(&house, &second).status, RefundStatus::Processing);
    // The shop's own repeat still finds its refund.
    assert_eq!(refund(serve(&house, want("R-1", 4_000))).1.out_refund_no, first);
}

#[test]
fn said_twice_it_is_done_and_written_down_once() {
    let (house, first, _) = frozen();
    let once = refund(serve(&house, accept(&first, RefundDisagreement::Amount)));
    let (events, revision) = (house.rows.borrow().events.len(), house.stored().revision);
    assert_eq!(refund(serve(&house, accept(&first, RefundDisagreement::Amount))), once);
    assert_eq!((house.rows.borrow().events.len(), house.stored().revision), (events, revision));
}

#[test]
fn said_again_after_other_news_it_accepts_nothing_else() {
    let (house, first, second) = frozen();
    serve(&house, accept(&first, RefundDisagreement::Amount));
    house.wechat.borrow_mut().stand(&second, Standing::Success);
    let mut fact = house.wechat.borrow().fact(&second);
    fact.amount = 1_100;
    assert_eq!(serve(&house, told("n2", &second, fact)), Answer::Heard);
    let again = serve(&house, accept(&first, RefundDisagreement::Amount));
    assert_eq!(refused(again), Code::InConflict);
    assert_eq!(read(&house, &second).disagreement, Some(RefundDisagreement::Amount));
}

#[test]
fn what_was_not_looked_at_is_not_accepted() {
    let (house, first, second) = frozen();
    let before = house.stored();
    assert_eq!(refused(serve(&house, accept(&first, RefundDisagreement::End))), Code::InConflict);
    let other = accept(&second, RefundDisagreement::Amount);
    assert_eq!(refused(serve(&house, other)), Code::InConflict, "it is not about this one");
    assert!(read(&house, &second).conflict.is_some_and(|words| words.contains(&first)));
    let unknown = accept("CONSOLE-1", RefundDisagreement::Amount);
    assert_eq!(refused(serve(&house, unknown)), Code::RefundNotFound);
    assert_eq!(house.stored(), before);
}

#[test]
fn a_refund_made_elsewhere_is_resolved_by_its_own_number() {
    let house = settled();
    let number = refund(serve(&house, want("R-1", 4_000))).1.out_refund_no;
    let mut fact = house.wechat.borrow().fact(&number);
    (fact.total, fact.standing) = (9_900, Standing::Success);
    serve(&house, told("n1", "CONSOLE-1", fact));
    let (_, view) = refund(serve(&house, accept("CONSOLE-1", RefundDisagreement::Total)));
    assert_eq!((view.external, view.status), (true, RefundStatus::Success));
}
