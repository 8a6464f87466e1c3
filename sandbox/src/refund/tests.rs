//! What is asked back, how it ends, and what is refused, by the protocol reference.

use super::*;
use crate::order::tests::{partner_terms, terms as order_terms};
use crate::payment::tests::{coupon, paying};
use crate::payment::{CouponType, Paying};

/// 2025-01-01T11:20:30+08:00, as in protocol reference G.3.
pub(crate) const PAID_AT: i64 = 1_735_701_630;
/// 2025-01-01T11:43:20+08:00, as in protocol reference G.5.
pub(crate) const ASKED_AT: i64 = 1_735_703_000;

pub(crate) fn paid_order() -> Order {
    let order = Order::place(1, order_terms("T20250101000001"), "pr".into(), PAID_AT);
    order.pay("pr", paying("0000000001"), PAID_AT).unwrap()
}

/// Protocol reference G.3, partner: 2000 fen, of which a coupon paid 500.
pub(crate) fn partners_order() -> Order {
    let order = Order::place(1, partner_terms("T20250101000002"), "pr".into(), PAID_AT);
    let coupon = Some(coupon(500, CouponType::Cash));
    order.pay("pr", Paying { coupon, ..paying("0000000002") }, PAID_AT).unwrap()
}

/// Protocol reference G.5: an application for a part of an order.
pub(crate) fn terms(order: &Order, out_refund_no: &str, refund: u64) -> Terms {
    Terms {
        party: order.terms.party.clone(),
        transaction_id: Some(order.payment().unwrap().transaction_id.clone()),
        out_trade_no: None,
        out_refund_no: out_refund_no.into(),
        total: order.terms.total,
        refund,
        notify_url: Some("https://pay.example.com/wechat/refund-notify".into()),
        console_url: None,
        api: Api::V3,
        funds_account: "UNSETTLED".into(),
        from: Vec::new(),
        body: serde_json::json!({ "out_refund_no": out_refund_no, "refund": refund }),
    }
}

pub(crate) fn names(refund_tail: &str) -> Names {
    Names { seq: 1, refund_tail: refund_tail.into() }
}

pub(crate) fn refund() -> Refund {
    let order = paid_order();
    let terms = terms(&order, "R20250101000001", 234);
    Refund::apply(names("0000000001"), terms, (&order, &[]), ASKED_AT).unwrap()
}

pub(crate) fn detour(account: &str) -> Detour {
    Detour { account: account.into(), digest: account.into() }
}

/// The verdict on an application for `refund` fen after `earlier` ones, each a minute after
/// the one before it.
fn verdict(earlier: &[(u64, Ending)], refund: u64, wait_s: i64) -> Result<(), NotRefunded> {
    let order = paid_order();
    let mut known: Vec<Refund> = Vec::new();
    let mut now = ASKED_AT;
    for (index, (refund, ending)) in earlier.iter().enumerate() {
        let terms = terms(&order, &format!("R{index}"), *refund);
        let earlier: Vec<&Refund> = known.iter().collect();
        let made = Refund::apply(names("1"), terms, (&order, &earlier), now).unwrap();
        known.push(made.ending_in(*ending));
        now += 60;
    }
    let earlier: Vec<&Refund> = known.iter().collect();
    let terms = terms(&order, "R", refund);
    Refund::apply(names("1"), terms, (&order, &earlier), now - 60 + wait_s).map(|_| ())
}

#[test]
fn a_refund_is_on_its_way_and_then_at_its_end() {
    let refund = refund();
    assert_eq!(refund.refund_id, "50300000000202501010000000001");
    let ends_at = ASKED_AT + PROCESSING_S;
    assert_eq!(refund.standing(ends_at - 1), Standing::Processing);
    for ending in [Ending::Success, Ending::Abnormal, Ending::Closed] {
        let refund = refund.clone().ending_in(ending);
        assert_eq!(refund.standing(ends_at - 1), Standing::Processing);
        assert_eq!(refund.standing(ends_at), Standing::Ended(ending, ends_at));
    }
}

#[test]
fn a_refund_on_its_way_can_be_ended_at_once_and_then_not_again() {
    for ending in [Ending::Success, Ending::Abnormal, Ending::Closed] {
        let ended = refund().end_now(ending, ASKED_AT + 5).unwrap();
        assert_eq!(ended.standing(ASKED_AT + 5), Standing::Ended(ending, ASKED_AT + 5));
        assert_eq!(ended.end_now(Ending::Success, ASKED_AT + 5), None);
    }
    assert_eq!(refund().end_now(Ending::Closed, ASKED_AT + PROCESSING_S), None);
}

#[test]
fn only_what_was_paid_within_a_year_is_refunded() {
    let year = PAID_AT + 365 * 86_400;
    let order = paid_order();
    let at = |now| {
        let terms = terms(&order, "R1", 1);
        Refund::apply(names("1"), terms, (&order, &[]), now).map(|_| ())
    };
    assert_eq!((at(year), at(year + 1)), (Ok(()), Err(NotRefunded::TooOld)));

    let unpaid = Order::place(1, order_terms("T20250101000001"), "pr".into(), PAID_AT);
    let terms = terms(&order, "R1", 1);
    let verdict = Refund::apply(names("1"), terms, (&unpaid, &[]), ASKED_AT);
    assert_eq!(verdict, Err(NotRefunded::NotPaid));
}

#[test]
fn the_merchant_must_know_the_total() {
    let order = paid_order();
    for total in [1233, 1235] {
        let terms = Terms { total, ..terms(&order, "R1", 1) };
        let verdict = Refund::apply(names("1"), terms, (&order, &[]), ASKED_AT);
        assert_eq!(verdict, Err(NotRefunded::TotalDiffers));
    }
}

#[test]
fn refunds_together_are_never_more_than_the_order() {
    assert_eq!(verdict(&[], 1234, 60), Ok(()));
    assert_eq!(verdict(&[], 1235, 60), Err(NotRefunded::TooMuch));
    for ending in [Ending::Success, Ending::Abnormal] {
        let earlier = [(1000, ending), (200, ending)];
        assert_eq!(verdict(&earlier, 34, 60), Ok(()));
        assert_eq!(verdict(&earlier, 35, 60), Err(NotRefunded::TooMuch));
        let all = [(1000, ending), (234, ending)];
        assert_eq!(verdict(&all, 1, 60), Err(NotRefunded::Spent));
    }
}

#[test]
fn what_was_closed_is_free_again_once_it_is_closed() {
    assert_eq!(verdict(&[(1234, Ending::Closed)], 1234, 60), Ok(()));
    assert_eq!(verdict(&[(1234, Ending::Closed)], 1, 19), Err(NotRefunded::Spent));
}

#[test]
fn refunds_of_one_order_are_a_minute_apart() {
    assert_eq!(verdict(&[(1, Ending::Success)], 1, 59), Err(NotRefunded::TooSoon));
    assert_eq!(verdict(&[(1, Ending::Success)], 1, 60), Ok(()));
}

#[test]
fn fifty_refunds_are_enough() {
    assert_eq!(verdict(&[(1, Ending::Success); 49], 1, 60), Ok(()));
    assert_eq!(verdict(&[(1, Ending::Success); 50], 1, 60), Err(NotRefunded::TooMany));
}

#[test]
fn only_an_abnormal_refund_goes_another_way_and_then_it_succeeds() {
    let abnormal = refund().ending_in(Ending::Abnormal);
    let ended = abnormal.ends_at();
    assert_eq!(abnormal.reroute(detour("A"), ended - 1), Err(NotRerouted::NotAbnormal));
    let rerouted = abnormal.reroute(detour("A"), ended).unwrap();
    assert_eq!(rerouted.standing(ended), Standing::Processing);
    let success = Standing::Ended(Ending::Success, ended + PROCESSING_S);
    assert_eq!(rerouted.standing(ended + PROCESSING_S), success);
    // A repeat, whenever it comes, changes nothing; another wish comes too late.
    assert_eq!(rerouted.reroute(detour("A"), ended + 99).unwrap(), rerouted);
    assert_eq!(rerouted.reroute(detour("B"), ended + 99), Err(NotRerouted::NotAbnormal));
    for ending in [Ending::Success, Ending::Closed] {
        let refund = refund().ending_in(ending);
        assert_eq!(refund.reroute(detour("A"), ended), Err(NotRerouted::NotAbnormal));
    }
}
