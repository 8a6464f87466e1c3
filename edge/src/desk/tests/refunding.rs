//! Money goes back: the way it should be, said twice, said at once, and said by others.

use std::rc::Rc;

use checkout::id::{OutRefundNo, ProfileName, Reference};
use checkout::money::{Amount, Fen};
use checkout::refund::{RefundEffect, RefundFact, RefundStatus, Standing, WaitingFor};

use super::house::{House, run, step};
use super::wechat::{Fault, paid, receipt};
use super::{checkout, letter, serve, waiting};
use crate::command::{
    Answer, Command, Letter, OtherWay, Redirection, RefundTold, RefundView, RefundWish,
};
use crate::problem::Code;

/// The shop wants `fen` back, and calls that `reference`.
pub(super) fn wish(reference: &str, fen: u64) -> RefundWish {
    RefundWish {
        reference: Reference::parse(reference).unwrap(),
        amount: Amount::cny(Fen::new(fen).unwrap()),
        reason: None,
        transaction_id: None,
    }
}

pub(super) fn want(reference: &str, fen: u64) -> Command {
    Command::Refund(Box::new(wish(reference, fen)))
}

#[track_caller]
pub(super) fn refund(answer: Answer) -> (bool, RefundView) {
    match answer {
        Answer::Refund { created, view } => (created, *view),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
pub(super) fn refused(answer: Answer) -> Code {
    match answer {
        Answer::Problem(problem) => problem.code,
        other => panic!("{other:?}"),
    }
}

pub(super) fn told(id: &str, number: &str, fact: RefundFact) -> Command {
    let (notification_id, out_refund_no) = (id.to_owned(), number.to_owned());
    Command::HearRefund(Box::new(RefundTold { notification_id, out_refund_no, fact }))
}

/// The platform brings the refund to this, and tells us.
#[track_caller]
fn ends(house: &Rc<House>, number: &str, standing: Standing) {
    house.wechat.borrow_mut().stand(number, standing);
    let id = format!("{number}-{}", house.rows.borrow().events.len());
    let fact = house.wechat.borrow().fact(number);
    assert_eq!(serve(house, told(&id, number, fact)), Answer::Heard);
}

/// A house with a checkout that was paid.
pub(super) fn settled() -> Rc<House> {
    let house = waiting();
    pays(&house);
    house.wechat.borrow_mut().sent.clear();
    house
}

/// Somebody pays, and the platform tells us.
#[track_caller]
pub(super) fn pays(house: &Rc<House>) {
    let number = house.stored().order.number;
    let receipt = house.wechat.borrow_mut().pay(&number);
    let report = paid(receipt);
    let notification_id = "paid".to_owned();
    let hear = Command::Hear { notification_id, out_trade_no: number, report };
    assert_eq!(serve(house, hear), Answer::Heard);
}

#[track_caller]
pub(super) fn read(house: &Rc<House>, number: &str) -> RefundView {
    let number = OutRefundNo::parse(number).unwrap();
    refund(serve(house, Command::ReadRefund { number })).1
}

#[test]
fn a_refund_is_applied_for_and_ends_by_its_notification() {
    let house = settled();
    let (created, view) = refund(serve(&house, want("R-1", 4_000)));
    assert_eq!((created, view.status, view.amount.total), (true, RefundStatus::Processing, 4_000));
    assert_eq!(house.wechat.borrow().verbs(), ["refund"]);
    assert!(house.platform_alarm().is_some(), "a notification may never come");
    ends(&house, &view.out_refund_no, Standing::Success);
    assert_eq!(read(&house, &view.out_refund_no).status, RefundStatus::Success);
    let (_, view) = checkout(serve(&house, Command::Read));
    assert_eq!((view.refunded, view.refunds), (Some(4_000), Some(1)));
    assert_eq!(house.platform_alarm(), None);
}

#[test]
fn a_refund_ends_without_a_notification_too() {
    let house = settled();
    let (_, view) = refund(serve(&house, want("R-1", 8_800)));
    house.wechat.borrow_mut().stand(&view.out_refund_no, Standing::Closed);
    house.ring(1);
    assert_eq!(house.wechat.borrow().verbs(), ["refund", "ask"]);
    assert_eq!(read(&house, &view.out_refund_no).status, RefundStatus::Closed);
    // Its sum is free again; a further try has another number.
    let (created, again) = refund(serve(&house, want("R-2", 8_800)));
    assert!(created && again.out_refund_no != view.out_refund_no);
}

#[test]
fn the_same_reference_is_the_same_refund() {
    let house = settled();
    let (_, first) = refund(serve(&house, want("R-1", 4_000)));
    assert_eq!(refund(serve(&house, want("R-1", 4_000))), (false, first.clone()));
    let named = RefundWish { transaction_id: Some(first.transaction_id), ..wish("R-1", 4_000) };
    assert!(!refund(serve(&house, Command::Refund(Box::new(named)))).0);
    assert_eq!(refused(serve(&house, want("R-1", 4_001))), Code::ReferenceTaken);
    assert_eq!(house.wechat.borrow().refunds.all.len(), 1);
}

#[test]
fn what_nobody_has_paid_is_not_refunded() {
    let house = waiting();
    assert_eq!(refused(serve(&house, want("R-1", 1))), Code::NotPaid);
    assert_eq!(serve(&House::new(), want("R-1", 1)), Answer::Unknown);
    let other = Letter { profile: ProfileName::parse("acme").ok(), command: want("R-1", 1) };
    assert_eq!(run(settled().desk().serve(other)), Answer::Unknown);
}

#[test]
fn more_than_was_paid_never_goes_back() {
    let house = settled();
    assert_eq!(refused(serve(&house, want("R-0", 8_801))), Code::RefundExceedsPayment);
    refund(serve(&house, want("R-1", 8_000)));
    assert_eq!(refused(serve(&house, want("R-2", 801))), Code::RefundExceedsPayment);
    assert!(refund(serve(&house, want("R-2", 800))).0);
}

/// Both are at work at the same time, each as far as the other lets it.
#[test]
fn two_at_once_cannot_pass_together() {
    for head_start in 0..4 {
        let house = settled();
        let (one, two) = (house.desk(), house.desk());
        let mut first = Box::pin(one.serve(letter(want("R-1", 5_000))));
        let mut second = Box::pin(two.serve(letter(want("R-2", 5_000))));
        let mut answers = Vec::new();
        for _ in 0..head_start {
            answers.extend(step(&mut first));
        }
        answers.push(run(second.as_mut()));
        if answers.len() < 2 {
            answers.push(run(first.as_mut()));
        }
        let taken = answers.iter().filter(|answer| matches!(answer, Answer::Refund { .. }));
        assert_eq!(taken.count(), 1, "{answers:?}");
        assert_eq!(house.wechat.borrow().refunds.all.len(), 1);
    }
}

#[test]
fn the_next_refund_waits_for_its_turn() {
    let house = settled();
    let (_, first) = refund(serve(&house, want("R-1", 1_000)));
    ends(&house, &first.out_refund_no, Standing::Success);
    let (created, second) = refund(serve(&house, want("R-2", 1_000)));
    assert!(created);
    assert_eq!(second.status, RefundStatus::Queued);
    assert_eq!(second.waiting_for, Some(WaitingFor::Turn));
    let before = house.wall_ms.get();
    house.ring(1);
    assert!(house.wall_ms.get() - before >= 59_000);
    assert_eq!(read(&house, &second.out_refund_no).status, RefundStatus::Processing);
    assert_eq!(house.wechat.borrow().verbs(), ["refund", "refund"]);
}

#[test]
fn notifications_come_twice_late_and_out_of_order() {
    let house = settled();
    let (_, view) = refund(serve(&house, want("R-1", 1_000)));
    let number = view.out_refund_no;
    house.wechat.borrow_mut().stand(&number, Standing::Abnormal);
    let abnormal = house.wechat.borrow().fact(&number);
    ends(&house, &number, Standing::Success);
    let after = house.stored();
    let success = house.wechat.borrow().fact(&number);
    for (id, fact) in [("again", success.clone()), ("again", success), ("late", abnormal)] {
        assert_eq!(serve(&house, told(id, &number, fact)), Answer::Heard);
    }
    assert_eq!(house.stored().refunds, after.refunds);
}

#[test]
fn a_refund_made_elsewhere_counts_and_is_shown() {
    let house = settled();
    let transaction_id = "4200000001202501010000000001";
    house.wechat.borrow_mut().refund_elsewhere(transaction_id, 5_000);
    let fact = house.wechat.borrow().fact("CONSOLE-1");
    assert_eq!(serve(&house, told("n1", "CONSOLE-1", fact)), Answer::Heard);
    assert_eq!(refused(serve(&house, want("R-1", 3_801))), Code::RefundExceedsPayment);
    assert!(refund(serve(&house, want("R-1", 3_800))).0);
    let Answer::Refunds { refunds } = serve(&house, Command::Refunds) else { panic!("no list") };
    let shown: Vec<_> = refunds.iter().map(|one| (one.external, one.amount.total)).collect();
    assert_eq!(shown, [(false, 3_800), (true, 5_000)]);
    let elsewhere = RefundEffect::MadeElsewhere("CONSOLE-1".to_owned());
    assert_eq!(*house.refund_alerts.borrow(), [elsewhere]);
}

/// The shop saw at the console that its refund had failed, and made another there; we hear of that
/// one first.
#[test]
fn a_refund_that_has_failed_unheard_does_not_freeze_the_next() {
    let house = settled();
    let (_, view) = refund(serve(&house, want("R-1", 8_000)));
    let number = view.out_refund_no;
    house.wechat.borrow_mut().stand(&number, Standing::Closed);
    house.wechat.borrow_mut().refund_elsewhere(&view.transaction_id, 8_000);
    let fact = house.wechat.borrow().fact("CONSOLE-1");
    assert_eq!(serve(&house, told("n2", "CONSOLE-1", fact)), Answer::Heard);
    let before = house.wall_ms.get();
    house.ring(1);
    assert!(house.wall_ms.get() - before <= 1_000, "asked at once");
    assert_eq!(house.wechat.borrow().verbs(), ["refund", "ask"]);
    let view = read(&house, &number);
    assert_eq!((view.status, view.conflict), (RefundStatus::Closed, None));
    let elsewhere = RefundEffect::MadeElsewhere("CONSOLE-1".to_owned());
    assert_eq!(*house.refund_alerts.borrow(), [elsewhere]);
    assert!(refund(serve(&house, want("R-2", 800))).0);
    let (_, view) = checkout(serve(&house, Command::Read));
    assert_eq!(view.refunded, Some(8_000));
}

#[test]
fn a_refund_of_somebody_elses_payment_is_unknown_here() {
    let house = settled();
    refund(serve(&house, want("R-1", 1_000)));
    let mut fact =
        house.wechat.borrow().fact(house.wechat.borrow().refunds.all.keys().next().unwrap());
    fact.out_trade_no = "T20250101000001".to_owned();
    assert_eq!(serve(&house, told("n1", "R20250101000001", fact.clone())), Answer::Unknown);
    // An order of ours, and a payment that nobody here has heard of.
    fact.out_trade_no = house.stored().order.number.as_str().to_owned();
    fact.transaction_id = "4200000001202501010000000099".to_owned();
    assert_eq!(serve(&house, told("n2", "R20250101000001", fact)), Answer::Unknown);
}

#[test]
fn a_second_payment_is_refunded_by_its_own_number() {
    let house = settled();
    let number = house.stored().order.number;
    let second = "4200000001202501010000000077";
    let report = paid(receipt(&number, second));
    let hear = Command::Hear { notification_id: "n2".into(), out_trade_no: number.clone(), report };
    assert_eq!(serve(&house, hear), Answer::Heard);
    assert!(house.stored().order.conflict().is_some());
    let all = RefundWish { transaction_id: Some(second.to_owned()), ..wish("R-2", 8_800) };
    let (created, view) = refund(serve(&house, Command::Refund(Box::new(all))));
    assert!(created);
    assert_eq!(view.transaction_id, second);
    let wrong = RefundWish { transaction_id: Some("42".to_owned()), ..wish("R-3", 1) };
    assert_eq!(refused(serve(&house, Command::Refund(Box::new(wrong)))), Code::NotPaid);
    // The first payment has a ledger of its own.
    assert!(refund(serve(&house, want("R-4", 8_800))).0);
    assert_eq!(house.stored().refunds.len(), 2);
}

pub(super) fn other_way(number: &str, card: &str) -> Command {
    Command::Redirect(Box::new(Redirection {
        number: OutRefundNo::parse(number).unwrap(),
        way: OtherWay::UserBankCard {
            bank_type: "CMB_DEBIT".to_owned(),
            bank_account: card.to_owned(),
            real_name: "c2VhbGVk".to_owned(),
        },
        serial: Some("PUB_KEY_ID_SEALED_FOR".to_owned()),
    }))
}

#[test]
fn money_that_did_not_reach_the_payer_goes_another_way() {
    let house = settled();
    let (_, view) = refund(serve(&house, want("R-1", 4_000)));
    let number = view.out_refund_no;
    assert_eq!(refused(serve(&house, other_way(&number, "YQ=="))), Code::RefundNotAbnormal);
    ends(&house, &number, Standing::Abnormal);
    assert_eq!(read(&house, &number).status, RefundStatus::Abnormal);
    assert_eq!(house.platform_alarm(), None, "a person has to choose");
    let (_, view) = refund(serve(&house, other_way(&number, "YQ==")));
    assert_eq!(view.status, RefundStatus::Processing);
    // Delivered once more by the runtime; and then a second choice.
    assert_eq!(refund(serve(&house, other_way(&number, "YQ=="))).1.status, view.status);
    assert_eq!(refused(serve(&house, other_way(&number, "Yg=="))), Code::RefundNotAbnormal);
    assert_eq!(house.wechat.borrow().refunds.all[&number].redirects, 1);
    let wechat = house.wechat.borrow();
    let sent = wechat.sent.iter().find(|sent| sent.verb == "redirect").unwrap();
    assert_eq!(sent.serial.as_deref(), Some("PUB_KEY_ID_SEALED_FOR"));
    drop(wechat);
    ends(&house, &number, Standing::Success);
    assert_eq!(read(&house, &number).status, RefundStatus::Success);
}

fn merchant_card(number: &str) -> Command {
    let (number, way) = (OutRefundNo::parse(number).unwrap(), OtherWay::MerchantBankCard);
    Command::Redirect(Box::new(Redirection { number, way, serial: None }))
}

#[test]
fn the_merchants_own_card_may_be_chosen_again() {
    let house = settled();
    let (_, view) = refund(serve(&house, want("R-1", 4_000)));
    let number = view.out_refund_no;
    ends(&house, &number, Standing::Abnormal);
    house.wechat.borrow_mut().faults.push_back(Fault::Refuse(403, "NO_AUTH"));
    let (_, view) = refund(serve(&house, merchant_card(&number)));
    assert_eq!((view.status, view.waiting_for), (RefundStatus::Abnormal, None));
    assert_eq!(view.wechatpay.map(|said| said.code).as_deref(), Some("NO_AUTH"));
    // Once the shop's account may, the same choice goes out anew; delivered twice, it goes once.
    for _ in 0..2 {
        let (_, view) = refund(serve(&house, merchant_card(&number)));
        assert_eq!(view.status, RefundStatus::Processing);
    }
    assert_eq!(house.wechat.borrow().refunds.all[&number].redirects, 1);
    // And once more after the card has failed too.
    house.wechat.borrow_mut().stand(&number, Standing::Abnormal);
    house.ring(1);
    let (_, view) = refund(serve(&house, merchant_card(&number)));
    assert_eq!(view.status, RefundStatus::Processing);
    assert_eq!(house.wechat.borrow().refunds.all[&number].redirects, 2);
}

#[test]
fn a_second_card_that_fails_too_is_news_again() {
    let house = settled();
    let (_, view) = refund(serve(&house, want("R-1", 4_000)));
    let number = view.out_refund_no;
    ends(&house, &number, Standing::Abnormal);
    refund(serve(&house, other_way(&number, "YQ==")));
    ends(&house, &number, Standing::Abnormal);
    // It could be the first notification once more: the platform is asked.
    assert_eq!(read(&house, &number).status, RefundStatus::Processing);
    house.ring(1);
    assert_eq!(read(&house, &number).status, RefundStatus::Abnormal);
    // The first choice's ciphertext: the command delivered late once more, and not a choice.
    let (_, late) = refund(serve(&house, other_way(&number, "YQ==")));
    assert_eq!(late.status, RefundStatus::Abnormal);
    assert!(refund(serve(&house, other_way(&number, "Yg=="))).1.status == RefundStatus::Processing);
    assert_eq!(house.wechat.borrow().refunds.all[&number].redirects, 2);
    let stranded = |effect: &&RefundEffect| matches!(effect, RefundEffect::Stranded(_));
    assert_eq!(house.refund_alerts.borrow().iter().filter(stranded).count(), 2);
}
