//! The rules as they stand in the files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::ask::Example;

/// Where a rule comes from (the marks of the protocol reference).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Source {
    /// An official page says so.
    Official,
    /// Official SDK source or an official SDK test.
    Sdk,
    /// A third party saw it.
    ThirdParty,
    /// Follows from other rules.
    Deduction,
    /// Nobody says; the sandbox had to choose.
    UnknownChosen,
}

impl Source {
    pub(crate) const ALL: [Self; 5] =
        [Self::Official, Self::Sdk, Self::ThirdParty, Self::Deduction, Self::UnknownChosen];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Sdk => "sdk",
            Self::ThirdParty => "third-party",
            Self::Deduction => "deduction",
            Self::UnknownChosen => "unknown-chosen",
        }
    }
}

/// What comes back.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) code: Option<String>,
    /// `detail.field`.
    pub(crate) field: Option<String>,
    /// `detail.location`.
    pub(crate) location: Option<String>,
    /// A part of `message`.
    pub(crate) message: Option<String>,
    /// Whether there is no body.
    #[serde(default)]
    pub(crate) empty: bool,
    /// Whether `Wechatpay-*` headers come along; unless said, all but 401 and empty refusals.
    pub(crate) signed: Option<bool>,
    /// The number at the end of `Request-ID`; `none` if there is no such header.
    pub(crate) result: Option<String>,
    /// Further values in the body, by their pointers.
    #[serde(default)]
    pub(crate) holds: serde_json::Map<String, Value>,
}

/// One rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) rule: String,
    pub(crate) source: Source,
    /// The section of the protocol reference.
    pub(crate) section: String,
    /// What whoever breaks it is told; nothing for a mere tolerance.
    pub(crate) refused: Option<Answer>,
    #[serde(default)]
    pub(crate) breaks: Vec<Example>,
    #[serde(default)]
    pub(crate) keeps: Vec<Example>,
}

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Book {
    pub(crate) title: String,
    /// The call that examples change unless they name another one.
    pub(crate) on: String,
    pub(crate) rules: Vec<Rule>,
}

/// Where the files are.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")
}

/// The calls and steps that all files share.
pub(crate) const CALLS: &str = "calls";

pub(crate) fn text(name: &str) -> String {
    let path = folder().join(format!("{name}.json"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of all files of rules.
pub(crate) fn files() -> BTreeSet<String> {
    let all = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let names = all.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
    names.filter(|name| name != CALLS).collect()
}

impl Book {
    pub(crate) fn read(name: &str) -> Self {
        serde_json::from_str(&text(name)).unwrap_or_else(|error| panic!("{name}.json: {error}"))
    }

    pub(crate) fn count(&self, source: Source) -> usize {
        self.rules.iter().filter(|rule| rule.source == source).count()
    }
}

/// Fails for a name that comes twice and for a rule that nothing shows.
pub(crate) fn check(books: &[Book]) {
    let mut known = BTreeSet::new();
    for rule in books.iter().flat_map(|book| &book.rules) {
        let id = &rule.id;
        assert!(known.insert(id), "{id} comes twice");
        assert!(id.split('.').count() >= 2, "{id} has no operation");
        assert!(rule.rule.ends_with('.'), "{id}: not a sentence");
        assert!(
            rule.section.starts_with(['A', 'B', 'C', 'D', 'E', 'I', 'J']),
            "{id}: {}",
            rule.section
        );
        if rule.refused.is_some() {
            assert!(!rule.breaks.is_empty(), "{id}: no call breaks it");
            assert!(!rule.keeps.is_empty(), "{id}: whoever refuses everything would pass");
        } else {
            assert!(rule.breaks.is_empty(), "{id}: broken, and nobody knows what is answered");
            assert!(!rule.keeps.is_empty(), "{id}: nothing shows the tolerance");
        }
    }
}
