//! Reads a query parameter by parameter and refuses whatever is not as published.
//!
//! The values that these calls know need no percent-encoding; an encoded one is another value and
//! as wrong as any other.

use serde_json::Value;

use super::refusal::{Place, Refusal};

/// A query of which some parameters have been read.
pub(super) struct Parameters<'a> {
    pairs: Vec<(&'a str, &'a str)>,
}

impl<'a> Parameters<'a> {
    /// All of a query; a name that comes twice is refused.
    pub(super) fn of(query: &'a str) -> Result<Self, Refusal> {
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if pairs.iter().any(|(known, _)| *known == name) {
                return Err(Refusal::parameter(Place::Query, name, None, "参数重复"));
            }
            pairs.push((name, value));
        }
        Ok(Self { pairs })
    }

    /// A parameter that must be there.
    pub(super) fn text(&mut self, name: &str) -> Result<&'a str, Refusal> {
        let value = self.optional_text(name);
        value.ok_or_else(|| Refusal::parameter(Place::Query, name, None, "必填参数缺失"))
    }

    /// A parameter that may be absent.
    pub(super) fn optional_text(&mut self, name: &str) -> Option<&'a str> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v3::refusal::Code;

    #[test]
    fn parameters_are_read_once_and_by_name() {
        let mut parameters = Parameters::of("b=2&a=1").unwrap();
        assert_eq!(parameters.text("a"), Ok("1"));
        assert_eq!(parameters.optional_text("b"), Some("2"));
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
        let extra = Parameters::of("a=1").unwrap().finish().unwrap_err();
        assert_eq!(extra.code, Code::InvalidRequest);
    }
}
