//! The trade bill's columns and rows, against the reference's file.

use sha1::{Digest, Sha1};

use super::*;
use crate::bill::entry::{Deal, Return};

const VECTOR: &str = include_str!("../../../tests/vectors/bill_trade_all.json");

fn deal() -> Deal<'static> {
    Deal {
        appid: "wx0123456789abcdef",
        mchid: "1900000001",
        sub_mchid: None,
        device: None,
        transaction_id: "4200000000202501010000000001",
        out_trade_no: "T20250101000001",
        openid: "oTESTopenid0000000000000001",
        description: "测试商品-红茶500g",
        attach: Some("cart=42"),
        total: 1_234,
        settled: 1_234,
        coupon: 0,
        paid_at: time::parse("2025-01-01T11:20:30+08:00").unwrap(),
    }
}

fn back() -> Return<'static> {
    let at = time::parse("2025-01-01T11:43:20+08:00").unwrap();
    Return {
        refund_id: "50300000000202501010000000001",
        out_refund_no: "R20250101000001",
        amount: 234,
        settled: 234,
        coupon: 0,
        before: 0,
        accepted_at: at,
        state: ReturnState::Done { at: at + 65 },
    }
}

fn lines(kind: Kind, entries: &[Entry<'_>]) -> Vec<Vec<String>> {
    let text = String::from_utf8(write(kind, entries)).unwrap();
    let text = text.strip_prefix('\u{feff}').unwrap().strip_suffix("\r\n").unwrap();
    let split = |line: &str| line.split(',').map(str::to_owned).collect();
    text.split("\r\n").map(split).collect()
}

#[test]
fn a_bill_of_all_is_the_references_to_the_byte() {
    let vector: serde_json::Value = serde_json::from_str(VECTOR).unwrap();
    let bytes = write(Kind::All, &[Entry::Paid(deal()), Entry::Returned(deal(), back())]);
    assert_eq!(std::str::from_utf8(&bytes).unwrap(), vector["text"].as_str().unwrap());
    assert_eq!(bytes.len(), 1_157);
    let hash: String = Sha1::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, vector["hash_value"].as_str().unwrap());
}

#[test]
fn a_bill_of_successes_has_the_references_columns() {
    let lines = lines(Kind::Success, &[Entry::Paid(deal())]);
    let expected = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,\
        用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,商品名称,\
        商户数据包,手续费,费率,订单金额,费率备注";
    assert_eq!(lines[0].join(","), expected);
    assert_eq!(lines[0].len(), 20);
    assert_eq!(lines[1].len(), 20);
    assert_eq!(lines[1][14..].join(","), "`测试商品-红茶500g,`cart=42,`0.07000,`0.60%,`12.34,`");
    assert_eq!(lines[2].join(","), "总交易单数,应结订单总金额,手续费总金额,订单总金额");
    assert_eq!(lines[3].join(","), "`1,`12.34,`0.07000,`12.34");
}

#[test]
fn a_bill_of_refunds_has_the_references_columns_and_every_state() {
    let mut entries = vec![Entry::Returned(deal(), back())];
    for state in [ReturnState::Processing, ReturnState::Failed, ReturnState::Abnormal] {
        entries.push(Entry::Returned(deal(), Return { state, ..back() }));
    }
    let lines = lines(Kind::Refund, &entries);
    let expected = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,\
        用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,退款申请时间,\
        退款成功时间,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,\
        商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
    assert_eq!(lines[0].join(","), expected);
    assert_eq!(lines[0].len(), 29);
    assert_eq!(lines[1][14..16], ["`2025-01-01 11:43:20", "`2025-01-01 11:44:25"]);
    assert_eq!(lines[2][14..16], ["`2025-01-01 11:43:20", "`"]);
    let states: Vec<_> = lines[1..5].iter().map(|line| line[21].as_str()).collect();
    assert_eq!(states, ["`SUCCESS", "`PROCESSING", "`FAIL", "`CHANGE"]);
    assert_eq!(lines[6].join(","), "`4,`0.00,`9.36,`0.00,`-0.04000,`0.00,`9.36");
}

#[test]
fn a_coupon_parts_the_order_from_what_is_settled() {
    // B.10: the settlement is the order less non-recharge coupons; the fee is on it.
    let discounted = Deal { settled: 1_000, coupon: 234, ..deal() };
    let half = Return { amount: 617, settled: 500, ..back() };
    let entries = [Entry::Paid(discounted), Entry::Returned(discounted, half)];
    let all = lines(Kind::All, &entries);
    assert_eq!(all[1][12..14], ["`10.00", "`2.34"]);
    assert_eq!(all[1][22..26], ["`0.06000", "`0.60%", "`12.34", "`0.00"]);
    assert_eq!(all[2][16..18], ["`5.00", "`0.00"]);
    assert_eq!(all[2][22..26], ["`-0.03000", "`0.60%", "`0.00", "`6.17"]);
    assert_eq!(all[4].join(","), "`2,`10.00,`5.00,`0.00,`0.03000,`12.34,`6.17");
    let recharged = Return { amount: 617, settled: 617, coupon: 117, ..back() };
    let refund = lines(Kind::Refund, &[Entry::Returned(deal(), recharged)]);
    assert_eq!(refund[1][18..20], ["`6.17", "`1.17"]);
    assert_eq!(refund[3][3], "`1.17");
}

#[test]
fn a_merchants_commas_and_line_feeds_do_not_break_a_row() {
    let deal = Deal {
        description: "茶,a\nb",
        attach: Some("x,y"),
        device: Some("P,1"),
        sub_mchid: Some("1600000001"),
        ..deal()
    };
    let lines = lines(Kind::Success, &[Entry::Paid(deal)]);
    assert_eq!(lines[1].len(), 20);
    assert_eq!(lines[1][3..5], ["`1600000001", "`P\\ 1"]);
    assert_eq!(lines[1][14..16], ["`茶\\ a\\nb", "`x\\ y"]);
}
