//! Reads variables by name and collects what is wrong with them.

use zeroize::Zeroizing;

use super::mistake::{Misconfigured, Mistake};

/// Bytes of one variable at most (Cloudflare's limits, 2026).
const VALUE_BYTES_MAX: usize = 5 * 1024;

/// Looks variables up, under the prefix of one profile or none.
pub(super) struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    prefix: String,
    pub(super) wrong: Vec<Misconfigured>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(lookup: &'a dyn Fn(&str) -> Option<String>, prefix: String) -> Self {
        Self { lookup, prefix, wrong: Vec::new() }
    }

    /// The value, if it is set and right.
    pub(super) fn optional<T, E: Into<Mistake>>(
        &mut self,
        variable: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = Zeroizing::new(self.value(variable)?);
        if text.len() > VALUE_BYTES_MAX {
            return self.refuse(variable, Mistake::TooLong { bytes: text.len() });
        }
        parse(&text).map_or_else(|mistake| self.refuse(variable, mistake.into()), Some)
    }

    /// The value, which must be set.
    pub(super) fn required<T, E: Into<Mistake>>(
        &mut self,
        variable: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if self.has(variable) {
            self.optional(variable, parse)
        } else {
            self.refuse(variable, Mistake::Missing)
        }
    }

    /// The value, or what `default` means.
    pub(super) fn or_default<T, E: Into<Mistake>>(
        &mut self,
        variable: &str,
        default: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if self.has(variable) {
            self.optional(variable, parse)
        } else {
            parse(default).map_or_else(|mistake| self.refuse(variable, mistake.into()), Some)
        }
    }

    /// Whether the variable is set; an empty value counts as none.
    pub(super) fn has(&self, variable: &str) -> bool {
        self.value(variable).is_some()
    }

    /// Notes a mistake.
    pub(super) fn refuse<T>(&mut self, variable: &str, mistake: Mistake) -> Option<T> {
        self.wrong.push(Misconfigured { variable: self.named(variable), mistake });
        None
    }

    fn named(&self, variable: &str) -> String {
        format!("{}{variable}", self.prefix)
    }

    fn value(&self, variable: &str) -> Option<String> {
        (self.lookup)(&self.named(variable)).filter(|text| !text.trim().is_empty())
    }
}
