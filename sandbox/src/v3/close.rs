//! `POST …/out-trade-no/{out_trade_no}/close`: a body that says who asks (protocol reference B.4).

use serde_json::{Map, Value};

use super::caller::Caller;
use super::fields::Fields;
use super::refusal::Refusal;
use crate::order::Party;

/// Checks that the body is the caller's own numbers and nothing else.
pub(super) fn read(body: &Map<String, Value>, caller: Caller<'_>) -> Result<Party, Refusal> {
    let mut fields = Fields::of(body);
    let party = caller.in_body(&mut fields)?;
    fields.finish()?;
    caller.vouch(&party)?;
    Ok(party)
}
