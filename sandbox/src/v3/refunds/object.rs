//! The refund object, which every call answers, and what a notification seals of it (protocol
//! reference B.5, C.2).

use serde::Serialize;
use serde_json::Value;

use crate::notification::{Event, Form};
use crate::order::Party;
use crate::payment::Coupon;
use crate::refund::amounts::Amounts;
use crate::refund::{Ending, Refund, Source, Standing};
use crate::time;

/// Where the money of the sandbox's one phone comes from and goes back to.
const PURSE: &str = "支付用户零钱";

/// The object, fields as in B.5. What is absent is left out, never `null`.
#[derive(Serialize)]
struct Object<'a> {
    refund_id: &'a str,
    out_refund_no: &'a str,
    transaction_id: &'a str,
    out_trade_no: &'a str,
    channel: &'static str,
    user_received_account: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    success_time: Option<String>,
    create_time: String,
    status: &'static str,
    funds_account: &'a str,
    amount: Amount<'a>,
    promotion_detail: Vec<Promotion<'a>>,
}

#[derive(Serialize)]
struct Amount<'a> {
    #[serde(flatten)]
    amounts: &'a Amounts,
    from: &'a [Source],
    currency: &'static str,
}

#[derive(Serialize)]
struct Promotion<'a> {
    promotion_id: &'a str,
    scope: &'static str,
    #[serde(rename = "type")]
    kind: crate::payment::CouponType,
    amount: u64,
    refund_amount: u64,
}

/// What a notification seals.
#[derive(Serialize)]
struct Notice<'a> {
    #[serde(flatten)]
    payee: Payee<'a>,
    out_trade_no: &'a str,
    transaction_id: &'a str,
    out_refund_no: &'a str,
    refund_id: &'a str,
    refund_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    success_time: Option<String>,
    user_received_account: &'a str,
    amount: NoticeAmount,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Payee<'a> {
    Direct { mchid: &'a str },
    Partner { sp_mchid: &'a str, sub_mchid: &'a str },
}

#[derive(Serialize)]
struct NoticeAmount {
    total: u64,
    refund: u64,
    payer_total: u64,
    payer_refund: u64,
}

/// The refund as its merchant may see it at `now`.
pub(super) fn json(refund: &Refund, now: i64) -> Value {
    let standing = refund.standing(now);
    let object = Object {
        refund_id: &refund.refund_id,
        out_refund_no: &refund.terms.out_refund_no,
        transaction_id: &refund.transaction_id,
        out_trade_no: &refund.out_trade_no,
        channel: channel(refund),
        user_received_account: received_account(refund),
        success_time: success_time(standing),
        create_time: time::beijing(refund.created_at),
        status: status(standing),
        funds_account: &refund.terms.funds_account,
        amount: Amount { amounts: &refund.amounts, from: &refund.terms.from, currency: "CNY" },
        promotion_detail: refund.coupon.iter().map(|coupon| promotion(coupon, refund)).collect(),
    };
    // Texts and numbers under fixed names always serialise.
    serde_json::to_value(object).unwrap_or_default()
}

fn promotion<'a>(coupon: &'a Coupon, refund: &Refund) -> Promotion<'a> {
    Promotion {
        promotion_id: &coupon.coupon_id,
        scope: "GLOBAL",
        kind: coupon.kind,
        amount: coupon.amount,
        refund_amount: refund.amounts.discount_refund,
    }
}

/// `ORIGINAL`, or `OTHER_BANKCARD` once the merchant named another way (B.7).
pub fn channel(refund: &Refund) -> &'static str {
    if refund.detour.is_some() { "OTHER_BANKCARD" } else { "ORIGINAL" }
}

/// Where the payer gets the money.
pub fn received_account(refund: &Refund) -> &str {
    refund.detour.as_ref().map_or(PURSE, |detour| &detour.account)
}

/// `status`, which a notification calls `refund_status` (B.5, C.2).
pub const fn status(standing: Standing) -> &'static str {
    match standing {
        Standing::Processing => "PROCESSING",
        Standing::Ended(Ending::Success, _) => "SUCCESS",
        Standing::Ended(Ending::Abnormal, _) => "ABNORMAL",
        Standing::Ended(Ending::Closed, _) => "CLOSED",
    }
}

fn success_time(standing: Standing) -> Option<String> {
    match standing {
        Standing::Ended(Ending::Success, at) => Some(time::beijing(at)),
        _ => None,
    }
}

/// How it ended, for people (C.1).
pub const fn summary(end: Standing) -> &'static str {
    match end {
        Standing::Ended(Ending::Abnormal, _) => "退款异常",
        Standing::Ended(Ending::Closed, _) => "退款关闭",
        _ => "退款成功",
    }
}

/// What the merchant is told when the refund ends (C.1, C.2).
pub fn event(refund: &Refund) -> Event {
    let end = refund.end();
    let Party { mchid, sub_mchid } = &refund.terms.party;
    let Amounts { total, refund: refunded, payer_total, payer_refund, .. } = refund.amounts;
    let notice = Notice {
        payee: match sub_mchid {
            None => Payee::Direct { mchid },
            Some(sub_mchid) => Payee::Partner { sp_mchid: mchid, sub_mchid },
        },
        out_trade_no: &refund.out_trade_no,
        transaction_id: &refund.transaction_id,
        out_refund_no: &refund.terms.out_refund_no,
        refund_id: &refund.refund_id,
        refund_status: status(end),
        success_time: success_time(end),
        user_received_account: received_account(refund),
        amount: NoticeAmount { total, refund: refunded, payer_total, payer_refund },
    };
    Event {
        event_type: format!("REFUND.{}", status(end)),
        original_type: "refund".to_owned(),
        summary: summary(end).to_owned(),
        plaintext: serde_json::to_string(&notice).unwrap_or_default(),
        form: Form::V3,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::refund::tests::{ASKED_AT, PAID_AT, detour, names, partners_order, refund, terms};

    const VECTOR: &str = include_str!("../../../tests/vectors/notification_refund.json");

    fn plaintext(refund: &Refund) -> Value {
        serde_json::from_str(&event(refund).plaintext).unwrap()
    }

    /// Protocol reference G.7: the plaintext of the sample.
    fn sample() -> Value {
        let vector: Value = serde_json::from_str(VECTOR).unwrap();
        serde_json::from_str(vector["expected_plaintext"].as_str().unwrap()).unwrap()
    }

    #[test]
    fn a_fresh_refund_reads_as_in_the_reference() {
        // Protocol reference G.5, the answer to the sample's request.
        let expected = json!({
            "refund_id": "50300000000202501010000000001",
            "out_refund_no": "R20250101000001",
            "transaction_id": "4200000000202501010000000001",
            "out_trade_no": "T20250101000001",
            "channel": "ORIGINAL",
            "user_received_account": "支付用户零钱",
            "create_time": "2025-01-01T11:43:20+08:00",
            "status": "PROCESSING",
            "funds_account": "UNSETTLED",
            "amount": {
                "total": 1234, "refund": 234, "from": [], "payer_total": 1234,
                "payer_refund": 234, "settlement_refund": 234, "settlement_total": 1234,
                "discount_refund": 0, "currency": "CNY"
            },
            "promotion_detail": []
        });
        assert_eq!(json(&refund(), ASKED_AT), expected);
        // "Query later": the same, at its end.
        let mut later = expected;
        later["status"] = json!("SUCCESS");
        later["success_time"] = json!("2025-01-01T11:43:40+08:00");
        assert_eq!(json(&refund(), ASKED_AT + 20), later);
    }

    #[test]
    fn a_partners_refund_gives_its_share_of_the_coupon_back() {
        let order = partners_order();
        let terms = terms(&order, "R20250101000002", 1000);
        let refund = Refund::apply(names("2"), terms, (&order, &[]), ASKED_AT).unwrap();
        let object = json(&refund, ASKED_AT);
        let expected = json!([{
            "promotion_id": "109519", "scope": "GLOBAL", "type": "CASH",
            "amount": 500, "refund_amount": 250
        }]);
        assert_eq!(object["promotion_detail"], expected);
        assert_eq!(object["amount"]["payer_refund"], 750);
        assert_eq!(object["amount"]["discount_refund"], 250);
        assert_eq!(object["amount"]["settlement_refund"], 1000);
    }

    #[test]
    fn a_success_is_told_as_in_the_reference() {
        let told = event(&refund());
        assert_eq!(
            (told.event_type.as_str(), told.original_type.as_str(), told.summary.as_str()),
            ("REFUND.SUCCESS", "refund", "退款成功")
        );
        let mut expected = sample();
        expected["success_time"] = json!("2025-01-01T11:43:40+08:00");
        assert_eq!(plaintext(&refund()), expected);
    }

    #[test]
    fn an_abnormal_or_closed_refund_is_told_without_a_time_of_success() {
        // Protocol reference G.7, `REFUND.ABNORMAL` / `REFUND.CLOSED` plaintext.
        for (ending, name) in [(Ending::Abnormal, "ABNORMAL"), (Ending::Closed, "CLOSED")] {
            let refund = refund().ending_in(ending);
            assert_eq!(event(&refund).event_type, format!("REFUND.{name}"));
            let mut expected = sample();
            expected.as_object_mut().unwrap().remove("success_time");
            expected["refund_status"] = json!(name);
            assert_eq!(plaintext(&refund), expected);
        }
    }

    #[test]
    fn a_partner_is_told_for_its_sub_merchant_as_in_the_reference() {
        // Protocol reference G.7, partner plaintext, but for the account and the moment.
        let order = partners_order();
        let terms = terms(&order, "R20250101000002", 2000);
        let refund = Refund::apply(names("0000000002"), terms, (&order, &[]), PAID_AT).unwrap();
        let expected = json!({
            "sp_mchid": "1900000002",
            "sub_mchid": "1900000003",
            "out_trade_no": "T20250101000002",
            "transaction_id": "4200000000202501010000000002",
            "out_refund_no": "R20250101000002",
            "refund_id": "50300000000202501010000000002",
            "refund_status": "SUCCESS",
            "success_time": "2025-01-01T11:20:50+08:00",
            "user_received_account": "支付用户零钱",
            "amount": {
                "total": 2000, "refund": 2000, "payer_total": 1500, "payer_refund": 1500
            }
        });
        assert_eq!(plaintext(&refund), expected);
    }

    #[test]
    fn another_way_shows_in_channel_and_account() {
        let refund = refund().ending_in(Ending::Abnormal);
        let rerouted = refund.reroute(detour("工商银行借记卡2222"), ASKED_AT + 20).unwrap();
        let object = json(&rerouted, ASKED_AT + 20);
        assert_eq!(object["channel"], "OTHER_BANKCARD");
        assert_eq!(object["user_received_account"], "工商银行借记卡2222");
        assert_eq!(object["status"], "PROCESSING");
        assert_eq!(plaintext(&rerouted)["user_received_account"], "工商银行借记卡2222");
    }
}
