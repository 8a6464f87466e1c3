//! The refund object, which every call answers, and what a notification seals of it (protocol
//! reference B.5, C.2).

use serde::Serialize;
use serde_json::Value;

use crate::notification::Event;
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

fn received_account(refund: &Refund) -> &str {
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
    let summary = match end {
        Standing::Ended(Ending::Abnormal, _) => "退款异常",
        Standing::Ended(Ending::Closed, _) => "退款关闭",
        _ => "退款成功",
    };
    Event {
        event_type: format!("REFUND.{}", status(end)),
        original_type: "refund".to_owned(),
        summary: summary.to_owned(),
        plaintext: serde_json::to_string(&notice).unwrap_or_default(),
    }
}
