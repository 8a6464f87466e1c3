//! A bill's file is unpacked from whatever arrives, in any pieces, and never into more than was
//! asked for at once.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::collection::vec;
use proptest::prelude::*;
use wechatpay::bill::digest::{Digest, Sha1Hash};
use wechatpay::bill::unpack::{Unpackable, Unpacker};
use wechatpay::bill::unseal::{FileKey, Unopened, Unsealer};

use super::tamper::flip;
use super::vector;

fn unpack<'a>(
    mut unpacker: Unpacker,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<u8>, Unpackable> {
    let mut plain = Vec::new();
    for piece in pieces {
        unpacker.feed(piece)?;
        while let Some(bytes) = unpacker.take()? {
            plain.extend(bytes);
        }
    }
    plain.extend(unpacker.finish()?.unwrap_or_default());
    Ok(plain)
}

fn open(bytes_max: u64) -> Unpacker {
    Unpacker::new(None, bytes_max)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn packed_bill() -> (Vec<u8>, Option<Sha1Hash>) {
    let vector = vector::all::<vector::BillPacked>("bill_packed").remove(0).vector;
    (STANDARD.decode(&vector.packed).unwrap(), Sha1Hash::parse(&vector.hash_value))
}

#[test]
fn a_bill_that_another_program_compressed_is_unpacked_in_any_pieces() {
    let (packed, hash) = packed_bill();
    for size in [1, 2, 9, 100, packed.len()] {
        let mut digest = Digest::default();
        digest.feed(&unpack(open(u64::MAX), packed.chunks(size)).unwrap());
        assert_eq!(Some(digest.finish()), hash, "pieces of {size}");
    }
}

#[test]
fn damaged_compression_is_refused_or_gives_other_bytes_never_more() {
    let (packed, hash) = packed_bill();
    let plain = unpack(open(u64::MAX), [&packed[..]]).unwrap();
    for end in 2..packed.len() {
        let found = unpack(open(u64::MAX), [&packed[..end]]);
        assert_eq!(found, Err(Unpackable::BadCompression), "{end} bytes");
    }
    for at in 2..packed.len() {
        match unpack(open(u64::MAX), [&flip(&packed, at)[..]]) {
            // A name or a time in the head, which nobody reads.
            Ok(found) => assert!(found == plain && at < 10, "byte {at}"),
            Err(found) => assert_eq!(found, Unpackable::BadCompression, "byte {at}"),
        }
    }
    let longer = [&packed[..], b"more"].concat();
    assert_eq!(unpack(open(u64::MAX), [&longer[..]]), Err(Unpackable::BadCompression));
    let twice = [&packed[..], &packed[..]].concat();
    assert_eq!(unpack(open(u64::MAX), [&twice[..]]), Ok([&plain[..], &plain[..]].concat()));
    assert!(hash.is_some());
}

#[test]
fn a_sealed_and_compressed_bill_is_opened_first() {
    use aes_gcm::aead::generic_array::typenum::U16;
    use aes_gcm::aead::{Aead, KeyInit};

    let (packed, _) = packed_bill();
    let nonce = b"abcdefghijklmnop";
    let cipher = aes_gcm::AesGcm::<aes_gcm::aes::Aes256, U16>::new(&[7; 32].into());
    let sealed = cipher.encrypt(aes_gcm::Nonce::from_slice(nonce), &packed[..]).unwrap();
    let sealed_file = || {
        let unsealer = Unsealer::new(&FileKey::new(&[7; 32]).unwrap(), nonce).unwrap();
        Unpacker::new(Some(unsealer), u64::MAX)
    };
    let plain = unpack(open(u64::MAX), [&packed[..]]).unwrap();
    for size in [1, 15, 16, 17, sealed.len()] {
        assert_eq!(unpack(sealed_file(), sealed.chunks(size)), Ok(plain.clone()), "{size}");
    }
    // Compressed right, so that only the tag can tell.
    let changed = flip(&sealed, sealed.len() - 1);
    let found = unpack(sealed_file(), [&changed[..]]);
    assert_eq!(found, Err(Unpackable::Unopened(Unopened::BadTag)));
    let found = unpack(sealed_file(), [&sealed[..10]]);
    assert_eq!(found, Err(Unpackable::Unopened(Unopened::CutShort)));
}

#[test]
fn much_out_of_little_is_given_in_pieces_and_has_an_end() {
    let packed = gzip(&vec![0; 50_000_000]);
    let mut unpacker = open(40_000_000);
    unpacker.feed(&packed).unwrap();
    let mut given = 0;
    let end = loop {
        match unpacker.take() {
            Ok(Some(piece)) => {
                // A piece of 256 KiB, and one step of the decompressor beyond it.
                assert!(piece.len() <= (256 + 32) * 1_024, "{} bytes at once", piece.len());
                given += piece.len();
            }
            Ok(None) => panic!("all {given} bytes were given"),
            Err(end) => break end,
        }
    };
    assert_eq!(end, Unpackable::TooLong);
    assert!(given <= 40_000_000);
}

#[test]
fn nothing_and_a_single_byte_are_files_too() {
    for plain in [&b""[..], &[0x1f], b"a"] {
        assert_eq!(unpack(open(1), [plain]), Ok(plain.to_vec()));
    }
    assert_eq!(unpack(open(1), [&b"ab"[..]]), Err(Unpackable::TooLong));
    assert_eq!(unpack(open(0), [&gzip(b"")[..]]), Ok(Vec::new()));
}

proptest! {
    #[test]
    fn any_file_is_unpacked_in_any_pieces(
        plain in vec(any::<u8>(), 0..2_000),
        size in 1_usize..300,
    ) {
        prop_assume!(!plain.starts_with(&[0x1f, 0x8b]));
        prop_assert_eq!(unpack(open(2_000), plain.chunks(size)), Ok(plain.clone()));
        let packed = gzip(&plain);
        prop_assert_eq!(unpack(open(2_000), packed.chunks(size)), Ok(plain));
    }

    #[test]
    fn no_bytes_make_us_panic_and_pieces_change_nothing(
        tail in vec(any::<u8>(), 0..300),
        size in 1_usize..50,
    ) {
        let bytes = [&[0x1f, 0x8b, 8][..], &tail].concat();
        let whole = unpack(open(100_000), [&bytes[..]]);
        prop_assert_eq!(unpack(open(100_000), bytes.chunks(size)), whole);
    }
}
