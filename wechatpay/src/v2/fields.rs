//! One V2 message: names and values in their order, one level deep, no name twice (protocol
//! reference D.1).
//!
//! Whatever stands here can be written as XML and reads back as it stands here, so that what is
//! signed is what is sent. That is why a character that XML cannot hold is replaced when it is put
//! in, and not when it is written.

use core::fmt;

/// The parameters of a call, of an answer or of a notification.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

/// A name that a message already has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taken(pub(super) String);

impl Fields {
    /// None yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a field at the end. A name that is there already keeps its place and gets the new
    /// value. Of a name only what can stand in one is taken, and of a field without a name nothing;
    /// a character of the value that XML cannot hold becomes U+FFFD.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name_in(&name.into());
        let value = value.into().replace(|letter| !is_xml(letter), "\u{FFFD}");
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None if name.is_empty() => {}
            None => self.0.push((name, value)),
        }
    }

    /// The value of a field; `None` where it is absent or empty, which V2 does not tell apart.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, value)| *known == name && !value.is_empty()).map(|(_, text)| text)
    }

    /// Every field in its order, empty ones too.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How many fields there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a field that was read. The search is short: a message has few fields, and the reader
    /// bounds them.
    pub(super) fn add(&mut self, name: String, value: String) -> Result<(), Taken> {
        if self.0.iter().any(|(known, _)| *known == name) {
            return Err(Taken(name));
        }
        self.0.push((name, value));
        Ok(())
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Fields {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut fields = Self::new();
        for (name, value) in pairs {
            fields.push(name, value);
        }
        fields
    }
}

impl fmt::Debug for Fields {
    /// A value may be a shopper's openid; the names say enough.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fields")?;
        f.debug_set().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

/// Bytes of a field's name; the longest of the platform's has some thirty.
pub(super) const NAME_BYTES_MAX: usize = 64;

/// Whether this is a name such as the platform's are.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && name_in(text) == text
}

/// What of a text can stand as a name: letters, digits, `_`, `-` and `.`, a letter or `_` first.
fn name_in(text: &str) -> String {
    let begins = |letter: &char| letter.is_ascii_alphabetic() || *letter == '_';
    let goes_on = |letter: &char| letter.is_ascii_alphanumeric() || "_-.".contains(*letter);
    let letters = text.chars().filter(goes_on).skip_while(|letter| !begins(letter));
    letters.take(NAME_BYTES_MAX).collect()
}

/// Whether XML 1.0 can hold this character (its section 2.2).
pub(super) const fn is_xml(letter: char) -> bool {
    matches!(
        letter,
        '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_and_empty_are_the_same() {
        let fields: Fields = [("a", "1"), ("b", "")].into_iter().collect();
        assert_eq!((fields.get("a"), fields.get("b"), fields.get("c")), (Some("1"), None, None));
        assert_eq!(fields.get("A"), None);
        assert_eq!((fields.len(), fields.is_empty()), (2, false));
    }

    #[test]
    fn a_name_stands_once_and_keeps_its_place() {
        let fields: Fields = [("a", "1"), ("b", "2"), ("a", "3")].into_iter().collect();
        assert_eq!(fields.iter().collect::<Vec<_>>(), [("a", "3"), ("b", "2")]);
    }

    #[test]
    fn what_xml_cannot_hold_is_replaced_at_once() {
        let mut fields = Fields::new();
        fields.push("-1a <b2>", "x\0y\u{FFFF}z\u{1F600}\t");
        fields.push("红", "no name");
        fields.push("n".repeat(65), "long");
        let long = "n".repeat(64);
        let expected = [("ab2", "x\u{FFFD}y\u{FFFD}z\u{1F600}\t"), (&*long, "long")];
        assert_eq!(fields.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_log_shows_names_only() {
        let fields: Fields = [("openid", "secret")].into_iter().collect();
        assert_eq!(format!("{fields:?}"), r#"Fields{"openid"}"#);
    }
}
