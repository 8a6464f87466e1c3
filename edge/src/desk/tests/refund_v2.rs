//! Orders of V2 are refunded: by V2, which wants to see a certificate, or by APIv3.

use std::rc::Rc;

use checkout::id::OutRefundNo;
use checkout::order::{Ask, Attempt, Call, Fate, Policies, Policy};
use checkout::refund::{RefundCall, RefundEffect, RefundStatus, Standing, WaitingFor};
use checkout::time::UnixSeconds;
use wechatpay::v2::xml;

use super::house::House;
use super::refunding::{pays, read, refund, refused, told, want};
use super::wechat::v2::{OLD_KEY, parameters};
use super::wechat::{Fault, State, paid};
use super::{opening, serve};
use crate::api::Api;
use crate::command::{Answer, Command, Opening, OtherWay, Redirection, RefundView};
use crate::index;
use crate::problem::Code;

fn house() -> Rc<House> {
    let house = House::new();
    *house.v2_keys.borrow_mut() = Some(OLD_KEY.to_owned());
    house
}

/// A house with a V2 checkout that was paid.
fn settled() -> Rc<House> {
    let house = house();
    serve(&house, Command::Open(Box::new(Opening { api: Api::V2, ..opening("A-1001") })));
    pays(&house);
    house.wechat.borrow_mut().sent.clear();
    house
}

#[track_caller]
fn refunded(house: &Rc<House>, reference: &str, fen: u64) -> RefundView {
    let (created, view) = refund(serve(house, want(reference, fen)));
    assert!(created);
    view
}

fn verbs(house: &Rc<House>) -> Vec<&'static str> {
    house.wechat.borrow().verbs()
}

/// Which API each call was in, oldest first.
fn apis(house: &Rc<House>) -> Vec<Api> {
    let wechat = house.wechat.borrow();
    let api = |body: &Vec<u8>| if xml::read(body).is_ok() { Api::V2 } else { Api::V3 };
    wechat.sent.iter().map(|sent| api(&sent.body)).collect()
}

#[test]
fn a_refund_is_accepted_and_ends_by_asking_or_by_being_told() {
    let house = settled();
    let asked = refunded(&house, "R-1", 4_000);
    assert_eq!((asked.status, asked.amount.total), (RefundStatus::Processing, 4_000));
    house.wechat.borrow_mut().stand(&asked.out_refund_no, Standing::Success);
    house.ring(1);
    assert_eq!((verbs(&house), apis(&house)), (vec!["refund", "ask"], vec![Api::V2; 2]));
    let ended = read(&house, &asked.out_refund_no);
    assert_eq!(ended.status, RefundStatus::Success);
    assert_eq!(ended.user_received_account.as_deref(), Some("支付用户零钱"));

    let heard = refunded(&house, "R-2", 4_800);
    house.wechat.borrow_mut().stand(&heard.out_refund_no, Standing::Success);
    let fact = house.wechat.borrow().fact(&heard.out_refund_no);
    let told = told("v2:1:SUCCESS", &heard.out_refund_no, fact);
    assert_eq!(serve(&house, told), Answer::Heard);
    assert_eq!(read(&house, &heard.out_refund_no).status, RefundStatus::Success);
}

#[test]
fn without_a_certificate_nothing_is_stored_and_nobody_is_called() {
    let house = settled();
    house.is_certified.set(false);
    let before = house.stored();
    let Answer::Problem(problem) = serve(&house, want("R-1", 100)) else { panic!("no problem") };
    assert_eq!(problem.code, Code::CertificateMissing);
    assert!(problem.detail.starts_with("WECHATPAY_MTLS: "), "{}", problem.detail);
    assert_eq!(house.stored(), before);
    assert!(house.rows.borrow().letters.is_empty());
    assert!(verbs(&house).is_empty());
    // Once it is bound, the same request goes through.
    house.is_certified.set(true);
    refunded(&house, "R-1", 100);
}

#[test]
fn what_was_entered_is_found_again_without_a_certificate() {
    let house = settled();
    let view = refunded(&house, "R-1", 100);
    house.is_certified.set(false);
    assert_eq!(refund(serve(&house, want("R-1", 100))), (false, view));
    assert_eq!(refused(serve(&house, want("R-1", 101))), Code::ReferenceTaken);
}

#[test]
fn a_certificate_that_is_gone_leaves_the_refund_to_be_sent_when_it_is_back() {
    let house = settled();
    refunded(&house, "R-1", 100);
    let waits = refunded(&house, "R-2", 100);
    assert_eq!(waits.waiting_for, Some(WaitingFor::Turn));
    house.is_certified.set(false);
    for _ in 0..30 {
        house.wake();
    }
    let view = read(&house, &waits.out_refund_no);
    assert_eq!((view.status, view.waiting_for), (RefundStatus::Queued, Some(WaitingFor::Answer)));
    assert!(!house.wechat.borrow().refunds.all.contains_key(&waits.out_refund_no));
    let told = house.refund_alerts.borrow().iter().any(|alert| {
        matches!(alert, RefundEffect::Undecided(number) if number.as_str() == waits.out_refund_no)
    });
    assert!(told, "nobody is told");
    house.is_certified.set(true);
    house.ring(2);
    assert_eq!(read(&house, &waits.out_refund_no).status, RefundStatus::Processing);
    assert_eq!(house.wechat.borrow().refunds.all.len(), 2);
}

/// A house whose V2 checkout was cancelled and then paid, where such money is to go back; its
/// certificate is not bound.
fn owing() -> Rc<House> {
    let house = house();
    house.is_certified.set(false);
    let policies = Policies { late: Policy::Return, second: Policy::Hold };
    let opening = Opening { api: Api::V2, policies, ..opening("A-1001") };
    serve(&house, Command::Open(Box::new(opening)));
    serve(&house, Command::Cancel);
    let number = house.stored().order.number;
    house.wechat.borrow_mut().orders.get_mut(number.as_str()).unwrap().state = State::NotPay;
    let report = paid(house.wechat.borrow_mut().pay(&number));
    let hear = Command::Hear { notification_id: "late".to_owned(), out_trade_no: number, report };
    assert_eq!(serve(&house, hear), Answer::Heard);
    house
}

#[test]
fn money_that_is_to_go_back_waits_for_the_certificate_and_goes_by_itself() {
    let house = owing();
    for _ in 0..5 {
        house.wake();
    }
    let held = house.stored();
    assert!(held.refunds.is_empty() && held.owes_a_return() && held.is_return_held_up());
    assert_eq!(held.order.odd[0].fate, Fate::Returning);
    assert!(index::row(&held).attention, "nobody is told");
    let alarm = house.rows.borrow().alarm.expect("an alarm");
    assert_eq!((alarm - UnixSeconds(house.wall_ms.get() / 1_000)).0, 3_600);
    house.is_certified.set(true);
    house.wake();
    let back = house.stored();
    assert!(!back.owes_a_return() && !back.is_return_held_up());
    assert_eq!(house.wechat.borrow().refunds.all.len(), 1);
    assert!(!index::row(&back).attention);
}

#[test]
fn money_that_is_to_go_back_goes_by_apiv3_once_the_operator_says_so() {
    let house = owing();
    house.wake();
    house.refunds_by.set(Some(Api::V3));
    house.wechat.borrow_mut().sent.clear();
    for _ in 0..2 {
        house.wake();
    }
    assert!(!house.stored().owes_a_return());
    assert_eq!(apis(&house).first(), Some(&Api::V3));
    assert_eq!(house.wechat.borrow().refunds.all.len(), 1);
}

/// The two are owed by different keys: what one waits for is there for the other.
#[test]
fn an_attempt_that_has_no_keys_keeps_no_money_from_going_back() {
    let house = owing();
    house.v2_keys.replace(None);
    house.refunds_by.set(Some(Api::V3));
    let mut stored = house.stored();
    stored.order.attempt = Attempt::Vacant;
    stored.order.ask = Some(Ask { call: Call::Place, at: stored.touched_at, tries: 0 });
    house.rows.borrow_mut().stored = Some(stored);
    for _ in 0..6 {
        house.wake();
    }
    let stored = house.stored();
    assert_eq!(stored.order.attempt, Attempt::Vacant, "it waits for keys");
    assert!(!stored.owes_a_return() && !stored.is_return_held_up());
    assert_eq!(house.wechat.borrow().refunds.all.len(), 1);
}

#[test]
fn an_order_of_v2_is_refunded_by_apiv3_where_the_operator_says_so() {
    let house = settled();
    house.refunds_by.set(Some(Api::V3));
    house.is_certified.set(false);
    let view = refunded(&house, "R-1", 4_000);
    assert_eq!(view.status, RefundStatus::Processing);
    // The letter decides who is asked, whatever is chosen later.
    house.refunds_by.set(None);
    house.wechat.borrow_mut().stand(&view.out_refund_no, Standing::Success);
    house.ring(1);
    assert_eq!((verbs(&house), apis(&house)), (vec!["refund", "ask"], vec![Api::V3; 2]));
    assert_eq!(read(&house, &view.out_refund_no).status, RefundStatus::Success);
}

#[test]
fn who_was_asked_to_refund_is_asked_what_became_of_it() {
    let house = settled();
    house.wechat.borrow_mut().faults.push_back(Fault::ReplyLost);
    let view = refunded(&house, "R-1", 4_000);
    house.refunds_by.set(Some(Api::V3));
    house.ring(2);
    assert_eq!(apis(&house)[..2], [Api::V2, Api::V2]);
    assert_eq!(read(&house, &view.out_refund_no).status, RefundStatus::Processing);
    refunded(&house, "R-2", 100);
    assert_eq!(apis(&house).last(), Some(&Api::V3), "what is entered now goes by the other");
}

#[test]
fn an_order_of_apiv3_is_refunded_by_v2_where_the_operator_says_so() {
    let house = house();
    serve(&house, Command::Open(Box::new(opening("A-1001"))));
    pays(&house);
    house.wechat.borrow_mut().sent.clear();
    house.refunds_by.set(Some(Api::V2));
    refunded(&house, "R-1", 4_000);
    assert_eq!((verbs(&house), apis(&house)), (vec!["refund"], vec![Api::V2]));
    house.is_certified.set(false);
    assert_eq!(refused(serve(&house, want("R-2", 100))), Code::CertificateMissing);
}

#[test]
fn after_any_doubt_there_is_one_refund_and_each_sending_is_signed_afresh() {
    for fault in [
        Fault::RequestLost,
        Fault::ReplyLost,
        Fault::DoneBut500,
        Fault::Unsigned,
        Fault::Probe,
        Fault::Busy,
        Fault::Refuse(200, "SYSTEMERROR"),
        Fault::HungUp(200, "ERROR"),
    ] {
        let house = settled();
        house.wechat.borrow_mut().faults.push_back(fault.clone());
        let view = refunded(&house, "R-1", 8_800);
        assert_eq!(view.waiting_for, Some(WaitingFor::Answer), "{fault:?}");
        house.ring(3);
        assert_eq!(read(&house, &view.out_refund_no).status, RefundStatus::Processing, "{fault:?}");
        let wechat = house.wechat.borrow();
        assert_eq!(wechat.refunds.all.len(), 1, "{fault:?}");
        let sent: Vec<_> = wechat.sent.iter().filter(|sent| sent.verb == "refund").collect();
        for again in &sent {
            assert_eq!(parameters(&again.body), parameters(&sent[0].body), "{fault:?}");
        }
    }
}

#[test]
fn an_empty_balance_is_waited_for_under_the_same_number() {
    let house = settled();
    house.wechat.borrow_mut().refunds.balance = Some(99);
    let view = refunded(&house, "R-1", 100);
    assert_eq!(view.waiting_for, Some(WaitingFor::Balance));
    assert_eq!(view.wechatpay.map(|said| said.code).as_deref(), Some("NOTENOUGH"));
    house.wechat.borrow_mut().refunds.balance = None;
    house.ring(1);
    assert_eq!(read(&house, &view.out_refund_no).status, RefundStatus::Processing);
}

#[test]
fn a_no_that_may_hide_a_yes_is_asked_about_before_the_sum_is_free() {
    let house = settled();
    house.wechat.borrow_mut().faults.push_back(Fault::Refuse(200, "ERROR"));
    let view = refunded(&house, "R-1", 8_800);
    assert_eq!(verbs(&house), ["refund", "ask"], "at once");
    assert_eq!(view.status, RefundStatus::Closed, "nothing of it was on its way");
    refunded(&house, "R-2", 8_800);
}

#[test]
fn money_that_did_not_arrive_has_no_other_way() {
    let house = settled();
    let view = refunded(&house, "R-1", 4_000);
    house.wechat.borrow_mut().stand(&view.out_refund_no, Standing::Abnormal);
    house.ring(1);
    assert_eq!(read(&house, &view.out_refund_no).status, RefundStatus::Abnormal);
    let number = OutRefundNo::parse(&view.out_refund_no).unwrap();
    let way = OtherWay::MerchantBankCard;
    let redirection = Redirection { number: number.clone(), way, serial: None };
    let before = house.stored();
    let answer = serve(&house, Command::Redirect(Box::new(redirection)));
    assert_eq!(refused(answer), Code::RefundMadeByV2);
    assert_eq!(house.stored(), before);
    let letters = &house.rows.borrow().letters;
    assert!(!letters.contains_key(&(number, RefundCall::Redirect.name())));
}
