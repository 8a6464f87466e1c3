//! A shorter link for a printed code, which makes a coarser and so an easier code (protocol reference
//! D.10).

use checkout::payee::Payee;
use checkout::report::CodeUrl;

use super::answer::Judged;
use super::draft::{Draft, parties};

/// Asks for a short link that leads to `long_url`. It is signed and sent raw: the pages ask for it
/// to be percent-encoded on the way, SDKs send it in CDATA as it is, and that is right in both
/// readings.
pub fn shorten(long_url: &str, payee: &Payee) -> Draft {
    let mut fields = parties(payee);
    fields.push("long_url", long_url);
    Draft::new("/tools/shorturl", fields)
}

/// The short link; `None` where there is none, so that the long one has to do.
pub fn read(judged: &Judged) -> Option<CodeUrl> {
    match judged {
        Judged::Done(answer) => CodeUrl::parse(answer.fields().get("short_url")?).ok(),
        Judged::Refused { .. } | Judged::InDoubt(_) => None,
    }
}
