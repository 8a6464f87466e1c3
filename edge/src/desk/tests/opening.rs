//! Opening: one reference, one checkout, one order.

use checkout::id::Description;
use checkout::money::{Amount, Fen};
use checkout::view::{Phase, Status, Trouble};

use super::house::{House, MORNING, run, step};
use super::wechat::{Fault, paid, receipt};
use super::{checkout, from_catalogue, letter, opening, serve, session, waiting};
use crate::command::{Answer, Command, Opening};
use crate::problem::{Code, PlatformAnswer, Problem};

fn dearer() -> Opening {
    Opening { description: Description::parse("Oolong 500 g").unwrap(), ..opening("A-1001") }
}

#[test]
fn an_opened_checkout_has_a_code_and_a_deadline() {
    let house = House::new();
    let (created, view) = checkout(serve(&house, Command::Open(Box::new(opening("A-1001")))));
    assert!(created);
    assert_eq!((view.status, view.phase), (Status::Open, Some(Phase::Waiting)));
    assert_eq!(view.attempt.code_url.as_deref(), Some("weixin://wxpay/bizpayurl?pr=code1"));
    assert_eq!(view.created_at, "2025-01-01T10:53:20+08:00");
    assert_eq!(view.expires_at, "2025-01-02T10:53:20+08:00");
    assert_eq!((view.payment, view.conflict, view.trouble), (None, None, None));
    assert_eq!(house.wechat.borrow().verbs(), ["place"]);
    assert_eq!(house.stored().lease, None);
}

#[test]
fn the_stored_bytes_are_the_sent_bytes() {
    let house = waiting();
    let number = house.stored().order.number;
    // The order that the protocol reference (B.1) describes, field by field.
    let body = format!(
        concat!(
            r#"{{"appid":"wxd678efh567hg6787","mchid":"1900000001","description":"Oolong 250 g","#,
            r#""out_trade_no":"{}","time_expire":"2025-01-02T10:53:20+08:00","#,
            r#""notify_url":"https://pay.example.com/wechatpay/v3/notify/transactions","#,
            r#""amount":{{"total":8800,"currency":"CNY"}}}}"#
        ),
        number.as_str()
    );
    assert_eq!(String::from_utf8_lossy(&house.wechat.borrow().sent[0].body), body);
    let rows = house.rows.borrow();
    assert_eq!(rows.bodies.values().next(), Some(&(number, body.into_bytes())));
}

#[test]
fn intent_body_and_alarm_are_stored_before_the_platform_is_called() {
    let house = House::new();
    let desk = house.desk();
    let mut open = Box::pin(desk.serve(letter(Command::Open(Box::new(opening("A-1001"))))));
    assert_eq!(step(&mut open), None);
    assert_eq!(house.wechat.borrow().verbs(), [""; 0]);
    let stored = house.stored();
    assert_eq!(stored.order.face().phase, Some(Phase::Placing));
    assert_eq!(house.rows.borrow().bodies.len(), 1);
    assert_eq!(house.platform_alarm(), stored.lease.map(|lease| lease.until));
    assert_eq!(house.platform_alarm().map(|at| at.0), Some(MORNING + 8));
}

#[test]
fn the_same_request_again_is_the_same_checkout() {
    let house = waiting();
    let (created, again) = checkout(serve(&house, Command::Open(Box::new(opening("A-1001")))));
    assert!(!created);
    assert_eq!(again, checkout(serve(&house, Command::Read)).1);
    let longer = Opening { lifetime_s: 90_000, ..opening("A-1001") };
    assert_eq!(checkout(serve(&house, Command::Open(Box::new(longer)))).1, again);
    assert_eq!(house.wechat.borrow().verbs(), ["place"]);
}

#[test]
fn a_reference_stands_for_one_content() {
    let house = waiting();
    for other in [dearer(), from_catalogue(1, "192.0.2.1")] {
        match serve(&house, Command::Open(Box::new(other))) {
            Answer::Problem(problem) => assert_eq!(problem.code, Code::ReferenceTaken),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(house.wechat.borrow().verbs(), ["place"]);
}

#[test]
fn a_shopper_who_moved_is_the_same_shopper() {
    let house = House::new();
    let first = session(serve(&house, Command::Open(Box::new(from_catalogue(2, "192.0.2.1")))));
    let again = session(serve(&house, Command::Open(Box::new(from_catalogue(2, "2001:db8::1")))));
    assert_eq!(first, again);
    assert!(first.qr.is_some());
    assert_eq!(first.code_expires_in_ms, Some(7_140_000));
    assert_eq!(first.expires_in_ms, 86_400_000);
}

/// The page's repeat finds the order that WeChat Pay has, at the price that it was opened with.
#[test]
fn a_price_that_the_operator_changed_is_no_conflict_for_a_page() {
    let house = House::new();
    let first = session(serve(&house, Command::Open(Box::new(from_catalogue(1, "192.0.2.1")))));
    let amount = Amount::cny(Fen::new(9_900).unwrap());
    let dearer = Opening { amount, ..from_catalogue(1, "192.0.2.1") };
    assert_eq!(session(serve(&house, Command::Open(Box::new(dearer)))), first);
    match serve(&house, Command::Open(Box::new(from_catalogue(2, "192.0.2.1")))) {
        Answer::Problem(problem) => assert_eq!(problem.code, Code::ReferenceTaken),
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_at_once_place_one_order() {
    let house = House::new();
    let (desk, other) = (house.desk(), house.desk());
    let mut first = Box::pin(desk.serve(letter(Command::Open(Box::new(opening("A-1001"))))));
    let mut second = Box::pin(other.serve(letter(Command::Open(Box::new(opening("A-1001"))))));
    let mut answers = (None, None);
    while answers.0.is_none() || answers.1.is_none() {
        answers.0 = answers.0.or_else(|| step(&mut first));
        answers.1 = answers.1.or_else(|| step(&mut second));
    }
    let (created, view) = checkout(answers.0.unwrap());
    let (repeated, same) = checkout(answers.1.unwrap());
    assert!(created && !repeated);
    assert_eq!(view, same);
    assert_eq!(view.phase, Some(Phase::Waiting));
    assert_eq!(house.wechat.borrow().verbs(), ["place"]);
}

#[test]
fn a_refusal_is_told_in_the_platforms_words() {
    let house = House::new();
    house.wechat.borrow_mut().faults.push_back(Fault::Refuse(403, "NO_AUTH"));
    let answer = serve(&house, Command::Open(Box::new(opening("A-1001"))));
    let said = PlatformAnswer {
        code: "NO_AUTH".to_owned(),
        message: "no".to_owned(),
        request_id: Some("08F78BB5AF0610D302".to_owned()),
        status: 403,
    };
    let detail = "WeChat Pay refused the order; mend the cause, then repeat the request";
    let problem = Problem::new(Code::WechatpayRefused, detail).because_of(said);
    assert_eq!(answer, Answer::Problem(problem));
    let (_, view) = checkout(serve(&house, Command::Read));
    assert_eq!((view.status, view.trouble), (Status::Open, Some(Trouble::Refused)));
}

#[test]
fn a_page_learns_of_a_refusal_without_the_platforms_words() {
    let house = House::new();
    house.wechat.borrow_mut().faults.push_back(Fault::Refuse(403, "NO_AUTH"));
    let view = session(serve(&house, Command::Open(Box::new(from_catalogue(1, "192.0.2.1")))));
    assert_eq!((view.trouble, view.code_url), (Some(Trouble::Refused), None));
}

#[test]
fn a_refused_attempt_is_replaced_by_the_next() {
    for (content, created) in [(dearer(), true), (opening("A-1001"), false)] {
        let house = House::new();
        house.wechat.borrow_mut().faults.push_back(Fault::Refuse(400, "PARAM_ERROR"));
        serve(&house, Command::Open(Box::new(opening("A-1001"))));
        let first = house.stored().order;
        let (made, view) = checkout(serve(&house, Command::Open(Box::new(content.clone()))));
        assert_eq!((made, view.phase), (created, Some(Phase::Waiting)));
        assert_eq!(view.description, content.description);
        assert_eq!(view.attempt.out_trade_no.as_str().get(20..22), Some("02"));
        assert!(view.version > first.version);
        assert_eq!(house.rows.borrow().bodies.len(), 2);
    }
}

#[test]
fn ninety_nine_refusals_retire_a_reference() {
    let house = House::new();
    house.wechat.borrow_mut().faults.extend(vec![Fault::Refuse(403, "NO_AUTH"); 99]);
    for _ in 0..99 {
        serve(&house, Command::Open(Box::new(opening("A-1001"))));
    }
    match serve(&house, Command::Open(Box::new(opening("A-1001")))) {
        Answer::Problem(problem) => assert_eq!(problem.code, Code::ReferenceRetired),
        other => panic!("{other:?}"),
    }
    assert_eq!(house.wechat.borrow().sent.len(), 99);
}

#[test]
fn a_deployment_without_keys_stores_nothing() {
    let house = House::new();
    let problem = Problem::new(Code::Misconfigured, "MCHID is missing");
    *house.misconfigured.borrow_mut() = Some(problem.clone());
    assert_eq!(serve(&house, Command::Open(Box::new(opening("A-1001")))), Answer::Problem(problem));
    assert!(house.rows.borrow().stored.is_none());
}

#[test]
fn what_cannot_be_stored_is_not_sent() {
    let house = House::new();
    house.rows.borrow_mut().fails_in = Some(0);
    match serve(&house, Command::Open(Box::new(opening("A-1001")))) {
        Answer::Problem(problem) => {
            assert_eq!((problem.code, problem.retry_after_s), (Code::Unavailable, Some(1)));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(house.wechat.borrow().verbs(), [""; 0]);
}

#[test]
fn nobody_but_open_makes_a_checkout() {
    let house = House::new();
    let wait = Command::Wait { version: 0, wait_s: 25 };
    for command in [Command::Read, Command::Cancel, Command::Look, wait, Command::Check] {
        assert_eq!(serve(&house, command), Answer::Unknown);
    }
    run(house.desk().wake()).unwrap();
    assert!(house.rows.borrow().stored.is_none());
    assert_eq!(house.platform_alarm(), None);
}

#[test]
fn a_checkout_of_another_profile_does_not_exist() {
    let house = House::new();
    let (_, view) = checkout(serve(&house, Command::Open(Box::new(opening("A-1001")))));
    let other = Some(checkout::id::ProfileName::parse("acme").unwrap());
    let number = view.attempt.out_trade_no;
    let report = paid(receipt(&number, "4200000001"));
    let hear = Command::Hear { notification_id: "N".to_owned(), out_trade_no: number, report };
    for command in
        [Command::Read, Command::Cancel, hear, Command::Open(Box::new(opening("A-1001")))]
    {
        let letter = crate::command::Letter { profile: other.clone(), command };
        assert_eq!(run(house.desk().serve(letter)), Answer::Unknown);
    }
    assert_eq!(checkout(serve(&house, Command::Read)).1.status, Status::Open);
}

#[test]
fn what_a_shop_chooses_of_its_payee_is_the_sub_merchant() {
    use checkout::payee::{Payee, SubMerchant};
    let paid_to = |sub_mchid: &str, appid: &str| {
        let sub = Some(SubMerchant { mchid: sub_mchid.to_owned(), appid: None });
        let payee = Payee { sub, ..Payee::direct("1900000002", appid) };
        Command::Open(Box::new(Opening { payee, ..opening("A-1001") }))
    };
    let house = House::new();
    let (created, _) = checkout(serve(&house, paid_to("1600000001", "wx1")));
    assert!(created);
    let (created, _) = checkout(serve(&house, paid_to("1600000001", "wx2")));
    assert!(!created, "the operator's app id is not the shop's content");
    let Answer::Problem(problem) = serve(&house, paid_to("1600000002", "wx1")) else { panic!() };
    assert_eq!(problem.code, Code::ReferenceTaken);
}

/// Somebody may have scanned the code that was shown for the old content.
#[test]
fn a_reference_whose_code_was_shown_keeps_its_content_though_the_next_attempt_is_refused() {
    let house = waiting();
    house.pass_s(60);
    house.wechat.borrow_mut().faults.extend([
        Fault::None,
        Fault::None,
        Fault::None,
        Fault::Refuse(403, "NO_AUTH"),
    ]);
    serve(&house, Command::Renew);
    assert_eq!(house.stored().order.face().trouble, Some(Trouble::Refused));
    let dearer = Amount::cny(Fen::new(9_900).unwrap());
    let other = Opening { amount: dearer, ..opening("A-1001") };
    match serve(&house, Command::Open(Box::new(other))) {
        Answer::Problem(problem) => assert_eq!(problem.code, Code::ReferenceTaken),
        answer => panic!("{answer:?}"),
    }
    let (_, view) = checkout(serve(&house, Command::Open(Box::new(opening("A-1001")))));
    assert_eq!((view.status, view.phase), (Status::Open, Some(Phase::Waiting)));
}
