//! The same desk by V2: the same states from the same reports, in the other API's words.

mod scanning;

use std::rc::Rc;

use checkout::view::{Phase, Status, Trouble};

use super::house::{House, run};
use super::wechat::v2::{NEW_KEY, OLD_KEY, parameters};
use super::wechat::{Fault, paid};
use super::{checkout, from_catalogue, opening, serve, session};
use crate::api::Api;
use crate::command::{Answer, Command, Opening};
use crate::ports::World as _;
use crate::problem::Code;
use wechatpay::v2::xml;

/// A merchant who has a V2 key and nothing else.
fn house() -> Rc<House> {
    let house = House::new();
    house.has_v3_keys.set(false);
    house.v2_keys.replace(Some(OLD_KEY.to_owned()));
    house
}

fn by_v2(opening: Opening) -> Command {
    Command::Open(Box::new(Opening { api: Api::V2, ..opening }))
}

/// A checkout of such a merchant that waits for its money.
#[track_caller]
fn waiting() -> Rc<House> {
    let house = house();
    let (created, view) = checkout(serve(&house, by_v2(opening("A-1001"))));
    assert_eq!((created, view.phase, view.api), (true, Some(Phase::Waiting), Api::V2));
    house
}

fn advance(house: &Rc<House>, seconds: i64) {
    house.ahead_s.set(house.ahead_s.get() + seconds);
    run(house.desk().tick()).unwrap();
}

/// Every order call had the parameters that are stored, each with a nonce and a sign of its own.
#[track_caller]
fn assert_identical_orders(house: &House, times: usize) {
    let rows = house.rows.borrow();
    let stored = parameters(&rows.bodies.values().next().expect("an attempt").1);
    let wechat = house.wechat.borrow();
    let places: Vec<_> = wechat.sent.iter().filter(|sent| sent.verb == "place").collect();
    assert_eq!(places.len(), times);
    let mut nonces: Vec<_> = places
        .iter()
        .map(|sent| xml::read(&sent.body).unwrap().get("nonce_str").unwrap().to_owned())
        .collect();
    assert!(places.iter().all(|sent| parameters(&sent.body) == stored));
    nonces.dedup();
    assert_eq!(nonces.len(), times);
}

#[test]
fn an_order_is_placed_with_what_v2_wants_to_know_and_no_key_of_v3() {
    let house = waiting();
    let number = house.stored().order.number;
    let stored = house.rows.borrow().bodies.values().next().unwrap().1.clone();
    // Protocol reference D.3; the clock of these tests stands at 10:53:20 in Beijing.
    let expected = [
        ("appid", "wxd678efh567hg6787"),
        ("mch_id", "1900000001"),
        ("body", "Oolong 250 g"),
        ("out_trade_no", number.as_str()),
        ("fee_type", "CNY"),
        ("total_fee", "8800"),
        ("spbill_create_ip", "203.0.113.7"),
        ("time_start", "20250101105320"),
        ("time_expire", "20250102105320"),
        ("notify_url", "https://pay.example.com/wechatpay/v2/notify/transactions"),
        ("trade_type", "NATIVE"),
        ("product_id", "A-1001"),
    ];
    let fields = xml::read(&stored).unwrap();
    assert_eq!(fields.iter().collect::<Vec<_>>(), expected, "neither nonce nor sign is stored");
    assert_identical_orders(&house, 1);
    let (_, view) = checkout(serve(&house, Command::Read));
    assert_eq!(view.attempt.code_url.as_deref(), Some("weixin://wxpay/bizpayurl?pr=code1"));
}

#[test]
fn an_order_may_name_its_product() {
    for (product_id, named) in [
        (Some("oolong-250".to_owned()), "oolong-250"),
        (Some("乌龙 oolong/250".to_owned()), "oolong250"),
        (None, "page-key"),
    ] {
        let house = house();
        serve(&house, by_v2(Opening { product_id, ..from_catalogue(1, "192.0.2.1") }));
        let body = house.wechat.borrow().sent[0].body.clone();
        assert_eq!(xml::read(&body).unwrap().get("product_id"), Some(named));
    }
}

#[test]
fn a_payment_is_found_by_query_and_by_notification() {
    let house = waiting();
    let number = house.stored().order.number;
    house.wechat.borrow_mut().pay(&number);
    assert_eq!(session(serve(&house, Command::Check)).status, Status::Paid);
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query"]);

    let house = waiting();
    let number = house.stored().order.number;
    let receipt = house.wechat.borrow_mut().pay(&number);
    let notification_id = format!("v2:{}", receipt.transaction_id);
    let report = paid(receipt);
    let hear = Command::Hear { notification_id, out_trade_no: number, report };
    assert_eq!(serve(&house, hear), Answer::Heard);
    assert_eq!(house.stored().order.status(), Status::Paid);
    assert_eq!(house.wechat.borrow().verbs(), ["place"]);
}

#[test]
fn a_lost_reply_leads_to_a_query_and_the_same_parameters_with_a_fresh_nonce() {
    for fault in [
        Fault::ReplyLost,
        Fault::RequestLost,
        Fault::DoneBut500,
        Fault::Unsigned,
        Fault::Probe,
        Fault::Busy,
    ] {
        let house = house();
        house.wechat.borrow_mut().faults.push_back(fault.clone());
        serve(&house, by_v2(opening("A-1001")));
        if house.stored().order.face().phase == Some(Phase::Placing) {
            house.ring(1);
        }
        assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "place"], "{fault:?}");
        assert_identical_orders(&house, 2);
        let phase = house.stored().order.face().phase;
        assert_eq!(phase, Some(Phase::Waiting), "{fault:?}");
    }
}

#[test]
fn an_order_that_was_paid_while_its_code_was_renewed_is_paid() {
    let house = waiting();
    let number = house.stored().order.number;
    advance(&house, 7_140);
    house.wechat.borrow_mut().pay(&number);
    house.wechat.borrow_mut().sent.clear();
    // ORDERPAID: the order exists, so the platform is asked.
    assert_eq!(session(serve(&house, Command::Look)).status, Status::Paid);
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query"]);
}

#[test]
fn a_number_that_was_used_with_other_parameters_is_asked_about() {
    let house = house();
    house.wechat.borrow_mut().faults.push_back(Fault::Refuse(200, "OUT_TRADE_NO_USED"));
    serve(&house, by_v2(opening("A-1001")));
    // There is none: then the platform's no is a no.
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query"]);
    assert_eq!(house.stored().order.face().trouble, Some(Trouble::Refused));
}

#[test]
fn a_refusal_is_told_in_the_platforms_words() {
    let house = house();
    house.wechat.borrow_mut().faults.push_back(Fault::Refuse(200, "NOAUTH"));
    let Answer::Problem(problem) = serve(&house, by_v2(opening("A-1001"))) else { panic!() };
    assert_eq!(problem.code, Code::WechatpayRefused);
    let said = problem.wechatpay.unwrap();
    assert_eq!((said.status, said.code.as_str(), said.message.as_str()), (200, "NOAUTH", "no"));
    // Once the cause is mended, a fresh attempt takes its place, by the same API.
    let (_, view) = checkout(serve(&house, by_v2(opening("A-1001"))));
    assert_eq!((view.phase, view.api), (Some(Phase::Waiting), Api::V2));
    assert_eq!(house.stored().order.attempt_no.count(), 2);
}

#[test]
fn a_call_that_may_have_been_heard_before_is_no_refusal() {
    let house = house();
    house.wechat.borrow_mut().faults.push_back(Fault::HungUp(200, "INVALID_REQUEST"));
    serve(&house, by_v2(opening("A-1001")));
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "place"]);
    let house = self::house();
    house.wechat.borrow_mut().faults.push_back(Fault::HungUp(200, "NOAUTH"));
    serve(&house, by_v2(opening("A-1001")));
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "place"]);
    assert_eq!(house.stored().order.face().phase, Some(Phase::Waiting));
}

#[test]
fn the_end_is_said_after_query_close_and_query() {
    let house = waiting();
    let (_, view) = checkout(serve(&house, Command::Cancel));
    assert_eq!(view.status, Status::Cancelled);
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "close", "query"]);

    let house = waiting();
    advance(&house, 86_400);
    let verbs = house.wechat.borrow().verbs();
    assert_eq!(verbs.get(verbs.len() - 3..), Some(["query", "close", "query"].as_slice()));
    assert_eq!(house.stored().order.status(), Status::Expired);
}

#[test]
fn an_order_that_the_platform_never_had_is_closed_once_nothing_can_be_on_its_way() {
    let house = house();
    let lost = vec![Fault::RequestLost; 3];
    house.wechat.borrow_mut().faults.extend(lost);
    serve(&house, by_v2(opening("A-1001")));
    serve(&house, Command::Cancel);
    house.wechat.borrow_mut().faults.clear();
    // Older pages answer so to the close of a number that they do not know.
    house.ring(1);
    let begun = house.stored().order.begun_at;
    house.wechat.borrow_mut().faults.extend([Fault::None, Fault::Refuse(200, "ORDERNOTEXIST")]);
    house.ring(2);
    assert_eq!(house.stored().order.status(), Status::Cancelled);
    assert!((house.now() - begun).0 >= 300, "our own call could have come in until then");
    assert!(house.wechat.borrow().orders.is_empty());
}

#[test]
fn a_payment_between_query_and_close_wins() {
    let house = waiting();
    let number = house.stored().order.number;
    house.wechat.borrow_mut().faults.extend([Fault::None, Fault::Refuse(200, "ORDERPAID")]);
    let mut cancel = Box::pin(run_later(&house));
    // The query is answered; the payer confirms before the close arrives.
    for _ in 0..4 {
        assert_eq!(super::house::step(&mut cancel), None);
    }
    house.wechat.borrow_mut().pay(&number);
    let answer = run(cancel);
    let Answer::Problem(problem) = answer else { panic!("{answer:?}") };
    assert_eq!(problem.code, Code::AlreadyPaid);
    assert_eq!(house.wechat.borrow().verbs(), ["place", "query", "close", "query"]);
}

async fn run_later(house: &Rc<House>) -> Answer {
    house.desk().serve(super::letter(Command::Cancel)).await
}

#[test]
fn a_stale_code_is_renewed_by_the_same_parameters() {
    let house = waiting();
    let before = session(serve(&house, Command::Look));
    advance(&house, 7_140);
    let fresh = session(serve(&house, Command::Look));
    assert_eq!(fresh.phase, Some(Phase::Waiting));
    assert_ne!(fresh.code_url, before.code_url);
    assert_identical_orders(&house, 2);
}

#[test]
fn a_fresh_code_on_request_is_a_fresh_order() {
    let house = waiting();
    let first = house.stored().order.number;
    house.pass_s(60);
    let view = session(serve(&house, Command::Renew));
    assert_eq!(view.phase, Some(Phase::Waiting));
    assert_ne!(house.stored().order.number, first);
    assert_eq!(
        house.wechat.borrow().verbs(),
        ["place", "query", "close", "query", "place"],
        "the old one is closed first"
    );
    let second = house.wechat.borrow().sent[4].body.clone();
    let sent = xml::read(&second).unwrap();
    // The deadline does not move, whenever the attempt is made.
    assert_eq!(sent.get("time_expire"), Some("20250102105320"));
    assert_eq!(sent.get("time_start"), Some("20250101105420"));
}

#[test]
fn while_a_key_is_replaced_the_platform_may_know_either() {
    let both = [format!("{OLD_KEY} {NEW_KEY}"), format!("{NEW_KEY} {OLD_KEY}")];
    for keys in &both {
        for known in [OLD_KEY, NEW_KEY] {
            let house = house();
            house.v2_keys.replace(Some(keys.clone()));
            house.wechat.borrow_mut().v2_key.0 = known;
            let (_, view) = checkout(serve(&house, by_v2(opening("A-1001"))));
            assert_eq!(view.phase, Some(Phase::Waiting));
            let first_known = keys.starts_with(known);
            let verbs: &[_] = if first_known { &["place"] } else { &["place", "place"] };
            assert_eq!(house.wechat.borrow().verbs(), verbs, "{keys} {known}");
            // Whichever was taken signs from now on.
            house.wechat.borrow_mut().sent.clear();
            serve(&house, Command::Check);
            assert_eq!(house.wechat.borrow().verbs(), ["query"]);
        }
    }
}

#[test]
fn a_key_that_the_platform_does_not_know_refuses_the_order() {
    let house = house();
    house.wechat.borrow_mut().v2_key.0 = NEW_KEY;
    let Answer::Problem(problem) = serve(&house, by_v2(opening("A-1001"))) else { panic!() };
    let said = problem.wechatpay.unwrap();
    assert_eq!((said.code.as_str(), said.message.as_str()), ("SIGNERROR", "签名错误"));
}

#[test]
fn without_a_key_for_its_api_nothing_is_begun_and_nothing_is_believed() {
    let house = house();
    let begin = Command::Open(Box::new(opening("A-1001")));
    let Answer::Problem(problem) = serve(&house, begin) else { panic!() };
    assert_eq!(problem.code, Code::Misconfigured);
    assert!(problem.detail.starts_with("API_V3_KEY: "), "{}", problem.detail);
    assert!(house.rows.borrow().stored.is_none());
    assert!(house.wechat.borrow().sent.is_empty());

    let house = waiting();
    house.v2_keys.replace(None);
    house.has_v3_keys.set(true);
    serve(&house, Command::Check);
    assert_eq!(house.wechat.borrow().verbs(), ["place"], "nobody is asked by the other API");
    assert_eq!(house.stored().order.status(), Status::Open);
}

#[test]
fn a_checkout_keeps_the_api_that_it_was_opened_with() {
    let house = waiting();
    house.has_v3_keys.set(true);
    // The operator has gone over to APIv3; the shop repeats its request.
    let (created, view) = checkout(serve(&house, Command::Open(Box::new(opening("A-1001")))));
    assert_eq!((created, view.api), (false, Api::V2));
    advance(&house, 7_140);
    serve(&house, Command::Look);
    assert_identical_orders(&house, 2);

    let house = self::house();
    house.has_v3_keys.set(true);
    house.wechat.borrow_mut().faults.push_back(Fault::Refuse(200, "NOAUTH"));
    serve(&house, by_v2(opening("A-1001")));
    let (_, view) = checkout(serve(&house, Command::Open(Box::new(opening("A-1001")))));
    assert_eq!((view.phase, view.api), (Some(Phase::Waiting), Api::V2));

    let house = House::new();
    house.v2_keys.replace(Some(OLD_KEY.to_owned()));
    checkout(serve(&house, Command::Open(Box::new(opening("A-1001")))));
    let (_, view) = checkout(serve(&house, by_v2(opening("A-1001"))));
    assert_eq!(view.api, Api::V3);
}

#[test]
fn a_platform_that_asks_for_patience_gets_it() {
    let house = house();
    house.wechat.borrow_mut().faults.push_back(Fault::Resting(90));
    serve(&house, by_v2(opening("A-1001")));
    assert_eq!((house.platform_alarm().unwrap() - house.wall()).0, 90);
}
