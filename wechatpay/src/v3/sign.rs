//! Makes a call believable: the merchant's key → the `Authorization` header (protocol reference
//! A.1 to A.3).
//!
//! The bytes that are signed are the bytes of the [`Request`], which comes back inside [`Signed`]
//! unchanged; there is no other way to get one, so nothing unsigned can be sent by mistake.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checkout::time::UnixSeconds;

use super::message::request_message;
use crate::crypto::{CryptoFailure, Rsa};
use crate::http::{Request, Signed};

/// The signature scheme, in `Authorization` and in `Wechatpay-Signature-Type`.
pub const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";

/// Who calls.
#[derive(Clone, Copy)]
pub struct Caller<'a, K> {
    /// The merchant; it must equal the one in the body or the query.
    pub mchid: &'a str,
    /// Serial of the merchant's API certificate, upper-case hex.
    pub serial_no: &'a str,
    /// The merchant's private key.
    pub key: &'a K,
    /// Serial or id of the platform key that the answer should be signed with; while a merchant
    /// moves to public-key mode, the platform follows this wish (protocol reference A.6).
    pub platform_serial: Option<&'a str>,
}

/// Signs `request`. `nonce` must be drawn afresh for every call; `now` must be the wall clock's,
/// the platform refuses more than five minutes of difference.
pub async fn sign<R: Rsa>(
    rsa: &R,
    caller: &Caller<'_, R::PrivateKey>,
    request: Request,
    nonce: [u8; 16],
    now: UnixSeconds,
) -> Result<Signed, CryptoFailure> {
    let nonce: String = nonce.iter().map(|byte| format!("{byte:02X}")).collect();
    let message = request_message(request.method, &request.target, now, &nonce, &request.body);
    let signature = STANDARD.encode(rsa.sign(caller.key, &message).await?);
    let authorization = format!(
        "{SCHEME} mchid=\"{}\",nonce_str=\"{nonce}\",signature=\"{signature}\",timestamp=\"{}\",serial_no=\"{}\"",
        caller.mchid, now.0, caller.serial_no,
    );
    let mut headers = vec![
        ("Authorization", authorization),
        ("Accept", "application/json".to_owned()),
        ("User-Agent", USER_AGENT.to_owned()),
    ];
    if !request.body.is_empty() {
        headers.push(("Content-Type", "application/json".to_owned()));
    }
    if let Some(serial) = caller.platform_serial {
        headers.push(("Wechatpay-Serial", serial.to_owned()));
    }
    Ok(Signed::new(request, headers))
}

/// A call without one is refused (protocol reference A.1).
const USER_AGENT: &str = concat!("saoma/", env!("CARGO_PKG_VERSION"));
