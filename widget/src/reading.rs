//! The Worker's JSON, already parsed by the browser → a [`SessionView`].
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

use crate::world::whole;

/// Reads a view; none where something that must be there is missing or of another kind.
///
/// An unknown phase or trouble is left out and not refused: a newer Worker may know more of them.
pub(crate) fn view(json: &JsValue) -> Option<SessionView> {
    let amount = field(json, "amount")?;
    Some(SessionView {
        client_token: text(json, "client_token"),
        status: word(json, "status")?,
        phase: word(json, "phase"),
        trouble: word(json, "trouble"),
        code_url: text(json, "code_url"),
        // The browser draws the text itself; the ready-made modules are for those that cannot.
        qr: None,
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

pub(crate) fn text(json: &JsValue, name: &str) -> Option<String> {
    field(json, name)?.as_string()
}

pub(crate) fn count(json: &JsValue, name: &str) -> Option<u64> {
    whole(field(json, name)?.as_f64()?)
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
