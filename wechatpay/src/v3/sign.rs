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
use crate::http::{Request, Signed, USER_AGENT};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Method;
    use crate::stand_in::{Echo, ready};

    const CALLER: Caller<'_, ()> =
        Caller { mchid: "1900000001", serial_no: "4A1B", key: &(), platform_serial: None };

    fn request(body: &[u8]) -> Request {
        Request { method: Method::Post, target: "/v3/x?a=%7C".to_owned(), body: body.to_vec() }
    }

    #[test]
    fn the_signature_is_over_what_is_sent() {
        let nonce = *b"\x00\x01\x0a\xff0123456789ab";
        let signed =
            ready(sign(&Echo::default(), &CALLER, request(b"{}"), nonce, UnixSeconds(7))).unwrap();
        let message =
            STANDARD.encode("POST\n/v3/x?a=%7C\n7\n00010AFF303132333435363738396162\n{}\n");
        let expected = format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"1900000001\",nonce_str=\"00010AFF303132333435363738396162\",signature=\"{message}\",timestamp=\"7\",serial_no=\"4A1B\""
        );
        assert_eq!(signed.headers().first(), Some(&("Authorization", expected)));
        assert_eq!(signed.into_parts().0, request(b"{}"));
    }

    #[test]
    fn only_a_body_has_a_type_and_only_a_wish_a_serial() {
        let names = |caller: &Caller<'_, ()>, body: &[u8]| -> Vec<_> {
            let rsa = Echo::default();
            let signed = sign(&rsa, caller, request(body), [0; 16], UnixSeconds(7));
            ready(signed).unwrap().headers().iter().map(|(name, _)| *name).collect()
        };
        assert_eq!(names(&CALLER, b""), ["Authorization", "Accept", "User-Agent"]);
        let wishing = Caller { platform_serial: Some("PUB_KEY_ID_1"), ..CALLER };
        assert_eq!(
            names(&wishing, b"{}"),
            ["Authorization", "Accept", "User-Agent", "Content-Type", "Wechatpay-Serial"]
        );
    }

    #[test]
    fn a_failure_to_sign_sends_nothing() {
        let rsa = Echo { broken: true, ..Echo::default() };
        let signed = ready(sign(&rsa, &CALLER, request(b""), [0; 16], UnixSeconds(7)));
        assert_eq!(signed.err(), Some(CryptoFailure::Sign));
    }
}
