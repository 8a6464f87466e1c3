//! Rows in the published format (protocol reference B.10), read.

use wechatpay::bill::parser::{Item, Parser};

use super::*;

const ORDER: &str = "abcdefghijklmnopqrst01abcdefgh";
const REFUND: &str = "abcdefghijklmnopqrstr01abcdefgh";
const HEADINGS: &str = "交易时间,公众账号ID,商户号,特约商户号,微信订单号,商户订单号,用户标识,交易状态,\
                        付款银行,货币种类,应结订单金额,微信退款单号,商户退款单号,退款金额,退款状态,\
                        商户数据包,订单金额,申请退款金额";

/// What a bill's one row is read as.
fn read(headings: &str, row: &[&str]) -> Option<(CheckoutId, Entry)> {
    let bill = format!("{headings}\n`{}\n总交易单数\n`1\n", row.join(",`"));
    let mut found = Vec::new();
    let mut parser = Parser::default();
    let mut sink = |item: Item<'_>| {
        if let Item::Row(row) = item {
            found.push(Entry::read(&row));
        }
    };
    parser.feed(bill.as_bytes(), &mut sink).unwrap();
    parser.finish(&mut sink).unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

fn paid<'a>(order: &'a str, sub_mchid: &'a str) -> [&'a str; 18] {
    [
        "2025-01-01 11:20:31",
        "wx19",
        "1900000001",
        sub_mchid,
        "4200001",
        order,
        "oUpF8",
        "SUCCESS",
        "CMB_DEBIT",
        "CNY",
        "80.00",
        "0",
        "0",
        "0.00",
        "",
        "cart=7",
        "88.00",
        "0.00",
    ]
}

fn returned<'a>(order: &'a str, refund: &'a str, state: &'a str) -> [&'a str; 18] {
    [
        "2025-01-01 12:00:00",
        "wx19",
        "1900000001",
        "0",
        "4200001",
        order,
        "oUpF8",
        "REFUND",
        "CMB_DEBIT",
        "CNY",
        "0.00",
        "50000001",
        refund,
        "36.00",
        state,
        "",
        "0.00",
        "40.05",
    ]
}

#[test]
fn a_payment_of_ours_becomes_a_receipt_to_the_fen() {
    let (checkout, entry) = read(HEADINGS, &paid(ORDER, "0")).unwrap();
    assert_eq!(checkout.as_str(), "chk_abcdefghijklmnopqrst");
    let receipt = Receipt {
        transaction_id: "4200001".to_owned(),
        out_trade_no: ORDER.to_owned(),
        total: 8_800,
        currency: "CNY".to_owned(),
        payee: Payee::direct("1900000001", "wx19"),
        // 2025-01-01T03:20:31Z.
        success_time: Some(UnixSeconds(1_735_701_631)),
        payer_total: None,
        trade_type: None,
        bank_type: Some("CMB_DEBIT".to_owned()),
        attach: Some("cart=7".to_owned()),
        openid: Some("oUpF8".to_owned()),
        sub_openid: None,
        promotions: Vec::new(),
    };
    assert_eq!(entry, Entry::Payment(receipt));
    assert_eq!((entry.number(), entry.rank()), ("4200001", 0));
}

#[test]
fn a_sub_merchants_payment_names_it_and_leaves_its_app_open() {
    let (_, entry) = read(HEADINGS, &paid(ORDER, "1600000001")).unwrap();
    let Entry::Payment(receipt) = entry else { panic!("{entry:?}") };
    assert_eq!(receipt.payee.sub_mchid(), Some("1600000001"));
    assert_eq!(receipt.payee.sub_appid(), None);
}

#[test]
fn a_refund_is_what_was_asked_for_and_not_what_was_settled() {
    for (word, standing) in [
        ("SUCCESS", Standing::Success),
        ("PROCESSING", Standing::Processing),
        ("FAIL", Standing::Closed),
        ("CHANGE", Standing::Abnormal),
        ("NEW", Standing::Unknown("NEW".to_owned())),
    ] {
        let (_, entry) = read(HEADINGS, &returned(ORDER, REFUND, word)).unwrap();
        assert_eq!((entry.number(), entry.rank()), (REFUND, 1));
        let refund = BilledRefund {
            out_refund_no: REFUND.to_owned(),
            refund_id: "50000001".to_owned(),
            out_trade_no: ORDER.to_owned(),
            transaction_id: "4200001".to_owned(),
            amount: 4_005,
            standing,
            merchants: vec!["1900000001".to_owned()],
            success_time: None,
        };
        assert_eq!(entry, Entry::Refund(refund));
    }
}

#[test]
fn a_refund_made_elsewhere_is_ours_by_its_order() {
    let (checkout, entry) = read(HEADINGS, &returned(ORDER, "CONSOLE-1", "SUCCESS")).unwrap();
    assert_eq!((checkout.as_str(), entry.number()), ("chk_abcdefghijklmnopqrst", "CONSOLE-1"));
    let (checkout, _) = read(HEADINGS, &returned("SOMEBODY-1", REFUND, "SUCCESS")).unwrap();
    assert_eq!(checkout.as_str(), "chk_abcdefghijklmnopqrst");
}

#[test]
fn a_row_with_another_number_is_somebody_elses() {
    let long = format!("{ORDER}a");
    let upper = ORDER.to_uppercase();
    for number in ["", "A-1", &long, &upper, "abcdefghijklmnopqrst00abcdefgh"] {
        assert_eq!(read(HEADINGS, &paid(number, "0")), None, "{number}");
    }
    assert_eq!(read(HEADINGS, &returned("A-1", "R-1", "SUCCESS")), None);
}

#[test]
fn a_row_of_ours_that_says_too_little_is_not_lost() {
    let mut revoked = paid(ORDER, "0");
    revoked[7] = "REVOKED";
    let mut priceless = paid(ORDER, "0");
    (priceless[10], priceless[16]) = ("", "");
    let mut nameless = returned(ORDER, REFUND, "SUCCESS");
    nameless[11] = "0";
    for (row, number, state) in
        [(revoked, ORDER, "REVOKED"), (priceless, ORDER, "SUCCESS"), (nameless, REFUND, "REFUND")]
    {
        let (_, entry) = read(HEADINGS, &row).unwrap();
        let (number, state) = (number.to_owned(), state.to_owned());
        assert_eq!(entry, Entry::Unreadable { number, state });
    }
}

#[test]
fn an_early_bill_has_one_column_for_the_price() {
    let headings = "交易时间,公众账号ID,商户号,子商户号,微信订单号,商户订单号,交易状态,总金额";
    let row =
        ["2025-01-01 11:20:31", "wx19", "1900000001", "0", "4200001", ORDER, "SUCCESS", "0.01"];
    let (_, entry) = read(headings, &row).unwrap();
    let Entry::Payment(receipt) = entry else { panic!("{entry:?}") };
    assert_eq!((receipt.total, receipt.currency.as_str()), (1, "CNY"));
}

#[test]
fn an_entry_travels_as_it_is() {
    let (_, entry) = read(HEADINGS, &returned(ORDER, REFUND, "SUCCESS")).unwrap();
    let json = serde_json::to_string(&entry).unwrap();
    assert_eq!(serde_json::from_str::<Entry>(&json).unwrap(), entry);
}
