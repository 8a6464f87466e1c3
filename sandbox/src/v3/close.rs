//! `POST …/out-trade-no/{out_trade_no}/close`: a body of one field (protocol reference B.4).

use serde_json::{Map, Value};

use super::fields::{Fields, Size};
use super::native::same_merchant;
use super::refusal::Refusal;

/// Checks that the body is the caller's own `mchid` and nothing else.
pub(super) fn read(body: &Map<String, Value>, caller: &str) -> Result<(), Refusal> {
    let mut fields = Fields::of(body);
    let mchid = fields.text("mchid", Size::Characters(1, 32))?;
    same_merchant(&fields, mchid, caller)?;
    fields.finish()
}
