//! One line of JSON per thing worth knowing, which Cloudflare indexes by field.
//!
//! Never a key, a token, an openid or a body. A checkout's id may be logged: it opens nothing.

use std::collections::BTreeMap;

use worker::{console_error, console_log};

/// Something that happened and needs nobody.
pub(crate) fn note(event: &str, about: &[(&str, &str)]) {
    console_log!("{}", line("info", event, about));
}

/// Something that a person should look at.
pub(crate) fn alarm(event: &str, about: &[(&str, &str)]) {
    console_error!("{}", line("error", event, about));
}

fn line(level: &str, event: &str, about: &[(&str, &str)]) -> String {
    let fields: BTreeMap<&str, &str> =
        about.iter().copied().chain([("level", level), ("event", event)]).collect();
    serde_json::to_string(&fields).unwrap_or_default()
}
