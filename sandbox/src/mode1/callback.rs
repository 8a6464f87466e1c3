//! Asking the merchant what a scanned product costs: the message of protocol reference D.9, sent,
//! and whatever came back.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::StatusCode;

use super::link::Link;
use super::refused::{Code, Refused};
use crate::client::{Answered, Message};
use crate::dice;
use crate::fault::{Happening, Kind};
use crate::letter::Letter;
use crate::notification::{Attempt, Outcome};
use crate::payer::Payer;
use crate::reach;
use crate::v2::payment_notice::told_by;
use crate::v2::sign::{SIGN, SignType, sign};
use crate::v2::{Fields, xml};
use crate::world::World;

/// Where and how long to ask.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The merchant's `native_url`.
    pub url: &'a str,
    /// The platform's patience.
    pub within: Duration,
    /// What goes wrong, if something does.
    pub fault: Option<Happening>,
}

/// One callback as it went, and what came back.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What went over the wire, and how it ended.
    pub attempt: Attempt,
    /// Why there is no answer to read, if so.
    pub silence: Option<Refused>,
}

/// Sends the callback, or two at once, and answers what came of each.
pub async fn send(
    world: &World,
    link: &Link,
    payer: &Payer,
    asking: Asking<'_>,
) -> (Exchange, Option<Exchange>) {
    let kind = asking.fault.map(|fault| fault.kind);
    if let Some(Happening { delay, kind }) = asking.fault
        && kind != Kind::HungUp
    {
        tokio::time::sleep(delay).await;
    }
    match kind {
        Some(Kind::Dropped) => {
            let why = "A fault dropped the callback on its way, as asked.";
            let outcome = Outcome::Error("dropped, as asked".to_owned());
            let attempt = Attempt { fault: kind, ..Attempt::scheduled(world.now(), outcome) };
            let silence = Some(Refused::callback(Code::CallbackUnreachable, why));
            (Exchange { attempt, silence }, None)
        }
        Some(Kind::Duplicated) => {
            let (one, other) =
                tokio::join!(once(world, link, payer, asking), once(world, link, payer, asking));
            (one, Some(other))
        }
        _ => (once(world, link, payer, asking).await, None),
    }
}

async fn once(world: &World, link: &Link, payer: &Payer, asking: Asking<'_>) -> Exchange {
    let (kind, at) = (asking.fault.map(|fault| fault.kind), world.now());
    let body = xml::write(&fields(link, payer, kind));
    let message = Message {
        url: asking.url.to_owned(),
        content_type: "text/xml",
        headers: told_by(),
        body: Bytes::from(body.clone()),
    };
    let message = reach::led_to(message, world.loopback_host.as_deref());
    let patience = match asking.fault {
        Some(Happening { kind: Kind::HungUp, delay }) => delay,
        _ => asking.within,
    };
    // The client grants a late status a second for its body; here all has to come in time.
    let answered = tokio::time::timeout(patience, world.client.post(&message, 2 * patience)).await;
    let (outcome, answer, took_ms, silence) = match answered {
        Ok(Answered { outcome, answer, took_ms }) => {
            let silence = unheard(&outcome, asking.url);
            (outcome, answer, took_ms, silence)
        }
        Err(_) => {
            let took_ms = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
            let (words, why) = gave_up(kind, took_ms);
            let silence = Refused::callback(Code::CallbackLate, why);
            (Outcome::Error(words.to_owned()), None, took_ms, Some(silence))
        }
    };
    let xml = ("content-type".to_owned(), message.content_type.to_owned());
    let named = message.headers.into_iter().map(|(name, value)| (name.to_owned(), value));
    let headers = std::iter::once(xml).chain(named).collect();
    let letter = Arc::new(Letter { url: message.url, headers, body, answer, took_ms });
    let scheduled = Attempt::scheduled(at, outcome);
    Exchange { attempt: Attempt { fault: kind, letter: Some(letter), ..scheduled }, silence }
}

fn gave_up(fault: Option<Kind>, took_ms: u64) -> (&'static str, String) {
    if fault == Some(Kind::HungUp) {
        let why = format!(
            "A fault closed the connection after {took_ms} ms, as asked, without waiting for the \
             answer. Whoever scans again must get the same prepay_id, not a second order."
        );
        return ("hung up, as asked", why);
    }
    let why = format!(
        "No whole answer came within {took_ms} ms. Answer at once, with FAIL if the order cannot \
         be placed in time. How long this sandbox waits is callback_within_ms in \
         /sandbox/settings; real phones are said to wait 2 to 5 seconds."
    );
    ("no answer in time", why)
}

/// Why there is nothing to read in an answer with this outcome.
fn unheard(outcome: &Outcome, url: &str) -> Option<Refused> {
    match outcome {
        Outcome::Status(status) if *status == StatusCode::OK.as_u16() => None,
        Outcome::Status(status) | Outcome::NotTaken { status, .. } => {
            let why = format!(
                "{url} answered {status}. The answer has to be 200 with XML in it, also when it \
                 says no: return_code SUCCESS, result_code FAIL and err_code_des for the payer. \
                 Redirects are not followed."
            );
            Some(Refused::callback(Code::CallbackStatus, why))
        }
        Outcome::Error(error) => {
            let why = format!("{url} cannot be reached, or broke off: {error}");
            Some(Refused::callback(Code::CallbackUnreachable, why))
        }
    }
}

/// The message, as the fault wants it.
fn fields(link: &Link, payer: &Payer, fault: Option<Kind>) -> Fields {
    let product_id = match fault {
        Some(Kind::UnknownProduct) => format!("no-such-{}", dice::letters(8)),
        _ => link.product_id.clone(),
    };
    let mut fields = Fields::new()
        .with("appid", &link.appid)
        .with("openid", payer.openid(&link.appid))
        .with("mch_id", &link.merchant.mchid)
        .with("is_subscribe", "N")
        .with("nonce_str", dice::letters(32))
        .with("product_id", product_id);
    if fault == Some(Kind::ExtraFields) {
        fields.push("scene_of_tomorrow", "1");
    }
    let made = match fault {
        Some(Kind::WrongSignature) => {
            sign(&Fields::new().with("nonce_str", "x"), &link.merchant.key, SignType::Md5)
        }
        _ => sign(&fields, &link.merchant.key, SignType::Md5),
    };
    fields.push(SIGN, made);
    if fault == Some(Kind::Tampered) {
        let mut product_id = fields.get("product_id").unwrap_or_default().to_owned();
        let last = product_id.pop();
        product_id.push(if last == Some('x') { 'y' } else { 'x' });
        fields.set("product_id", product_id);
    }
    fields
}

#[cfg(test)]
mod tests;
