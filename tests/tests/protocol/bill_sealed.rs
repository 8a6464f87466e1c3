//! A sealed bill opens in pieces to what another implementation sealed, and only whole.

use aes_gcm::aead::generic_array::typenum::{U12, U16};
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::collection::vec;
use proptest::prelude::*;
use wechatpay::bill::digest::{Digest, Sha1Hash};
use wechatpay::bill::unseal::{FileKey, Unopened, Unsealer};

use super::tamper::flip;
use super::vector::{self, Named};

fn open<'a>(
    key: &[u8],
    nonce: &[u8],
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<u8>, Unopened> {
    let mut unsealer = Unsealer::new(&FileKey::new(key)?, nonce)?;
    let mut opened = Vec::new();
    for piece in pieces {
        unsealer.feed(piece, &mut opened)?;
    }
    unsealer.finish().map(|()| opened)
}

fn key(hex: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}

#[test]
fn bills_open_to_what_was_sealed_with_any_length_of_nonce() {
    for Named { name, vector } in vector::all::<vector::BillSealed>("bill_sealed") {
        let sealed = STANDARD.decode(&vector.sealed).unwrap();
        let (key, nonce) = (key(&vector.key_hex), vector.nonce.as_bytes());
        for size in [1, 7, 16, 17, 1_000_000] {
            let opened = open(&key, nonce, sealed.chunks(size)).unwrap();
            let mut digest = Digest::default();
            digest.feed(&opened);
            assert_eq!(Some(digest.finish()), Sha1Hash::parse(&vector.hash_value), "{name}");
        }
    }
}

#[test]
fn one_flipped_bit_and_a_bill_does_not_open() {
    for Named { name, vector } in vector::all::<vector::BillSealed>("bill_sealed") {
        let sealed = STANDARD.decode(&vector.sealed).unwrap();
        let (key, nonce) = (key(&vector.key_hex), vector.nonce.as_bytes());
        let bad = |key: &[u8], nonce: &[u8], sealed: &[u8], what: &str| {
            assert_eq!(open(key, nonce, [sealed]), Err(Unopened::BadTag), "{name}: {what}");
        };
        for at in 0..sealed.len() {
            bad(&key, nonce, &flip(&sealed, at), "file");
        }
        for at in 0..nonce.len() {
            bad(&key, &flip(nonce, at), &sealed, "nonce");
        }
        for at in 0..key.len() {
            bad(&flip(&key, at), nonce, &sealed, "key");
        }
        bad(&key, nonce, &sealed[..sealed.len() - 1], "cut short");
        bad(&key, nonce, &[&sealed[..], &[0]].concat(), "longer");
        for length in 0..16 {
            let found = open(&key, nonce, [&sealed[..length]]);
            assert_eq!(found, Err(Unopened::CutShort), "{name}: {length} bytes");
        }
    }
}

#[test]
fn keys_and_nonces_of_other_lengths_are_refused() {
    for bytes in (0..64).filter(|&bytes| bytes != 32) {
        assert_eq!(FileKey::new(&vec![0; bytes]).err(), Some(Unopened::BadKey { bytes }));
    }
    let key = FileKey::new(&[7; 32]).unwrap();
    assert_eq!(format!("{key:?}"), "FileKey(secret)");
    for bytes in 0..64 {
        let refused = Unsealer::new(&key, &vec![0; bytes]).err();
        let expected = (!(12..=32).contains(&bytes)).then_some(Unopened::BadNonce { bytes });
        assert_eq!(refused, expected);
    }
}

proptest! {
    /// Against the crate that opens whole buffers, for both lengths that the platform shows.
    #[test]
    fn any_file_opens_as_the_whole_buffer_would(
        plain in vec(any::<u8>(), 0..600),
        secret in any::<[u8; 32]>(),
        nonce in any::<[u8; 16]>(),
        size in 1_usize..100,
    ) {
        let twelve = AesGcm::<Aes256, U12>::new(&secret.into());
        let sealed = twelve.encrypt(Nonce::from_slice(&nonce[..12]), &plain[..]).unwrap();
        prop_assert_eq!(open(&secret, &nonce[..12], sealed.chunks(size)), Ok(plain.clone()));
        let sixteen = AesGcm::<Aes256, U16>::new(&secret.into());
        let sealed = sixteen.encrypt(Nonce::from_slice(&nonce), &plain[..]).unwrap();
        prop_assert_eq!(open(&secret, &nonce, sealed.chunks(size)), Ok(plain));
    }
}
