//! `GET …/id/{transaction_id}` and `GET …/out-trade-no/{out_trade_no}`: a query that says who asks
//! (protocol reference B.3).

use super::caller::Caller;
use super::refusal::Refusal;
use crate::order::Party;

/// Checks that the query is the caller's own numbers and nothing else.
pub(super) fn read(query: &str, caller: Caller<'_>) -> Result<Party, Refusal> {
    let party = caller.in_query(query)?;
    caller.vouch(&party)?;
    Ok(party)
}
