//! What one call to the platform brought, with all that the doctor wants to know of it.

use checkout::time::UnixSeconds;
use serde_json::Value;
use wechatpay::crypto::Rsa;
use wechatpay::http::Reply;
use wechatpay::moment::parse_http_date;
use wechatpay::v3::answer::{Judged, judge};
use wechatpay::v3::verify::{Distrust, PlatformKeys};

/// An answer.
#[derive(Debug)]
pub struct Heard<'a> {
    /// What it comes to.
    pub judged: Judged<'a>,
    /// Whether the platform's signature is on it, also where that decides nothing.
    pub trust: Result<(), Distrust>,
    /// The serial that it says it was signed with.
    pub serial: Option<&'a str>,
    /// The platform's clock, when it answered.
    pub said_at: Option<UnixSeconds>,
    /// Ours, when we heard it.
    pub heard_at: UnixSeconds,
    /// Whether it shows the string that the platform wanted signed: it does so only once it has
    /// found the merchant's certificate (protocol reference A.3).
    pub shows_message: bool,
}

/// Takes an answer in. `now` must be the wall clock's.
pub async fn listen<'a, R: Rsa>(
    rsa: &R,
    keys: &PlatformKeys<R::PublicKey>,
    reply: &'a Reply,
    now: UnixSeconds,
) -> Heard<'a> {
    let trust = keys.verify(rsa, &reply.headers, &reply.body, now).await;
    Heard {
        judged: judge(rsa, keys, reply, now).await,
        trust: trust.map(|_| ()),
        serial: reply.headers.get("Wechatpay-Serial"),
        said_at: said_at(reply),
        heard_at: now,
        shows_message: shows_message(&reply.body),
    }
}

/// `Date` comes with every answer, also with one from a gateway; the signature's own time only with
/// signed ones.
fn said_at(reply: &Reply) -> Option<UnixSeconds> {
    let date = reply.headers.get("Date").and_then(parse_http_date);
    let signed = || reply.headers.get("Wechatpay-Timestamp")?.parse().ok().map(UnixSeconds);
    date.or_else(signed)
}

/// One production sample nests the details one level deeper.
fn shows_message(body: &[u8]) -> bool {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    ["/detail/sign_information", "/detail/detail/sign_information"]
        .iter()
        .any(|place| said.pointer(place).is_some())
}
