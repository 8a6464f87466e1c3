//! What a shop asks for when it gives money back: how much, why, and to which card.

use checkout::id::OutRefundNo;
use checkout::money::Fen;
use edge::request::{NewRefund, NewWay, read_json};
use serde_json::Value;
use wechatpay::v3::refund::RefundBody;

use crate::platform::plain;

/// The body of a request for a refund, and of one for another way.
pub fn request(data: &[u8]) {
    if let Ok(new) = read_json::<NewRefund>(data) {
        application(&new);
    }
    match read_json::<NewWay>(data) {
        Ok(NewWay::UserBankCard { bank_account, real_name, .. }) => {
            for secret in [&bank_account, &real_name] {
                assert!((1..=64).contains(&secret.expose().chars().count()));
                assert_eq!(format!("{secret:?}"), "Secret(…)");
            }
        }
        Ok(NewWay::MerchantBankCard {}) => {}
        Err(problem) => keeps_secrets(data, &problem.detail),
    }
}

/// The application that would be sent is JSON with these words in it, and cannot be talked into
/// others.
fn application(new: &NewRefund) {
    let body = RefundBody {
        sub_mchid: Some("1900000003"),
        transaction_id: new.transaction_id.as_deref().unwrap_or("4200000000202501010000000001"),
        out_refund_no: "R20250101000001",
        reason: new.reason.as_ref(),
        notify_url: "https://pay.example.com/wechat/refund-notify",
        refund: new.amount.total,
        total: Fen::new(100_000_000).expect("an amount"),
        currency: new.amount.currency,
    };
    let sent: Value = serde_json::from_slice(&body.to_bytes()).expect("an application is JSON");
    assert_eq!(sent["out_refund_no"], "R20250101000001");
    assert_eq!(sent["sub_mchid"], "1900000003");
    assert_eq!(sent["amount"]["refund"], new.amount.total.count());
    assert_eq!(sent["reason"].as_str(), new.reason.as_ref().map(|reason| reason.as_str()));
    assert_eq!(sent["transaction_id"], body.transaction_id);
}

/// A refusal does not say a card's number back. What stands elsewhere in the body, too, is no
/// secret, and words may be our own.
fn keeps_secrets(data: &[u8], words: &str) {
    let Some(Value::Object(mut fields)) = plain(data) else { return };
    let Some(Value::String(number)) = fields.remove("bank_account") else { return };
    let rest = Value::Object(fields).to_string();
    let is_number = number.len() >= DIGITS_MIN && number.bytes().all(|byte| byte.is_ascii_digit());
    assert!(!is_number || rest.contains(&number) || !words.contains(&number), "{words}");
}

/// Cards have 16 to 19 digits, a place in a body has fewer than these.
const DIGITS_MIN: usize = 12;

/// A refund's number: what is taken reads as itself, and belongs to a checkout.
pub(crate) fn number(text: &str) {
    if let Ok(number) = OutRefundNo::parse(text) {
        assert_eq!(number.as_str(), text);
        assert!(text.starts_with(number.checkout().as_str().trim_start_matches("chk_")));
    }
}
