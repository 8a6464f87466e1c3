//! What a payment tells besides its sum, and what it must tell.

use super::*;
use checkout::time::UnixSeconds;

/// A partner's payment with two coupons, by the names of protocol reference D.4.
const PAID: [(&str, &str); 24] = [
    ("appid", "wxaaaaaaaaaaaaaaaa"),
    ("mch_id", "1900000002"),
    ("sub_appid", "wxbbbbbbbbbbbbbbbb"),
    ("sub_mch_id", "1900000003"),
    ("openid", "oSPopenid000000000000000001"),
    ("sub_openid", "oSUBopenid0"),
    ("trade_type", "NATIVE"),
    ("trade_state", "SUCCESS"),
    ("bank_type", "CMB_DEBIT"),
    ("total_fee", "2000"),
    ("settlement_total_fee", "1700"),
    ("cash_fee", "1500"),
    ("coupon_fee", "500"),
    ("coupon_count", "2"),
    ("coupon_id_0", "109519"),
    ("coupon_type_0", "CASH"),
    ("coupon_fee_0", "200"),
    ("coupon_id_1", "109520"),
    ("coupon_type_1", "NO_CASH"),
    ("coupon_fee_1", "300"),
    ("transaction_id", "4200000000202501010000000002"),
    ("out_trade_no", "T20250101000002"),
    ("attach", ""),
    ("time_end", "20250101112030"),
];

fn paid(changes: &[(&str, &str)]) -> Result<Receipt, Malformed> {
    receipt(&PAID.iter().chain(changes).copied().collect())
}

#[test]
fn a_partners_payment_names_both_merchants_and_its_coupons() {
    let receipt = paid(&[]).unwrap();
    let (mchid, appid) = ("1900000003".to_owned(), Some("wxbbbbbbbbbbbbbbbb".to_owned()));
    let sub = Some(SubMerchant { mchid, appid });
    assert_eq!(receipt.payee, Payee { sub, ..Payee::direct("1900000002", "wxaaaaaaaaaaaaaaaa") });
    assert_eq!((receipt.total, receipt.payer_total), (2_000, Some(1_500)));
    assert_eq!(receipt.currency, "CNY");
    assert_eq!(receipt.success_time, Some(UnixSeconds(1_735_701_630)));
    assert_eq!(receipt.openid.as_deref(), Some("oSPopenid000000000000000001"));
    assert_eq!(receipt.sub_openid.as_deref(), Some("oSUBopenid0"));
    assert_eq!(receipt.attach, None);
    let told = receipt.promotions.iter();
    let told = told.map(|coupon| (&*coupon.coupon_id, coupon.amount, coupon.kind.as_deref()));
    let expected = [("109519", 200, Some("CASH")), ("109520", 300, Some("NOCASH"))];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[test]
fn what_decides_nothing_costs_no_payment_by_its_shape() {
    let odd = [
        ("cash_fee", "1500.0"),
        ("time_end", "at noon"),
        ("coupon_fee_0", "-200"),
        ("coupon_id_1", ""),
        ("coupon_count", "many"),
    ];
    let receipt = paid(&odd).unwrap();
    assert_eq!((receipt.payer_total, receipt.success_time), (None, None));
    assert_eq!(receipt.promotions, []);
    assert_eq!(receipt.total, 2_000);
}

#[test]
fn coupons_have_an_end() {
    let many: Fields = (0..80)
        .flat_map(|n| [(format!("coupon_id_{n}"), n), (format!("coupon_fee_{n}"), 1)])
        .map(|(name, value)| (name, value.to_string()))
        .chain(PAID.map(|(name, value)| (name.to_owned(), value.to_owned())))
        .collect();
    assert_eq!(receipt(&many).unwrap().promotions.len(), PROMOTIONS_MAX);
}

#[test]
fn a_payment_says_what_was_paid_to_whom_under_which_numbers() {
    for name in ["appid", "mch_id", "total_fee", "transaction_id", "out_trade_no"] {
        assert_eq!(paid(&[(name, "")]), Err(Malformed::Incomplete(name)));
    }
    for (name, value) in
        [("total_fee", "20,00"), ("transaction_id", "4&2"), ("out_trade_no", "T 1")]
    {
        assert_eq!(paid(&[(name, value)]), Err(Malformed::Incomplete(name)));
    }
}
