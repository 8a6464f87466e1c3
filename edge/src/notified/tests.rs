//! Which status and which errand each kind of notification comes to.

use std::cell::{Cell, RefCell};

use checkout::refund::{RefundFact, Standing};
use wechatpay::crypto::{CryptoFailure, Unsealable};

use super::*;

const WALL: UnixSeconds = UnixSeconds(1_735_700_000);
/// An order's number and a refund's of the same checkout.
const ORDER: &str = "abcdefghijklmnopqrst01abcdefgh";
const REFUND: &str = "abcdefghijklmnopqrstr01abcdefgh";

fn refusal(reason: NotificationError) -> Refused {
    match verdict(Err(reason), &ProfileName::default(), WALL) {
        Verdict::Refused(refused) => refused,
        other => panic!("{other:?}"),
    }
}

fn refund(out_refund_no: &str, out_trade_no: &str) -> Errand {
    let fact = RefundFact {
        refund_id: "5030".to_owned(),
        transaction_id: "4200".to_owned(),
        out_trade_no: out_trade_no.to_owned(),
        standing: Standing::Success,
        amount: 100,
        total: 8_800,
        merchants: Vec::new(),
        account: None,
        success_time: None,
    };
    let notice = Box::new(RefundNotice { out_refund_no: out_refund_no.to_owned(), fact });
    let (id, create_time) = ("EV-1".to_owned(), String::new());
    let told = Notification { id, create_time, event: Event::Refund(notice) };
    match verdict(Ok(told), &ProfileName::default(), WALL) {
        Verdict::Store(errand) => *errand,
        other => panic!("{other:?}"),
    }
}

fn addressee(errand: &Errand) -> Option<&str> {
    errand.letter.as_ref().map(|(checkout, _)| checkout.as_str())
}

#[test]
fn strangers_get_401_and_our_own_failures_500() {
    for distrust in [
        Distrust::MissingHeader("Wechatpay-Nonce"),
        Distrust::BadTimestamp,
        Distrust::Probe,
        Distrust::BadSignature,
        Distrust::UnknownSerial("A".to_owned()),
    ] {
        let refused = refusal(NotificationError::Distrust(distrust));
        assert_eq!((refused.status, refused.grave), (401, false), "{refused:?}");
    }
    let unchecked = Distrust::Unchecked(CryptoFailure::Verify);
    assert_eq!(refusal(NotificationError::Distrust(unchecked)).status, 500);
    let sealed = refusal(NotificationError::Unsealable(Unsealable::BadTag));
    assert_eq!((sealed.status, sealed.unsealable), (500, true));
}

#[test]
fn a_refund_finds_its_checkout_by_its_own_number_or_by_the_orders() {
    let checkout = "chk_abcdefghijklmnopqrst";
    assert_eq!(addressee(&refund(REFUND, "foreign")), Some(checkout));
    assert_eq!(addressee(&refund("CONSOLE-1", ORDER)), Some(checkout));
    assert_eq!(addressee(&refund("CONSOLE-1", "foreign")), None);
}

/// A checkout that answers so, and books.
struct Here {
    answer: RefCell<Option<Result<Answer, Problem>>>,
    kept: Cell<u32>,
}

impl Listeners for Here {
    async fn checkout(&self, _: &CheckoutId, _: &Letter) -> Result<Answer, Problem> {
        self.answer.borrow_mut().take().expect("one question")
    }

    async fn keep(&self, _: &ProfileName, _: Orphan) -> Result<(), Problem> {
        self.kept.set(self.kept.get() + 1);
        Ok(())
    }
}

/// Whether it may be acknowledged, and how many orphans were kept.
fn stored(errand: Errand, answer: Result<Answer, Problem>) -> (bool, u32) {
    let here = Here { answer: RefCell::new(Some(answer)), kept: Cell::new(0) };
    let profile = ProfileName::default();
    let mut storing = core::pin::pin!(store(errand, &profile, &here));
    let mut context = core::task::Context::from_waker(core::task::Waker::noop());
    match storing.as_mut().poll(&mut context) {
        core::task::Poll::Ready(outcome) => (outcome.is_ok(), here.kept.get()),
        core::task::Poll::Pending => panic!("nothing here waits"),
    }
}

#[test]
fn only_what_is_stored_is_acknowledged() {
    let busy = || Problem::new(Code::Unavailable, "busy");
    assert_eq!(stored(refund(REFUND, ORDER), Ok(Answer::Heard)), (true, 0));
    assert_eq!(stored(refund(REFUND, ORDER), Ok(Answer::Problem(busy()))), (false, 0));
    assert_eq!(stored(refund(REFUND, ORDER), Err(busy())), (false, 0));
    let other = Answer::Refunds { refunds: Vec::new() };
    assert_eq!(stored(refund(REFUND, ORDER), Ok(other)), (false, 0));
}

#[test]
fn what_nobody_knows_is_an_orphan() {
    assert_eq!(stored(refund(REFUND, ORDER), Ok(Answer::Unknown)), (true, 1));
    assert_eq!(stored(refund("CONSOLE-1", "foreign"), Ok(Answer::Heard)), (true, 1));
}
