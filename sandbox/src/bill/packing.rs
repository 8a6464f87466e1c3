//! A bill's bytes on their way out: digested, compressed, sealed (protocol reference B.8, B.9).
//!
//! The digest is over the plain bytes, whatever is done to them afterwards. What comes first on the
//! way out is undone last: compressed, then sealed.

use std::io::Write;

use aes_gcm::aead::consts::U16;
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, Nonce};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha1::{Digest, Sha1};

/// Bytes of a sealed file's nonce: as many as the official example has, four more than elsewhere.
pub const NONCE_BYTES: usize = 16;
/// Bytes of its key.
pub const KEY_BYTES: usize = 32;

/// SHA-1 in lower-case hexadecimal digits.
pub fn digest(content: &[u8]) -> String {
    Sha1::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A gzip file.
pub fn gzipped(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content)?;
    encoder.finish()
}

/// AES-256-GCM without associated data, the tag at the end; `None` only beyond GCM's 64 GiB.
pub fn sealed(key: &[u8; KEY_BYTES], nonce: &[u8; NONCE_BYTES], content: &[u8]) -> Option<Vec<u8>> {
    AesGcm::<Aes256, U16>::new(key.into()).encrypt(Nonce::from_slice(nonce), content).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_lower_case() {
        // RFC 3174, the first test of section 7.3.
        assert_eq!(digest(b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }

    #[test]
    fn a_file_is_sealed_as_another_implementation_seals_it() {
        // Made with OpenSSL's AES-256-GCM under a nonce of sixteen bytes.
        let sealed =
            sealed(b"0123456789abcdefghijklmnopqrstuv", b"abcdefghijklmnop", "账单".as_bytes());
        let hex: String = sealed.unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "08e49c3020e9c767d08f3bd133f772f88b12a250b2ab");
    }
}
