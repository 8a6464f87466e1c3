//! What DER bytes are, told by their outermost structure and never by a label.

use rsa::RsaPublicKey;
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::pkcs8::{ObjectIdentifier, PrivateKeyInfo};
use x509_cert::der::asn1::{AnyRef, UintRef};
use x509_cert::der::{Decode, ErrorKind, Reader, SliceReader, Tag, Tagged};
use x509_cert::spki::SubjectPublicKeyInfoRef;

use super::{BadKey, Material};

/// What the bytes are.
pub(super) enum Shape<'a> {
    Pkcs1PrivateKey,
    Pkcs8PrivateKey {
        pkcs1: &'a [u8],
    },
    Pkcs1PublicKey,
    SubjectPublicKey,
    Certificate,
    /// A private key that cannot be used, and why.
    Useless(BadKey),
}

impl Shape<'_> {
    /// The error where `expected` should have been.
    pub(super) fn instead_of(self, expected: Material) -> BadKey {
        let given = match self {
            Self::Useless(reason) => return reason,
            Self::Pkcs1PrivateKey | Self::Pkcs8PrivateKey { .. } => Material::PrivateKey,
            Self::Pkcs1PublicKey | Self::SubjectPublicKey => Material::PublicKey,
            Self::Certificate => Material::Certificate,
        };
        BadKey::WrongKind { expected, given }
    }
}

/// Looks at the first fields of the outer SEQUENCE.
pub(super) fn shape(der: &[u8]) -> Result<Shape<'_>, BadKey> {
    let outer = AnyRef::from_der(der).map_err(|error| match error.kind() {
        ErrorKind::TrailingData { .. } => BadKey::TrailingBytes,
        _ => BadKey::Unreadable,
    })?;
    if outer.tag() != Tag::Sequence {
        return Err(BadKey::Unreadable);
    }
    let (first, second, fields) = fields(outer.value()).ok_or(BadKey::Unreadable)?;
    Ok(match (first.tag(), second.tag()) {
        (Tag::Integer, Tag::Integer) if fields == 2 => Shape::Pkcs1PublicKey,
        (Tag::Integer, Tag::Integer) => Shape::Pkcs1PrivateKey,
        // PFX of RFC 7292 has version 3, PrivateKeyInfo of RFC 5958 has 0 or 1.
        (Tag::Integer, Tag::Sequence) if first.value() == [3] => Shape::Useless(BadKey::Pkcs12),
        (Tag::Integer, Tag::Sequence) => pkcs8(der)?,
        // ECPrivateKey of RFC 5915.
        (Tag::Integer, Tag::OctetString) => Shape::Useless(BadKey::EllipticCurve),
        // EncryptedPrivateKeyInfo of RFC 5958.
        (Tag::Sequence, Tag::OctetString) => Shape::Useless(BadKey::Encrypted),
        (Tag::Sequence, Tag::BitString) => Shape::SubjectPublicKey,
        (Tag::Sequence, Tag::Sequence) => Shape::Certificate,
        _ => return Err(BadKey::Unreadable),
    })
}

/// The first two fields and how many there are.
fn fields(content: &[u8]) -> Option<(AnyRef<'_>, AnyRef<'_>, usize)> {
    let mut reader = SliceReader::new(content).ok()?;
    let first = AnyRef::decode(&mut reader).ok()?;
    let second = AnyRef::decode(&mut reader).ok()?;
    let mut count = 2;
    while !reader.is_finished() {
        AnyRef::decode(&mut reader).ok()?;
        count += 1;
    }
    Some((first, second, count))
}

fn pkcs8(der: &[u8]) -> Result<Shape<'_>, BadKey> {
    let info = PrivateKeyInfo::try_from(der).map_err(|_| BadKey::Unreadable)?;
    Ok(match check_algorithm(info.algorithm.oid) {
        Ok(()) => Shape::Pkcs8PrivateKey { pkcs1: info.private_key },
        Err(reason) => Shape::Useless(reason),
    })
}

/// SubjectPublicKeyInfo → the same, checked and in canonical form.
pub(super) fn spki_of_spki(der: &[u8]) -> Result<Vec<u8>, BadKey> {
    let info = SubjectPublicKeyInfoRef::try_from(der).map_err(|_| BadKey::Unreadable)?;
    check_algorithm(info.algorithm.oid)?;
    spki_of_pkcs1(info.subject_public_key.as_bytes().ok_or(BadKey::Unreadable)?)
}

/// RSAPublicKey of PKCS#1 → SubjectPublicKeyInfo.
pub(super) fn spki_of_pkcs1(der: &[u8]) -> Result<Vec<u8>, BadKey> {
    let parts = rsa::pkcs1::RsaPublicKey::from_der(der).map_err(|_| BadKey::Unreadable)?;
    check_size(parts.modulus)?;
    let key = RsaPublicKey::from_pkcs1_der(der).map_err(|_| BadKey::Unreadable)?;
    super::spki(&key)
}

/// Refuses an RSAPrivateKey of PKCS#1 that is not of 2048 bits.
pub(super) fn check_private_size(der: &[u8]) -> Result<(), BadKey> {
    let parts = rsa::pkcs1::RsaPrivateKey::from_der(der).map_err(|_| BadKey::Unreadable)?;
    check_size(parts.modulus)
}

/// The size of every key in the protocol (reference A.2, A.6).
const KEY_BITS: usize = 2_048;

fn check_size(modulus: UintRef<'_>) -> Result<(), BadKey> {
    let bytes = modulus.as_bytes();
    let unused = bytes.first().map_or(0, |byte| byte.leading_zeros());
    let bits = (bytes.len() * 8).saturating_sub(usize::try_from(unused).unwrap_or(0));
    if bits == KEY_BITS { Ok(()) } else { Err(BadKey::WrongSize { bits }) }
}

fn check_algorithm(algorithm: ObjectIdentifier) -> Result<(), BadKey> {
    match algorithm {
        RSA_ENCRYPTION => Ok(()),
        EC_PUBLIC_KEY => Err(BadKey::EllipticCurve),
        _ => Err(BadKey::OtherAlgorithm),
    }
}

/// RFC 8017 appendix C.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// RFC 5480 section 2.1.1; SM2 keys carry it too.
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
