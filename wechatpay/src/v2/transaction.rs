//! `trade_state` and company → what it means for an order (protocol reference D.4, D.7).
//!
//! Unknown fields are ignored and an unknown state is kept as text. A payment must say what was
//! paid, to whom and under which numbers; one that does not is malformed, because nothing could be
//! compared with the order. Numbers are taken only in their own letters: where a message is signed
//! as V2 signs, a value could otherwise have swallowed the field behind it.

use checkout::payee::{Payee, SubMerchant};
use checkout::report::{Promotion, Receipt, Report};

use super::fields::Fields;
use super::malformed::Malformed;
use super::moment::parse_digits;

/// What the answer to a query says of the order of that number; `None` where it says nothing of it.
pub(super) fn report(fields: &Fields, out_trade_no: &str) -> Option<Report> {
    if fields.get("out_trade_no") != Some(out_trade_no) {
        return None;
    }
    match fields.get("trade_state")? {
        "SUCCESS" => receipt(fields).ok().map(|receipt| Report::Paid(Box::new(receipt))),
        // Paid, and then a refund was asked for. The payment's fields are promised for SUCCESS
        // alone; without them nothing can be compared, and a person has to look.
        state @ "REFUND" => Some(
            receipt(fields).map_or_else(|_| unknown(state), |paid| Report::Paid(Box::new(paid))),
        ),
        "NOTPAY" | "USERPAYING" | "PAYERROR" => Some(Report::NotPaid),
        "CLOSED" | "REVOKED" => Some(Report::ClosedThere),
        other => Some(unknown(other)),
    }
}

fn unknown(state: &str) -> Report {
    Report::UnknownState { trade_state: state.chars().take(STATE_CHARS_MAX).collect() }
}

/// The payment that a verified message tells of.
pub(super) fn receipt(fields: &Fields) -> Result<Receipt, Malformed> {
    let required = |name| fields.get(name).ok_or(Malformed::Incomplete(name));
    let text = |name| fields.get(name).map(str::to_owned);
    Ok(Receipt {
        transaction_id: number(fields, "transaction_id")?,
        out_trade_no: number(fields, "out_trade_no")?,
        total: fen(required("total_fee")?).ok_or(Malformed::Incomplete("total_fee"))?,
        // Optional on the wire, and a Native order has no other.
        currency: text("fee_type").unwrap_or_else(|| "CNY".to_owned()),
        payee: payee(fields)?,
        // A time we cannot read must not cost anybody a payment.
        success_time: fields.get("time_end").and_then(parse_digits),
        payer_total: fields.get("cash_fee").and_then(fen),
        trade_type: text("trade_type"),
        bank_type: text("bank_type"),
        attach: text("attach"),
        openid: text("openid"),
        sub_openid: text("sub_openid"),
        promotions: (0..PROMOTIONS_MAX).filter_map(|nth| promotion(fields, nth)).collect(),
    })
}

fn payee(fields: &Fields) -> Result<Payee, Malformed> {
    let required = |name| fields.get(name).ok_or(Malformed::Incomplete(name));
    let appid = fields.get("sub_appid").map(str::to_owned);
    let sub = fields.get("sub_mch_id").map(|mchid| SubMerchant { mchid: mchid.to_owned(), appid });
    Ok(Payee { sub, ..Payee::direct(required("mch_id")?, required("appid")?) })
}

/// One of the coupons that the payer used. They are numbered from 0.
fn promotion(fields: &Fields, nth: usize) -> Option<Promotion> {
    let field = |name: &str| fields.get(&format!("coupon_{name}_{nth}"));
    // APIv3 has the second of the two words without the line.
    let kind = field("type").map(|kind| if kind == "NO_CASH" { "NOCASH" } else { kind });
    Some(Promotion {
        coupon_id: field("id")?.to_owned(),
        amount: field("fee").and_then(fen)?,
        kind: kind.map(str::to_owned),
        name: None,
        scope: None,
        stock_id: None,
        wechatpay_contribute: None,
        merchant_contribute: None,
        other_contribute: None,
        currency: None,
        goods_detail: Vec::new(),
    })
}

/// A number of an order or of a payment, in the letters that such numbers have (protocol reference
/// E.1).
fn number(fields: &Fields, name: &'static str) -> Result<String, Malformed> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-|*@".contains(&byte);
    let is_number = |text: &&str| text.len() <= NUMBER_BYTES_MAX && text.bytes().all(plain);
    let text = fields.get(name).filter(is_number).ok_or(Malformed::Incomplete(name))?;
    Ok(text.to_owned())
}

/// Whole fen, in digits only; `parse` would also take a sign.
fn fen(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Both numbers have at most 32 (protocol reference D.4).
const NUMBER_BYTES_MAX: usize = 32;
/// Characters that are kept of a state that nobody here knows; the longest word has 10.
const STATE_CHARS_MAX: usize = 64;
/// Coupons that are kept of one payment; real ones have a handful.
const PROMOTIONS_MAX: usize = 50;

#[cfg(test)]
mod tests;
