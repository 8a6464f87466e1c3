//! The value in a path: percent-encoded UTF-8 of a published length and form (protocol reference B,
//! E.1).
//!
//! It is looked at after the signature, as all else that a caller says is.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use serde_json::Value;

use super::native::is_number_byte;
use super::refusal::{Place, Refusal};

/// A path's value, or that it is not UTF-8.
pub(super) type Asked = Result<Path<String>, PathRejection>;

/// An order's number with the merchant. Short ones are not refused: V2, whose orders V3 may ask
/// for, names no minimum.
pub(super) fn out_trade_no(asked: Asked) -> Result<String, Refusal> {
    let number = text("out_trade_no", asked, 32)?;
    numeric("out_trade_no", number)
}

/// A refund's number with the merchant.
pub(super) fn out_refund_no(asked: Asked) -> Result<String, Refusal> {
    let number = text("out_refund_no", asked, 64)?;
    numeric("out_refund_no", number)
}

/// A number of the platform's, which only the platform can read.
pub(super) fn opaque(name: &str, asked: Asked) -> Result<String, Refusal> {
    text(name, asked, 32)
}

fn text(name: &str, asked: Asked, chars_max: usize) -> Result<String, Refusal> {
    let Ok(Path(text)) = asked else {
        return Err(Refusal::parameter(Place::Path, name, None, "不是合法的UTF-8"));
    };
    if text.chars().count() > chars_max {
        return Err(wrong(name, &text, "字符串长度不在允许范围内"));
    }
    Ok(text)
}

fn numeric(name: &str, number: String) -> Result<String, Refusal> {
    if number.bytes().all(is_number_byte) {
        return Ok(number);
    }
    Err(wrong(name, &number, "包含非法字符"))
}

fn wrong(name: &str, value: &str, issue: &str) -> Refusal {
    Refusal::parameter(Place::Path, name, Some(&Value::from(value)), issue)
}
