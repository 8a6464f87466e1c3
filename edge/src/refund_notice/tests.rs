//! Who is asked, whom we believe, and what the platform is answered.

use core::cell::RefCell;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;

use checkout::report::{Proof, Refusal};
use wechatpay::v2::xml::BadXml;

use super::*;
use crate::command::Command;

/// A platform that answers in turn, and remembers what it was asked.
struct Played {
    answers: RefCell<VecDeque<RefundNews>>,
    asked: RefCell<Vec<(Api, String)>>,
}

impl Informants for Played {
    async fn ask(&self, api: Api, out_refund_no: &str) -> RefundNews {
        self.asked.borrow_mut().push((api, out_refund_no.to_owned()));
        self.answers.borrow_mut().pop_front().expect("an answer")
    }
}

const BOTH: Askable = Askable { first: Api::V2, second: Some(Api::V3) };

fn claimed(is_decided: bool) -> Claimed {
    Claimed { out_refund_no: "R1".to_owned(), sub_mchid: None, is_decided }
}

fn fact(standing: Standing) -> RefundFact {
    RefundFact {
        refund_id: "5030".to_owned(),
        transaction_id: "4200".to_owned(),
        out_trade_no: "abcdefghijklmnopqrst01abcdefgh".to_owned(),
        standing,
        amount: 100,
        total: 8_800,
        merchants: Vec::new(),
        account: None,
        success_time: None,
    }
}

fn answered(standing: Standing) -> RefundNews {
    RefundNews::Answered(fact(standing))
}

const NOT_FOUND: RefundNews = RefundNews::NotFound { proof: Proof::Verified };

/// What comes of a notification, and which APIs were asked about it.
fn found(
    is_decided: bool,
    askable: Askable,
    answers: impl IntoIterator<Item = RefundNews>,
) -> (Result<RefundFact, Refused>, Vec<Api>) {
    let answers = RefCell::new(answers.into_iter().collect());
    let played = Played { answers, asked: RefCell::default() };
    let claimed = claimed(is_decided);
    let result = {
        let mut found = pin!(find_out(&claimed, askable, &played));
        match found.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("it waits"),
        }
    };
    assert!(played.answers.borrow().is_empty(), "not everybody was asked");
    let asked = played.asked.into_inner();
    assert!(asked.iter().all(|(_, number)| number == "R1"));
    (result, asked.into_iter().map(|(api, _)| api).collect())
}

#[test]
fn what_the_platform_answers_counts_whatever_was_sealed() {
    for is_decided in [true, false] {
        for standing in [Standing::Success, Standing::Closed, Standing::Abnormal] {
            let (result, asked) = found(is_decided, BOTH, [answered(standing.clone())]);
            assert_eq!((result, asked), (Ok(fact(standing)), vec![Api::V2]));
        }
    }
}

#[test]
fn an_answer_that_is_older_than_the_seal_is_asked_for_again() {
    for standing in [Standing::Processing, Standing::Unknown("NEW".to_owned())] {
        let (result, _) = found(true, BOTH, [answered(standing.clone())]);
        assert_eq!(result.map_err(|no| (no.status, no.grave)), Err((500, false)));
        assert_eq!(found(false, BOTH, [answered(standing.clone())]).0, Ok(fact(standing)));
    }
}

#[test]
fn the_other_api_is_asked_where_the_first_knows_no_such_refund() {
    let (result, asked) = found(true, BOTH, [NOT_FOUND, answered(Standing::Success)]);
    assert_eq!((result, asked), (Ok(fact(Standing::Success)), vec![Api::V2, Api::V3]));
    let (result, asked) = found(true, BOTH, [NOT_FOUND, NOT_FOUND]);
    assert_eq!(result.map_err(|no| (no.status, no.grave)), Err((500, true)));
    assert_eq!(asked, [Api::V2, Api::V3]);
    let only = Askable { first: Api::V3, second: None };
    let (result, asked) = found(true, only, [NOT_FOUND]);
    assert_eq!((result.map_err(|no| no.grave), asked), (Err(true), vec![Api::V3]));
}

#[test]
fn without_an_answer_nothing_is_acknowledged() {
    let refusal = Refusal {
        status: 200,
        code: "SYSTEMERROR".to_owned(),
        message: String::new(),
        request_id: None,
    };
    for news in [
        RefundNews::InDoubt { said: None },
        RefundNews::InDoubt { said: Some(refusal.clone()) },
        RefundNews::Refused(refusal),
    ] {
        let (result, asked) = found(true, BOTH, [news]);
        assert_eq!(result.map_err(|no| (no.status, no.grave)), Err((500, false)));
        assert_eq!(
            asked,
            [Api::V2],
            "the other API is asked about what is not found, and only that"
        );
    }
}

#[test]
fn it_is_stored_as_if_the_platform_had_told_it() {
    let profile = ProfileName::default();
    let at = |number: &str| {
        let claimed = Claimed { out_refund_no: number.to_owned(), ..claimed(true) };
        errand(claimed, fact(Standing::Success), &profile, UnixSeconds(1_735_700_000))
    };
    let ours = at("abcdefghijklmnopqrstr01abcdefgh");
    let Some((checkout, letter)) = ours.letter else { panic!("no letter") };
    assert_eq!(checkout.as_str(), "chk_abcdefghijklmnopqrst");
    let Command::HearRefund(told) = letter.command else { panic!("another command") };
    assert_eq!(told.notification_id, "v2:5030:SUCCESS");
    assert_eq!(told.fact, fact(Standing::Success));
    assert_eq!(ours.orphan.out_refund_no.as_deref(), Some("abcdefghijklmnopqrstr01abcdefgh"));
    // Made at the platform's console: it is the order's number that is ours.
    let elsewhere = at("50300000002025");
    assert!(elsewhere.letter.is_some_and(|(checkout, _)| checkout.as_str().contains("abcdefg")));
}

#[test]
fn what_does_not_open_is_a_strangers() {
    for reason in [
        NotOpened::Xml(BadXml::NotUtf8),
        NotOpened::Missing,
        NotOpened::BadBase64,
        NotOpened::Sealed,
    ] {
        let refused = refused(&reason);
        assert_eq!((refused.status, refused.grave), (401, false), "{reason}");
    }
    let unreadable = refused(&NotOpened::Nameless);
    assert_eq!((unreadable.status, unreadable.grave), (500, true));
}
