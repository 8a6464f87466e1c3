//! What a shop wants to remember about who buys: an address, a phone number, a table.
//!
//! For shops without a server of their own, which learn of a purchase from the order page. The fields
//! are the shop's own, so nothing here reads them; they go to the shop and to nobody else: neither to
//! WeChat Pay nor to the browser that sent them. They say nothing about what is bought, so a repeat
//! with others is the same purchase.

use core::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes of all fields at most, as compact JSON in UTF-8 (`{"name":"value"}`).
pub const BUYER_BYTES_MAX: usize = 512;

/// Characters of a field's name at most.
const NAME_MAX: usize = 32;

/// Named texts, in the order in which they came.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Buyer(Vec<(String, String)>);

/// Why fields are not kept; shown to whoever sent them, without what they say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadBuyer {
    /// A name has another form.
    Name,
    /// A name stands there twice.
    Twice(String),
    /// The value of this field has a control character in it.
    Control(String),
    /// Altogether longer than [`BUYER_BYTES_MAX`].
    TooLong {
        /// How long, in bytes.
        bytes: usize,
    },
}

impl fmt::Display for BadBuyer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => write!(f, "buyer: a name is 1 to {NAME_MAX} characters of a-z 0-9 _"),
            Self::Twice(name) => write!(f, "buyer: {name} stands there twice"),
            Self::Control(name) => write!(f, "buyer: {name} has a control character in it"),
            Self::TooLong { bytes } => {
                write!(f, "buyer: {bytes} bytes as JSON, {BUYER_BYTES_MAX} at most")
            }
        }
    }
}

impl Buyer {
    /// Takes fields that keep the rules above.
    pub fn new(fields: Vec<(String, String)>) -> Result<Self, BadBuyer> {
        for (at, (name, value)) in fields.iter().enumerate() {
            if !is_name(name) {
                return Err(BadBuyer::Name);
            }
            if fields.iter().take(at).any(|(before, _)| before == name) {
                return Err(BadBuyer::Twice(name.clone()));
            }
            if value.chars().any(char::is_control) {
                return Err(BadBuyer::Control(name.clone()));
            }
        }
        let buyer = Self(fields);
        let bytes = buyer.to_json().len();
        if bytes > BUYER_BYTES_MAX {
            return Err(BadBuyer::TooLong { bytes });
        }
        Ok(buyer)
    }

    /// The fields as compact JSON, which is what their length is counted in.
    pub fn to_json(&self) -> String {
        // A map of strings: there is no way for this to fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn is_name(text: &str) -> bool {
    let is_spelt = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=NAME_MAX).contains(&text.len()) && text.bytes().all(is_spelt)
}

/// People's addresses do not belong into logs: only the names are shown.
impl fmt::Debug for Buyer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Serialize for Buyer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Buyer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Buyer;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("buyer: a flat object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Buyer, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Buyer::new(fields).map_err(A::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Buyer, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn fields_come_back_as_they_came_and_in_their_order() {
        let json = r#"{"street":"文三路 9 号","name":"张三","line_2":""}"#;
        assert_eq!(read(json).unwrap().to_json(), json);
        assert_eq!(read("{}").unwrap(), Buyer::default());
    }

    #[test]
    fn other_shapes_are_refused_in_words() {
        let long = format!(r#"{{"{}":"x"}}"#, "n".repeat(33));
        for (json, words) in [
            (r#"{"Name":"x"}"#, "buyer: a name is 1 to 32 characters of a-z 0-9 _"),
            (r#"{"":"x"}"#, "buyer: a name is 1 to 32 characters of a-z 0-9 _"),
            (r#"{"a-b":"x"}"#, "buyer: a name is 1 to 32 characters of a-z 0-9 _"),
            (long.as_str(), "buyer: a name is 1 to 32 characters of a-z 0-9 _"),
            (r#"{"name":"x","name":"y"}"#, "buyer: name stands there twice"),
            (r#"{"note":"a\nb"}"#, "buyer: note has a control character in it"),
            (r#"{"note":"a\u0085b"}"#, "buyer: note has a control character in it"),
            (r#"{"note":7}"#, "invalid type: integer `7`, expected a string"),
            (r#"{"note":{"a":"b"}}"#, "invalid type: map, expected a string"),
            (r#"{"note":null}"#, "invalid type: null, expected a string"),
            (r#"["a"]"#, "invalid type: sequence, expected buyer: a flat object of texts"),
        ] {
            let told = read(json).unwrap_err();
            assert!(told.starts_with(words), "{json}: {told}");
        }
    }

    /// `{"a":""}` is 8 bytes, and a Chinese character has three.
    #[test]
    fn five_hundred_and_twelve_bytes_are_kept_and_one_more_is_not() {
        let of = |text: String| Buyer::new(vec![("a".to_owned(), text)]);
        assert!(of("茶".repeat(168)).is_ok());
        assert_eq!(of("茶".repeat(168) + "x"), Err(BadBuyer::TooLong { bytes: 513 }));
        // A quotation mark takes two in JSON.
        assert!(of("\"".repeat(252)).is_ok());
        assert_eq!(of("\"".repeat(253)), Err(BadBuyer::TooLong { bytes: 514 }));
    }

    #[test]
    fn what_they_say_is_not_logged() {
        let buyer = read(r#"{"phone":"13800000000"}"#).unwrap();
        assert_eq!(format!("{buyer:?}"), r#"{"phone"}"#);
    }
}
