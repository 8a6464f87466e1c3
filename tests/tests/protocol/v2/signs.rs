//! Published and generated signs, to the character: what is signed, and what comes of it.

use wechatpay::v2::key::{ApiV2Key, ApiV2Keys};
use wechatpay::v2::sign::{sign, string_to_sign, verify};
use wechatpay::v2::xml::{read, write};

use super::vector::{SealingKey, Sign};
use super::{naive, siblings};
use crate::vector::{self, Named};

#[test]
fn every_sign_is_reproduced_to_the_character() {
    for Named { name, vector } in vector::all::<Sign>("v2_sign") {
        let message = vector.message();
        let told = string_to_sign(&message);
        assert_eq!(told, vector.string_a, "{name}");
        assert_eq!(format!("{told}&key={}", vector.api_key), vector.string_sign_temp, "{name}");
        assert_eq!(sign(&message, &vector.key(), vector.sign_type()), vector.sign, "{name}");
        let second = naive::sign(&vector.fields, &vector.api_key, &vector.sign_type);
        assert_eq!(second, vector.sign, "{name}: the second opinion");
    }
}

#[test]
fn every_sign_is_believed_through_xml_and_no_sibling_is() {
    for Named { name, vector } in vector::all::<Sign>("v2_sign") {
        let message = read(&write(&vector.message())).unwrap();
        assert_eq!(message, vector.message(), "{name}");
        let keys = ApiV2Keys::from(vector.key());
        assert!(verify(message.clone(), &keys, vector.sign_type()).is_ok(), "{name}");
        siblings::none_is_believed(&name, &message, &keys, vector.sign_type());
    }
}

#[test]
fn what_seals_is_made_as_an_sdk_makes_it() {
    for Named { name, vector } in vector::all::<SealingKey>("v2_sealing_key") {
        let key = ApiV2Key::parse(&vector.api_key).unwrap();
        assert_eq!(key.sealing_key().as_slice(), vector.sealing_key.as_bytes(), "{name}");
    }
}
