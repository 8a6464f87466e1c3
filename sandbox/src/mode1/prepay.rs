//! Which order a `prepay_id` names, and whether a scan of this merchant's code may lead there.
//!
//! Whether the order still takes money is not looked at: the phone finds that out, in the same step
//! in which it opens or pays the order.

use super::refused::{Code, Refused};
use crate::ledger::Ledger;
use crate::order::code_url_beside;
use crate::shards::Whose;
use crate::v2::Merchant;
use crate::world::World;

/// The code of the order that this merchant's `prepay_id` was given out beside.
pub(super) fn code_url(
    world: &World,
    prepay_id: &str,
    merchant: &Merchant,
) -> Result<String, Refused> {
    let refused = |(code, why): (Code, String)| {
        Refused::callback(code, format!("prepay_id {prepay_id:?}: {why}"))
    };
    let code_url = code_url_beside(prepay_id).ok_or_else(|| {
        let why = "it is none that this sandbox gave out; answer unifiedorder's, unchanged.";
        refused((Code::PrepayUnknown, why.to_owned()))
    })?;
    let judged = world.look(Whose::Code(&code_url), |ledger, now| {
        judge(ledger, (&code_url, prepay_id), merchant, now)
    });
    judged.map(|()| code_url.clone()).map_err(refused)
}

fn judge(
    ledger: &Ledger,
    (code_url, prepay_id): (&str, &str),
    merchant: &Merchant,
    now: i64,
) -> Result<(), (Code, String)> {
    let no = |code, why: &str| Err((code, why.to_owned()));
    let Some(order) = ledger.order_by_code(code_url) else {
        let why = "no order here has it. After a reset, place the order anew.";
        return no(Code::PrepayUnknown, why);
    };
    let owner = &order.terms.party.mchid;
    if *owner != merchant.mchid {
        let why = format!("it is of an order of merchant {owner}.");
        return Err((Code::PrepayOtherMerchant, why));
    }
    let is_newest = order.code.url() == code_url;
    // The code is in it, and the moment: somebody may have made up the rest.
    let is_made_up = is_newest && order.code.prepay_id() != prepay_id;
    if order.terms.v2.is_none() || is_made_up {
        return no(Code::PrepayUnknown, "it is none that unifiedorder gave out.");
    }
    if !is_newest {
        let why = "a later unifiedorder with the same out_trade_no gave out another one.";
        return no(Code::PrepayVoid, why);
    }
    if now >= order.code.expires_at() {
        let why = "it is older than two hours; call unifiedorder again with the same parameters, \
                   or place a new order.";
        return no(Code::PrepayExpired, why);
    }
    Ok(())
}
