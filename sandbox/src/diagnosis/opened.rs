//! What is inside an RSA signature: the public operation undone, its padding read.
//!
//! PKCS#1 v1.5 (RFC 8017, 9.2) gives the digest itself back. PSS (9.1) does not, but shows that it
//! is PSS, and can be asked whether a text was signed.

use rsa::pkcs8::DecodePublicKey;
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, RsaPublicKey};
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use wechatpay::key::{Certificate, public_key_der};

/// RSA-2048, which all keys here are.
pub const SIGNATURE_BYTES: usize = 256;

/// A digest's algorithm, with what precedes it in a PKCS#1 v1.5 block (RFC 8017, 9.2, note 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Not tried: it is not among the digests that we can make.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-224.
    Sha224,
    /// The right one.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// What was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed {
    /// This digest, rightly padded.
    Digest(Algorithm, Vec<u8>),
    /// These bytes, rightly padded, without the name of an algorithm.
    Bare(Vec<u8>),
    /// PSS: a digest of the message's digest and the salt.
    Pss {
        /// Makes all the digests of it.
        algorithm: Algorithm,
        /// That digest.
        hash: Vec<u8>,
        /// The salt.
        salt: Vec<u8>,
    },
}

/// Reads a key: a certificate's, or a bare one's.
pub fn key(pem: &str) -> Option<RsaPublicKey> {
    let der = match Certificate::parse(pem) {
        Ok(certificate) => certificate.spki_der,
        Err(_) => public_key_der(pem).ok()?,
    };
    RsaPublicKey::from_public_key_der(&der).ok()
}

/// Opens a signature; `None` if it is not this key's.
pub fn open(key: &RsaPublicKey, signature: &[u8]) -> Option<Signed> {
    let number = BigUint::from_bytes_be(signature);
    if signature.len() != key.size() || number >= *key.n() {
        return None;
    }
    let opened = number.modpow(key.e(), key.n()).to_bytes_be();
    let mut block = vec![0; key.size().saturating_sub(opened.len())];
    block.extend_from_slice(&opened);
    pkcs1(&block).or_else(|| pss(&block))
}

fn pkcs1(block: &[u8]) -> Option<Signed> {
    let rest = block.strip_prefix(&[0, 1])?;
    let padding = rest.iter().take_while(|byte| **byte == 0xff).count();
    let content = rest.get(padding..)?.strip_prefix(&[0]).filter(|_| padding >= 8)?;
    for algorithm in Algorithm::ALL {
        let (prefix, bytes) = algorithm.prefix();
        if let Some(digest) = content.strip_prefix(prefix).filter(|it| it.len() == bytes) {
            return Some(Signed::Digest(algorithm, digest.to_vec()));
        }
    }
    Some(Signed::Bare(content.to_vec()))
}

/// Whoever asks a library for PSS mostly gets the same digest for all of its parts.
fn pss(block: &[u8]) -> Option<Signed> {
    let block = block.strip_suffix(&[0xbc])?;
    Algorithm::ALL.into_iter().find_map(|algorithm| pss_with(algorithm, block))
}

fn pss_with(algorithm: Algorithm, block: &[u8]) -> Option<Signed> {
    let (_, hash_bytes) = algorithm.prefix();
    let (masked, hash) = block.split_at_checked(block.len().checked_sub(hash_bytes)?)?;
    let mut data = masked.to_vec();
    for (index, chunk) in data.chunks_mut(hash_bytes).enumerate() {
        let counter = u32::try_from(index).ok()?.to_be_bytes();
        let mask = algorithm.digest(&[hash, &counter].concat())?;
        chunk.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    }
    // The number is one bit shorter than its bytes.
    *data.first_mut()? &= 0x7f;
    let zeros = data.iter().take_while(|byte| **byte == 0).count();
    let salt = data.get(zeros..)?.strip_prefix(&[1])?.to_vec();
    // Random bytes look like this once in a while; a real block has zeros before the salt, or a
    // salt of all the bytes that there are.
    (zeros >= 8 || zeros == 0).then(|| Signed::Pss { algorithm, hash: hash.to_vec(), salt })
}

impl Algorithm {
    const ALL: [Self; 6] =
        [Self::Sha256, Self::Sha1, Self::Md5, Self::Sha512, Self::Sha384, Self::Sha224];

    /// As people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    /// What precedes a digest, and how long that is.
    const fn prefix(self) -> (&'static [u8], usize) {
        match self {
            Self::Md5 => {
                (b"\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00\x04\x10", 16)
            }
            Self::Sha1 => (b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14", 20),
            Self::Sha224 => (
                b"\x30\x2d\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04\x05\x00\x04\x1c",
                28,
            ),
            Self::Sha256 => (
                b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
                32,
            ),
            Self::Sha384 => (
                b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
                48,
            ),
            Self::Sha512 => (
                b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
                64,
            ),
        }
    }

    fn digest(self, text: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            Self::Md5 => return None,
            Self::Sha1 => Sha1::digest(text).to_vec(),
            Self::Sha224 => Sha224::digest(text).to_vec(),
            Self::Sha256 => Sha256::digest(text).to_vec(),
            Self::Sha384 => Sha384::digest(text).to_vec(),
            Self::Sha512 => Sha512::digest(text).to_vec(),
        })
    }
}

impl Signed {
    /// Whether this text was signed.
    pub fn is_of(&self, text: &[u8]) -> bool {
        match self {
            Self::Digest(algorithm, digest) => algorithm.digest(text).as_ref() == Some(digest),
            Self::Bare(content) => content == text || Sha256::digest(text).as_slice() == content,
            Self::Pss { algorithm, hash, salt } => {
                let outer =
                    |inner: Vec<u8>| algorithm.digest(&[[0; 8].as_slice(), &inner, salt].concat());
                algorithm.digest(text).and_then(outer).as_ref() == Some(hash)
            }
        }
    }

    /// Whether [`Signed::is_of`] would know the text: not for a digest that we cannot make, nor for
    /// bytes of which nobody says what they are.
    pub const fn tells(&self) -> bool {
        !matches!(self, Self::Digest(Algorithm::Md5, _) | Self::Bare(_))
    }

    /// Whether opening with the wrong key looks like this once among some ten thousand times: a
    /// salt that leaves no room for zeros before it.
    pub fn is_doubtful(&self) -> bool {
        match self {
            Self::Pss { hash, salt, .. } => salt.len() + hash.len() + 2 == SIGNATURE_BYTES,
            _ => false,
        }
    }
}
