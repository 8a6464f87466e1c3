//! What the page's script says, already parsed by the browser → an [`Event`].
//!
//! The words of the states are read by the derived implementations of `checkout::view`; the fields
//! by name, here. A general deserialiser would do the same for a quarter of the module's size, most
//! of it sentences about what it did not like: this one only says no. A new field of the view does
//! not compile until it is read.

use core::fmt;

use checkout::money::{Amount, Currency, Fen};
use checkout::view::SessionView;
use js_sys::Reflect;
use serde::Deserialize;
use serde::de::value::StrDeserializer;
use serde::de::{self, IntoDeserializer};
use wasm_bindgen::JsValue;

use crate::answer::{Answer, Document, Failure, sort};
use crate::session::{Adopted, Event};

/// Reads an event; none where it is not one, or lacks what it is about.
pub(crate) fn event(json: &JsValue) -> Option<Event> {
    let name = text(json, "type")?;
    if let Some((_, event)) = BARE.iter().find(|(bare, _)| *bare == name) {
        return Some(event.clone());
    }
    Some(match name.as_str() {
        "answered" => Event::Answered {
            ticket: u32::try_from(count(json, "ticket")?).ok()?,
            answer: answer(json),
        },
        "pushed" => Event::Pushed(seen(json)?),
        "told" => Event::Told(seen(json)?),
        "adopt" => Event::Adopted(Adopted {
            token: text(json, "token"),
            view: seen(json),
            age_ms: count(json, "age_ms").unwrap_or(0),
        }),
        _ => return None,
    })
}

/// The events that say all by their name.
const BARE: [(&str, Event); 13] = [
    ("shown", Event::Shown),
    ("woke", Event::Woke),
    ("linked", Event::Linked),
    ("heard", Event::Heard),
    ("unlinked", Event::Unlinked),
    ("returned", Event::Returned),
    ("hidden", Event::Hidden),
    ("online", Event::Online),
    ("offline", Event::Offline),
    ("left", Event::Left),
    ("check", Event::CheckPressed),
    ("retry", Event::RetryPressed),
    ("renew", Event::RenewPressed),
];

fn seen(json: &JsValue) -> Option<Box<SessionView>> {
    view(&field(json, "json")?).map(Box::new)
}

/// The header is hidden from pages of other origins unless the Worker exposes it, so the problem
/// document's own field counts as well.
fn answer(json: &JsValue) -> Answer {
    let status = count(json, "status").and_then(|status| u16::try_from(status).ok()).unwrap_or(0);
    let body = field(json, "json").unwrap_or_default();
    if (200..300).contains(&status)
        && let Some(view) = view(&body)
    {
        return Answer::View(Box::new(view));
    }
    if status == 0 {
        return Answer::Failure(Failure::Unreachable);
    }
    Answer::Failure(sort(
        status,
        Document {
            code: text(&body, "code"),
            detail: text(&body, "detail"),
            retry_after_s: count(json, "retry_after_s").or_else(|| count(&body, "retry_after_s")),
        },
    ))
}

/// Reads a view; none where something that must be there is missing or of another kind.
///
/// An unknown phase or trouble is left out and not refused: a newer Worker may know more of them.
fn view(json: &JsValue) -> Option<SessionView> {
    let amount = field(json, "amount")?;
    Some(SessionView {
        client_token: text(json, "client_token"),
        status: word(json, "status")?,
        phase: word(json, "phase"),
        trouble: word(json, "trouble"),
        code_url: text(json, "code_url"),
        qr: text(json, "qr"),
        description: text(json, "description")?,
        amount: Amount {
            total: Fen::new(count(&amount, "total")?).ok()?,
            currency: word::<Currency>(&amount, "currency")?,
        },
        code_expires_in_ms: count(json, "code_expires_in_ms"),
        expires_in_ms: count(json, "expires_in_ms")?,
        version: count(json, "version")?,
    })
}

fn text(json: &JsValue, name: &str) -> Option<String> {
    field(json, name)?.as_string()
}

fn count(json: &JsValue, name: &str) -> Option<u64> {
    whole(field(json, name)?.as_f64()?)
}

/// A JavaScript number as a whole one, cut off, if it can be.
#[expect(clippy::as_conversions, reason = "in range, and there is no other way from f64")]
pub(crate) fn whole(number: f64) -> Option<u64> {
    (0.0..=9_007_199_254_740_991.0).contains(&number).then_some(number as u64)
}

fn word<'de, T: Deserialize<'de>>(json: &JsValue, name: &str) -> Option<T> {
    let text = text(json, name)?;
    let words: StrDeserializer<'_, No> = text.as_str().into_deserializer();
    T::deserialize(words).ok()
}

fn field(json: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(json, &JsValue::from_str(name)).ok()
}

/// A refusal without a reason.
#[derive(Debug)]
struct No;

impl fmt::Display for No {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no")
    }
}

impl core::error::Error for No {}

/// Every constructor is overridden, so that no sentence is ever put together.
impl de::Error for No {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }

    fn invalid_type(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self
    }

    fn invalid_value(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self
    }

    fn invalid_length(_: usize, _: &dyn de::Expected) -> Self {
        Self
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }
}
