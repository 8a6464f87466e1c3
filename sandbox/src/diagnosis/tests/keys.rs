//! The right text, signed with another key, in another way, or written down otherwise.

use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::pss;
use rsa::rand_core::OsRng;
use rsa::signature::RandomizedSigner;
use rsa::traits::SignatureScheme;
use sha1::Sha1;
use sha2::{Digest, Sha512};

use super::*;

fn right() -> String {
    format!("POST\n{TARGET}\n{NOW}\n{NONCE}\n{{}}\n")
}

/// What is found for a signature when only one key is known.
fn with_signature(pair: &Pair, signature: &str) -> Diagnosis {
    let known =
        Known { holders: vec![holder(Owner::Merchant(MCHID), SERIAL, pair)], subs: Vec::new() };
    found(&header(signature), &known).unwrap()
}

#[test]
fn another_key_is_named_with_its_owner() {
    let (own, other) = (Pair::one(), Pair::other());
    let signature = other.sign(right().as_bytes());
    for (owner, finding, words) in [
        (Owner::Merchant(MCHID), "key-of-other-certificate", "other certificate 77AA"),
        (Owner::Merchant("1900000002"), "key-of-another-merchant", "merchant 1900000002"),
        (Owner::Platform, "key-of-the-platform", "platform's own key 77AA"),
    ] {
        let holders =
            vec![holder(owner, "77AA", &other), holder(Owner::Merchant(MCHID), SERIAL, &own)];
        let known = Known { holders, subs: Vec::new() };
        let found = found(&header(&signature), &known).unwrap();
        assert_eq!(found.finding, finding);
        assert!(found.words.contains(words), "{}", found.words);
        assert_eq!((found.yours, found.first_difference), (Some(right().into()), None));
    }
    assert_eq!(with_signature(&own, &signature).finding, "key-unknown");
    // Both at once: whose key it was, and what it signed.
    let holders =
        vec![holder(Owner::Merchant(MCHID), SERIAL, &own), holder(Owner::Platform, "77AA", &other)];
    let known = Known { holders, subs: Vec::new() };
    let found = found(&header(&other.sign(right().trim_end().as_bytes())), &known).unwrap();
    assert_eq!(found.finding, "key-of-the-platform+no-final-newline");
}

#[test]
fn another_digest_or_padding_is_named() {
    let pair = Pair::one();
    let (key, text) = (&pair.private, right());
    let encoded = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
    // RFC 8017, 9.2, note 1.
    let sha1 = b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14";
    let sha1 = [sha1.as_slice(), &Sha1::digest(&text)].concat();
    let md5 = b"\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00\x04\x10";
    let md5 = [md5.as_slice(), &[7; 16]].concat();
    for (content, finding) in [
        (sha1, "digest-sha-1"),
        (md5, "digest-md5"),
        (Sha256::digest(&text).to_vec(), "digest-unnamed"),
        // Of what this is a digest cannot be told, so nothing is said about the text.
        (vec![7; 20], "digest-unnamed"),
    ] {
        let padded = Pkcs1v15Sign::new_unprefixed();
        let signature = padded.sign(Some(&mut OsRng), key, &content).unwrap();
        assert_eq!(with_signature(&pair, &encoded(&signature)).finding, finding);
    }
    let sha512 = SigningKey::<Sha512>::new(key.clone()).sign(text.as_bytes()).to_bytes();
    assert_eq!(with_signature(&pair, &encoded(&sha512)).finding, "digest-sha-512");
    for salt_bytes in [32, 20, 222] {
        let signer = pss::SigningKey::<Sha256>::new_with_salt_len(key.clone(), salt_bytes);
        let signature = signer.sign_with_rng(&mut OsRng, text.as_bytes());
        let found = with_signature(&pair, &encoded(&signature.to_bytes()));
        assert_eq!(found.finding, "padding-pss", "{salt_bytes}");
        let cut = signer.sign_with_rng(&mut OsRng, text.trim_end().as_bytes());
        let found = with_signature(&pair, &encoded(&cut.to_bytes()));
        assert_eq!(found.finding, "padding-pss+no-final-newline");
    }
    for salt_bytes in [20, 64, 190] {
        let signer = pss::SigningKey::<Sha512>::new_with_salt_len(key.clone(), salt_bytes);
        let signature = signer.sign_with_rng(&mut OsRng, text.as_bytes());
        let found = with_signature(&pair, &encoded(&signature.to_bytes()));
        assert_eq!(found.finding, "padding-pss", "SHA-512, {salt_bytes}");
    }
    let digest = Sha256::digest(&text);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    for digested in [digest.as_slice(), hex.as_bytes()] {
        assert_eq!(with_signature(&pair, &pair.sign(digested)).finding, "hashed-twice");
    }
}

#[test]
fn a_signature_that_is_written_otherwise_is_read_all_the_same() {
    let pair = Pair::one();
    let right = pair.sign(right().as_bytes());
    let bytes = BASE64_STANDARD.decode(&right).unwrap();
    assert!(right.contains('+') && right.contains('/'));
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<&str> = [&right[..76], &right[76..152], &right[152..]].into();
    for (signature, finding) in [
        (right.replace('+', "-").replace('/', "_"), "base64-url-safe"),
        (right.replace('+', " "), "base64-spaces-for-plus"),
        (lines.join(" "), "base64-lines"),
        (lines.join("\\n"), "base64-lines"),
        (right.replace('+', "%2B").replace('=', "%3D"), "base64-percent-encoded"),
        (right.trim_end_matches('=').to_owned(), "base64-padding"),
        (hex, "base64-hexadecimal"),
        (BASE64_STANDARD.encode(&right), "base64-twice"),
        (
            BASE64_STANDARD.encode(bytes.iter().rev().copied().collect::<Vec<u8>>()),
            "signature-reversed",
        ),
        (right[..200].to_owned(), "signature-length"),
        (BASE64_STANDARD.encode(&bytes[..128]), "signature-length"),
        ("***".to_owned(), "base64-broken"),
    ] {
        let found = with_signature(&pair, &signature);
        assert_eq!(found.finding, finding, "{signature}");
    }
}
