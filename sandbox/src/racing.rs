//! A phone that is faster than the merchant's call: `paid-before-reply` and `paid-first`.
//!
//! The payment happens in the same step as what it overtakes, so that nothing can come in between.

use std::time::Duration;

use crate::dice;
use crate::ledger::{Ledger, Scan};
use crate::order::Party;
use crate::payment::Paying;
use crate::shards::Whose;
use crate::world::World;

/// How long an order's answer waits until its payment has been told: the merchant's five seconds
/// (protocol reference C.3) and as many again for whatever is on its way before.
const TOLD_WITHIN: Duration = Duration::from_secs(10);

/// A phone pays what a code asks for; the notification's `id`, if the order takes money.
pub(crate) fn pay(ledger: &mut Ledger, code_url: &str, now: i64) -> Option<String> {
    // Whoever has opened the order already, or else anybody.
    let holder = ledger.order_by_code(code_url)?.holder.clone();
    let payer = holder.map(|holder| holder.payer).unwrap_or_default();
    let paying = Paying { transaction_tail: dice::digits(10), coupon: None, payer };
    let notification_id = dice::uuid();
    let scan = Scan { paying, notification_id: notification_id.clone() };
    ledger.pay(code_url, scan, now).is_ok().then_some(notification_id)
}

/// The same for an order that a merchant names by its number.
pub(crate) fn pay_by_number(
    ledger: &mut Ledger,
    party: &Party,
    number: &str,
    now: i64,
) -> Option<String> {
    let code_url = ledger.order(party, number)?.code.url();
    pay(ledger, &code_url, now)
}

/// Waits until the notification has been tried once, whatever came of it.
pub(crate) async fn told(world: &World, notification_id: &str) {
    let mut on_the_way = world.on_the_way.subscribe();
    world.bell.notify_one();
    let whose = Whose::Notification(notification_id);
    let tried = async {
        while !world.look(whose, |ledger, _| ledger.was_tried(notification_id)) {
            // The sender lives in `world`, so this cannot fail.
            let _ = on_the_way.changed().await;
        }
    };
    // Should the postman be that busy, the reply leaves all the same.
    let _ = tokio::time::timeout(TOLD_WITHIN, tried).await;
}
