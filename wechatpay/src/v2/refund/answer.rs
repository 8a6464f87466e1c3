//! A refund as V2 answers write it (protocol reference D.6): one refund with plain names where it was
//! applied for, a list with numbered names where it is asked about.
//!
//! What has to be compared with our books must be there; what is only shown may be missing.

use checkout::refund::{RefundFact, Standing};

use crate::moment::parse_beijing;
use crate::v2::fields::Fields;

/// What the answer to an application says of that refund: it is accepted, and no more. It names no
/// state.
pub(super) fn accepted(fields: &Fields, out_refund_no: &str) -> Option<RefundFact> {
    let plain = |name: &str| fields.get(name);
    (plain("out_refund_no") == Some(out_refund_no))
        .then(|| fact(fields, plain, Standing::Processing))?
}

/// What the answer to a question says of that refund. It may list others of the same order.
pub(super) fn found(fields: &Fields, out_refund_no: &str) -> Option<RefundFact> {
    let mut numbered = fields.iter().filter_map(|(name, value)| {
        let number = name.strip_prefix("out_refund_no_")?;
        let plain = number.bytes().all(|byte| byte.is_ascii_digit());
        (value == out_refund_no && plain).then_some(number)
    });
    let number = numbered.next()?;
    // Two of one number: which of them is ours?
    if numbered.next().is_some() {
        return None;
    }
    let own = |name: &str| fields.get(&format!("{name}_{number}"));
    let standing = standing(own("refund_status")?)?;
    fact(fields, own, standing)
}

/// The refund whose own fields `own` finds; the payment's stand beside them.
fn fact<'a>(
    fields: &'a Fields,
    own: impl Fn(&str) -> Option<&'a str>,
    standing: Standing,
) -> Option<RefundFact> {
    // A Native order has no other (protocol reference D.3), and ours are in fen.
    if [fields.get("fee_type"), fields.get("refund_fee_type")]
        .into_iter()
        .flatten()
        .any(|currency| currency != "CNY")
    {
        return None;
    }
    let merchants = [fields.get("mch_id"), fields.get("sub_mch_id")];
    Some(RefundFact {
        refund_id: number(own("refund_id")?)?,
        transaction_id: number(fields.get("transaction_id")?)?,
        out_trade_no: number(fields.get("out_trade_no")?)?,
        standing,
        amount: fen(own("refund_fee")?)?,
        total: fen(fields.get("total_fee")?)?,
        merchants: merchants.into_iter().flatten().map(str::to_owned).collect(),
        // The platform's own spelling, one `n` short.
        account: own("refund_recv_accout").map(|text| cut(text, ACCOUNT_CHARS_MAX)),
        // A time we cannot read must not cost anybody a refund.
        success_time: own("refund_success_time").and_then(parse_beijing),
    })
}

/// V2 has words of its own for two of the states. Where it says one that only APIv3 has, nobody knows
/// what is meant, and it must not be stored as what APIv3 means by it.
fn standing(word: &str) -> Option<Standing> {
    match word {
        "PROCESSING" => Some(Standing::Processing),
        "SUCCESS" => Some(Standing::Success),
        "REFUNDCLOSE" => Some(Standing::Closed),
        "CHANGE" => Some(Standing::Abnormal),
        "CLOSED" | "ABNORMAL" => None,
        other => Some(Standing::Unknown(cut(other, STANDING_CHARS_MAX))),
    }
}

/// A number of the platform's or of the merchant's. What V2 signs could hide another field in a value
/// (see [`crate::v2::sign`]), so that only the letters of such numbers are taken.
fn number(text: &str) -> Option<String> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_-|*@".contains(&byte);
    (text.len() <= NUMBER_BYTES_MAX && text.bytes().all(is_letter)).then(|| text.to_owned())
}

/// A whole number of fen, in digits and nothing else.
fn fen(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// For the shop to read, and no longer than the platform's own bounds.
fn cut(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

/// The longest is a refund's, by the merchant's counting (protocol reference D.6).
const NUMBER_BYTES_MAX: usize = 64;
const STANDING_CHARS_MAX: usize = 32;
const ACCOUNT_CHARS_MAX: usize = 64;
