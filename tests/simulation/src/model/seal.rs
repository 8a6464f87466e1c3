//! How the platform signs what it answers, and signs and seals what it notifies (protocol reference
//! A.4, A.7, C.1).

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use wechatpay::http::Reply;

use crate::keys::{PLATFORM_SERIALS, SEALING_KEYS, secret_of, stamped};
use crate::world::World;

/// What the platform says to a call.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON, or nothing.
    pub body: String,
    /// Whether it is signed: what is refused before or by the check of the caller's signature is
    /// not.
    pub signed: bool,
}

/// An answer that the platform signs.
pub const fn says(status: u16, body: String) -> Answer {
    Answer { status, body, signed: true }
}

/// The body of an error.
pub fn error(code: &str) -> String {
    json!({ "code": code, "message": "no" }).to_string()
}

/// An answer without a signature, perhaps with a wish to be left alone.
pub fn unsigned(status: u16, body: String, rest_s: Option<&str>) -> Reply {
    let rest = rest_s.map(|rest_s| ("Retry-After".to_owned(), rest_s.to_owned()));
    Reply { status, headers: rest.into_iter().collect(), body: body.into_bytes() }
}

/// An answer signed now.
pub fn reply(world: &World, status: u16, body: String) -> Reply {
    reply_of(world, status, body, world.now().0)
}

/// An answer signed at `at_s`.
pub fn reply_of(world: &World, status: u16, body: String, at_s: i64) -> Reply {
    let headers = signed(world, body.as_bytes(), at_s);
    Reply { status, headers: headers.into_iter().collect(), body: body.into_bytes() }
}

/// An answer with a signature that is meant not to agree.
pub fn probe(world: &World, status: u16, body: String) -> Reply {
    let headers = probing(signed(world, body.as_bytes(), world.now().0));
    Reply { status, headers: headers.into_iter().collect(), body: body.into_bytes() }
}

/// The headers that vouch for `body`.
pub fn signed(world: &World, body: &[u8], at_s: i64) -> Vec<(String, String)> {
    let serial = PLATFORM_SERIALS[world.keys.platform_signs.get()];
    signed_by(&secret_of(serial), serial, &format!("{:016x}", world.dice.draw()), body, at_s)
}

/// The same by any key under any serial.
pub fn signed_by(
    secret: &str,
    serial: &str,
    nonce: &str,
    body: &[u8],
    at_s: i64,
) -> Vec<(String, String)> {
    let mut message = format!("{at_s}\n{nonce}\n").into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    let headers = [
        ("Wechatpay-Timestamp", at_s.to_string()),
        ("Wechatpay-Nonce", nonce.to_owned()),
        ("Wechatpay-Serial", serial.to_owned()),
        ("Wechatpay-Signature", stamped(secret, &message)),
        ("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048".to_owned()),
    ];
    headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The same headers as a probe (protocol reference A.4).
pub fn probing(headers: Vec<(String, String)>) -> Vec<(String, String)> {
    let headers = headers.into_iter().map(|(name, value)| {
        let value = match name.as_str() {
            "Wechatpay-Signature" => format!("WECHATPAY/SIGNTEST/{value}"),
            _ => value,
        };
        (name, value)
    });
    headers.collect()
}

/// A notification's body: its resource sealed with the key that the platform has now.
pub fn notification(world: &World, id: &str, event_type: &str, kind: &str, plain: &str) -> Vec<u8> {
    let key = SEALING_KEYS[world.keys.platform_seals.get()];
    sealed_with(key, &format!("{:012x}", world.dice.draw() >> 16), id, event_type, kind, plain)
}

/// The same with any key.
pub fn sealed_with(
    key: &str,
    nonce: &str,
    id: &str,
    event_type: &str,
    kind: &str,
    plain: &str,
) -> Vec<u8> {
    let cipher = Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(key.as_bytes()));
    let payload = Payload { msg: plain.as_bytes(), aad: kind.as_bytes() };
    let sealed = cipher
        .encrypt(Nonce::from_slice(nonce.as_bytes()), payload)
        .expect("AES-GCM seals a few hundred bytes");
    json!({
        "id": id,
        "create_time": "2025-01-01T10:53:20+08:00",
        "event_type": event_type,
        "resource_type": "encrypt-resource",
        "summary": "支付成功",
        "resource": {
            "algorithm": "AEAD_AES_256_GCM",
            "original_type": kind,
            "ciphertext": STANDARD.encode(sealed),
            "associated_data": kind,
            "nonce": nonce,
        },
    })
    .to_string()
    .into_bytes()
}
