//! Reads what a call gives, field by field, and says what is wrong with it (protocol reference D.3).

use super::fields::Fields;
use super::refusal::Refusal;

/// How many bytes a value may have, the longest one included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes(pub(crate) usize);

/// The fields of a call.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a>(pub(crate) &'a Fields);

impl<'a> Given<'a> {
    /// A value that must be there.
    pub(crate) fn text(self, name: &str, size: Bytes) -> Result<&'a str, Refusal> {
        self.optional(name, size)?.ok_or_else(|| Refusal::lacks(name))
    }

    /// A value that may be missing or empty.
    pub(crate) fn optional(
        self,
        name: &str,
        Bytes(max): Bytes,
    ) -> Result<Option<&'a str>, Refusal> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        if value.len() > max {
            let rule = format!("is longer than {max} bytes of UTF-8.");
            return Err(Refusal::wrong(name, &rule));
        }
        Ok(Some(value))
    }

    /// The same, and it must be one of these.
    pub(crate) fn choice(self, name: &str, known: &[&str]) -> Result<Option<&'a str>, Refusal> {
        let value = self.0.get(name);
        if value.is_none_or(|value| known.contains(&value)) {
            return Ok(value);
        }
        Err(Refusal::wrong(name, &format!("is none of {}.", known.join(", "))))
    }

    /// An amount in fen, at least one, in digits alone.
    pub(crate) fn fen(self, name: &str) -> Result<u64, Refusal> {
        let value = self.0.get(name).ok_or_else(|| Refusal::lacks(name))?;
        let is_plain = value.bytes().all(|byte| byte.is_ascii_digit()) && !value.starts_with('0');
        let amount = if is_plain { value.parse().ok() } else { None };
        amount.ok_or_else(|| {
            Refusal::wrong(name, "is not a whole number of fen, at least 1, in digits alone.")
        })
    }

    /// A text that a payer or a bill shows: no character of four bytes, such as an emoji (E.1).
    pub(crate) fn shown(self, name: &str, size: Bytes) -> Result<Option<&'a str>, Refusal> {
        let value = self.optional(name, size)?;
        if value.is_some_and(|value| value.chars().any(|letter| letter.len_utf8() > 3)) {
            let rule = "holds a character of four UTF-8 bytes, such as an emoji.";
            return Err(Refusal::wrong(name, rule));
        }
        Ok(value)
    }
}
