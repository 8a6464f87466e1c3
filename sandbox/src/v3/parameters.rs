//! Reads a query parameter by parameter and refuses whatever is not as published.
//!
//! Names and values are compared as what they are, however they were percent-encoded; what was
//! signed is another matter, and settled before (protocol reference A.2, B).

use std::collections::HashSet;

use serde_json::Value;

use super::refusal::{Place, Refusal};

/// A query of which some parameters have been read.
pub(super) struct Parameters {
    pairs: Vec<(String, String)>,
}

impl Parameters {
    /// All of a query; a name that comes twice is refused, and so is what does not decode.
    pub(super) fn of(query: &str) -> Result<Self, Refusal> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut names = HashSet::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name).ok_or_else(|| wrong(name, "", "参数名编码不正确"))?;
            let value = decoded(value).ok_or_else(|| wrong(&name, value, "参数编码不正确"))?;
            if !names.insert(name.clone()) {
                return Err(Refusal::parameter(Place::Query, &name, None, "参数重复"));
            }
            pairs.push((name, value));
        }
        Ok(Self { pairs })
    }

    /// A parameter that must be there, and not empty.
    pub(super) fn text(&mut self, name: &str) -> Result<String, Refusal> {
        let value = self.optional_text(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| Refusal::parameter(Place::Query, name, None, "必填参数缺失"))
    }

    /// A parameter that may be absent.
    pub(super) fn optional_text(&mut self, name: &str) -> Option<String> {
        let position = self.pairs.iter().position(|(known, _)| *known == name)?;
        Some(self.pairs.swap_remove(position).1)
    }

    /// Refuses what nobody asked for.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        match self.pairs.first() {
            Some((name, _)) => Err(Refusal::extra_parameter(Place::Query, name)),
            None => Ok(()),
        }
    }
}

/// A refusal of a parameter's value.
pub(super) fn wrong(name: &str, value: &str, issue: &str) -> Refusal {
    Refusal::parameter(Place::Query, name, Some(&Value::from(value)), issue)
}

/// What a name or a value says: `%` before two hexadecimal digits is a byte, `+` a space; together
/// they are UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let (digits, after) = rest.split_at_checked(2)?;
                rest = after;
                hexadecimal(digits)?
            }
            byte => *byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    digits.iter().try_fold(0_u8, |sum, digit| {
        let value = char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok())?;
        Some(sum << 4 | value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v3::refusal::Code;

    #[test]
    fn parameters_are_read_once_and_by_name() {
        let mut parameters = Parameters::of("b=2&a=1").unwrap();
        assert_eq!(parameters.text("a").unwrap(), "1");
        assert_eq!(parameters.optional_text("b").unwrap(), "2");
        assert_eq!(parameters.optional_text("c"), None);
        assert_eq!(parameters.finish(), Ok(()));
    }

    #[test]
    fn what_is_missing_doubled_or_unknown_is_refused() {
        let missing = Parameters::of("").unwrap().text("a").unwrap_err();
        assert_eq!(
            (missing.code, &missing.detail.unwrap()["field"]),
            (Code::ParamError, &"a".into())
        );
        assert_eq!(Parameters::of("a=1&a=1").err().unwrap().code, Code::ParamError);
        assert_eq!(Parameters::of("a=1&%61=1").err().unwrap().code, Code::ParamError);
        let extra = Parameters::of("a=1").unwrap().finish().unwrap_err();
        assert_eq!(extra.code, Code::InvalidRequest);
    }

    #[test]
    fn what_was_percent_encoded_is_what_it_says() {
        for (written, said) in [
            ("a%2Db", Some("a-b")),
            ("a+b", Some("a b")),
            ("%E8%8C%b6", Some("茶")),
            ("%", None),
            ("%2", None),
            ("%2g", None),
            ("%+1", None),
            ("%ff", None),
        ] {
            assert_eq!(decoded(written).as_deref(), said, "{written}");
        }
    }
}
