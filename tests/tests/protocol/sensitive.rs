//! Fields that one side alone can read. OAEP draws chance, so only what others encrypted can be
//! compared; what we encrypt is read back by the key that it was made for, and by no other.

use std::cell::Cell;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wechatpay::crypto::CryptoFailure;
use wechatpay::rustcrypto::{PrivateKey, PublicKey, RustOaep, SEED_BYTES};
use wechatpay::v3::sensitive::{BadField, Recipient, open, seal};

use super::tamper::flip;
use super::vector::{self, Named};
use super::{private_key, public_key, ready};

const SERIAL: &str = "PUB_KEY_ID_0119000000012025010100000000000001";

/// Seeds that never come twice.
fn oaep() -> RustOaep<impl Fn() -> [u8; SEED_BYTES]> {
    let drawn = Cell::new(0);
    RustOaep(move || {
        drawn.set(drawn.get() + 1);
        [drawn.get(); SEED_BYTES]
    })
}

fn recipient(pem: &str) -> Recipient<PublicKey> {
    Recipient { serial: SERIAL.to_owned(), key: public_key(pem) }
}

fn opened(key: &PrivateKey, text: &str) -> Result<String, BadField> {
    ready(open(&oaep(), &[key], text))
}

fn named(name: &str) -> vector::SealedField {
    let all = vector::all::<vector::SealedField>("oaep");
    all.into_iter().find(|one| one.name == name).unwrap().vector
}

#[test]
fn what_others_encrypt_opens_or_is_refused_by_name() {
    for Named { name, vector } in vector::all::<vector::SealedField>("oaep") {
        let outcome = match opened(&private_key(&vector.private_key_pem), &vector.ciphertext) {
            Ok(text) => {
                assert_eq!(text, vector.plaintext, "{name}");
                "opens".to_owned()
            }
            Err(reason) => format!("{reason:?}"),
        };
        assert_eq!(outcome, vector.outcome, "{name}");
    }
}

#[test]
fn one_flipped_bit_and_a_field_is_nobodys() {
    let vector = named("oaep_platform.json");
    let key = private_key(&vector.private_key_pem);
    let sealed = STANDARD.decode(&vector.ciphertext).unwrap();
    for at in (0..sealed.len()).step_by(16) {
        let found = opened(&key, &STANDARD.encode(flip(&sealed, at)));
        assert_eq!(found, Err(BadField::NotOurs), "byte {at}");
    }
}

#[test]
fn what_we_encrypt_is_for_one_key_and_never_the_same_twice() {
    let (platform, merchant) = (named("oaep_platform.json"), named("oaep_merchant.json"));
    let recipient = recipient(&platform.public_key_pem);
    let oaep = oaep();
    let longest = "银".repeat(71) + "1";
    for text in ["", "张三", "6228480402564890018", longest.as_str()] {
        let field = ready(seal(&oaep, &recipient, text)).unwrap();
        assert_eq!(field.serial(), SERIAL);
        assert_ne!(ready(seal(&oaep, &recipient, text)).unwrap(), field);
        let right = opened(&private_key(&platform.private_key_pem), field.text());
        assert_eq!(right.as_deref(), Ok(text));
        let wrong = opened(&private_key(&merchant.private_key_pem), field.text());
        assert_eq!(wrong, Err(BadField::NotOurs));
    }
}

#[test]
fn a_field_that_does_not_fit_is_refused_before_it_is_encrypted() {
    let recipient = recipient(&named("oaep_platform.json").public_key_pem);
    let refused = |text: &str| ready(seal(&oaep(), &recipient, text)).unwrap_err();
    assert_eq!(refused(&"a".repeat(215)), BadField::TooLong { bytes: 215 });
    assert_eq!(refused(&"银".repeat(72)), BadField::TooLong { bytes: 216 });
    let beyond =
        public_key(&named("oaep_platform.json").public_key_pem).encrypt(&[0; 215], [1; 20]);
    assert_eq!(beyond, Err(CryptoFailure::Encrypt));
}

#[test]
fn while_the_merchants_key_is_replaced_either_opens() {
    let (platform, merchant) = (named("oaep_platform.json"), named("oaep_merchant.json"));
    let (one, two) =
        (private_key(&platform.private_key_pem), private_key(&merchant.private_key_pem));
    for keys in [[&one, &two], [&two, &one]] {
        for field in [&platform, &merchant] {
            assert_eq!(ready(open(&oaep(), &keys, &field.ciphertext)).as_deref(), Ok("张三"));
        }
    }
    let none = ready(open(&oaep(), &[], &platform.ciphertext));
    assert_eq!(none, Err(BadField::NotOurs));
}
