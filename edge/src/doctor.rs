//! Is everything in its place? What is wrong, in plain words, and how to mend it.
//!
//! WeChat Pay answers most mistakes of set-up with one code, `SIGN_ERROR`, and has no sandbox to
//! try keys in. So the doctor looks at what can be seen without asking, then asks the platform
//! harmless questions, and says which variable or which step at the merchant platform is behind an
//! answer. Here facts become findings; the shell gathers the facts (`cloudflare/doctor.rs`).
//!
//! A platform's own words may change. They are read here only to choose among explanations, and
//! are always passed on beside them; nothing else in this Worker reads them.

mod address;
mod arrival;
mod configured;
mod finding;
mod heard;
mod keys;
mod order;
mod probe;
mod refused;
#[cfg(test)]
mod tests;
mod v2;

use checkout::id::ProfileName;
use serde::{Deserialize, Serialize};

pub use self::address::notify_address;
pub use self::arrival::{Came, came, notification};
pub use self::configured::{certificates, index, mistakes, rate_limits, webhook};
pub use self::finding::{Check, Finding, State};
pub use self::heard::{Heard, listen};
pub use self::keys::{api_v3_key, no_key_to_try, plain_echo, sealed_echo};
pub use self::order::{closed, not_tried, placed};
pub use self::probe::{
    answers, clock, reachable, signature, signature_of_next, sub_merchant, unknown_number,
};
pub use self::v2::{native_callback, order_v2, reachable_v2, refund_certificate, v2_keys};

/// `POST /v1/doctor`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wish {
    /// Whom to look at; every profile when left out.
    pub profile: Option<ProfileName>,
    /// Whether to place an order of one fen and close it at once. Its code is shown to nobody. The
    /// only way to see whether the app is bound and the product opened.
    pub order: bool,
}

/// What the doctor found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Examination {
    /// Whether nothing is wrong; warnings and checks that were skipped do not count.
    pub healthy: bool,
    /// In the order in which to mend them.
    pub findings: Vec<Finding>,
    /// Where WeChat Pay is told to report payments, to be tried from outside.
    pub notify_urls: Vec<String>,
}

impl Examination {
    /// Sums up.
    pub fn of(findings: Vec<Finding>, notify_urls: Vec<String>) -> Self {
        let healthy = findings.iter().all(|finding| finding.state != State::Wrong);
        Self { healthy, findings, notify_urls }
    }
}
