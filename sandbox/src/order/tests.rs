//! An order's clocks, its codes and its repeats, moment by moment.

use super::*;
use crate::payment::CouponType;
use crate::payment::tests::{coupon, paying};

const T0: i64 = 1_735_700_000;

pub(crate) fn terms(out_trade_no: &str) -> Terms {
    Terms {
        party: Party { mchid: "1900000001".into(), sub_mchid: None },
        appid: "wx0123456789abcdef".into(),
        sub_appid: None,
        out_trade_no: out_trade_no.into(),
        description: "测试商品-红茶500g".into(),
        total: 1234,
        currency: "CNY".into(),
        notify_url: "https://pay.example.com/wechat/notify".into(),
        attach: Some("cart=42".into()),
        device_id: None,
        time_expire: None,
        body: serde_json::json!({ "out_trade_no": out_trade_no }),
        v2: None,
    }
}

/// Protocol reference G.2: a partner's order.
pub(crate) fn partner_terms(out_trade_no: &str) -> Terms {
    Terms {
        party: Party { mchid: "1900000002".into(), sub_mchid: Some("1900000003".into()) },
        appid: "wxaaaaaaaaaaaaaaaa".into(),
        sub_appid: Some("wxbbbbbbbbbbbbbbbb".into()),
        total: 2000,
        attach: Some("cart=43".into()),
        ..terms(out_trade_no)
    }
}

fn order() -> Order {
    Order::place(1, terms("T20250101000001"), "first".into(), T0)
}

fn expiring(time_expire: i64) -> Order {
    let terms = Terms { time_expire: Some(time_expire), ..terms("T20250101000001") };
    Order::place(1, terms, "first".into(), T0)
}

#[test]
fn a_payment_gets_a_number_of_28_digits() {
    let paid = order().pay("first", paying("0000000001"), T0).unwrap();
    let payment = paid.payment().unwrap();
    assert_eq!(payment.transaction_id, "4200000000202501010000000001");
    assert_eq!(payment.success_time, T0);
}

#[test]
fn an_identical_repeat_voids_the_old_code() {
    let again = order().place_again(&order().terms, "second".into(), T0 + 10).unwrap();
    assert_eq!(again.code, Code { pr: "second".into(), made_at: T0 + 10 });
    assert_eq!(again.void_codes, ["first"]);
    assert_eq!(again.created_at, T0);
    assert_eq!(again.pay("first", paying("1"), T0 + 11), Err(NotPaid::CodeVoid));
    assert!(again.pay("second", paying("1"), T0 + 11).is_ok());
}

#[test]
fn a_repeat_with_other_parameters_is_refused_and_changes_nothing() {
    let other = terms("T20250101000002");
    assert_eq!(order().place_again(&other, "x".into(), T0), Err(NotPlaced::Different));
}

#[test]
fn paid_and_closed_orders_are_not_placed_again() {
    let paid = order().pay("first", paying("1"), T0).unwrap();
    assert_eq!(paid.place_again(&paid.terms, "x".into(), T0), Err(NotPlaced::Paid));
    let closed = order().close(T0).unwrap();
    assert_eq!(closed.place_again(&closed.terms, "x".into(), T0), Err(NotPlaced::Closed));
}

#[test]
fn a_code_lives_two_hours_and_a_fresh_one_two_hours_more() {
    assert!(order().pay("first", paying("1"), T0 + 7_199).is_ok());
    assert_eq!(order().pay("first", paying("1"), T0 + 7_200), Err(NotPaid::CodeExpired));
    let again = order().place_again(&order().terms, "second".into(), T0 + 7_200).unwrap();
    assert!(again.pay("second", paying("1"), T0 + 14_399).is_ok());
}

#[test]
fn time_expire_is_kept_between_a_minute_and_fifteen_days() {
    assert_eq!(expiring(T0 - 5).pay_until(), T0 + 60);
    assert_eq!(expiring(T0 + 59).pay_until(), T0 + 60);
    assert_eq!(expiring(T0 + 300).pay_until(), T0 + 300);
    assert_eq!(expiring(T0 + 90 * 86_400).pay_until(), T0 + 15 * 86_400);
    assert_eq!(order().pay_until(), T0 + 7 * 86_400);
}

#[test]
fn time_expire_ends_paying_but_does_not_close() {
    let order = expiring(T0 + 300);
    assert!(order.pay("first", paying("1"), T0 + 299).is_ok());
    assert_eq!(order.pay("first", paying("1"), T0 + 300), Err(NotPaid::OrderExpired));
    assert_eq!(order.life(T0 + 300), Life::Unpaid);
}

#[test]
fn an_unpaid_order_is_closed_after_seven_days_and_a_paid_one_never() {
    let week = T0 + 7 * 86_400;
    assert_eq!(order().life(week - 1), Life::Unpaid);
    assert_eq!(order().life(week), Life::Closed { at: week });
    assert_eq!(order().pay("first", paying("1"), week), Err(NotPaid::Closed));
    let paid = order().pay("first", paying("1"), T0).unwrap();
    assert!(matches!(paid.life(week), Life::Paid(_)));
}

#[test]
fn closing_twice_is_closing_once_and_money_cannot_be_closed() {
    let closed = order().close(T0 + 1).unwrap();
    assert_eq!(closed.close(T0 + 2).unwrap(), closed);
    assert_eq!(closed.pay("first", paying("1"), T0 + 2), Err(NotPaid::Closed));
    let paid = order().pay("first", paying("1"), T0).unwrap();
    assert_eq!(paid.close(T0), Err(AlreadyPaid));
    assert_eq!(paid.pay("first", paying("2"), T0), Err(NotPaid::Paid));
}

#[test]
fn a_number_of_another_sub_merchant_is_taken() {
    let order = Order::place(1, partner_terms("T20250101000002"), "pr".into(), T0);
    let mut other = partner_terms("T20250101000002");
    other.party.sub_mchid = Some("1900000004".into());
    assert_eq!(order.place_again(&other, "x".into(), T0), Err(NotPlaced::Taken));
}

#[test]
fn a_coupon_pays_a_part_of_the_total_and_never_all() {
    let with = |order: &Order, amount| {
        let coupon = Some(coupon(amount, CouponType::Cash));
        order.pay("first", Paying { coupon, ..paying("1") }, T0)
    };
    for amount in [0, 1234, 1235] {
        assert_eq!(with(&order(), amount), Err(NotPaid::CouponMisfit), "{amount}");
    }
    let paid = with(&order(), 1233).unwrap();
    assert_eq!(paid.payment().unwrap().coupon, Some(coupon(1233, CouponType::Cash)));
    let mut part = order();
    part.terms.body = serde_json::json!({ "detail": { "cost_price": 1235 } });
    assert_eq!(with(&part, 100), Err(NotPaid::NoDiscounts));
    part.terms.body = serde_json::json!({ "detail": { "cost_price": 1234 } });
    assert!(with(&part, 100).is_ok());
}

#[test]
fn only_a_paid_order_remembers_that_a_refund_was_asked_for() {
    assert_eq!(order().refund_requested(), None);
    let paid = order().pay("first", paying("1"), T0).unwrap();
    assert!(!paid.payment().unwrap().refund_requested);
    assert!(paid.refund_requested().unwrap().payment().unwrap().refund_requested);
}

#[test]
fn an_order_that_an_earlier_version_wrote_is_read() {
    let mut old = serde_json::to_value(order().pay("first", paying("1"), T0).unwrap()).unwrap();
    for (object, name) in [("/terms", "sub_mchid"), ("/terms", "sub_appid"), ("/stored", "coupon")]
    {
        assert!(old.pointer_mut(object).unwrap().as_object_mut().unwrap().remove(name).is_some());
    }
    old["stored"].as_object_mut().unwrap().remove("refund_requested");
    let read: Order = serde_json::from_value(old).unwrap();
    assert_eq!(read, order().pay("first", paying("1"), T0).unwrap());
}

fn by(name: &str) -> Payer {
    Payer::try_from(name.to_owned()).unwrap()
}

fn holder(name: &str, phone: Phone) -> Holder {
    Holder { payer: by(name), phone }
}

#[test]
fn the_first_payer_who_opens_an_order_holds_it() {
    let pays = |order: &Order, pr: &str, name: &str| {
        order.pay(pr, Paying { payer: by(name), ..paying("1") }, T0 + 1).map(|_| ())
    };
    for phone in [Phone::Scanned, Phone::Refused] {
        let opened = order().open("first", holder("ann", phone), T0).unwrap();
        assert_eq!(opened.life(T0), Life::Unpaid);
        assert_eq!(pays(&opened, "first", "bob"), Err(NotPaid::OtherPayer));
        let taken_over = opened.open("first", holder("bob", Phone::Scanned), T0);
        assert_eq!(taken_over.unwrap_err(), NotPaid::OtherPayer);
        assert_eq!(pays(&opened, "first", "ann"), Ok(()));

        // A fresh code is the same order.
        let again = opened.place_again(&opened.terms, "second".into(), T0).unwrap();
        assert_eq!(pays(&again, "second", "bob"), Err(NotPaid::OtherPayer));
        assert_eq!(pays(&again, "second", "ann"), Ok(()));
    }
}

#[test]
fn a_payer_may_try_again_and_then_the_phone_has_paid() {
    let refused = order().open("first", holder("ann", Phone::Refused), T0).unwrap();
    let again = refused.open("first", holder("ann", Phone::Scanned), T0).unwrap();
    let paid = again.pay("first", Paying { payer: by("ann"), ..paying("1") }, T0).unwrap();
    assert_eq!(paid.holder, Some(holder("ann", Phone::Paid)));
    assert_eq!(paid.payment().unwrap().openid, by("ann").openid("wx0123456789abcdef"));
    assert_eq!(paid.payment().unwrap().sub_openid, None);
    let late = paid.open("first", holder("ann", Phone::Scanned), T0);
    assert_eq!(late.unwrap_err(), NotPaid::Paid);
}

#[test]
fn only_what_can_be_paid_can_be_opened() {
    let opens = |order: &Order, pr: &str, now| {
        order.open(pr, holder("ann", Phone::Scanned), now).map(|_| ()).unwrap_err()
    };
    let again = order().place_again(&order().terms, "second".into(), T0).unwrap();
    assert_eq!(opens(&again, "first", T0), NotPaid::CodeVoid);
    assert_eq!(opens(&again, "second", T0 + CODE_LIFETIME_S), NotPaid::CodeExpired);
    assert_eq!(opens(&expiring(T0 + 600), "first", T0 + 600), NotPaid::OrderExpired);
    assert_eq!(opens(&order().close(T0).unwrap(), "first", T0), NotPaid::Closed);
}

#[test]
fn an_order_of_the_first_version_is_nobodys_yet() {
    let mut old = serde_json::to_value(order()).unwrap();
    assert!(old.as_object_mut().unwrap().remove("holder").is_some());
    assert_eq!(serde_json::from_value::<Order>(old).unwrap(), order());
}

#[test]
fn a_prepay_id_leads_to_its_code_and_to_no_other() {
    let code = Code { pr: "JyC91EIz1".into(), made_at: T0 };
    // 2025-01-01T10:53:20+08:00, and the letters of the code as `xxd -p` writes them.
    assert_eq!(code.prepay_id(), "wx202501011053204a7943393145497a3100");
    assert_eq!(code_url_beside(&code.prepay_id()), Some(code.url()));
    for odd in ["", "wx", "wx20250101105320", "wx202501011053204a7943393145497a3", "wx茶茶茶茶茶00"]
    {
        assert_ne!(code_url_beside(odd), Some(code.url()), "{odd}");
    }
    let voided = order().place_again(&order().terms, "second".into(), T0 + 1).unwrap();
    assert_ne!(voided.code.prepay_id(), order().code.prepay_id());
}

#[test]
fn an_order_from_before_v2_is_read_and_one_of_v2_comes_back_whole() {
    let mut old = serde_json::to_value(order()).unwrap();
    assert_eq!(old["terms"].as_object_mut().unwrap().remove("v2"), None);
    assert_eq!(serde_json::from_value::<Order>(old).unwrap().terms.v2, None);
    let v2 = V2Terms {
        sign_type: SignType::HmacSha256,
        product_id: "SKU-88888".into(),
        cost_price: Some(1500),
        tells_promotion: false,
    };
    let terms = Terms { v2: Some(v2), ..terms("T20250101000001") };
    let new = Order::place(1, terms, "first".into(), T0);
    let written = serde_json::to_value(&new).unwrap();
    assert_eq!(written["terms"]["v2"]["sign_type"], "HMAC-SHA256");
    assert_eq!(serde_json::from_value::<Order>(written).unwrap(), new);
    // What `detail` says the receipt costs rules coupons out, as over APIv3.
    let paying = Paying { coupon: Some(coupon(1, CouponType::Cash)), ..paying("1") };
    assert_eq!(new.pay("first", paying, T0), Err(NotPaid::NoDiscounts));
}
