//! One thing that was looked at, and how it stands.

use checkout::id::ProfileName;
use serde::Serialize;

use crate::config::prefix;

/// What was looked at. The JSON name of a check never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Every variable: set, readable, of the right kind and size, fitting the others.
    Configuration,
    /// The database that lists are made of: bound, and answering.
    Index,
    /// Whether anybody is kept from asking too often.
    RateLimits,
    /// The merchant's certificate: its serial, and for how long it is good.
    MerchantCertificate,
    /// A configured platform certificate: for how long it is good.
    PlatformCertificate,
    /// Where WeChat Pay reports payments to: the shape of the address.
    NotifyUrl,
    /// Whether WeChat Pay can be reached.
    Reachable,
    /// Our clock against WeChat Pay's.
    Clock,
    /// Whether WeChat Pay accepts our signature.
    Signature,
    /// Whether an answer of WeChat Pay's can be verified.
    Answers,
    /// Whether the APIv3 key opens what WeChat Pay seals.
    ApiV3Key,
    /// A platform key: its signature over an echo, checked by us.
    Echo,
    /// The same, encrypted both ways.
    SealedEcho,
    /// Whether a test notification of the platform's comes, is believed and opens.
    Notification,
    /// Whether a sub-merchant belongs to this service provider.
    SubMerchant,
    /// Whether an order can be placed, and closed.
    Order,
    /// Whether WeChat Pay takes a V2 key, and signs with it.
    V2Key,
    /// Where WeChat asks what a scanned code is to cost.
    NativeCallback,
    /// The client certificate that refunds over V2 show.
    RefundCertificate,
    /// Where the shop is told what happens, and with how many secrets.
    Webhook,
}

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// In its place.
    Ok,
    /// Works today; look at it.
    Warning,
    /// Does not work, or must not stay.
    Wrong,
    /// Nothing is known, and the words say why.
    Skipped,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// Whose it is; absent where it is the whole deployment's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileName>,
    /// How it stands.
    pub state: State,
    /// The variable that is behind it, with its profile's prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// What was seen; no secrets.
    pub words: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

impl Finding {
    /// In its place.
    pub fn ok(check: Check, words: impl Into<String>) -> Self {
        Self::new(check, State::Ok, words.into())
    }

    /// Works today.
    pub fn warning(check: Check, words: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { mend: Some(mend.into()), ..Self::new(check, State::Warning, words.into()) }
    }

    /// Does not work.
    pub fn wrong(check: Check, words: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { mend: Some(mend.into()), ..Self::new(check, State::Wrong, words.into()) }
    }

    /// Nothing is known.
    pub fn skipped(check: Check, words: impl Into<String>) -> Self {
        Self::new(check, State::Skipped, words.into())
    }

    /// The same, about one merchant.
    #[must_use]
    pub fn of(self, profile: &ProfileName) -> Self {
        let variable = self.variable.map(|name| format!("{}{name}", prefix(profile)));
        Self { profile: Some(profile.clone()), variable, ..self }
    }

    /// The same, because of a variable; before [`Finding::of`], which puts the prefix in front.
    #[must_use]
    pub fn because_of(self, variable: impl Into<String>) -> Self {
        Self { variable: Some(variable.into()), ..self }
    }

    const fn new(check: Check, state: State, words: String) -> Self {
        Self { check, profile: None, state, variable: None, words, mend: None }
    }
}
