//! Scanning a printed product code (Native mode 1, protocol reference D.9).
//!
//! The code names a product and no order. The platform asks the merchant at once, by a callback to
//! the address that was set in the merchant platform; the merchant places an order and answers with
//! its `prepay_id`; and the phone goes on with that order. [`link`] is what the code says,
//! [`callback`] what is sent, [`answer`] what comes back, [`prepay`] which order that is, [`refused`]
//! why it may come to nothing and [`kept`] what is remembered of it.

pub mod answer;
pub mod callback;
pub mod kept;
pub mod link;
mod mistake;
mod prepay;
pub mod refused;

use std::time::Duration;

use self::callback::{Asking, Exchange};
pub use self::kept::{Callbacks, End, Record};
use self::link::Link;
use self::refused::{Code, Refused};
use crate::fault::{self, Route};
use crate::letter::Answer;
use crate::payer::Payer;
use crate::store::StoreError;
use crate::world::World;

/// An order that a scan led to, and what was asked and answered on the way.
pub struct Led {
    /// The order's code: what a phone would have scanned in mode 2.
    pub code_url: String,
    /// Not kept yet: what the phone does with the order belongs to it.
    pub record: Record,
}

/// A scan that led to no order.
pub enum Failed {
    /// The code that was scanned is wrong; nobody was asked.
    Link(Refused),
    /// The merchant was asked, or would have been.
    Callback(Box<Record>, Refused),
    /// The disk.
    Store(StoreError),
}

/// Asks the merchant of a product code for an order, for this payer.
pub async fn ask(world: &World, text: &str, payer: &Payer) -> Result<Led, Failed> {
    let keyring = world.keyring();
    let accounts = keyring.credentials.accounts();
    let link = Link::read(text, &keyring.v2)
        .map_err(|refused| Failed::Link(mistake::explained(refused, &accounts)))?;
    let mut record = Record::new(&link, payer, world.now());
    let Some(url) = keyring.credentials.native_url(&link.merchant.mchid) else {
        let refused = no_address(&link.merchant.mchid);
        return Err(Failed::Callback(Box::new(record), refused));
    };
    let take = |faults: &mut Vec<_>| fault::take(faults, Route::NativeCallback, "");
    let (fault, ticket) = world.shards.take_fault(take);
    ticket.honoured().await.map_err(Failed::Store)?;
    let within = Duration::from_millis(world.shards.readings().callback_within_ms.0.into());
    let (one, twin) = callback::send(world, &link, payer, Asking { url, within, fault }).await;
    let read = |exchange| order_behind(world, &link, exchange);
    // Of two that were sent at once, the phone goes on with the first one that is good.
    let led = read(&one).or_else(|refused| twin.as_ref().map(read).unwrap_or(Err(refused)));
    record.tried([one].into_iter().chain(twin), fault.map(|fault| fault.kind));
    match led {
        Ok((prepay_id, code_url)) => {
            record.prepay_id = Some(prepay_id);
            Ok(Led { code_url, record })
        }
        Err(refused) => {
            Err(Failed::Callback(Box::new(record), mistake::explained(refused, &accounts)))
        }
    }
}

fn no_address(mchid: &str) -> Refused {
    let why = format!(
        "Merchant {mchid} has set no address for scans of its product codes: PUT \
         /sandbox/addresses {{\"mchid\":{mchid:?},\"native_url\":\"…\"}}; in the real merchant \
         platform it is 扫码支付回调URL, under 产品中心, 开发配置."
    );
    Refused::callback(Code::NoNativeUrl, why)
}

/// The `prepay_id` of one answer, and the code of the order that it names.
fn order_behind(
    world: &World,
    link: &Link,
    exchange: &Exchange,
) -> Result<(String, String), Refused> {
    if let Some(silence) = &exchange.silence {
        return Err(silence.clone());
    }
    let empty = Answer::default();
    let letter = exchange.attempt.letter.as_deref();
    let answer = letter.and_then(|letter| letter.answer.as_ref()).unwrap_or(&empty);
    let prepay_id = answer::prepay_id(answer, link)?;
    let code_url = prepay::code_url(world, &prepay_id, &link.merchant)?;
    Ok((prepay_id, code_url))
}
