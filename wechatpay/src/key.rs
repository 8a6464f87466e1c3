//! What an operator pastes, turned into keys; every mistake by its name.
//!
//! A merchant has half a dozen files that all look alike, and the platform answers each mix-up
//! with the same `SIGN_ERROR`. So the bytes are judged by what they are, not by what their label
//! says, and the error tells what was expected and what was given.
//!
//! Accepted: PEM with line feeds, CRLF, `\n` written as two characters (one-line environment
//! variables), with or without a last newline, and bare base64 of the DER. Refused: anything else,
//! keys that are not RSA with 2048 bits, and text beside the key.

mod bad_key;
mod certificate;
mod der;
mod pem;

use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::{DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use rsa::{RsaPrivateKey, RsaPublicKey};
use zeroize::Zeroizing;

pub use self::bad_key::{BadKey, Material};
pub use self::certificate::Certificate;
use self::der::{Shape, shape};

/// The merchant's private key as PKCS#8 DER, which is what WebCrypto imports. Takes PKCS#8 and
/// PKCS#1; the parts of the key are checked against each other.
pub fn private_key_der(text: &str) -> Result<Zeroizing<Vec<u8>>, BadKey> {
    let block = pem::single(text)?;
    let shape = shape(&block)?;
    let pkcs1 = match shape {
        Shape::Pkcs1PrivateKey => &block,
        Shape::Pkcs8PrivateKey { pkcs1 } => pkcs1,
        other => return Err(other.instead_of(Material::PrivateKey)),
    };
    der::check_private_size(pkcs1)?;
    let key = RsaPrivateKey::from_pkcs1_der(pkcs1).map_err(|_| BadKey::Inconsistent)?;
    let document = key.to_pkcs8_der().map_err(|_| BadKey::Inconsistent)?;
    Ok(document.to_bytes())
}

/// The platform's public key as SubjectPublicKeyInfo DER, which is what WebCrypto imports.
pub fn public_key_der(text: &str) -> Result<Vec<u8>, BadKey> {
    let block = pem::single(text)?;
    match shape(&block)? {
        Shape::Pkcs1PublicKey => der::spki_of_pkcs1(&block),
        Shape::SubjectPublicKey => der::spki_of_spki(&block),
        other => Err(other.instead_of(Material::PublicKey)),
    }
}

/// Whether a merchant's key and certificate belong together; `private_key_der` is the output of
/// [`private_key_der`].
pub fn key_matches_certificate(
    private_key_der: &[u8],
    certificate: &Certificate,
) -> Result<(), BadKey> {
    let private = <RsaPrivateKey as rsa::pkcs8::DecodePrivateKey>::from_pkcs8_der(private_key_der)
        .map_err(|_| BadKey::Unreadable)?;
    let public =
        RsaPublicKey::from_public_key_der(&certificate.spki_der).map_err(|_| BadKey::Unreadable)?;
    if private.to_public_key() == public { Ok(()) } else { Err(BadKey::NotOfThisCertificate) }
}

fn spki(key: &RsaPublicKey) -> Result<Vec<u8>, BadKey> {
    key.to_public_key_der().map(|document| document.into_vec()).map_err(|_| BadKey::Unreadable)
}
